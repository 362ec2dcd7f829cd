/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The compression estimate (SP 800-90B, 6.3.4) against its double sum, term by term. */
#include "evaluate/sp800_90b/estimators.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define Z            2.5758293035489008
#define D            1000
#define BLOCKS       1300
#define BITS         (6 * BLOCKS)

static struct result estimate(const uint8_t *bit, uint64_t count)
{
	struct symbols symbols = { bit, count, 1 };
	struct result result;

	CU_ASSERT_EQUAL(compression_estimate(&symbols, &result), 0);
	CU_ASSERT_STRING_EQUAL(result.test, "compression");
	return result;
}

static bool is_found(const struct result *result)
{
	return strcmp(result_find(result, "solution")->word, "found") == 0;
}

/* G(z) and the right side of step 7 as the standard has them; a table spares some time. */
static double direct_g(double z, unsigned blocks)
{
	double sum = 0, log2_u[BLOCKS + 1], power[BLOCKS + 1] = { 0, 1 };

	for (unsigned u = 1; u <= blocks; u++) {
		log2_u[u] = log2(u);
		if (u > 1)
			power[u] = power[u - 1] * (1 - z);
	}
	for (unsigned t = D + 1; t <= blocks; t++)
		for (unsigned u = 1; u <= t; u++)
			sum += log2_u[u] * (u < t ? z * z : z) * power[u];
	return sum / (blocks - D);
}

static double direct_mean(double p, unsigned blocks)
{
	return direct_g(p, blocks) + 63 * direct_g((1 - p) / 63, blocks);
}

/* Step 1 to 6: the distance back to the last equal block, by looking for it. */
static void direct_statistic(const uint8_t *bit, unsigned blocks, double *mean, double *sigma)
{
	double log2_d[BLOCKS], sum = 0, squares = 0;

	for (unsigned i = D; i < blocks; i++) {
		unsigned back = 1;

		while (back <= i && memcmp(bit + 6 * i, bit + 6 * (i - back), 6) != 0)
			back++;
		log2_d[i] = log2(back);
		sum += log2_d[i];
	}
	*mean = sum / (blocks - D);
	for (unsigned i = D; i < blocks; i++)
		squares += log2_d[i] * log2_d[i];
	*sigma = 0.5907 * sqrt(squares / (blocks - D - 1) - *mean * *mean);
}

static void compare(const uint8_t *bit, uint64_t count)
{
	unsigned blocks = (unsigned)(count / 6);
	double mean, sigma, p, lower;
	struct result result = estimate(bit, count);

	direct_statistic(bit, blocks, &mean, &sigma);
	lower = mean - Z * sigma / sqrt(blocks - D);
	p = result_get(&result, "p");
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "mean"), mean, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "sigma"), sigma,
			       1e-7); /* near 0 it cancels here */
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "mean_lower"), lower, 1e-7);
	lower = result_get(&result, "mean_lower");
	CU_ASSERT_EQUAL(is_found(&result), lower < direct_mean(1. / 64, blocks));
	if (is_found(&result)) {
		CU_ASSERT_DOUBLE_EQUAL(direct_mean(p, blocks), fmax(0, lower), 2e-12);
	} else {
		CU_ASSERT_EQUAL(p, 1. / 64);
	}
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "min_entropy"), -log2(p) / 6, 1e-15);
	CU_ASSERT_FALSE(signbit(result_get(&result, "min_entropy")));
}

static void test_random(void)
{
	uint8_t bit[BITS];

	srand48((long)unit_seed());
	for (unsigned turn = 0; turn < 24; turn++) {
		double ones = turn < 16 ? drand48() : pow(2, -(double)turn / 2);
		unsigned count = 6012 + (unsigned)(drand48() * (BITS - 6012));

		for (unsigned i = 0; i < count; i++)
			bit[i] = drand48() < ones;
		compare(bit, count);
	}
}

/* As few blocks as can be; what is beyond the last whole block does not count. */
static void test_short(void)
{
	uint8_t bit[6012 + 5];

	srand48(1);
	for (unsigned i = 0; i < COUNT(bit); i++)
		bit[i] = drand48() < 0.5;
	for (unsigned count = 0; count < 6012; count += 501) {
		struct result result = estimate(bit, count);

		CU_ASSERT_EQUAL(result.outcome, OUTCOME_SHORT);
		CU_ASSERT_EQUAL(result.needs_bits, 6012 - count);
		CU_ASSERT_EQUAL(result.figures, 0);
	}
	struct result least = estimate(bit, 6012), more = estimate(bit, 6017);

	CU_ASSERT_EQUAL(estimate(bit, 6011).needs_bits, 1);
	CU_ASSERT_EQUAL(least.outcome, OUTCOME_NONE);
	CU_ASSERT_EQUAL(result_get(&least, "p"), result_get(&more, "p"));
	compare(bit, 6012);
}

/* All distances are 1: log2 is 0, and p is 1. One other block does not change that. */
static void test_constant(void)
{
	uint8_t bit[BITS] = { 0 };
	struct result result = estimate(bit, BITS);

	CU_ASSERT_EQUAL(result_get(&result, "mean"), 0);
	CU_ASSERT_EQUAL(result_get(&result, "sigma"), 0);
	CU_ASSERT_EQUAL(result_get(&result, "p"), 1);
	CU_ASSERT_EQUAL(result_get(&result, "min_entropy"), 0);
	CU_ASSERT_FALSE(signbit(result_get(&result, "min_entropy")));
	CU_ASSERT(is_found(&result));

	bit[BITS - 1] = 1;
	result = estimate(bit, BITS);
	CU_ASSERT(result_get(&result, "mean_lower") < 0);
	CU_ASSERT_EQUAL(result_get(&result, "p"), 1);
	CU_ASSERT_EQUAL(result_get(&result, "min_entropy"), 0);
	CU_ASSERT(is_found(&result));
}

/* All 64 blocks in turn: every distance is 64, more than of any random blocks. */
static void test_no_solution(void)
{
	uint8_t bit[BITS];

	for (unsigned i = 0; i < BITS; i++)
		bit[i] = i / 6 % 64 >> (5 - i % 6) & 1;
	struct result result = estimate(bit, BITS);

	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "mean"), 6, 1e-15);
	CU_ASSERT_FALSE(is_found(&result));
	CU_ASSERT_EQUAL(result_get(&result, "min_entropy"), 1);
}

/* Distances beyond those that are counted in a table: two blocks far apart among others. */
static void test_far(void)
{
	const unsigned blocks = 10000, far[] = { 1500, 9000 };
	uint8_t *bit = calloc(blocks, 6);
	struct result result;

	CU_ASSERT_PTR_NOT_NULL_FATAL(bit);
	for (unsigned i = 0; i < 2; i++)
		bit[6 * far[i] + 5] = 1;
	result = estimate(bit, 6 * blocks);
	/* 1501 and 7500 for these two, and two distances of 2 after them. */
	CU_ASSERT_DOUBLE_EQUAL(result_get(&result, "mean"), (log2(1501) + log2(7500) + 2) / 9000,
			       1e-17);
	free(bit);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "as by its definition on random bits", test_random },
		{ "too few bits", test_short },
		{ "constant and nearly constant bits", test_constant },
		{ "means that no p explains", test_no_solution },
		{ "long distances", test_far },
	};

	return unit_run("sp800_90b_compression", tests, COUNT(tests));
}
