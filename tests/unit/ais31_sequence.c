/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T1 to T4: the counts against naive ones, and every limit from both sides in sequences made for
 * it. */
#include "evaluate/ais31/sequence.h"

#include "evaluate/ais31/basic_tests.h"
#include "tests/unit/ais31_bed.h"
#include "tests/unit/unit.h"

#define BITS SEQUENCE_BITS

struct naive {
	unsigned ones, longest;
	uint64_t squares;
	int64_t runs[2][RUN_LENGTHS];
};

static struct naive count_naively(const uint8_t packed[static SEQUENCE_BYTES])
{
	struct naive naive = { 0 };
	uint64_t nibbles[16] = { 0 };
	unsigned length = 0;

	for (unsigned i = 0; i < BITS; i++) {
		unsigned bit = bed_bit(packed, i);

		naive.ones += bit;
		length++;
		if (i + 1 < BITS && bed_bit(packed, i + 1) == bit)
			continue;
		naive.runs[bit][(length < RUN_LENGTHS ? length : RUN_LENGTHS) - 1]++;
		naive.longest = length > naive.longest ? length : naive.longest;
		length = 0;
	}
	for (unsigned i = 0; i < BITS; i += 4)
		nibbles[packed[i / 8] >> (4 - i % 8) & 15]++;
	for (unsigned i = 0; i < 16; i++)
		naive.squares += nibbles[i] * nibbles[i];
	return naive;
}

static struct basic_figures examine(const uint8_t *packed)
{
	struct sequence sequence;
	struct basic_figures figures = { 0 };

	sequence_load(&sequence, packed);
	basic_examine(&sequence, BASIC_ALL, kernels_best(), &figures);
	return figures;
}

static bool passes(enum basic_test test, const uint8_t *packed)
{
	struct basic_figures figures = examine(packed);
	struct result result;

	result_init(&result, basic_name(test));
	return basic_find(test, &figures, &result);
}

static void check(const uint8_t *packed)
{
	struct naive naive = count_naively(packed);
	struct basic_figures figures = examine(packed);

	CU_ASSERT_EQUAL(figures.ones, naive.ones);
	CU_ASSERT_EQUAL(figures.squares, naive.squares);
	CU_ASSERT_EQUAL(figures.longest, naive.longest);
	CU_ASSERT_EQUAL(memcmp(figures.runs, naive.runs, sizeof(naive.runs)), 0);
}

/* Random bits, each as likely to be like the one before as @alike of 256, and one of @ones of 256.
 */
static void fill(uint8_t *packed, unsigned ones, unsigned alike, uint64_t *state)
{
	unsigned bit = 0;

	for (unsigned i = 0; i < BITS; i++) {
		uint64_t random = bed_random(state);

		if ((random & 0xff) >= alike)
			bit = (random >> 8 & 0xff) < ones;
		bed_set(packed, i, bit);
	}
}

static void counts_like_a_naive_one(void)
{
	static const unsigned shares[] = { 0, 1, 60, 128, 200, 255, 256 };
	uint8_t packed[SEQUENCE_BYTES];
	uint64_t state = 1;

	for (unsigned i = 0; i < 7; i++)
		for (unsigned k = 0; k < 6; k++) {
			fill(packed, shares[i], shares[k], &state);
			check(packed);
		}
	memset(packed, 0x55, sizeof(packed));
	check(packed);
	CU_ASSERT_EQUAL(examine(packed).longest, 1);
	memset(packed, 0xff, sizeof(packed));
	CU_ASSERT_EQUAL(examine(packed).longest, BITS);
	CU_ASSERT_EQUAL(examine(packed).squares, 5000 * 5000);
}

/* Runs of each length at the beginning, at the end, across words and bytes, of both values. */
static void finds_runs_anywhere(void)
{
	static const unsigned lengths[] = { 1,  2,  5,   6,   7,   33,   34,    63,
					    64, 65, 127, 128, 129, 4097, 19999, BITS };
	static const unsigned places[] = { 0, 1, 7, 63, 64, 65, 5000, BITS };
	uint8_t packed[SEQUENCE_BYTES];

	for (unsigned i = 0; i < 16; i++)
		for (unsigned k = 0; k < 16; k++) {
			unsigned at = places[k / 2];

			if (at + lengths[i] > BITS)
				at = BITS - lengths[i];
			memset(packed, 0x55, sizeof(packed));
			for (unsigned j = 0; j < lengths[i]; j++)
				bed_set(packed, at + j, k % 2);
			check(packed);
		}
}

