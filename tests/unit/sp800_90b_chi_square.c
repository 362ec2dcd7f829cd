/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chi-square tests of SP 800-90B 5.2.1 to 5.2.4 against plain ones, and their p-values. */
#include "evaluate/sp800_90b/chi_square.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MOST         60000

static uint8_t value[MOST];

static bool is_near(double a, double b, double relative)
{
	return fabs(a - b) <= relative * fabs(b);
}

static void fill(uint64_t count, unsigned highest, unsigned power)
{
	for (uint64_t i = 0; i < count; i++) {
		double u = 1;

		for (unsigned k = 0; k < power; k++)
			u *= (double)random() / 2147483648.0;
		value[i] = (uint8_t)(u * (highest + 1));
	}
	value[0] = 0;
	value[1] = 1;
}

/* Computed with 40 digits. */
static void test_p_values(void)
{
	static const struct {
		double chi_square, degrees, p_value;
	} known[] = {
		{ 1, 1, 0.3173105078629141 },
		{ 3.84, 1, 0.050043521248705103 },
		{ 20.5, 9, 0.015065373645983752 },
		{ 12.853114784483077, 9, 0.1693660800250555 },
		{ 2018.5756920227113, 2046, 0.6628343765864046 },
		{ 65127.253902881996, 65280, 0.66320157414307661 },
		{ 65280, 65280, 0.49926393899557 },
		{ 67000, 65280, 1.1743348719146127e-6 },
		{ 64000, 65280, 0.99981740020106862 },
		{ 500, 254, 3.1099695326603387e-18 },
		{ 2376.035483052955, 2295, 0.11660697481821429 },
		{ 100, 9, 1.5735176303753944e-17 },
		{ 2.5, 20, 0.99999917151251488 },
		{ 1400, 9, 7.7309942439991564e-296 },
	};

	for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
		const double p = chi_square_p_value(known[i].chi_square, known[i].degrees);

		CU_ASSERT(is_near(p, known[i].p_value, 1e-10));
		if (!is_near(p, known[i].p_value, 1e-10))
			printf("%g %g: %.17g\n", known[i].chi_square, known[i].degrees, p);
	}
}

/* Nothing that a table of counts can give makes the library give up. */
static void test_p_value_extremes(void)
{
	static const double degrees[] = { 1, 2, 9, 254, 2046, 65280, 1e6 };

	for (unsigned i = 0; i < ARRAY_LEN(degrees); i++) {
		double last = 1;

		CU_ASSERT_EQUAL(chi_square_p_value(0, degrees[i]), 1);
		for (double x = 1e-12; x < 1e18; x *= 1.3) {
			const double p = chi_square_p_value(x, degrees[i]);

			CU_ASSERT(p >= 0 && p <= 1);
			CU_ASSERT(p <= last * (1 + 1e-9));
			last = p;
		}
		CU_ASSERT_EQUAL(chi_square_p_value(INFINITY, degrees[i]), 0);
	}
}

struct plain_cell {
	double expected;
	unsigned first, second;
};

static int by_expected(const void *a, const void *b)
{
	const struct plain_cell *x = a, *y = b;

	if (x->expected < y->expected || x->expected > y->expected)
		return x->expected < y->expected ? -1 : 1;
	return x->first != y->first ? (x->first < y->first ? -1 : 1)
				    : (x->second > y->second) - (x->second < y->second);
}

/*
 * 5.2.1 (@length 2) and one part of 5.2.2 (@length 1) for the values from @part of @all: joins
 * sorted cells to bins of 5 and more. Return: the bins.
 */
