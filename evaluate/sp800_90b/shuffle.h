/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shuffle - random orders of a sequence, each found again from its number alone. */
#ifndef TRNG_EVALUATE_SP800_90B_SHUFFLE_H
#define TRNG_EVALUATE_SP800_90B_SHUFFLE_H

#include <stdint.h>

#define SHUFFLE_LIMIT UINT32_MAX

/**
 * shuffle - put the @count symbols at @from into @into, in the random order @number of @seed.
 *
 * Standard: NIST SP 800-90B (January 2018), 5.1: Fisher and Yates, from the last symbol down. The
 *           draws are xoshiro256** (Blackman and Vigna), its state splitmix64 of @seed and @number:
 *           any thread gets order @number without those before it. Every draw is without bias.
 * Cost:     about a nanosecond per symbol while they fit into the cache.
 *
 * @count:   at most SHUFFLE_LIMIT. @into: @count bytes that do not overlap @from.
 */
void shuffle(const uint8_t *from, uint64_t count, uint64_t seed, uint64_t number, uint8_t *into);

#endif
