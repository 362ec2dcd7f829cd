/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T8 against a naive sum in long doubles, and where values are rare or come late. */
#include "evaluate/ais31/coron.h"

#include "tests/unit/ais31_bed.h"
#include "tests/unit/unit.h"

#include <math.h>

static uint8_t bytes[CORON_BYTES];
static uint32_t distances[CORON_BYTES + 1];
static long double harmonic[CORON_BYTES + 1]; /* 1 + ... + 1/i */

static long double f_naively(void)
{
	int last[256];
	long double sum = 0;

	for (int i = 0; i < 256; i++)
		last[i] = -1;
	for (int n = 0; n < CORON_BYTES; n++) {
		if (n >= CORON_Q)
			sum += harmonic[n - last[bytes[n]] - 1];
		last[bytes[n]] = n;
	}
	return sum / logl(2) / CORON_K;
}

static double check(void)
{
	long double naive = f_naively();
	double f = coron_f(bytes, distances);

	/* valgrind's long doubles are doubles: the naive sum is no better than this. */
	CU_ASSERT(fabsl(f - naive) <= 1e-12L * naive);
	return f;
}

static void sums_like_a_naive_one(void)
{
	uint64_t state = 1;

	for (unsigned i = 0; i < CORON_BYTES; i++)
		bytes[i] = (uint8_t)bed_random(&state);
	CU_ASSERT_DOUBLE_EQUAL(check(), 8, 0.02);
	for (unsigned i = 0; i < CORON_BYTES; i++)
		bytes[i] &= (uint8_t)bed_random(&state);
	CU_ASSERT(check() < 7);
	for (unsigned i = 0; i < CORON_BYTES; i++)
		bytes[i] = (uint8_t)i;
	CU_ASSERT_DOUBLE_EQUAL(check(), (double)(harmonic[255] / logl(2)), 1e-12);
	memset(bytes, 7, sizeof(bytes));
	CU_ASSERT_EQUAL(check(), 0);
}

/* The first of its value has the distance n + 1, be it the first that counts or the last of all. */
static void first_of_a_value_counts_from_the_start(void)
{
	static const unsigned places[] = { CORON_Q, CORON_Q + 1, CORON_BYTES - 1 };

	for (unsigned i = 0; i < 3; i++) {
		memset(bytes, 0, sizeof(bytes));
		bytes[places[i]] = 1;
		long double expected = harmonic[places[i]] + (places[i] < CORON_BYTES - 1 ? 1 : 0);

		CU_ASSERT_DOUBLE_EQUAL(check(), (double)(expected / logl(2) / CORON_K), 1e-15);
	}
	/* Of those that only prepare, nothing counts; the last of them is a neighbour. */
	memset(bytes, 0, sizeof(bytes));
	bytes[CORON_Q - 1] = 1;
	CU_ASSERT_DOUBLE_EQUAL(check(), (double)(1 / logl(2) / CORON_K), 1e-15);
	/* The very first byte is at place 0. */
	bytes[CORON_Q - 1] = 0;
	bytes[0] = bytes[CORON_BYTES - 1] = 2;
	CU_ASSERT_DOUBLE_EQUAL(check(), (double)(harmonic[CORON_BYTES - 2] / logl(2) / CORON_K),
			       1e-15);
}

/* As bits at any place of the source; over and over. */
static void runs_on_a_source(void)
{
	const uint64_t block_bits = 8 * CORON_BYTES;
	struct tape tape = tape_new(2 * block_bits + 16);
	struct told told = { 0 };
	uint64_t state = 2;

	tape_random(&tape, 3, &state);
	tape_random(&tape, block_bits, &state);
	for (unsigned i = 0; i < CORON_BYTES; i++) {
		bytes[i] = 0;
		for (unsigned k = 0; k < 8; k++)
			bytes[i] = (uint8_t)((unsigned)bytes[i] << 1 |
					     bed_bit(tape.packed, 3 + 8 * i + k));
	}
	tape.bits += block_bits + 5; /* zeros */
	struct ais31_verdict verdict = bed_run(AIS31_T8, 1, tape.packed, 3, tape.bits - 3, &told);

	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_FAIL);
	CU_ASSERT_EQUAL(verdict.failures[0], 1);
	CU_ASSERT_EQUAL(verdict.tests, 2);
	CU_ASSERT_EQUAL_FATAL(told.count, 2);
	CU_ASSERT_EQUAL(result_get(&told.result[0], "f"), check());
	CU_ASSERT_EQUAL(told.result[0].outcome, OUTCOME_PASS);
	CU_ASSERT_EQUAL(told_integer(&told.result[0], "end_bit", 0), (int64_t)block_bits);
	CU_ASSERT_EQUAL(told.result[1].outcome, OUTCOME_FAIL);
	CU_ASSERT_EQUAL(told.result[1].first_bit, 3 + block_bits);
	told_free(&told);
	tape_free(&tape);
}

/* Mixed with more and more of one value until f falls below the limit: the outcome follows f. */
static void judges_by_f(void)
{
	struct tape tape = tape_new(8 * CORON_BYTES);
	unsigned passed = 0;

	for (unsigned share = 0; share < 8; share++) {
		struct told told = { 0 };
		uint64_t state = 3;

		tape.bits = 0;
		for (unsigned i = 0; i < CORON_BYTES; i++) {
			uint64_t random = bed_random(&state);

			bytes[i] = (random >> 8) % 1000 < 12 * share ? 0 : (uint8_t)random;
			tape_put(&tape, bytes[i], 8);
		}
		struct ais31_verdict verdict =
			bed_run(AIS31_T8, 1, tape.packed, 0, tape.bits, &told);

		CU_ASSERT_EQUAL(verdict.outcome == OUTCOME_PASS, f_naively() > 7.976L);
		passed += verdict.outcome == OUTCOME_PASS;
		told_free(&told);
	}
	CU_ASSERT(passed > 0 && passed < 8);
	tape_free(&tape);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "sums like a naive one", sums_like_a_naive_one },
		{ "first of a value counts from the start",
		  first_of_a_value_counts_from_the_start },
		{ "runs on a source", runs_on_a_source },
		{ "judges by f", judges_by_f },
	};

	for (unsigned i = 1; i <= CORON_BYTES; i++)
		harmonic[i] = harmonic[i - 1] + 1.0L / i;
	return unit_run("ais31_coron", tests, sizeof(tests) / sizeof(tests[0]));
}
