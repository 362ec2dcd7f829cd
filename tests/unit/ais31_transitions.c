/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T6 and T7: counts against naive ones, limits from both sides, stuck data, and data that end. */
#include "evaluate/ais31/transitions.h"

#include "tests/unit/ais31_bed.h"
#include "tests/unit/unit.h"

#include <math.h>

#define FULL TRANSITIONS_FULL

static void counts_like_a_naive_one(void)
{
	enum { TUPLES = 300000 };
	struct tape tape = tape_new(4 * TUPLES + 8);
	uint64_t state = 1;

	tape_random(&tape, 4 * TUPLES, &state);
	for (unsigned history = 1; history <= 3; history++) {
		struct transitions whole = { .history = history }, parts = whole, naive = whole;

		for (uint64_t i = 0; i < TUPLES; i++) {
			unsigned class = 0,
				 last = bed_bit(tape.packed, i * (history + 1) + history);

			for (unsigned k = 0; k < history; k++)
				class = 2 * class + bed_bit(tape.packed, i * (history + 1) + k);
			naive.idle++;
			if (naive.seen[class] < FULL) {
				naive.idle = 0;
				naive.seen[class]++;
				naive.ones[class] += last;
			}
		}
		transitions_count(&whole, tape.packed, TUPLES);
		for (uint64_t at = 0; at < TUPLES; at += 8)
			transitions_count(&parts, tape.packed + at * (history + 1) / 8, 8);
		CU_ASSERT_EQUAL(memcmp(&whole, &naive, sizeof(naive)), 0);
		CU_ASSERT_EQUAL(memcmp(&parts, &naive, sizeof(naive)), 0);
	}
	tape_free(&tape);
}

/* --- limits -------------------------------------------------------------------------------- */

/* @ones of 100000 bits, from the start. */
static void put_t6a(struct tape *tape, unsigned ones)
{
	for (unsigned i = 0; i < 100000; i++)
		tape_put(tape, i < ones, 1);
}

/* FULL tuples of every class (the oldest bit first), @ones[class] of them end with a one. */
static void put_tuples(struct tape *tape, unsigned history, const unsigned *ones)
{
	for (unsigned i = 0; i < FULL; i++)
		for (unsigned class = 0; class < 1u << history; class ++)
			tape_put(tape, 2 * class + (i < ones[class]), history + 1);
}

static void t6a_is_open(void)
{
	static const unsigned ones[] = { 47500, 47501, 52499, 52500 };

	for (unsigned i = 0; i < 4; i++) {
		static const unsigned even[] = { 50000, 50000 };
		struct tape tape = tape_new(500000);
		struct told told = { 0 };

		put_t6a(&tape, ones[i]);
		put_tuples(&tape, 1, even);
		struct ais31_verdict verdict =
			bed_run(AIS31_T6, 1, tape.packed, 0, tape.bits, &told);

		CU_ASSERT_EQUAL(verdict.failures[0], i % 3 == 0);
		CU_ASSERT_EQUAL_FATAL(told.count, 2);
		CU_ASSERT_EQUAL(told_integer(&told.result[0], "ones", 0), ones[i]);
		CU_ASSERT_DOUBLE_EQUAL(result_get(&told.result[0], "deviation"),
				       i % 3 ? 0.02499 : 0.025, 1e-15);
		CU_ASSERT_EQUAL(told_integer(&told.result[0], "end_bit", 0), 100000);
		CU_ASSERT_EQUAL(told_integer(&told.result[1], "end_bit", 0), 500000);
		told_free(&told);
		tape_free(&tape);
	}
}

static void t6b_is_open(void)
{
	static const unsigned ones[][2] = {
		{ 50000, 51999 }, { 51999, 50000 }, { 40000, 42000 }, { 100000, 98000 }
	};

	for (unsigned i = 0; i < 4; i++) {
		struct tape tape = tape_new(500000);
		struct told told = { 0 };

		put_t6a(&tape, 50000);
		put_tuples(&tape, 1, ones[i]);
		struct ais31_verdict verdict =
			bed_run(AIS31_T6, 1, tape.packed, 0, tape.bits, &told);

		CU_ASSERT_EQUAL(verdict.failures[0], i >= 2);
		CU_ASSERT_EQUAL_FATAL(told.count, 2);
		CU_ASSERT_EQUAL(told_integer(&told.result[1], "ones", 0), ones[i][0]);
		CU_ASSERT_EQUAL(told_integer(&told.result[1], "ones", 1), ones[i][1]);
		CU_ASSERT_DOUBLE_EQUAL(result_get(&told.result[1], "difference"),
				       i >= 2 ? 0.02 : 0.01999, 1e-15);
		told_free(&told);
		tape_free(&tape);
	}
}

