/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The collision estimate (SP 800-90B, 6.3.2) against its definition, done step by step. */
#include "evaluate/sp800_90b/estimators.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define Z            2.5758293035489008
#define LONGEST      4000

static struct result estimate(const uint8_t *bit, uint64_t count)
{
	struct symbols symbols = { bit, count, 1 };
	struct result result;

	CU_ASSERT_EQUAL(collision_estimate(&symbols, &result), 0);
	CU_ASSERT_STRING_EQUAL(result.test, "collision");
	return result;
}

/* The example of 6.3.2, whose z is 2.576; 0.7329 and 0.4483 are its p and entropy. */
static void test_standard(void)
{
	static const uint8_t s[] = { 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0,
				     1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0 };
	struct result result = estimate(s, COUNT(s));

	CU_ASSERT_EQUAL(result_get(&result, "v"), 14);
	CU_ASSERT_EQUAL(result_get(&result, "sum_t"), 38);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "mean"), 2.7143, 5e-5);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "sigma"), 0.4688, 5e-5);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "mean_lower"), 2.3915, 1e-4);
	CU_ASSERT_STRING_EQUAL(result_find(&result, "solution")->word, "found");
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p"), 0.7329, 1e-4);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "min_entropy"), 0.4483, 1e-4);
}

/* The right side of step 7 as the standard has it, with F(1/z) = Gamma(3, z) z^-3 e^z for k = 2. */
static double expected_mean(double p)
{
	double q = 1 - p, f = q * (1 + 2 * q + 2 * q * q);

	return p / (q * q) * (1 + (1 / p - 1 / q) / 2) * f - p / q * (1 / p - 1 / q) / 2;
}

static double bisect(double mean)
{
	double low = 0.5, high = 1;

	for (unsigned i = 0; i < 60; i++) {
		double middle = (low + high) / 2;

		if (expected_mean(middle) > mean)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Waiting times by looking for the first pair of equal values, as step 2 to 4 say. */
static unsigned wait(const uint8_t *bit, uint64_t from, uint64_t count)
{
	for (uint64_t j = from + 1; j < count; j++)
		for (uint64_t i = from; i < j; i++)
			if (bit[i] == bit[j])
				return (unsigned)(j - from + 1);
	return 0;
}

static void compare(const uint8_t *bit, uint64_t count)
{
	unsigned t[LONGEST], v = 0, sum = 0;
	struct result result = estimate(bit, count);

	while ((t[v] = wait(bit, sum, count)) > 0)
		sum += t[v++];
	if (v < 2) {
		CU_ASSERT_EQUAL(result.outcome, OUTCOME_SHORT);
		CU_ASSERT(result.needs_bits > 0);
		CU_ASSERT_EQUAL(result.figures, 0);
		return;
	}
	double mean = (double)sum / v, squares = 0;

	for (unsigned i = 0; i < v; i++)
		squares += (t[i] - mean) * (t[i] - mean);
	double sigma = sqrt(squares / (v - 1));
	double lower = fmax(2, mean - Z * sigma / sqrt(v));

	CU_ASSERT_EQUAL(result_get(&result, "v"), v);
	CU_ASSERT_EQUAL(result_get(&result, "sum_t"), sum);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "mean"), mean, 1e-14);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "sigma"), sigma, 1e-13);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "mean_lower"), lower, 1e-13);
	CU_ASSERT_EQUAL(strcmp(result_find(&result, "solution")->word, "found") == 0, lower < 2.5);
	/* Near 2 the standard's form loses what 1 - p has of digits, near 2.5 the root is a double
	 * one. */
	if (lower > 2.001 && lower < 2.4999)
		CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p"), bisect(lower), 1e-9);
	CU_ASSERT_EQUAL(result_get(&result, "min_entropy"), -log2(result_get(&result, "p")));
}

static void test_random(void)
{
	uint8_t bit[LONGEST];

	srand48((long)unit_seed());
	for (unsigned turn = 0; turn < 400; turn++) {
		double share = drand48();
		uint64_t count = (uint64_t)(turn < 200 ? turn % 20 : drand48() * LONGEST);

		for (unsigned i = 0; i < count; i++)
			bit[i] = drand48() < share;
		compare(bit, count);
	}
}

/* Nothing is left over, or one bit, or two that differ: these count for nothing. */
static void test_end(void)
{
	static const uint8_t s[] = { 0, 0, 1, 0, 1, 1, 0, 0 };
	static const struct {
		uint64_t count;
		unsigned v, sum_t;
	} end[] = { { 5, 2, 5 }, { 6, 2, 5 }, { 7, 2, 5 }, { 8, 3, 8 } };

	for (unsigned i = 0; i < COUNT(end); i++) {
		struct result result = estimate(s, end[i].count);

		CU_ASSERT_EQUAL(result_get(&result, "v"), end[i].v);
		CU_ASSERT_EQUAL(result_get(&result, "sum_t"), end[i].sum_t);
	}
}

/* 0101...: every wait is 3, more than any p explains. Constant: every wait is 2, as for p = 1. */
static void test_no_solution(void)
{
	uint8_t bit[99] = { 0 };
	struct result result = estimate(bit, COUNT(bit));

	CU_ASSERT_STRING_EQUAL(result_find(&result, "solution")->word, "found");
	CU_ASSERT_EQUAL(result_get(&result, "p"), 1);
	CU_ASSERT_EQUAL(result_get(&result, "min_entropy"), 0);
	CU_ASSERT_FALSE(signbit(result_get(&result, "min_entropy")));

	for (unsigned i = 0; i < COUNT(bit); i++)
		bit[i] = i % 2;
	result = estimate(bit, COUNT(bit));
	CU_ASSERT_STRING_EQUAL(result_find(&result, "solution")->word, "lower bound");
	CU_ASSERT_EQUAL(result_get(&result, "mean_lower"), 3);
	CU_ASSERT_EQUAL(result_get(&result, "p"), 0.5);
	CU_ASSERT_EQUAL(result_get(&result, "min_entropy"), 1);
}

/* Nearly constant: the bound falls below 2, where no p fits; no reason to grant full entropy. */
static void test_below_two(void)
{
	static const uint8_t bit[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0 };
	struct result result = estimate(bit, COUNT(bit));

	CU_ASSERT(result_get(&result, "sigma") > 0);
	CU_ASSERT_EQUAL(result_get(&result, "mean_lower"), 2);
	CU_ASSERT_EQUAL(result_get(&result, "min_entropy"), 0);
}

/* As many bits as it says, and the right ones, do suffice. */
static void test_short(void)
{
	static const uint8_t bit[] = { 0, 1, 1, 0, 0 };
	static const uint64_t needs[] = { 4, 3, 3, 2, 1 };

	for (uint64_t count = 0; count < COUNT(bit); count++) {
		struct result result = estimate(bit, count);

		CU_ASSERT_EQUAL(result.outcome, OUTCOME_SHORT);
		CU_ASSERT_EQUAL(result.needs_bits, needs[count]);
	}
	CU_ASSERT_EQUAL(estimate(bit, COUNT(bit)).outcome, OUTCOME_NONE);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the standard's example", test_standard },
		{ "as by its definition on random bits", test_random },
		{ "what is left over at the end", test_end },
		{ "means that no p explains", test_no_solution },
		{ "a bound below two", test_below_two },
		{ "too few bits", test_short },
	};

	return unit_run("sp800_90b_collision", tests, COUNT(tests));
}
