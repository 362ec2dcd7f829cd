/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lag - matches of each symbol with those 1 to 32 before it: periodic sources, lamp flicker. */
#ifndef TRNG_HEALTH_LAG_H
#define TRNG_HEALTH_LAG_H

#include <stddef.h>
#include <stdint.h>

#define LAG_MAX    32  /* k = 1..32 */
#define LAG_WINDOW 512 /* symbols, aligned with the stream's start */

struct lag {
	unsigned cutoff;  /* matches at one lag in one window that fire */
	unsigned filled;  /* symbols of the open window */
	unsigned history; /* symbols before the next one, at most LAG_MAX */
	unsigned matches[LAG_MAX];
};

/** lag_init - an empty stream; @cutoff = cutoff_binomial(LAG_WINDOW, 2^-H, alpha per lag). */
void lag_init(struct lag *test, unsigned cutoff);

/** lag_restart - forget the open window and what came before it. */
void lag_restart(struct lag *test);

/**
 * lag_feed - run over the next @count symbols.
 *
 * @symbols: readable from @symbols - LAG_MAX: what was fed before, as far as there was any.
 * Return:   index of the symbol that makes one lag's matches reach the cutoff, or @count.
 */
size_t lag_feed(struct lag *test, const uint8_t *symbols, size_t count);

/** lag_probability - union bound on P(a window of a uniform source fires): 32 P(Bin >= C). */
double lag_probability(unsigned cutoff, unsigned symbol_bits);

#endif
