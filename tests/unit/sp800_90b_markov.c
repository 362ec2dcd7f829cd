/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Markov estimate (SP 800-90B, 6.3.3) against products of probabilities along each string. */
#include "evaluate/sp800_90b/estimators.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LONGEST      500

static struct result estimate(const uint8_t *bit, uint64_t count)
{
	struct symbols symbols = { bit, count, 1 };
	struct result result;

	CU_ASSERT_EQUAL(markov_estimate(&symbols, &result), 0);
	CU_ASSERT_STRING_EQUAL(result.test, "markov");
	return result;
}

/* The example of 6.3.3: its likeliest string is 0101...01 or its reverse; 0.761 bit. */
static void test_standard(void)
{
	static const uint8_t s[] = { 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0,
				     1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0 };
	struct result result = estimate(s, COUNT(s));

	CU_ASSERT_EQUAL(result_get(&result, "p_0"), 0.475);
	CU_ASSERT_EQUAL(result_get(&result, "p_1"), 0.525);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p_00"), 7. / 18, 1e-15);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p_01"), 11. / 18, 1e-15);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p_10"), 12. / 21, 1e-15);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p_11"), 9. / 21, 1e-15);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "min_entropy"), 0.761, 5e-4);
}

/* log2 of the probability of one of the six strings, bit by bit. */
static double walk(const double first[2], double next[2][2], unsigned start, unsigned second,
		   unsigned third)
{
	unsigned state = start;
	double sum = log2(first[start]);

	for (unsigned i = 1; i < 128; i++) {
		unsigned to = i % 2 ? second : third;

		sum += log2(next[state][to]);
		state = to;
	}
	return sum;
}

static void compare(const uint8_t *bit, uint64_t count)
{
	double first[2] = { 0 }, next[2][2] = { { 0 } }, from[2] = { 0 }, greatest = -128;
	struct result result = estimate(bit, count);

	for (uint64_t i = 0; i < count; i++)
		first[bit[i]] += 1. / (double)count;
	for (uint64_t i = 1; i < count; i++) {
		next[bit[i - 1]][bit[i]]++;
		from[bit[i - 1]]++;
	}
	for (unsigned i = 0; i < 4; i++)
		next[i / 2][i % 2] /= from[i / 2] > 0 ? from[i / 2] : 1;
	for (unsigned i = 0; i < 8; i++)
		if (i != 1 && i != 6) /* 0 01 01.. and 1 10 10.. are none of the six */
			greatest = fmax(greatest, walk(first, next, i / 4, i / 2 % 2, i % 2));

	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p_0"), first[0], 1e-13);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p_1"), first[1], 1e-13);
	CU_ASSERT_EQUAL(result_get(&result, "p_00"), next[0][0]);
	CU_ASSERT_EQUAL(result_get(&result, "p_01"), next[0][1]);
	CU_ASSERT_EQUAL(result_get(&result, "p_10"), next[1][0]);
	CU_ASSERT_EQUAL(result_get(&result, "p_11"), next[1][1]);
	CU_ASSERT_DOUBLE_EQUAL(log2(result_get(&result, "p_hat_max")), greatest, 1e-10);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "min_entropy"), -greatest / 128, 1e-12);
	CU_ASSERT_FALSE(signbit(result_get(&result, "min_entropy")));
}

static void test_random(void)
{
	uint8_t bit[LONGEST];

	srand48((long)unit_seed());
	for (unsigned turn = 0; turn < 500; turn++) {
		double stay[2] = { drand48(), drand48() };
		uint64_t count =
			(uint64_t)(turn < 100 ? 2 + turn % 10 : 2 + drand48() * (LONGEST - 2));

		bit[0] = turn % 2;
		for (unsigned i = 1; i < count; i++)
			bit[i] = drand48() < stay[bit[i - 1]] ? bit[i - 1] : !bit[i - 1];
		compare(bit, count);
	}
}

/* Some of the six strings, or all states but one, never occur. */
static void test_missing(void)
{
	static const char *const strings[] = { "00",      "01",      "10",     "11",
					       "0000000", "1111111", "000001", "100000",
					       "111110",  "0101010", "1010101" };

	for (unsigned i = 0; i < COUNT(strings); i++) {
		uint8_t bit[16];
		uint64_t count = 0;

		for (; strings[i][count]; count++)
			bit[count] = strings[i][count] == '1';
		compare(bit, count);
	}
}

static void test_no_entropy(void)
{
	static const uint8_t zeros[200];
	struct result result = estimate(zeros, COUNT(zeros));

	CU_ASSERT_EQUAL(result_get(&result, "p_hat_max"), 1);
	CU_ASSERT_EQUAL(result_get(&result, "min_entropy"), 0);
}

static void test_short(void)
{
	static const uint8_t zero[1];

	for (uint64_t count = 0; count < 2; count++) {
		struct result result = estimate(zero, count);

		CU_ASSERT_EQUAL(result.outcome, OUTCOME_SHORT);
		CU_ASSERT_EQUAL(result.needs_bits, 2 - count);
		CU_ASSERT_EQUAL(result.figures, 0);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the standard's example", test_standard },
		{ "as along the strings, on random chains", test_random },
		{ "transitions that never occur", test_missing },
		{ "no entropy is 0", test_no_entropy },
		{ "too few bits", test_short },
	};

	return unit_run("sp800_90b_markov", tests, COUNT(tests));
}
