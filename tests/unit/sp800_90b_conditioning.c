/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The entropy of conditioned output (SP 800-90B, 3.1.5) against NIST's figures and plain formulas.
 */
#include "evaluate/sp800_90b/assess.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct conditioning assess(uint64_t n_in, uint64_t n_out, uint64_t nw, double h_in)
{
	struct conditioning c = { .n_in_bits = n_in,
				  .n_out_bits = n_out,
				  .nw_bits = nw,
				  .h_in_bits = h_in,
				  .is_vetted = true };

	CU_ASSERT_EQUAL(conditioning_assess(&c), 0);
	return c;
}

/* ea_conditioning of NIST's tool 1.1.7; its epsilon is the deficit as a share of n_out. */
static void test_nist(void)
{
	static const struct {
		uint64_t n_in, n_out, nw;
		double h_in, h_out, log2_epsilon;
		bool is_full;
	} known[] = {
		{ 512, 256, 256, 300, 255.9999999999999179961, -51.47123362705514338852, false },
		{ 512, 256, 256, 384, 256, -131.2356168135275511915, true },
		{ 2048, 512, 512, 1024, 512, -520.4712336270551023553, true },
		{ 800, 512, 512, 640, 512, -136.4712336270551023831, true },
		{ 1024, 256, 256, 500, 256, -251.4712336270551023831, true },
		{ 256, 128, 128, 128, 127, -7, false },
		{ 72, 64, 64, 71, 63.33214872824220366756, NAN, false },
	};

	for (unsigned i = 0; i < COUNT(known); i++) {
		struct conditioning c =
			assess(known[i].n_in, known[i].n_out, known[i].nw, known[i].h_in);
		double log2_epsilon = c.log2_deficit - log2((double)c.n_out_bits);

		CU_ASSERT_DOUBLE_EQUAL(c.h_out_bits, known[i].h_out, 1e-13);
		if (!isnan(known[i].log2_epsilon))
			CU_ASSERT_DOUBLE_EQUAL(log2_epsilon, known[i].log2_epsilon, 1e-12 * 512);
		CU_ASSERT_EQUAL(c.is_full_entropy, known[i].is_full);
	}
}

/* 3.1.5.1.2 as it stands, for parameters that doubles can bear. */
static double plain(double n_in, double n, double h_in)
{
	long double p_high = exp2l(-(long double)h_in);
	long double p_low = (1 - p_high) / (exp2l(n_in) - 1);
	long double psi = exp2l(n_in - n) * p_low + p_high;
	long double u = exp2l(n_in - n) + sqrtl(2 * n * exp2l(n_in - n) * logl(2));

	return (double)-log2l(fminl(1, fmaxl(psi, u * p_low)));
}

static void test_plain(void)
{
	srand48((long)unit_seed());
	for (unsigned turn = 0; turn < 5000; turn++) {
		uint64_t n_in = 1 + (uint64_t)(drand48() * 60),
			 n_out = 1 + (uint64_t)(drand48() * 40);
		uint64_t nw = 1 + (uint64_t)(drand48() * 60), n = n_out;
		double h_in = (double)n_in * (turn % 4 ? drand48() : 1);
		struct conditioning c = assess(n_in, n_out, nw, h_in);

		n = nw < n ? nw : n;
		n = n_in < n ? n_in : n;
		double h_out = plain((double)n_in, (double)n, h_in);

		CU_ASSERT_DOUBLE_EQUAL(c.h_out_bits, h_out, 1e-13 * (double)n_out);
		CU_ASSERT(c.h_out_bits <= h_in && c.h_out_bits <= (double)n);
		if ((double)n_out - h_out > 1e-3)
			CU_ASSERT_DOUBLE_EQUAL(exp2(c.log2_deficit), (double)n_out - h_out, 1e-12);
	}
}

/* Very little in: about all that is lost is a part in 2^n. */
static void test_little(void)
{
	struct conditioning c = assess(256, 128, 128, 1e-9);

	CU_ASSERT_DOUBLE_EQUAL(c.h_out_bits, 1e-9, 1e-21);
	c = assess(8, 4, 4, 1e-9); /* (2^n - 1) / 2^n, then / (1 - 2^-n_in) */
	CU_ASSERT_DOUBLE_EQUAL(c.h_out_bits, 1e-9 * (1 - 16. / 255), 1e-17);
	c = assess(256, 128, 128, 0);
	CU_ASSERT_EQUAL(c.h_out_bits, 0);
	CU_ASSERT_FALSE(signbit(c.h_out_bits));
	CU_ASSERT_DOUBLE_EQUAL(c.log2_deficit, 7, 1e-15);
	c = assess(1, 1, 1, 1); /* omega would be above 1 */
	CU_ASSERT_EQUAL(c.h_out_bits, 0);
	CU_ASSERT_EQUAL(c.log2_deficit, 0);
}

