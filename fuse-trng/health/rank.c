/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rank - critical values of the rank test of Mann and Whitney, exact. */
#include "fuse-trng/health/rank.h"

#include <assert.h>
#include <stdint.h>

/* How many orders give each U. What is too large between the factors is so modulo 2^64 only. */
static void count_orders(uint64_t *orders, unsigned n, unsigned m)
{
	unsigned pairs = n * m;

	for (unsigned u = 0; u <= pairs; u++)
		orders[u] = u == 0;
	for (unsigned i = 1; i <= n; i++) {
		for (unsigned u = pairs; u >= m + i; u--)
			orders[u] -= orders[u - m - i];
		for (unsigned u = i; u <= pairs; u++)
			orders[u] += orders[u - i];
	}
}

unsigned rank_cutoff(unsigned n, unsigned m, double alpha)
{
	uint64_t orders[RANK_MAX_PAIRS + 1];
	unsigned c = n * m + 1;
	long double all = 0, tail = 0;

	assert(c <= RANK_MAX_PAIRS + 1);
	count_orders(orders, n, m);
	for (unsigned u = 0; u < c; u++)
		all += orders[u];
	while (c > 0 && tail + orders[c - 1] <= alpha * all)
		tail += orders[--c];
	return c;
}
