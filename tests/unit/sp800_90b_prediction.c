/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prediction - the scoreboard against its rule step by step; P_global and P_local. */
#include "evaluate/sp800_90b/prediction.h"

#include "tests/unit/sp800_90b_prediction_bed.h"

#define WORDS 40

/* One word of random bits of which about one in 2^@rarity is set. */
static uint64_t draw_word(unsigned rarity)
{
	uint64_t word = draw();

	while (rarity--)
		word &= draw();
	return word;
}

/* @predictors whose hits are as rare as @rarity, fed to both; @is_partial: not all predict always.
 */
static void compare_boards(unsigned predictors, unsigned rarity, bool is_partial)
{
	struct naive naive = { .predictors = predictors };
	struct scoreboard board;

	scoreboard_init(&board, predictors);
	for (unsigned word = 0; word < WORDS; word++) {
		uint64_t hit[MAX_PREDICTORS], made[MAX_PREDICTORS];

		for (unsigned i = 0; i < predictors; i++) {
			hit[i] = draw_word(rarity);
			made[i] = is_partial ? hit[i] | draw() : ~UINT64_C(0);
		}
		for (unsigned step = 0; step < STEPS; step++) {
			int prediction[MAX_PREDICTORS];

			for (unsigned i = 0; i < predictors; i++)
				prediction[i] = hit[i] >> step & 1    ? 1
						: made[i] >> step & 1 ? 0
								      : NOTHING;
			naive_judge(&naive, prediction, 1);
		}
		scoreboard_feed(&board, hit, is_partial ? made : NULL);
		CU_ASSERT_EQUAL(board.winner, naive.winner);
		CU_ASSERT_EQUAL(board.tally.run, naive.run);
	}
	CU_ASSERT_EQUAL(board.tally.correct, naive.correct);
	CU_ASSERT_EQUAL(board.tally.longest_run, naive.longest_run);
	CU_ASSERT_EQUAL(memcmp(board.score, naive.score, sizeof(board.score)), 0);
}

static void scoreboards(void)
{
	static const unsigned predictors[] = { 1, 2, 3, 4, 16, 127, 128 };

	for (unsigned i = 0; i < COUNT(predictors); i++)
		for (unsigned rarity = 0; rarity < 8; rarity++)
			for (unsigned round = 0; round < 6; round++)
				compare_boards(predictors[i], rarity, round % 2);
}

/* All have the same score at all times: the last wins, every time. */
static void everybody_is_right(void)
{
	uint64_t hit[MAX_PREDICTORS];
	struct scoreboard board;

	memset(hit, 0xFF, sizeof(hit));
	scoreboard_init(&board, MAX_PREDICTORS);
	for (unsigned word = 0; word < 3; word++)
		scoreboard_feed(&board, hit, NULL);
	CU_ASSERT_EQUAL(board.winner, MAX_PREDICTORS - 1);
	CU_ASSERT_EQUAL(board.tally.correct, 3 * STEPS);
	CU_ASSERT_EQUAL(board.tally.run, 3 * STEPS);
}

static void by_the_recurrence(void)
{
	for (unsigned round = 0; round < 3000; round++) {
		const uint64_t n = 50 + below(1u << (6 + below(10)));
		const uint64_t r = 1 + below(n < 400 ? n / 8 : 50);
		const double p = (1 + below(1000000)) / 1000002.0, exact = naive_no_run(p, r, n);

		if (exact > -0.1) {
			CU_ASSERT_DOUBLE_EQUAL(prediction_no_run(p, r, n), exact,
					       1e-9 * fabs(exact) + 1e-15 * (double)n);
		} else {
			CU_ASSERT(prediction_no_run(p, r, n) < -0.09);
		}
	}
}