/* The widest allowed: deficits of 2^-2147483515, and sums that keep 1.5 beside 2^32. */
static void test_wide(void)
{
	const uint64_t most = (uint64_t)1 << 32;
	struct conditioning c = assess(most, 256, 256, 4294967296.0);

	/* r / ln 2 with r = sqrt(2 n 2^(n - n_in) ln 2) */
	CU_ASSERT_DOUBLE_EQUAL(c.log2_deficit,
			       (log2(512 * log(2)) + 256 - 4294967296.0) / 2 - log2(log(2)), 1e-5);
	CU_ASSERT_EQUAL(c.h_out_bits, 256);
	CU_ASSERT(c.is_full_entropy);
	c = assess(most, most, most, 1.5);
	CU_ASSERT_EQUAL(c.h_out_bits, 1.5);
	c = assess(most, most, most, 4294967296.0);
	CU_ASSERT_DOUBLE_EQUAL(c.h_out_bits, 4294967296.0 - log2(1 + sqrt(0x1p33 * log(2))), 1e-6);
}

/* A narrow inside bounds the output; its width is never above that of the input. */
static void test_narrow(void)
{
	struct conditioning narrow = assess(512, 256, 128, 500), same = assess(512, 128, 128, 500);

	CU_ASSERT_EQUAL(narrow.h_out_bits, same.h_out_bits);
	CU_ASSERT_DOUBLE_EQUAL(narrow.log2_deficit, 7, 1e-12);
	CU_ASSERT_FALSE(narrow.is_full_entropy);
	CU_ASSERT(same.is_full_entropy);
	CU_ASSERT_EQUAL(assess(64, 256, 256, 60).h_out_bits, assess(64, 64, 64, 60).h_out_bits);
}

static struct conditioning assess_not_vetted(double h_in, double h_per_bit)
{
	struct conditioning c = { .n_in_bits = 64,
				  .n_out_bits = 32,
				  .nw_bits = 32,
				  .h_in_bits = h_in,
				  .h_per_bit = h_per_bit };

	CU_ASSERT_EQUAL(conditioning_assess(&c), 0);
	CU_ASSERT_FALSE(c.is_full_entropy);
	return c;
}

/* The least of three decides: h' n_out, 0.999 n_out, or what a vetted component would give. */
static void test_not_vetted(void)
{
	struct conditioning c = assess_not_vetted(48, 0.95);

	CU_ASSERT_DOUBLE_EQUAL(c.h_out_bits, 30.4, 1e-14);
	CU_ASSERT_DOUBLE_EQUAL(c.log2_deficit, log2(1.6), 1e-13);
	CU_ASSERT_DOUBLE_EQUAL(assess_not_vetted(48, 1).h_out_bits, 31.968, 1e-14);
	CU_ASSERT_EQUAL(assess_not_vetted(20, 1).h_out_bits, assess(64, 32, 32, 20).h_out_bits);
	c = assess_not_vetted(48, 0);
	CU_ASSERT_EQUAL(c.h_out_bits, 0);
	CU_ASSERT_EQUAL(c.log2_deficit, 5);
}

static void test_ranges(void)
{
	const uint64_t too_wide = ((uint64_t)1 << 32) + 1;
	const struct {
		uint64_t n_in, n_out, nw;
		double h_in, h_per_bit;
		bool is_vetted;
	} bad[] = {
		{ 0, 1, 1, 0, 0, true },        { 1, 0, 1, 1, 0, true },
		{ 1, 1, 0, 1, 0, true },        { too_wide, 1, 1, 1, 0, true },
		{ 1, too_wide, 1, 1, 0, true }, { 1, 1, too_wide, 1, 0, true },
		{ 8, 8, 8, 8.001, 0, true },    { 8, 8, 8, -0.1, 0, true },
		{ 8, 8, 8, NAN, 0, true },      { 8, 8, 8, INFINITY, 0, true },
		{ 8, 8, 8, 8, -0.1, false },    { 8, 8, 8, 8, 1.1, false },
		{ 8, 8, 8, 8, NAN, false },
	};

	for (unsigned i = 0; i < COUNT(bad); i++) {
		struct conditioning c = { .n_in_bits = bad[i].n_in,
					  .n_out_bits = bad[i].n_out,
					  .nw_bits = bad[i].nw,
					  .h_in_bits = bad[i].h_in,
					  .is_vetted = bad[i].is_vetted,
					  .h_per_bit = bad[i].h_per_bit };

		CU_ASSERT_EQUAL(conditioning_assess(&c), -EINVAL);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "NIST's figures", test_nist },
		{ "the plain formulas", test_plain },
		{ "little or nothing in", test_little },
		{ "the widest components", test_wide },
		{ "narrow inside", test_narrow },
		{ "not vetted", test_not_vetted },
		{ "parameters outside their ranges", test_ranges },
	};

	return unit_run("sp800_90b_conditioning", tests, COUNT(tests));
}
