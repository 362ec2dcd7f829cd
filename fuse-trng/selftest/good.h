/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * good - the good symbols of the self-test: a generator of which everything can be said.
 *
 * SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): a counter
 * in steps of the golden ratio through a 64-bit finaliser. Every 64-bit word comes exactly once in
 * 2^64 calls, so symbols of each width are uniform; equal on every machine; not cryptographic.
 */
#ifndef TRNG_SELFTEST_GOOD_H
#define TRNG_SELFTEST_GOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct good {
	uint64_t state;
};

/** good_seed - stream number @stream of @seed; other streams of the seed are unlike it. */
void good_seed(struct good *good, uint64_t seed, uint64_t stream);

/** good_next - the next 64 bits. */
uint64_t good_next(struct good *good);

/** good_below - uniform over 0..@bound - 1, @bound from 1 to 2^32; off by less than 2^-32. */
uint32_t good_below(struct good *good, uint64_t bound);

/** good_chance - true with probability @p. */
bool good_chance(struct good *good, double p);

/** good_fill - @len_bytes, a multiple of 8, of packed symbols; words in little-endian order. */
void good_fill(struct good *good, uint8_t *bytes, size_t len_bytes);

#endif
