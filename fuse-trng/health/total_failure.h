/* SPDX-License-Identifier: GPL-3.0-or-later */
/* total_failure - the documented chunk test: no byte value too often among 100 bytes. */
#ifndef TRNG_HEALTH_TOTAL_FAILURE_H
#define TRNG_HEALTH_TOTAL_FAILURE_H

#include <stddef.h>
#include <stdint.h>

struct total_failure {
	unsigned limit; /* most occurrences that pass */
	unsigned filled_bytes;
	uint8_t counts[256];
};

/** total_failure_init - an empty stream; at most @limit (0..100) equal bytes a chunk pass. */
void total_failure_init(struct total_failure *test, unsigned limit);

/** total_failure_restart - forget the open chunk. */
void total_failure_restart(struct total_failure *test);

/**
 * total_failure_feed - count the next bytes; chunks of 100 are aligned with the stream's start.
 *
 * Standard: AIS 20/31 (2011) PTG.2.2, total failure test of this source's documents.
 * Return:   index of the byte that occurred limit + 1 times in its chunk, or @len_bytes.
 */
size_t total_failure_feed(struct total_failure *test, const uint8_t *bytes, size_t len_bytes);

/**
 * total_failure_bound - bound on P(a chunk fires) for bytes of @byte_entropy bits: the values
 * that share the mass at 2^-H each (1/p of them), each above @limit with its binomial tail.
 */
double total_failure_bound(double byte_entropy, unsigned limit);

/** total_failure_limit - the smallest limit whose total_failure_bound() is at most @alpha. */
unsigned total_failure_limit(double byte_entropy, double alpha);

/**
 * total_failure_probability - P(a chunk of uniform bytes fires at @limit), over all 256 values.
 *
 * Formula: 1 - 100!/256^100 [x^100] (sum_{j<=limit} x^j/j!)^256; where that is below 1e-6, the
 * union bound 256 P(Bin(100, 1/256) > limit), which is then exact to 1e-6.
 */
double total_failure_probability(unsigned limit);

#endif
