/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of rank: critical values against a count of every order, and those that are used. */
#include "fuse-trng/health/rank.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>

/* P(U >= c) by looking at each choice of @n places among @n + @m. */
static double tail(unsigned n, unsigned m, unsigned c)
{
	unsigned all = 0, hits = 0;

	for (unsigned set = 0; set < 1u << (n + m); set++) {
		unsigned pairs = 0, others = 0;

		if ((unsigned)__builtin_popcount(set) != n)
			continue;
		for (unsigned i = 0; i < n + m; i++) {
			if (set >> i & 1)
				pairs += others;
			else
				others++;
		}
		all++;
		hits += pairs >= c;
	}
	return (double)hits / all;
}

static void every_order(void)
{
	static const double alphas[] = { 0.5, 0.1, 0.01, 0.001 };

	for (unsigned n = 1; n <= 7; n++) {
		for (unsigned m = 1; m <= 8; m++) {
			for (unsigned i = 0; i < sizeof(alphas) / sizeof(alphas[0]); i++) {
				unsigned c = rank_cutoff(n, m, alphas[i]);

				CU_ASSERT(tail(n, m, c) <= alphas[i]);
				CU_ASSERT(c == 0 || tail(n, m, c - 1) > alphas[i]);
			}
		}
	}
}

/* The largest that fits: counts near 2^64 / 10, and sums beyond it on the way. */
static void large_ones(void)
{
	CU_ASSERT_EQUAL(rank_cutoff(32, 16, 0x1p-22), 466);
	CU_ASSERT_EQUAL(rank_cutoff(16, 32, 0x1p-22), 466);
	CU_ASSERT_EQUAL(rank_cutoff(32, 16, 0x1p-20), 458);
	CU_ASSERT_EQUAL(rank_cutoff(32, 32, 0x1p-22), 867);
	CU_ASSERT_EQUAL(rank_cutoff(32, 32, 0x1p-20), 850);
}

static void edges(void)
{
	CU_ASSERT_EQUAL(rank_cutoff(8, 8, 0x1p-20), 65); /* no order of 16 is so unlikely */
	CU_ASSERT_EQUAL(rank_cutoff(8, 8, 1), 0);
	CU_ASSERT_EQUAL(rank_cutoff(1, 1, 0.5), 1);
	CU_ASSERT_EQUAL(rank_cutoff(1, 1, 0.49), 2);
}

static const struct unit_test tests[] = {
	{ "every order counted", every_order },
	{ "large ones", large_ones },
	{ "edges", edges },
};

int main(void)
{
	return unit_run("rank", tests, sizeof(tests) / sizeof(tests[0]));
}
