/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The most common value estimate (SP 800-90B, 6.3.1), and the bound that all estimates share. */
#include "evaluate/sp800_90b/bound.h"
#include "evaluate/sp800_90b/estimators.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct result estimate(const uint8_t *value, uint64_t count, unsigned width)
{
	struct symbols symbols = { value, count, width };
	struct result result;

	CU_ASSERT_EQUAL(most_common_value_estimate(&symbols, &result), 0);
	return result;
}

/* The example of 6.3.1: 8 of 20 are 1. It prints 0.5363 for z = 2.576. */
static void test_standard(void)
{
	static const uint8_t s[] = { 0, 1, 1, 2, 0, 1, 2, 2, 0, 1, 0, 1, 1, 0, 2, 2, 1, 0, 2, 1 };
	struct result result = estimate(s, COUNT(s), 2);

	CU_ASSERT_STRING_EQUAL(result.test, "most_common_value");
	CU_ASSERT_EQUAL(result.outcome, OUTCOME_NONE);
	CU_ASSERT_EQUAL(result_get(&result, "mode_count"), 8);
	CU_ASSERT_EQUAL(result_get(&result, "p_hat"), 0.4);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "p_u"), 0.6895, 5e-5);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "min_entropy"), 0.5363, 1e-4);
	CU_ASSERT_STRING_EQUAL(result.figure[result.figures - 1].name, "min_entropy");
}

/* 4124 of a million 8-bit symbols: the figures of NIST's tool for its truerand_8bit.bin. */
static void test_nist(void)
{
	double p_u = bound_upper(0.004124, 1000000);

	CU_ASSERT_DOUBLE_EQUAL(p_u, 0.004289074221642555, 1e-17);
	CU_ASSERT_DOUBLE_EQUAL(bound_min_entropy(p_u), 7.86511800289959, 1e-13);
}

/* Each value in turn is the commonest, by one. */
static void test_values(void)
{
	uint8_t s[513];

	for (unsigned mode = 0; mode < 256; mode++) {
		for (unsigned i = 0; i < 512; i++)
			s[i] = (uint8_t)(i * 7);
		s[512] = (uint8_t)mode;
		struct result result = estimate(s, COUNT(s), 8);

		CU_ASSERT_EQUAL(result_get(&result, "mode_count"), 3);
	}
}

/* Beyond 1 the bound is cut; the entropy is then 0 and not -0. */
static void test_no_entropy(void)
{
	static const uint8_t constant[100], nearly[100] = { 1 };
	struct result result = estimate(constant, COUNT(constant), 8);

	CU_ASSERT_EQUAL(result_get(&result, "p_u"), 1);
	CU_ASSERT_EQUAL(result_get(&result, "min_entropy"), 0);
	CU_ASSERT_FALSE(signbit(result_get(&result, "min_entropy")));
	result = estimate(nearly, COUNT(nearly), 1);
	CU_ASSERT_EQUAL(result_get(&result, "p_u"), 1);
	CU_ASSERT_FALSE(signbit(result_get(&result, "min_entropy")));
}

static void test_short(void)
{
	static const uint8_t s[2] = { 3, 3 };

	for (uint64_t count = 0; count < 2; count++) {
		struct result result = estimate(s, count, 3);

		CU_ASSERT_EQUAL(result.outcome, OUTCOME_SHORT);
		CU_ASSERT_EQUAL(result.needs_bits, 3 * (2 - count));
		CU_ASSERT_PTR_NULL(result_find(&result, "min_entropy"));
		CU_ASSERT_EQUAL(bound_upper(0.5, count), 1);
	}
	struct result result = estimate(s, 2, 3);

	CU_ASSERT_EQUAL(result.outcome, OUTCOME_NONE);
	CU_ASSERT_EQUAL(result_get(&result, "min_entropy"), 0);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the standard's example", test_standard },
		{ "the bound to the last digit", test_nist },
		{ "any value can be the mode", test_values },
		{ "no entropy is 0", test_no_entropy },
		{ "too few symbols", test_short },
	};

	return unit_run("sp800_90b_most_common", tests, COUNT(tests));
}