/* Every pair near the limit against long doubles; no division by zero where nothing is one. */
static void t7_compares_in_integers(void)
{
	double chi_square;

	for (uint32_t a = 0; a <= FULL; a += 1250)
		for (uint32_t b = 0; b <= FULL; b += a % 5000 ? 625 : 1) {
			long double sum = (long double)a + b, rest = 2 * FULL - sum,
				    d = (long double)a - b;
			long double exact = a != b ? d * d / sum + d * d / rest : 0;
			bool is_passed = transitions_is_homogeneous(a, b, &chi_square);

			if (is_passed != (exact <= 15.13L) ||
			    fabsl(chi_square - exact) > 1e-9L * (1 + exact))
				CU_FAIL("homogeneity");
		}
	CU_ASSERT_TRUE(transitions_is_homogeneous(0, 0, &chi_square));
	CU_ASSERT_EQUAL(chi_square, 0);
	CU_ASSERT_TRUE(transitions_is_homogeneous(FULL, FULL, &chi_square));
	CU_ASSERT_EQUAL(chi_square, 0);
	CU_ASSERT_FALSE(transitions_is_homogeneous(0, FULL, &chi_square));
	CU_ASSERT_DOUBLE_EQUAL(chi_square, 2 * FULL, 0);
	CU_ASSERT_TRUE(transitions_is_homogeneous(50434, 49566, &chi_square));  /* 15.0685 */
	CU_ASSERT_FALSE(transitions_is_homogeneous(50435, 49565, &chi_square)); /* 15.138 */
}

/* Class @off of T7a (@history 2) or T7b has @more ones than its neighbours. */
static struct ais31_verdict run_t7(unsigned history, unsigned off, unsigned more, struct told *told)
{
	struct tape tape = tape_new(12 * FULL + 32 * FULL);

	for (unsigned k = 2; k <= 3; k++) {
		unsigned ones[8] = { 50000, 50000, 50000, 50000, 50000, 50000, 50000, 50000 };

		if (k == history)
			ones[off] += more;
		put_tuples(&tape, k, ones);
	}
	struct ais31_verdict verdict = bed_run(AIS31_T7, 1, tape.packed, 0, tape.bits, told);

	tape_free(&tape);
	return verdict;
}

/* (868)^2 / 100868 + (868)^2 / 99132 = 15.0696; 870: 15.1391. Index: the oldest bit varies fastest.
 */
static void t7_compares_those_that_differ_in_the_oldest_bit(void)
{
	for (unsigned i = 0; i < 12; i++) {
		const unsigned history = i < 4 ? 2 : 3, off = i < 4 ? i : i - 4;
		const unsigned reversed = history == 2 ? off >> 1 | (off & 1) << 1
						       : off >> 2 | (off & 2) | (off & 1) << 2;
		struct told told = { 0 };

		CU_ASSERT_EQUAL(run_t7(history, off, 868, NULL).outcome, OUTCOME_PASS);
		CU_ASSERT_EQUAL(run_t7(history, off, 870, &told).failures[0], 1);
		CU_ASSERT_EQUAL_FATAL(told.count, 2);
		const struct result *result = &told.result[history - 2];
		const struct figure *figure = result_find(result, "chi_square");

		CU_ASSERT_EQUAL(result->outcome, OUTCOME_FAIL);
		CU_ASSERT_EQUAL(told.result[3 - history].outcome, OUTCOME_PASS);
		CU_ASSERT_EQUAL(told_integer(result, "ones", reversed), 50870);
		CU_ASSERT_PTR_NOT_NULL_FATAL(figure);
		CU_ASSERT_EQUAL(figure->values, 1u << (history - 1));
		for (unsigned k = 0; k < figure->values; k++)
			CU_ASSERT_EQUAL(figure->real[k] > 15.13, k == reversed / 2);
		told_free(&told);
	}
}

/* --- surplus and stuck data ---------------------------------------------------------------- */