static void takes_columns_of_numbers(void)
{
	static const unsigned widths[] = { 1, 2, 3, 7, 8, 13, 64, 255, 256 };
	struct tape tape = tape_new((uint64_t)BITS * 256);
	uint64_t state = 2;

	tape_random(&tape, (uint64_t)BITS * 256, &state);
	for (unsigned i = 0; i < 9; i++)
		for (unsigned k = 0; k < 3; k++) {
			const unsigned width = widths[i];
			const unsigned column = k == 0 ? 1 : k == 1 ? width : (width + 1) / 2;
			struct sequence sequence, expected;
			uint8_t packed[SEQUENCE_BYTES];

			for (unsigned j = 0; j < BITS; j++)
				bed_set(packed, j,
					bed_bit(tape.packed, (uint64_t)j * width + column - 1));
			sequence_load(&expected, packed);
			sequence_column(&sequence, tape.packed, width, column);
			CU_ASSERT_EQUAL(memcmp(&sequence, &expected, sizeof(sequence)), 0);
		}
	tape_free(&tape);
}

static void t1_is_open_at_both_ends(void)
{
	static const struct {
		unsigned ones;
		bool is_passed;
	} rows[] = { { 9654, false }, { 9655, true }, { 10345, true }, { 10346, false } };

	for (unsigned i = 0; i < 4; i++) {
		uint8_t packed[SEQUENCE_BYTES] = { 0 };

		for (unsigned k = 0; k < rows[i].ones; k++)
			bed_set(packed, k * 7919 % BITS, 1);
		CU_ASSERT_EQUAL(examine(packed).ones, rows[i].ones);
		CU_ASSERT_EQUAL(passes(BASIC_T1, packed), rows[i].is_passed);
	}
}

/* 16 counts with the sum 5000 whose squares sum up to @squares (even, as all such sums are). */
static void find_counts(uint64_t squares, int64_t count[16])
{
	int64_t lack = (int64_t)squares;

	for (unsigned i = 0; i < 16; i++) {
		count[i] = 312 + i % 2;
		lack -= count[i] * count[i];
	}
	while (lack) {
		unsigned from = 0, to = 0;
		int64_t best = 0;

		for (unsigned k = 0; k < 256; k++) {
			int64_t gain = 2 * (count[k / 16] - count[k % 16] + 1);

			if (k / 16 != k % 16 && gain <= lack && gain > best) {
				best = gain;
				to = k / 16;
				from = k % 16;
			}
		}
		CU_ASSERT_FATAL(best > 0);
		count[to]++;
		count[from]--;
		lack -= best;
	}
}

/* 1.03 is S = 1562821.875, 57.4 is S = 1580437.5; odd S cannot be. */
static void t2_is_open_at_both_ends(void)
{
	static const struct {
		uint64_t squares;
		bool is_passed;
	} rows[] = { { 1562820, false }, { 1562822, true }, { 1580436, true }, { 1580438, false } };

	for (unsigned i = 0; i < 4; i++) {
		uint8_t packed[SEQUENCE_BYTES] = { 0 };
		int64_t count[16];
		unsigned at = 0;

		find_counts(rows[i].squares, count);
		for (unsigned k = 0; k < 16; k++)
			for (int64_t j = 0; j < count[k]; j++, at++)
				packed[at / 2] |= (uint8_t)(k << (at % 2 ? 0 : 4));
		CU_ASSERT_EQUAL(at, 5000);
		CU_ASSERT_EQUAL(examine(packed).squares, rows[i].squares);
		CU_ASSERT_EQUAL(passes(BASIC_T2, packed), rows[i].is_passed);
	}
}

/* Limits that only odd sums would reach, and the figures themselves. */
static void t2_tells_s_and_x(void)
{
	struct basic_figures figures = { .squares = 1564728 };
	struct result result;

	result_init(&result, "T2");
	CU_ASSERT_TRUE(basic_find(BASIC_T2, &figures, &result));
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "x"), 7.1296, 1e-12);
	CU_ASSERT_EQUAL(told_integer(&result, "sum_of_squares", 0), 1564728);
	CU_ASSERT_STRING_EQUAL(result.accept, "1.03 < x < 57.4");
	for (uint64_t squares = 1562818; squares < 1562826; squares++) {
		figures.squares = squares;
		result_init(&result, "T2");
		CU_ASSERT_EQUAL(basic_find(BASIC_T2, &figures, &result), squares >= 1562822);
	}
	for (uint64_t squares = 1580434; squares < 1580442; squares++) {
		figures.squares = squares;
		result_init(&result, "T2");
		CU_ASSERT_EQUAL(basic_find(BASIC_T2, &figures, &result), squares <= 1580437);
	}
}

static const unsigned limits[RUN_LENGTHS][2] = {
	{ 2267, 2733 }, { 1079, 1421 }, { 502, 748 }, { 223, 402 }, { 90, 223 }, { 90, 223 },
};

/* Numbers of runs of each length with @count of those of @length; the others inside their limits.
 */
static void choose_runs(unsigned length, unsigned count, unsigned runs[RUN_LENGTHS])
{
	static const unsigned usual[RUN_LENGTHS] = { 2500, 1250, 625, 312, 156, 156 };
	unsigned bits = 0;

	memcpy(runs, usual, sizeof(usual));
	runs[length] = count;
	for (unsigned k = 0; k < RUN_LENGTHS; k++)
		bits += (k + 1) * runs[k];
	for (unsigned k = 0; bits > BITS / 2; k = (k + 1) % (RUN_LENGTHS - 1))
		if (k != length && runs[k] > limits[k][0] + 20) {
			runs[k]--;
			bits -= k + 1;
		}
}

