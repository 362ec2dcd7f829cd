/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Critical values against exact figures; tests/lint/cutoffs.py recomputes these tables. */
#include "fuse-trng/health/cutoff.h"
#include "fuse-trng/health/chisquare.h"
#include "fuse-trng/health/proportion.h"
#include "fuse-trng/health/total_failure.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALPHAS       3

static const double alphas[ALPHAS] = { 0x1p-20, 0x1p-30, 0x1p-40 };

/* clang-format off */
/* lint: repetition H, C at 2^-20, 2^-30, 2^-40 */
static const struct { double entropy; unsigned cutoffs[ALPHAS]; } repetition[] = {
	{ 0.2, { 101, 151, 201 } },
	{ 0.4, { 51, 76, 101 } },
	{ 0.5, { 41, 61, 81 } },
	{ 0.6, { 35, 51, 68 } },
	{ 0.8, { 26, 39, 51 } },
	{ 0.98, { 22, 32, 42 } },
	{ 1, { 21, 31, 41 } },
	{ 1.5, { 15, 21, 28 } },
	{ 2, { 11, 16, 21 } },
	{ 3, { 8, 11, 15 } },
	{ 4, { 6, 9, 11 } },
	{ 5, { 5, 7, 9 } },
	{ 6, { 5, 6, 8 } },
	{ 7, { 4, 6, 7 } },
	{ 7.5, { 4, 5, 7 } },
	{ 7.976, { 4, 5, 7 } },
	{ 8, { 4, 5, 6 } },
	{ 1.9, { 12, 17, 23 } },
};

/* lint: proportion H, W, C at 2^-20, 2^-30, 2^-40; log2 P(Bin(W - 1, 2^-H) >= C - 1) */
static const struct {
	double entropy;
	unsigned window;
	unsigned cutoffs[ALPHAS];
	double log2_p[ALPHAS];
} proportion[] = {
	{ 0.2, 512, { 480, 487, 493 }, { -20.5393859768, -29.9561338537, -40.3153415929 } },
	{ 0.2, 1024, { 941, 952, 961 }, { -20.5005650994, -30.1294243912, -39.8926881522 } },
	{ 0.4, 512, { 433, 444, 452 }, { -20.1630066288, -30.5531830184, -39.9084756730 } },
	{ 0.4, 1024, { 840, 856, 869 }, { -19.9826748939, -30.1478831957, -40.2936313376 } },
	{ 0.5, 512, { 410, 422, 432 }, { -19.9080713850, -30.1998277261, -40.8591585095 } },
	{ 0.5, 1024, { 793, 810, 824 }, { -20.2311595671, -30.2522678199, -40.3082614425 } },
	{ 0.6, 512, { 388, 401, 411 }, { -19.7958546672, -30.2658851604, -40.1753065798 } },
	{ 0.6, 1024, { 748, 766, 780 }, { -20.3410047192, -30.4151685616, -39.8825709955 } },
	{ 0.8, 512, { 348, 361, 372 }, { -20.3351840435, -30.0939214183, -40.0961411311 } },
	{ 0.8, 1024, { 664, 683, 699 }, { -20.1348037577, -30.0333600809, -40.1018874254 } },
	{ 0.98, 512, { 314, 328, 340 }, { -19.9014810767, -29.9941939000, -40.5084195550 } },
	{ 0.98, 1024, { 596, 616, 632 }, { -19.9468255027, -30.0700062060, -39.8198816424 } },
	{ 1, 512, { 311, 325, 336 }, { -20.2290358701, -30.3783590097, -39.9826981429 } },
	{ 1, 1024, { 589, 609, 625 }, { -19.9838628323, -30.0973580702, -39.8303823120 } },
	{ 1.5, 512, { 234, 248, 260 }, { -19.6757299509, -29.6543838145, -39.9261743788 } },
	{ 2, 512, { 177, 190, 201 }, { -19.6712545189, -29.4952873755, -39.3656452813 } },
	{ 3, 512, { 103, 114, 123 }, { -19.6081950624, -29.7461714758, -39.4789333661 } },
	{ 4, 512, { 62, 71, 78 }, { -19.5851637760, -30.1019174094, -39.5879430899 } },
	{ 5, 512, { 39, 46, 51 }, { -19.6580066604, -30.0744822470, -38.5482776061 } },
	{ 6, 512, { 25, 31, 35 }, { -18.4385983503, -29.5714808311, -37.9996356192 } },
	{ 7, 512, { 18, 22, 26 }, { -20.0178524266, -29.3990741849, -39.8840613161 } },
	{ 7.5, 512, { 15, 19, 22 }, { -19.3249462808, -29.7128047820, -38.3566906994 } },
	{ 7.976, 512, { 13, 16, 19 }, { -19.3976526758, -27.8908271117, -37.2372232118 } },
	{ 8, 512, { 13, 16, 19 }, { -19.6424821619, -28.2070573448, -37.6251534379 } },
};