/* T6a's bits, class 0 full, @idle more of class 0, then class 1 and @after. */
static struct ais31_verdict run_idle(unsigned idle, unsigned after, struct told *told)
{
	struct tape tape = tape_new(100000 + 4 * FULL + 2 * idle + after);

	put_t6a(&tape, 50000);
	for (unsigned i = 0; i < FULL + idle; i++)
		tape_put(&tape, i & 1, 2);
	for (unsigned i = 0; i < FULL; i++)
		tape_put(&tape, 2 + (i & 1), 2);
	tape_put(&tape, 0, after);
	struct ais31_verdict verdict = bed_run(AIS31_T6, 1, tape.packed, 0, tape.bits, told);

	tape_free(&tape);
	return verdict;
}

static void waits_for_65535_idle_tuples(void)
{
	struct told told = { 0 };
	struct ais31_verdict verdict = run_idle(TRANSITIONS_IDLE - 1, 2, &told);

	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_PASS);
	CU_ASSERT_EQUAL_FATAL(told.count, 2);
	CU_ASSERT_PTR_NULL(result_find(&told.result[1], "stuck"));
	CU_ASSERT_EQUAL(told_integer(&told.result[1], "end_bit", 0),
			100000 + 4 * FULL + 2 * (TRANSITIONS_IDLE - 1));
	told_free(&told);
}

static void gives_up_after_65536(void)
{
	const int64_t end_bit = 100000 + 2 * FULL + 2 * TRANSITIONS_IDLE;
	struct told told = { 0 };
	struct ais31_verdict verdict = run_idle(TRANSITIONS_IDLE, 0, &told);

	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_FAIL);
	CU_ASSERT_FATAL(told.count >= 3);
	CU_ASSERT_EQUAL(told.result[1].outcome, OUTCOME_FAIL);
	CU_ASSERT_PTR_NOT_NULL(result_find(&told.result[1], "stuck"));
	CU_ASSERT_EQUAL(told_integer(&told.result[1], "end_bit", 0), end_bit);
	CU_ASSERT_EQUAL(told_integer(&told.result[1], "filled", 0), FULL);
	CU_ASSERT_EQUAL(told_integer(&told.result[1], "filled", 1), 0);
	CU_ASSERT_PTR_NULL(result_find(&told.result[1], "ones"));
	/* The next block goes on from there. */
	CU_ASSERT_EQUAL(told.result[2].block, 1);
	CU_ASSERT_EQUAL(told.result[2].first_bit, (uint64_t)end_bit);
	told_free(&told);
}

/* Constant data end every step of B; T8 sees distances of 1. */
static void constant_data_end(void)
{
	const uint64_t bits = 4000000;

	for (unsigned value = 0; value < 2; value++) {
		uint8_t *packed = malloc(bits / 8);
		struct told told = { 0 };

		CU_ASSERT_PTR_NOT_NULL_FATAL(packed);
		memset(packed, value ? 0xff : 0, bits / 8);
		struct ais31_verdict verdict = bed_run(AIS31_B, 1, packed, 0, bits, &told);

		CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_FAIL);
		CU_ASSERT_EQUAL(verdict.failures[0], 5);
		CU_ASSERT_EQUAL(verdict.runs, 1);
		CU_ASSERT_EQUAL(verdict.used_bits,
				100000 + 9 * (FULL + TRANSITIONS_IDLE) + 2068480);
		CU_ASSERT_EQUAL(told.count, 5);
		CU_ASSERT_EQUAL(result_get(told_find(&told, "T8", 1, 0), "f"), 0);
		CU_ASSERT_EQUAL(
			told_integer(told_find(&told, "T7b", 1, 0), "filled", value ? 7 : 0), FULL);
		told_free(&told);
		free(packed);
	}
}

/* --- data that end ------------------------------------------------------------------------- */

/* Procedure B on @bits of @packed from bit @from on: @test is short, and says by how much. */
static void check_short(const uint8_t *packed, uint64_t from, uint64_t bits, const char *test,
			uint64_t needs_bits, uint64_t later_bits)
{
	struct told told = { 0 };
	struct ais31_verdict verdict = bed_run(AIS31_B, 1, packed, from, bits, &told);

	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_SHORT);
	CU_ASSERT_EQUAL(verdict.needs_bits, needs_bits + later_bits);
	CU_ASSERT_EQUAL(verdict.used_bits, bits);
	CU_ASSERT_FATAL(told.count > 0);
	const struct result *last = &told.result[told.count - 1];

	CU_ASSERT_STRING_EQUAL(last->test, test);
	CU_ASSERT_EQUAL(last->outcome, OUTCOME_SHORT);
	CU_ASSERT_EQUAL(last->needs_bits, needs_bits);
	CU_ASSERT_EQUAL(last->figures, 0);
	CU_ASSERT_EQUAL(verdict.tests, told.count - 1);
	told_free(&told);
}

