/* SPDX-License-Identifier: GPL-3.0-or-later */
/* most_common - rounded shares, and the estimate of SP 800-90B 6.3.1 against other figures. */
#include "fuse-trng/health/most_common.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Counts of @values values: the first is @largest, the others share the rest. */
static struct most_common estimate_of(uint32_t largest, uint32_t sum, unsigned values,
				      double *shares)
{
	uint32_t counts[256];
	uint32_t left = sum - largest;

	for (unsigned value = 1; value < values; value++) {
		counts[value] = left / (values - value);
		left -= counts[value];
	}
	counts[0] = largest;
	return most_common_estimate(counts, values, shares);
}

/*
 * Worked with 40 decimal digits. For 2400 of 8192 symbols of four values:
 *   step = round(sqrt(8192 * 3 / 16)) = 39, r = 62 * 39 = 2418
 *   p = 2437.5 / 8192, q = 2398.5 / 8192, margins 0.01302... and 0.01295...
 */
static void known_answers(void)
{
	static const struct {
		uint32_t largest, sum;
		unsigned values;
		uint32_t rounded;
		double lower, upper;
	} rows[] = {
		{ 2400, 8192, 4, 2418, 1.6870608510686624, 1.837357279724167 },
		{ 2100, 8192, 4, 2106, 1.878656768283327, 2.0 },
		{ 4096, 8192, 2, 4095, 0.9521665184241329, 1.0 },
		{ 4200, 8192, 2, 4185, 0.92183572464554, 1.0 },
		{ 600, 8192, 16, 594, 3.6206641349570106, 3.969189720766567 },
		{ 1100, 262144, 256, 1088, 7.783968156684563, 8.0 },
		{ 8191, 8192, 2, 8190, 0.0, 0.00657192539455487 },
		{ 66000, 262144, 4, 65934, 1.9763847249096242, 2.0 },
	};

	for (unsigned i = 0; i < COUNT(rows); i++) {
		double shares[256];
		struct most_common estimate =
			estimate_of(rows[i].largest, rows[i].sum, rows[i].values, shares);

		CU_ASSERT_DOUBLE_EQUAL(shares[0], (double)rows[i].rounded / rows[i].sum, 1e-12);
		CU_ASSERT_DOUBLE_EQUAL(estimate.min_entropy, rows[i].lower, 1e-12);
		CU_ASSERT_DOUBLE_EQUAL(estimate.min_entropy_upper, rows[i].upper, 1e-12);
		CU_ASSERT_DOUBLE_EQUAL(estimate.least_share, exp2(-rows[i].upper), 1e-12);
	}
}

/* What NIST's own program (SP800-90B_EntropyAssessment 1.1.7) says of files of 10^6 symbols: ours
 * is never more, and less by no more than one step of the count accounts for. */
static void against_nist_s_program(void)
{
	static const struct {
		uint32_t largest;
		unsigned values;
		double lower;
	} rows[] = {
		{ 500458, 2, 0.9949711297590543 }, { 624985, 2, 0.6752307979750266 },
		{ 250352, 4, 1.9915538991802657 }, { 437303, 4, 1.1890856042701505 },
		{ 4053, 256, 7.8896860148396195 }, { 100504, 256, 3.303600478114463 },
		{ 250918, 4, 1.9883055506702292 }, { 4200, 256, 7.839279860622857 },
	};

	for (unsigned i = 0; i < COUNT(rows); i++) {
		double shares[256], p = 1.0 / rows[i].values;
		double step = sqrt(1e6 * p * (1 - p)) + 1;
		double ours =
			estimate_of(rows[i].largest, 1000000, rows[i].values, shares).min_entropy;

		CU_ASSERT(ours < rows[i].lower + 5e-6);
		CU_ASSERT(ours > rows[i].lower - 1.01 * log2(1 + step / rows[i].largest));
	}
}

/* One value only: no entropy, not a negative zero, which would be shown as -0.0000, and no share
 * above one. */