/* lint: chunk limit, P(any of 256 uniform byte values above it in 100), the same for one value */
static const struct { unsigned limit; double any, single; } chunk[] = {
	{ 4, 1.281244492354e-02, 5.030414928063e-05 },
	{ 5, 7.916132754000e-04, 3.093105574832e-06 },
	{ 6, 4.139490124687e-05, 1.617009002893e-07 },
	{ 7, 1.876481599232e-06, 7.330009865236e-09 },
	{ 8, 7.488342662034e-08, 2.925133900190e-10 },
	{ 9, 2.662461837386e-09, 1.040024155718e-11 },
	{ 10, 8.516462037427e-11, 3.326742983409e-13 },
	{ 11, 2.470591981849e-12, 9.650749929100e-15 },
	{ 12, 6.543886844619e-14, 2.556205798679e-16 },
	{ 13, 1.591666642422e-15, 6.217447821962e-18 },
	{ 14, 3.572643039745e-17, 1.395563687400e-19 },
	{ 15, 7.431994865633e-19, 2.903122994388e-21 },
	{ 16, 1.438217591992e-20, 5.618037468720e-23 },
};
/* clang-format on */

static int is_near(double a, double b, double relative)
{
	return fabs(a - b) <= relative * fabs(b);
}

static void test_repetition(void)
{
	for (unsigned i = 0; i < COUNT(repetition); i++)
		for (unsigned a = 0; a < ALPHAS; a++)
			CU_ASSERT_EQUAL(cutoff_repetition(repetition[i].entropy, alphas[a]),
					repetition[i].cutoffs[a]);
	/* Quotients that are whole, but not in binary. */
	CU_ASSERT_EQUAL(cutoff_repetition(1.4, 0x1p-21), 16);
	CU_ASSERT_EQUAL(cutoff_repetition(0.57, 0x1p-57), 101);
	CU_ASSERT_EQUAL(cutoff_repetition(1.1, 0x1p-33), 31);
	CU_ASSERT_EQUAL(cutoff_repetition(1e-300, 0x1p-20), 4294967295u);
}

static void test_proportion(void)
{
	for (unsigned i = 0; i < COUNT(proportion); i++) {
		double p = exp2(-proportion[i].entropy);
		unsigned window = proportion[i].window;

		for (unsigned a = 0; a < ALPHAS; a++) {
			unsigned cutoff = proportion[i].cutoffs[a];
			double log2_p = log2(cutoff_tail(window - 1, p, cutoff - 1));

			CU_ASSERT_EQUAL(cutoff_binomial(window, p, alphas[a]), cutoff);
			CU_ASSERT_DOUBLE_EQUAL(log2_p, proportion[i].log2_p[a], 1e-8);
		}
	}
	CU_ASSERT_EQUAL(cutoff_binomial(512, exp2(-1.9), 0x1p-30), 201);
}

static void test_chunk(void)
{
	for (unsigned i = 0; i < COUNT(chunk); i++) {
		unsigned limit = chunk[i].limit;

		CU_ASSERT(is_near(total_failure_probability(limit), chunk[i].any, 1e-6));
		CU_ASSERT(is_near(cutoff_tail(100, 1.0 / 256, limit + 1), chunk[i].single, 1e-10));
	}
	CU_ASSERT_EQUAL(total_failure_probability(100), 0);
	CU_ASSERT(is_near(total_failure_probability(0), 1, 1e-12));
}

/* The limits that keep a perfect byte source below one false alarm in ten years. */
static void test_chunk_limits(void)
{
	static const struct {
		double bytes_s;
		unsigned limit;
	} rows[] = { { 7.5, 9 }, { 960, 10 }, { 11520, 11 }, { 1e6, 12 } };

	for (unsigned i = 0; i < COUNT(rows); i++) {
		double chunks_year = rows[i].bytes_s / 100 * 365 * 86400;

		CU_ASSERT_EQUAL(total_failure_limit(8, 0.1 / chunks_year), rows[i].limit);
	}
	CU_ASSERT_EQUAL(total_failure_limit(1e-6, 0x1p-20), 100);
}