static uint64_t end_of(const struct told *told, const char *test)
{
	return (uint64_t)told_integer(told_find(told, test, 1, 0), "end_bit", 0);
}

/* The first @bits of @tape, @from bits later, so that they end with a byte. */
static void check_cut(const struct tape *tape, uint64_t bits, const char *test, uint64_t needs_bits,
		      uint64_t later_bits)
{
	const unsigned from = (unsigned)(8 - bits % 8) % 8;
	uint8_t *packed = calloc(bits / 8 + 2, 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(packed);
	for (uint64_t i = 0; i < (from + bits) / 8; i++)
		packed[i] = (uint8_t)((i && from ? tape->packed[i - 1] << (8 - from) : 0) |
				      tape->packed[i] >> from);
	check_short(packed, from, bits, test, needs_bits, later_bits);
	free(packed);
}

/* A bit before its end, and where it begins, every step of B is short, and says so. */
static void b_is_short_at_every_step(void)
{
	static const struct {
		const char *name;
		uint64_t least_bits, later_bits;
	} steps[] = {
		{ "T6a", 100000, 6868480 },  { "T6b", 400000, 6468480 },
		{ "T7a", 1200000, 5268480 }, { "T7b", 3200000, 2068480 },
		{ "T8", 2068480, 0 },
	};
	struct tape tape = tape_new(7100000);
	struct told told = { 0 };
	uint64_t state = 9, start = 0;

	tape_random(&tape, 7100000, &state);
	CU_ASSERT_EQUAL(bed_run(AIS31_B, 1, tape.packed, 0, 7100000, &told).outcome, OUTCOME_PASS);
	for (unsigned i = 0; i < 5; i++) {
		const char *name = steps[i].name;
		const uint64_t end = end_of(&told, name);

		CU_ASSERT_EQUAL(told_find(&told, name, 1, 0)->first_bit, start);
		check_cut(&tape, start, name, steps[i].least_bits, steps[i].later_bits);
		check_cut(&tape, start + 1, name, steps[i].least_bits - 1, steps[i].later_bits);
		check_cut(&tape, end - 1, name, 1, steps[i].later_bits);
		start = end;
	}
	told_free(&told);
	tape_free(&tape);
}

/* What B takes of the source is what it says, to the bit. */
static void takes_no_bit_too_many(void)
{
	struct tape tape = tape_new(7100000);
	struct told told = { 0 };
	uint64_t state = 10;

	tape_random(&tape, 7100000, &state);
	struct ais31_verdict verdict = bed_run(AIS31_B, 1, tape.packed, 5, 7100000 - 5, &told);

	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_PASS);
	CU_ASSERT_EQUAL(verdict.used_bits, end_of(&told, "T8"));
	for (size_t i = 0; i < told.count; i++)
		CU_ASSERT_EQUAL(told.taken_bits[i],
				5 + (uint64_t)told_integer(&told.result[i], "end_bit", 0));
	CU_ASSERT_EQUAL(told.done, verdict.used_bits);
	CU_ASSERT_EQUAL(told.total, verdict.used_bits);
	told_free(&told);
	tape_free(&tape);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "counts like a naive one", counts_like_a_naive_one },
		{ "T6a is open", t6a_is_open },
		{ "T6b is open", t6b_is_open },
		{ "T7 compares in integers", t7_compares_in_integers },
		{ "T7 compares those that differ in the oldest bit",
		  t7_compares_those_that_differ_in_the_oldest_bit },
		{ "waits for 65535 idle tuples", waits_for_65535_idle_tuples },
		{ "gives up after 65536", gives_up_after_65536 },
		{ "constant data end", constant_data_end },
		{ "B is short at every step", b_is_short_at_every_step },
		{ "takes no bit too many", takes_no_bit_too_many },
	};

	return unit_run("ais31_transitions", tests, sizeof(tests) / sizeof(tests[0]));
}