static void certain_symbols(void)
{
	for (unsigned values = 2; values <= 256; values *= 2) {
		double shares[256];
		struct most_common estimate = estimate_of(262144, 262144, values, shares);

		CU_ASSERT(fpclassify(estimate.min_entropy) == FP_ZERO);
		CU_ASSERT_FALSE(signbit(estimate.min_entropy));
		CU_ASSERT(estimate.min_entropy_upper >= 0 && estimate.min_entropy_upper < 0.01);
		CU_ASSERT(shares[0] > 0.99 && shares[0] <= 1);
		CU_ASSERT(fpclassify(shares[1]) == FP_ZERO);
	}
}

/* The same @counts, but for all that is told of them. */
static bool tells_the_same(const uint32_t *a, const uint32_t *b)
{
	double shares_a[4], shares_b[4];
	struct most_common told_a = most_common_estimate(a, 4, shares_a);
	struct most_common told_b = most_common_estimate(b, 4, shares_b);

	return memcmp(shares_a, shares_b, sizeof(shares_a)) == 0 &&
	       memcmp(&told_a, &told_b, sizeof(told_a)) == 0;
}

/* Of all counts within half a step of a multiple of 39 the same is told, entropies included. */
static void nothing_within_a_step(void)
{
	for (uint32_t largest = 2048; largest < 4096; largest++) {
		uint32_t middle = (largest + 19) / 39 * 39;
		uint32_t counts[4] = { largest, 1989, 1950, 8192 - 1989 - 1950 - largest };
		uint32_t same[4] = { middle, 1989, 1950, 8192 - 1989 - 1950 - middle };
		uint32_t next[4] = { middle + 20, 1989, 1950, 8192 - 1989 - 1950 - middle - 20 };
		double shares[4];

		/* The last one's own border may lie between. */
		if ((counts[3] + 19) / 39 == (same[3] + 19) / 39)
			CU_ASSERT(tells_the_same(counts, same));
		CU_ASSERT_FALSE(tells_the_same(same, next));
		most_common_estimate(counts, 4, shares);
		CU_ASSERT_DOUBLE_EQUAL(shares[0], middle / 8192.0, 1e-12);
	}
}

/* The interval holds the one of the exact count, whichever value it is of, and stays within what
 * K values can have. */
static void around_the_exact_interval(void)
{
	for (uint32_t largest = 2048; largest <= 8192; largest++) {
		const uint32_t rest = 8192 - largest;
		const double p = largest / 8192.0, margin = 2.576 * sqrt(p * (1 - p) / 8191);
		const uint32_t first[4] = { largest, rest / 3, rest / 3, rest - 2 * (rest / 3) };
		const uint32_t last[4] = { first[3], first[1], first[2], largest };
		double shares[4];
		struct most_common estimate = most_common_estimate(first, 4, shares);
		struct most_common other = most_common_estimate(last, 4, shares);

		CU_ASSERT(memcmp(&estimate, &other, sizeof(other)) == 0);
		CU_ASSERT(estimate.min_entropy >= 0 && estimate.min_entropy_upper <= 2);
		CU_ASSERT(estimate.min_entropy <= log2(1 / fmin(1, p + margin)));
		CU_ASSERT(estimate.min_entropy_upper >= log2(1 / fmax(0.25, p - margin)));
		/* A claim that this contradicts is contradicted by exact counts as well. */
		CU_ASSERT(estimate.least_share >= 0.25);
		CU_ASSERT(estimate.least_share <= fmax(0.25, p - margin));
		if (p < 0.9) /* there a step of the share is hardly more of the difference */
			CU_ASSERT(estimate.least_share >= fmax(0.25, p - margin) - 1.1 * 39 / 8192);
	}
}

/* Of the fewest symbols nothing is known. */
static void two_symbols(void)
{
	double shares[2];
	struct most_common estimate = estimate_of(1, 2, 2, shares);

	CU_ASSERT_DOUBLE_EQUAL(shares[0], 0.5, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(estimate.min_entropy, 0, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(estimate.min_entropy_upper, 1, 1e-12);
}

static const struct unit_test tests[] = {
	{ "known answers", known_answers },
	{ "against NIST's program", against_nist_s_program },
	{ "certain symbols", certain_symbols },
	{ "nothing within a step", nothing_within_a_step },
	{ "around the exact interval", around_the_exact_interval },
	{ "two symbols", two_symbols },
};

int main(void)
{
	return unit_run("most_common", tests, COUNT(tests));
}