/* The definition: P(X >= C) <= alpha < P(X >= C - 1), for sizes that the online test meets. */
static void test_definition(void)
{
	static const unsigned sizes[] = { 1, 2, 7, 32, 512, 1024, 2048, 8192, 65536, 262144 };

	for (unsigned i = 0; i < COUNT(sizes); i++)
		for (double entropy = 0.05; entropy <= 8; entropy += 0.35)
			for (double alpha = 0.1; alpha > 1e-18; alpha /= 77) {
				double p = exp2(-entropy);
				unsigned c = cutoff_binomial(sizes[i], p, alpha);

				CU_ASSERT(cutoff_tail(sizes[i], p, c) <= alpha);
				CU_ASSERT(cutoff_tail(sizes[i], p, c - 1) > alpha);
			}
}

static void test_edges(void)
{
	CU_ASSERT_EQUAL(cutoff_binomial(20, 0.5, 0x1p-20), 20); /* P is alpha exactly */
	CU_ASSERT_EQUAL(cutoff_binomial(19, 0.5, 0x1p-20), 20); /* can never fire */
	CU_ASSERT_EQUAL(cutoff_binomial(0, 0.5, 0x1p-20), 1);
	CU_ASSERT_EQUAL(cutoff_binomial(512, 1, 0x1p-20), 513);
	CU_ASSERT_EQUAL(cutoff_binomial(512, 1e-300, 0x1p-20), 1);
	CU_ASSERT_EQUAL(cutoff_binomial(512, 0.25, 1e-307), 512);
	CU_ASSERT(is_near(cutoff_tail(10, 0.5, 8), 56.0 / 1024, 1e-12));
	CU_ASSERT(is_near(cutoff_tail(10, 0.5, 2), 1013.0 / 1024, 1e-12));
	CU_ASSERT_EQUAL(cutoff_tail(10, 0.5, 0), 1);
	CU_ASSERT_EQUAL(cutoff_tail(10, 0.5, 11), 0);
	CU_ASSERT_EQUAL(cutoff_tail(10, 0, 1), 0);
	CU_ASSERT_EQUAL(cutoff_tail(10, 1, 10), 1);
}

/* Closed forms: one degree of freedom is (Z + r)^2, and three differ by twice a density. */
static double closed_form(unsigned df, double r, double x)
{
	double below = sqrt(x) - r, above = sqrt(x) + r;
	double tail = (erfc(below / sqrt(2)) + erfc(above / sqrt(2))) / 2;

	if (df == 3)
		tail += (exp(-below * below / 2) - exp(-above * above / 2)) / sqrt(2 * M_PI) / r;
	return tail;
}

static void test_chisquare(void)
{
	for (double r = 0.5; r < 30; r *= 2)
		for (double x = 1; x < r * r + 100; x *= 1.7) {
			double one = closed_form(1, r, x), three = closed_form(3, r, x);

			CU_ASSERT(is_near(chisquare_tail(1, r * r, x), one, 1e-10));
			CU_ASSERT(is_near(chisquare_tail(3, r * r, x), three, 1e-9));
		}
	/* Table values of the central distribution. */
	CU_ASSERT_DOUBLE_EQUAL(chisquare_critical(1, 0, 0.001), 10.8276, 1e-4);
	CU_ASSERT_DOUBLE_EQUAL(chisquare_critical(3, 0, 0.001), 16.2662, 1e-4);
	CU_ASSERT_DOUBLE_EQUAL(chisquare_critical(15, 0, 0.01), 30.5779, 1e-4);
	CU_ASSERT_DOUBLE_EQUAL(chisquare_critical(2, 0, 0.05), 5.9915, 1e-4);
	CU_ASSERT_EQUAL(chisquare_tail(3, 1, 0), 1);
}

static void test_noncentrality(void)
{
	CU_ASSERT_DOUBLE_EQUAL(chisquare_noncentrality(1024, 2, 2), 0, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(chisquare_noncentrality(1024, 8, 8), 0, 1e-9);
	/* Two of four values at one half: 1024 (4 / 2 - 1). */
	CU_ASSERT_DOUBLE_EQUAL(chisquare_noncentrality(1024, 2, 1), 1024, 1e-9);
	/* Three at p = 2^-1.9 and one at 1 - 3p. */
	double p = exp2(-1.9), rest = 1 - 3 * p;

	CU_ASSERT_DOUBLE_EQUAL(chisquare_noncentrality(1024, 2, 1.9),
			       4096 * (3 * p * p + rest * rest) - 1024, 1e-9);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "repetition cutoffs are the standard's", test_repetition },
		{ "proportion cutoffs are the standard's", test_proportion },
		{ "chunk probabilities are exact", test_chunk },
		{ "chunk limits for one false alarm in ten years", test_chunk_limits },
		{ "critical values satisfy their definition", test_definition },
		{ "edges of binomial tails", test_edges },
		{ "chi-square tails equal their closed forms", test_chisquare },
		{ "least favourable shares under a claim", test_noncentrality },
	};

	return unit_run("cutoff", tests, COUNT(tests));
}
