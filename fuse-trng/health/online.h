/* SPDX-License-Identifier: GPL-3.0-or-later */
/* online - slow loss of entropy: shares of values and of pairs in long windows. */
#ifndef TRNG_HEALTH_ONLINE_H
#define TRNG_HEALTH_ONLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ONLINE_SHORT  8192u                        /* symbols */
#define ONLINE_LONG   262144u                      /* symbols */
#define ONLINE_SHORTS (ONLINE_LONG / ONLINE_SHORT) /* short windows in a long one */
#define ONLINE_VALUES 256                          /* most that a symbol may have */
#define ONLINE_WARN   10000u                       /* symbols; a look at fewer never warns */

struct online_settings {
	unsigned symbol_bits;
	double probability; /* 2^-H: the claimed most any value may have, whatever preceded it */
	double alpha;       /* per cell judged */
};

struct online {
	struct online_settings settings;
	unsigned cutoff_short; /* a value's count in a window that fires */
	unsigned cutoff_long;
	unsigned filled; /* symbols of the open short window */
	unsigned shorts; /* short windows of the open long one */
	size_t size_bytes;
	uint32_t *pairs_short; /* [predecessor][value], one secret_alloc() of both */
	uint32_t *pairs_long;
	uint32_t counts[ONLINE_VALUES];     /* of each value, at the last look */
	unsigned looked;                    /* symbols that it was about; 0: none yet */
	bool is_warning;                    /* a value came too often for the claim in them */
	uint16_t cutoffs[ONLINE_SHORT + 1]; /* by number of predecessors; 0: not computed yet */
};

/**
 * online_open - an empty stream.
 * Cost:   256 KiB a window for 8-bit symbols, 64 bytes for 2-bit ones.
 * Return: 0; -ENOMEM.
 */
int online_open(struct online *test, const struct online_settings *settings);

/** online_close - wipe and release. */
void online_close(struct online *test);

/** online_restart - forget both open windows and the last look. */
void online_restart(struct online *test);

/**
 * online_feed - run over the next @count symbols.
 *
 * Standard: AIS 20/31 (2011) PTG.2.3 to PTG.2.5, online test on the raw numbers. A window is
 *           so many symbols that have a predecessor: the stream's first one is only that. At its
 *           end each value's count is held against Binomial(window, 2^-H), and each value's count
 *           after one predecessor against Binomial(predecessor's count, 2^-H).
 * @symbols: unless @is_start, @symbols[-1] is the last symbol fed before.
 * Return:   index of the symbol that ends a window with too large a count, or @count.
 */
size_t online_feed(struct online *test, const uint8_t *symbols, size_t count, bool is_start);

/**
 * online_until_look - symbols until each value's count is kept for show the next time.
 *
 * That is when a long window closes, and of 1-bit and 2-bit symbols also when a stream's first one
 * has 2^13, 2^14 ... 2^17 symbols. In between counts, looked and is_warning stand still: the latter
 * is set by a look at ONLINE_WARN symbols or more whose least_share, as most_common_estimate() has
 * it, is above the probability that is claimed.
 */
unsigned online_until_look(const struct online *test);

/** online_cells - counts judged in one window: K + K * K. */
unsigned online_cells(unsigned symbol_bits);

/**
 * online_probability - P(a window of @window uniform symbols fires), summed over its cells.
 *
 * Formula: K P(Bin(n, 1/K) >= C) + K^2 E[P(Bin(M, 1/K) >= C(M))], M ~ Bin(n, 1/K), where C(M)
 *          is the cutoff for M predecessors. At most some hundred M are visited, evenly spaced.
 */
double online_probability(const struct online *test, unsigned window);

#endif
