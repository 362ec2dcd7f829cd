/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T1 to T5 and procedure A on numbers of many widths, and in any number of threads. */
#include "evaluate/ais31/sequences.h"

#include "tests/unit/ais31_bed.h"
#include "tests/unit/unit.h"

#include <omp.h>

#define A_BITS     UINT64_C(8285728) /* of procedure A on single bits */
#define T0_BITS    UINT64_C(3145728)
#define BLOCK_BITS UINT64_C(20000)

/* Random data that pass A and B at every place that these tests use; found once, fixed by the seed.
 */
static struct tape good(uint64_t bits)
{
	struct tape tape = tape_new(bits);
	uint64_t state = 11;

	tape_random(&tape, bits, &state);
	return tape;
}

static void wide_numbers_take_what_the_reference_takes(void)
{
	/* Width, bits of T1 to T5: cycles of w + 1 sequences; the last one's columns only if any is
	 * needed. */
	static const uint64_t rows[][2] = {
		{ 1, 5140000 },
		{ 2, 5160000 },
		{ 3, 64 * 80001 + 20001 },
		{ 8, 29 * 180000 },
		{ 7, 32 * (20006 + 140000) + 20006 },
		{ 48, 6 * (20016 + 960000) },
		{ 255, 20145 + 20000 * 255 + 20145 },
		{ 256, 20224 + 20000 * 256 },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(sequences_bits((unsigned)rows[i][0], 257), rows[i][1]);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_A, 1), A_BITS);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_A, 8), T0_BITS + 5220000);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_A, 256), 65536 * 256 + 5140224);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_B, 1), 6968480);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_T_IRN, 1), 2040000);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_T0, 5), 65536 * 50);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_T3, 3), 20001);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_T6, 1), 500000);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_T7, 1), 4400000);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_T8, 1), 2068480);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_A, 0), 0);
	CU_ASSERT_EQUAL(ais31_needs_bits(AIS31_A, 257), 0);
}

/* The ones of 20,000 bits, @step apart from @first on. */
static int64_t ones_of(const struct tape *tape, uint64_t first, unsigned step)
{
	int64_t ones = 0;

	for (unsigned i = 0; i < BLOCK_BITS; i++)
		ones += bed_bit(tape->packed, first + (uint64_t)i * step);
	return ones;
}

/* T1 alone, over and over, on blocks and columns; not from a byte's first bit. */
static void check_sequences(const struct tape *tape, unsigned width, uint64_t from, uint64_t bits)
{
	const uint64_t block = (BLOCK_BITS + width - 1) / width * width;
	struct told told = { 0 };
	uint64_t at = from;
	size_t i = 0;

	struct ais31_verdict verdict = bed_run(AIS31_T1, width, tape->packed, from, bits, &told);

	CU_ASSERT_EQUAL(verdict.used_bits, bits);
	for (;;) {
		if (at + block > from + bits)
			break;
		CU_ASSERT_FATAL(i < told.count);
		CU_ASSERT_EQUAL(told.result[i].column, 0);
		CU_ASSERT_EQUAL(told.result[i].first_bit, at);
		CU_ASSERT_EQUAL(told_integer(&told.result[i++], "ones", 0), ones_of(tape, at, 1));
		at += block;
		if (width == 1)
			continue;
		if (at + (uint64_t)BLOCK_BITS * width > from + bits)
			break;
		for (unsigned j = 0; j < width; j++, i++) {
			CU_ASSERT_FATAL(i < told.count);
			CU_ASSERT_EQUAL(told.result[i].column, j + 1);
			CU_ASSERT_EQUAL(told.result[i].block, (int64_t)i);
			CU_ASSERT_EQUAL(told.result[i].first_bit, at + j);
			CU_ASSERT_EQUAL(told_integer(&told.result[i], "ones", 0),
					ones_of(tape, at + j, width));
		}
		at += (uint64_t)BLOCK_BITS * width;
	}
	CU_ASSERT_EQUAL(told.count, i);
	CU_ASSERT_EQUAL(verdict.tests, i);
	told_free(&told);
}

static void wide_numbers_have_columns(void)
{
	static const unsigned widths[] = { 1, 2, 3, 7, 8, 31, 256 };
	struct tape tape = good(5600000);

	for (unsigned i = 0; i < 7; i++)
		check_sequences(&tape, widths[i], 3, widths[i] < 256 ? 999997 : 5599997);
	check_sequences(&tape, 3, 5, 20003); /* just one block */
	tape_free(&tape);
}

static void the_last_cycle_stops_after_257(void)
{
	static const unsigned widths[] = { 2, 3, 8, 255 };
	struct tape tape = good(22000000);

	for (unsigned i = 0; i < 4; i++) {
		const unsigned width = widths[i];
		const uint64_t needs = ais31_needs_bits(AIS31_A, width);
		struct told told = { 0 };
		struct ais31_verdict verdict =
			bed_run(AIS31_A, width, tape.packed, 0, (needs + 7) / 8 * 8, &told);

		CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_PASS);
		CU_ASSERT_EQUAL(verdict.used_bits, needs);
		CU_ASSERT_EQUAL_FATAL(told.count, 1286);
		for (unsigned k = 0; k < 257; k++)
			CU_ASSERT_EQUAL(told.result[1 + 5 * k].column, k % (width + 1));
		told_free(&told);
		verdict = bed_run(AIS31_A, width, tape.packed, 0, (needs - 1) / 8 * 8, &told);
		CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_SHORT);
		CU_ASSERT_EQUAL(verdict.needs_bits, needs - (needs - 1) / 8 * 8);
		told_free(&told);
	}
	tape_free(&tape);
}

static void any_number_of_threads_tells_the_same(void)
{
	const int before = omp_get_max_threads();
	const uint64_t bits = T0_BITS + 3 * UINT64_C(180000) + 56;
	struct tape tape = good(bits);
	struct told first = { 0 };

	omp_set_num_threads(1);
	bed_run(AIS31_A, 8, tape.packed, 2, bits - 2, &first);
	CU_ASSERT_EQUAL(first.count, 1 + 5 * 27 + 1);
	for (int threads = 2; threads <= 5; threads++) {
		struct told other = { 0 };

		omp_set_num_threads(threads);
		bed_run(AIS31_A, 8, tape.packed, 2, bits - 2, &other);
		CU_ASSERT_TRUE(told_same(&first, &other));
		told_free(&other);
	}
	omp_set_num_threads(before);
	told_free(&first);
	tape_free(&tape);
}

static void refuses_other_widths(void)
{
	static const unsigned bad[] = { 0, 257, UINT32_MAX };
	struct memory_source memory = { NULL, 0, 0 };
	struct source source = source_of_memory(&memory);
	struct ais31_verdict verdict = { .runs = 77 };

	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(ais31_run(AIS31_A, bad[i], &source, NULL, &verdict), -EINVAL);
	CU_ASSERT_EQUAL(ais31_run((enum ais31_procedure)99, 1, &source, NULL, &verdict), -EINVAL);
	CU_ASSERT_EQUAL(verdict.runs, 77);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "wide numbers take what the reference takes",
		  wide_numbers_take_what_the_reference_takes },
		{ "wide numbers have columns", wide_numbers_have_columns },
		{ "the last cycle stops after 257", the_last_cycle_stops_after_257 },
		{ "any number of threads tells the same", any_number_of_threads_tells_the_same },
		{ "refuses other widths", refuses_other_widths },
	};

	return unit_run("ais31_widths", tests, sizeof(tests) / sizeof(tests[0]));
}