static unsigned plain_chi_square(const struct symbols *all, const uint8_t *part, uint64_t draws,
				 unsigned length, double *chi_square)
{
	static struct plain_cell cell[65536];
	double share[256] = { 0 }, expected = 0, observed = 0, last_expected = 0, last_observed = 0;
	unsigned cells = 0, bins = 0;

	for (uint64_t i = 0; i < all->count; i++)
		share[all->value[i]] += 1.0 / (double)all->count;
	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < (length == 2 ? 256 : 1); b++)
			if (share[a] > 0 && (length == 1 || share[b] > 0))
				cell[cells++] = (struct plain_cell){
					share[a] * (length == 2 ? share[b] : 1) * (double)draws, a,
					b
				};
	qsort(cell, cells, sizeof(*cell), by_expected);
	*chi_square = 0;
	for (unsigned c = 0; c < cells; c++) {
		expected += cell[c].expected;
		for (uint64_t i = 0; i < draws; i++)
			observed += part[i * length] == cell[c].first &&
				    (length == 1 || part[i * length + 1] == cell[c].second);
		if (expected < 5)
			continue;
		/* A full bin is counted when the next one is full: it may have to take the rest in.
		 */
		if (bins++)
			*chi_square += pow(last_observed - last_expected, 2) / last_expected;
		last_expected = expected;
		last_observed = observed;
		expected = observed = 0;
	}
	last_expected += expected;
	last_observed += observed;
	if (last_expected > 0)
		*chi_square += pow(last_observed - last_expected, 2) / last_expected;
	return bins;
}

static void check_wide(const struct symbols *symbols)
{
	struct result result;
	bool occurs[256] = { false };
	unsigned distinct = 0, bins = 0;
	double chi_square, sum = 0;

	for (uint64_t i = 0; i < symbols->count; i++) {
		distinct += !occurs[symbols->value[i]];
		occurs[symbols->value[i]] = true;
	}
	bins = plain_chi_square(symbols, symbols->value, symbols->count / 2, 2, &chi_square);
	CU_ASSERT_EQUAL(chi_square_independence(symbols, &result), 0);
	CU_ASSERT_STRING_EQUAL(result.test, "chi_square_independence");
	if (bins > distinct) {
		CU_ASSERT(is_near(result_get(&result, "chi_square"), chi_square, 1e-11));
		CU_ASSERT_EQUAL(result_get(&result, "degrees_of_freedom"), bins - distinct);
		CU_ASSERT_EQUAL(result.outcome, result_get(&result, "p_value") >= 0.001
							? OUTCOME_PASS
							: OUTCOME_FAIL);
	} else {
		CU_ASSERT_EQUAL(result.outcome, OUTCOME_SHORT);
		CU_ASSERT(result.needs_bits > 0);
	}
	for (unsigned i = 0; i < 10; i++, sum += chi_square)
		bins = plain_chi_square(symbols, symbols->value + i * (symbols->count / 10),
					symbols->count / 10, 1, &chi_square);
	CU_ASSERT_EQUAL(chi_square_goodness(symbols, &result), 0);
	if (bins > 1) {
		CU_ASSERT(is_near(result_get(&result, "chi_square"), sum, 1e-11));
		CU_ASSERT_EQUAL(result_get(&result, "degrees_of_freedom"), 9 * (bins - 1));
	} else {
		CU_ASSERT_EQUAL(result.outcome, OUTCOME_SHORT);
	}
}

static void test_wide(void)
{
	static const struct {
		uint64_t count;
		unsigned highest, power;
	} cases[] = { { 3, 2, 1 },     { 30, 2, 1 },    { 61, 3, 1 },
		      { 400, 3, 2 },   { 1001, 7, 1 },  { 5000, 15, 3 },
		      { 5003, 31, 2 }, { 3000, 40, 1 }, { 800, 255, 1 } };

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		fill(cases[i].count, cases[i].highest, cases[i].power);
		value[2] = 2;
		check_wide(&(struct symbols){ value, cases[i].count, 8 });
	}
}

