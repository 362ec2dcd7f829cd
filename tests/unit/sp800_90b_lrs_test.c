/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test of the longest repeated substring, SP 800-90B 5.2.5. */
#include "evaluate/sp800_90b/lrs_test.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t value[2000];

/* Every pair of places. */
static uint64_t plain_longest(const struct symbols *symbols)
{
	uint64_t longest = 0;

	for (uint64_t i = 0; i < symbols->count; i++) {
		for (uint64_t k = i + 1; k < symbols->count; k++) {
			uint64_t length = 0;

			while (k + length < symbols->count &&
			       symbols->value[i + length] == symbols->value[k + length])
				length++;
			longest = length > longest ? length : longest;
		}
	}
	return longest;
}

static void check(const struct symbols *symbols)
{
	const uint64_t longest = plain_longest(symbols);
	double times[256] = { 0 }, p_col = 0;
	struct result result;

	for (uint64_t i = 0; i < symbols->count; i++)
		times[symbols->value[i]]++;
	for (unsigned v = 0; v < 256; v++)
		p_col += times[v] * times[v] / (double)symbols->count / (double)symbols->count;
	CU_ASSERT_EQUAL(lrs_test(symbols, &result), 0);
	CU_ASSERT_STRING_EQUAL(result.test, "longest_repeated_substring");
	CU_ASSERT(fabs(result_get(&result, "p_col") - p_col) < 1e-12);
	CU_ASSERT_EQUAL(result_get(&result, "longest"), (double)longest);
	const double pairs =
		(double)((symbols->count - longest + 1) * (symbols->count - longest) / 2);
	const long double none =
		powl(1 - powl((long double)p_col, (long double)longest), (long double)pairs);
	const double p_value = result_get(&result, "p_value");

	CU_ASSERT(fabs(p_value - (double)(1 - none)) < 1e-9);
	CU_ASSERT_EQUAL(result.outcome, p_value >= 0.001 ? OUTCOME_PASS : OUTCOME_FAIL);
}

static void test_plain(void)
{
	for (unsigned width = 1; width <= 8; width++) {
		for (uint64_t count = 2; count <= 400; count = count * 3 / 2 + 1) {
			for (uint64_t i = 0; i < count; i++)
				value[i] = (uint8_t)(random() >> 7 & ((1 << width) - 1));
			value[0] = value[1] ^ 1;
			check(&(struct symbols){ value, count, width });
		}
	}
}

/* 40 digits: where the power is far below what a double holds, and where it is nearly 1. */
static void test_p_values(void)
{
	static const struct {
		double p_col;
		uint64_t longest, count;
		double p_value;
	} known[] = {
		{ 0.5, 39, 1000000, 0.59724412589051562 },
		{ 0.00390625, 4, 1000000, 1.0 },
		{ 0.00390625, 6, 1000000, 0.0017747605461809091 },
		{ 0.25, 2000, 1000000, 0 },
		{ 0.25, 500, 1000000000, 4.6663134308654842e-284 },
		{ 0.5, 1060, 1000000, 4.0388139036357347e-308 },
		{ 0.999, 1298, 2000, 1.0 },
		{ 0.5, 1, 2, 0.5 },
		{ 0.5, 0, 5, 1.0 },
		{ 0.53125, 43, 1000000, 0.53723069352540051 },
		{ 0.5, 57, 1000000000, 0.9688657431601795 },
		{ 0.5, 58, 1000, 1.5409652720498663e-12 },
		{ 0.999999, 1, 3, 1.0 },
	};

	CU_ASSERT_EQUAL(lrs_p_value(1, 5, 100), 1);
	CU_ASSERT_EQUAL(lrs_p_value(1 + 1e-9, 5, 100), 1);
	for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
		const double p = lrs_p_value(known[i].p_col, known[i].longest, known[i].count);

		CU_ASSERT(fabs(p - known[i].p_value) <= 1e-11 * known[i].p_value);
	}
}

static void test_failures(void)
{
	struct result result;

	/* Always the same values: of all that could be drawn one in a thousand fails, as it should. */
	srandom(1);
	for (unsigned i = 0; i < 2000; i++)
		value[i] = (uint8_t)(random() >> 7 & 3);
	CU_ASSERT_EQUAL(lrs_test(&(struct symbols){ value, 2000, 2 }, &result), 0);
	CU_ASSERT_EQUAL(result.outcome, OUTCOME_PASS);
	memcpy(value + 1500, value + 100, 60);
	CU_ASSERT_EQUAL(lrs_test(&(struct symbols){ value, 2000, 2 }, &result), 0);
	CU_ASSERT_EQUAL(result.outcome, OUTCOME_FAIL);
	CU_ASSERT(result_get(&result, "p_value") > 0);
	/* One symbol of another value: nearly certain to repeat. */
	memset(value, 5, 2000);
	value[700] = 6;
	CU_ASSERT_EQUAL(lrs_test(&(struct symbols){ value, 2000, 3 }, &result), 0);
	CU_ASSERT_EQUAL(result_get(&result, "longest"), 1298);
	CU_ASSERT_EQUAL(result.outcome, OUTCOME_PASS);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "plain", test_plain },
		{ "p-values", test_p_values },
		{ "failures", test_failures },
	};

	srandom((unsigned)unit_seed());
	return unit_run("sp800_90b_lrs_test", tests, ARRAY_LEN(tests));
}
