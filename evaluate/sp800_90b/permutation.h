/* SPDX-License-Identifier: GPL-3.0-or-later */
/* permutation - the permutation tests of the IID track, NIST SP 800-90B (January 2018), 5.1. */
#ifndef TRNG_EVALUATE_SP800_90B_PERMUTATION_H
#define TRNG_EVALUATE_SP800_90B_PERMUTATION_H

#include "evaluate/core/audience.h"
#include "evaluate/core/symbols.h"
#include "evaluate/sp800_90b/statistics.h"

#include <stdbool.h>
#include <stdint.h>

#define PERMUTATIONS 10000

/** How often a statistic of another order was above, equal to, below that of the data. */
struct rank {
	double initial;
	uint64_t c0, c1, c2;
};

/**
 * rank_is_decided - whether @rank passes, however the permutations that are left come out: the
 *                   initial value is neither among the 5 greatest nor among the 5 least of 10,000.
 */
bool rank_is_decided(const struct rank *rank);

/** rank_add - count one permutation's @value; a rank that is decided stays as it is. */
void rank_add(struct rank *rank, double value);

/**
 * permutation_test - the 19 permutation tests of @symbols, of which at least two differ.
 *
 * Permutation i is order i of @seed (shuffle.h), for every statistic that the permutations before
 * it have not decided. The threads compute some of them at a time, which are then counted in order:
 * the counts are those of one thread.
 * Cost:    libbz2's time, 0.1 us per byte of text, as long as compression is undecided; without it
 *          1 to 5 ns per symbol and permutation.
 * Memory:  for each thread a byte per symbol (binary: 1.25) and 4.5 MB of libbz2's.
 *
 * @result: of each statistic: initial, c0, c1, c2 and the outcome; OUTCOME_SHORT where the data are
 *          fewer than the statistic needs.
 * @permutations: how many it took. Progress is in permutations.
 * Return:  0, or -ENOMEM.
 */
int permutation_test(const struct symbols *symbols, uint64_t seed, const struct audience *audience,
		     struct result result[static STATISTICS], uint64_t *permutations);

#endif