/* 5.2.3 and 5.2.4, with the bit of symbol i in value[i]. */
static void check_bits(const struct symbols *symbols)
{
	struct result result;
	const double n = (double)symbols->count;
	double p1 = 0, sum = 0, chi_square = 0;
	unsigned m = 11;

	for (uint64_t i = 0; i < symbols->count; i++)
		p1 += symbols->value[i];
	p1 /= n;
	while (m > 1 && pow(fmin(p1, 1 - p1), m) * floor(n / m) < 5)
		m--;
	for (unsigned t = 0; t < 1u << m; t++) {
		double expected = floor(n / m), times = 0;

		for (unsigned k = 0; k < m; k++)
			expected *= t >> k & 1 ? p1 : 1 - p1;
		for (uint64_t i = 0; i + m <= symbols->count; i += m) {
			bool is_same = true;

			for (unsigned k = 0; k < m; k++)
				is_same &= symbols->value[i + k] == (t >> (m - 1 - k) & 1);
			times += is_same;
		}
		sum += pow(times - expected, 2) / expected;
	}
	CU_ASSERT_EQUAL(chi_square_independence(symbols, &result), 0);
	if (m >= 2) {
		CU_ASSERT(is_near(result_get(&result, "chi_square"), sum, 1e-9));
		CU_ASSERT_EQUAL(result_get(&result, "degrees_of_freedom"), pow(2, m) - 2);
	} else {
		CU_ASSERT_EQUAL(result.outcome, OUTCOME_SHORT);
		CU_ASSERT(result.needs_bits > 0);
	}
	const uint64_t part = symbols->count / 10;

	for (unsigned i = 0; i < 10; i++) {
		double ones = 0;

		for (uint64_t k = 0; k < part; k++)
			ones += symbols->value[i * part + k];
		chi_square += pow(ones - p1 * (double)part, 2) / (p1 * (double)part) +
			      pow(ones - p1 * (double)part, 2) / ((1 - p1) * (double)part);
	}
	CU_ASSERT_EQUAL(chi_square_goodness(symbols, &result), 0);
	if (part) {
		CU_ASSERT(is_near(result_get(&result, "chi_square"), chi_square, 1e-9));
		CU_ASSERT_EQUAL(result_get(&result, "degrees_of_freedom"), 9);
	} else {
		CU_ASSERT_EQUAL(result.outcome, OUTCOME_SHORT);
		CU_ASSERT_EQUAL(result.needs_bits, 10 - symbols->count);
	}
}

static void test_bits(void)
{
	static const uint64_t counts[] = { 2, 9, 10, 39, 40, 41, 200, 1000, 4001, 30000 };

	for (unsigned i = 0; i < ARRAY_LEN(counts); i++) {
		fill(counts[i], 1, 1);
		check_bits(&(struct symbols){ value, counts[i], 1 });
		for (uint64_t k = 2; k < counts[i]; k++)
			value[k] &= (uint8_t)(random() >> 9 & 1);
		check_bits(&(struct symbols){ value, counts[i], 1 });
	}
}

/* Data that depend on what came before, and data whose distribution drifts, fail. */
static void test_failures(void)
{
	struct result result;
	const struct symbols bits = { value, MOST, 1 }, wide = { value, MOST, 3 };

	for (unsigned i = 0; i < MOST; i++)
		value[i] = (uint8_t)(i / 2 & 1);
	CU_ASSERT_EQUAL(chi_square_independence(&bits, &result), 0);
	CU_ASSERT_EQUAL(result.outcome, OUTCOME_FAIL);
	CU_ASSERT_EQUAL(chi_square_goodness(&bits, &result), 0);
	CU_ASSERT_EQUAL(result.outcome, OUTCOME_PASS);
	for (unsigned i = 0; i < MOST; i++)
		value[i] = (uint8_t)(random() >> 8 & (i > MOST / 2 ? 7 : 3));
	CU_ASSERT_EQUAL(chi_square_goodness(&wide, &result), 0);
	CU_ASSERT_EQUAL(result.outcome, OUTCOME_FAIL);
	for (unsigned i = 0; i < MOST; i++)
		value[i] = (uint8_t)(i % 5);
	CU_ASSERT_EQUAL(chi_square_independence(&wide, &result), 0);
	CU_ASSERT_EQUAL(result.outcome, OUTCOME_FAIL);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "p-values", test_p_values }, { "p-values at their ends", test_p_value_extremes },
		{ "wide symbols", test_wide }, { "bits", test_bits },
		{ "failures", test_failures },
	};

	srandom((unsigned)unit_seed());
	return unit_run("sp800_90b_chi_square", tests, ARRAY_LEN(tests));
}