/* What stands in 6.3.7 step 6 comes close to the truth: the probability, step by step. */
static void by_probabilities(void)
{
	for (unsigned round = 0; round < 200; round++) {
		const unsigned r = 2 + below(12), n = 200 + below(2000);
		const double p = 0.02 + 0.6 * (double)below(1000) / 1000;
		double state[16] = { 1 }, none = 0; /* by the length of the run so far */

		for (unsigned i = 0; i < n; i++) {
			double sum = 0;

			for (unsigned k = 0; k < r; k++)
				sum += state[k];
			memmove(state + 1, state, (r - 1) * sizeof(*state));
			for (unsigned k = 1; k < r; k++)
				state[k] *= p;
			state[0] = sum * (1 - p);
		}
		for (unsigned k = 0; k < r; k++)
			none += state[k];
		if (none > 0.5)
			CU_ASSERT_DOUBLE_EQUAL(prediction_no_run(p, r, n), log(none), 1e-6);
	}
}

static void extremes(void)
{
	static const uint64_t numbers[] = {
		1, 2, 7, 64, 1000, UINT64_C(1) << 33, UINT64_C(1) << 60
	};
	static const double probabilities[] = { 1e-300, 1e-9, 0.5, 0.999, 1 - 1e-15 };

	for (unsigned i = 0; i < COUNT(numbers); i++)
		for (unsigned k = 0; k <= i; k++)
			for (unsigned j = 0; j < COUNT(probabilities); j++)
				CU_ASSERT(!(prediction_no_run(probabilities[j], numbers[k],
							      numbers[i]) > 1e-9));
}

static struct result result_of(uint64_t correct, uint64_t longest_run, uint64_t n, unsigned width)
{
	const struct tally tally = { .correct = correct, .longest_run = longest_run };
	uint8_t value[256];
	struct result result;

	for (unsigned i = 0; i < 256; i++)
		value[i] = (uint8_t)(i & ((1u << width) - 1));
	result_init(&result, "any");
	prediction_result(&result, &(struct symbols){ value, 256, width }, n, &tally);
	return result;
}

/* Worked with 50 decimal digits. */
static void known_answers(void)
{
	static const struct {
		uint64_t c, r, n;
		unsigned width;
		double upper, local, min_entropy;
	} rows[] = {
		{ 3924, 3, 999937, 8, 0.004085295229735645, NAN, 7.9353439440916 },
		{ 520616, 35, 999937, 1, 0.521935657973636, 0.606842320573348902,
		  0.720606393692218767 },
		{ 4000716, 65, 7999983, 1, 0.50054590978917191, 0.74506623700558573026,
		  0.42455940682708214893 },
		{ 4997517, 74, 7999998, 1, 0.62513074154526094, 0.77344859531129512527,
		  0.37062268395495195634 },
	};

	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct result result =
			result_of(rows[i].c, rows[i].r - 1, rows[i].n, rows[i].width);

		CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p_global_upper"), rows[i].upper, 1e-15);
		CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "min_entropy"), rows[i].min_entropy,
				       4e-15 * rows[i].width);
		if (isnan(rows[i].local)) {
			CU_ASSERT_PTR_NULL(result_find(&result, "p_local"));
		} else {
			CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p_local"), rows[i].local,
					       4e-16);
		}
	}
}

/* None right, all right, one prediction: within 0..width, and no negative zero. */
static void ends_of_the_range(void)
{
	struct result result = result_of(0, 0, 100, 8);

	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p_global_upper"), 1 - pow(0.01, 0.01), 1e-15);
	result = result_of(0, 0, 1000000, 3);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "min_entropy"), 3, 1e-15);
	for (uint64_t n = 1; n < 100; n++)
		for (uint64_t c = 0; c <= n; c++)
			for (uint64_t run = c > 0; run <= c; run += 1 + run / 4) {
				double h = result_get((result = result_of(c, run, n, 4), &result),
						      "min_entropy");

				CU_ASSERT(h >= 0 && h <= 4 && !signbit(h));
				CU_ASSERT(c < n || fpclassify(h) == FP_ZERO);
			}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "scoreboards step by step", scoreboards },
		{ "everybody is right", everybody_is_right },
		{ "runs by the standard's recurrence", by_the_recurrence },
		{ "runs by their probability", by_probabilities },
		{ "extremes", extremes },
		{ "known answers", known_answers },
		{ "ends of the range", ends_of_the_range },
	};

	random_state = unit_seed();
	return unit_run("sp800_90b_prediction", tests, COUNT(tests));
}