/* As many of each length as @runs says, of both values, in turn; those of 6 or more fill it up. */
static void write_runs(const unsigned runs[RUN_LENGTHS], uint8_t *packed)
{
	unsigned left[RUN_LENGTHS], rest = BITS / 2, at = 0;

	memcpy(left, runs, sizeof(left));
	for (unsigned k = 0; k < RUN_LENGTHS - 1; k++)
		rest -= (k + 1) * runs[k];
	for (unsigned k = RUN_LENGTHS; k-- > 0;)
		for (; left[k]; left[k]--) {
			unsigned bits = k + 1 < RUN_LENGTHS ? k + 1 : rest / left[k];

			if (k + 1 == RUN_LENGTHS)
				rest -= bits;
			for (unsigned j = 0; j < 2 * bits; j++)
				bed_set(packed, at++, j / bits);
		}
	CU_ASSERT_EQUAL(at, BITS);
}

static void t3_is_closed_at_all_limits(void)
{
	for (unsigned k = 0; k < RUN_LENGTHS; k++)
		for (unsigned i = 0; i < 4; i++) {
			const unsigned count[] = { limits[k][0] - 1, limits[k][0], limits[k][1],
						   limits[k][1] + 1 };
			unsigned runs[RUN_LENGTHS];
			uint8_t packed[SEQUENCE_BYTES];

			choose_runs(k, count[i], runs);
			write_runs(runs, packed);
			struct basic_figures figures = examine(packed);

			for (unsigned j = 0; j < 2 * RUN_LENGTHS; j++)
				CU_ASSERT_EQUAL(figures.runs[j / RUN_LENGTHS][j % RUN_LENGTHS],
						runs[j % RUN_LENGTHS]);
			CU_ASSERT_EQUAL(passes(BASIC_T3, packed), i == 1 || i == 2);
		}
}

/* Each value by itself, and each length. */
static void t3_judges_every_count(void)
{
	struct basic_figures figures;
	struct result result;

	for (unsigned k = 0; k < 2 * RUN_LENGTHS; k++)
		for (unsigned i = 0; i < 4; i++) {
			const unsigned *limit = limits[k % RUN_LENGTHS];

			for (unsigned j = 0; j < 2 * RUN_LENGTHS; j++)
				figures.runs[j / RUN_LENGTHS][j % RUN_LENGTHS] =
					limits[j % RUN_LENGTHS][j % 2];
			figures.runs[k / RUN_LENGTHS][k % RUN_LENGTHS] = i == 0   ? limit[0] - 1
									 : i == 1 ? limit[0]
									 : i == 2 ? limit[1]
										  : limit[1] + 1;
			result_init(&result, "T3");
			CU_ASSERT_EQUAL(basic_find(BASIC_T3, &figures, &result), i == 1 || i == 2);
		}
}

static void t4_rejects_34(void)
{
	static const unsigned places[] = { 0, 31, 9990 };

	for (unsigned i = 0; i < 12; i++) {
		const unsigned length = 32 + i / 2 % 3, value = i % 2;
		const unsigned at = i < 6 ? places[i / 2] : BITS - length;
		uint8_t packed[SEQUENCE_BYTES];

		memset(packed, value ? 0x55 : 0xaa, sizeof(packed));
		for (unsigned k = 0; k < length; k++)
			bed_set(packed, at + k, value);
		if (at)
			bed_set(packed, at - 1, !value);
		if (at + length < BITS)
			bed_set(packed, at + length, !value);
		CU_ASSERT_EQUAL(examine(packed).longest, length);
		CU_ASSERT_EQUAL(passes(BASIC_T4, packed), length < 34);
	}
}

static void t5_is_open_at_both_ends(void)
{
	for (unsigned z = 0; z <= 5000; z++) {
		struct basic_figures figures = { .correlation = { .z = z, .tau0 = 1, .ties = 1 } };
		struct result result;

		result_init(&result, "T5");
		CU_ASSERT_EQUAL(basic_find(BASIC_T5, &figures, &result), z >= 2327 && z <= 2673);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "counts like a naive one", counts_like_a_naive_one },
		{ "finds runs anywhere", finds_runs_anywhere },
		{ "takes columns of numbers", takes_columns_of_numbers },
		{ "T1 is open at both ends", t1_is_open_at_both_ends },
		{ "T2 is open at both ends", t2_is_open_at_both_ends },
		{ "T2 tells S and X", t2_tells_s_and_x },
		{ "T3 is closed at all limits", t3_is_closed_at_all_limits },
		{ "T3 judges every count", t3_judges_every_count },
		{ "T4 rejects 34", t4_rejects_34 },
		{ "T5 is open at both ends", t5_is_open_at_both_ends },
	};

	return unit_run("ais31_sequence", tests, sizeof(tests) / sizeof(tests[0]));
}
