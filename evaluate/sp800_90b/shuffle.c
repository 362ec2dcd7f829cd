/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shuffle - see shuffle.h */
#include "evaluate/sp800_90b/shuffle.h"

#include <assert.h>
#include <string.h>

/* Places drawn ahead: enough for their cache lines to arrive before they are exchanged. Even. */
#define AHEAD 64

struct xoshiro {
	uint64_t s[4];
};

static uint64_t rotate_left(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline uint64_t xoshiro_next(struct xoshiro *x)
{
	uint64_t *s = x->s;
	const uint64_t drawn = rotate_left(s[1] * 5, 7) * 9, shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate_left(s[3], 45);
	return drawn;
}

/* The mixing step of splitmix64: a permutation of the 64-bit numbers. */
static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return z ^ z >> 31;
}

static void xoshiro_init(struct xoshiro *x, uint64_t seed, uint64_t number)
{
	const uint64_t golden = 0x9E3779B97F4A7C15;
	/* Mixed apart before they meet: else order 1 of seed 0 would be order 0 of seed 1. */
	uint64_t state = mix(mix(seed + golden) + golden * (number + 1));

	for (unsigned i = 0; i < 4; i++) {
		state += golden;
		x->s[i] = mix(state);
	}
}

/*
 * A number below @bound from 32 random bits: the upper half of their product with @bound. Lower
 * halves below 2^32 mod @bound would favour some numbers and are drawn again (Lemire 2019).
 */
static inline uint32_t below(struct xoshiro *x, uint32_t bound, uint32_t bits)
{
	uint64_t product = (uint64_t)bits * bound;

	if (__builtin_expect((uint32_t)product < bound, 0))
		while ((uint32_t)product < -bound % bound)
			product = (xoshiro_next(x) >> 32) * bound;
	return (uint32_t)(product >> 32);
}

static inline void exchange(uint8_t *a, uint8_t *b)
{
	const uint8_t kept = *a;

	*a = *b;
	*b = kept;
}

/* Settles the last AHEAD of @left places; two draws from each 64 random bits. */
static inline void settle_many(struct xoshiro *x, uint8_t *value, uint32_t left)
{
	uint32_t place[AHEAD];

	for (uint32_t k = 0; k < AHEAD; k += 2) {
		const uint64_t bits = xoshiro_next(x);

		place[k] = below(x, left - k, (uint32_t)(bits >> 32));
		place[k + 1] = below(x, left - k - 1, (uint32_t)bits);
		__builtin_prefetch(value + place[k], 1);
		__builtin_prefetch(value + place[k + 1], 1);
	}
	for (uint32_t k = 0; k < AHEAD; k++)
		exchange(value + place[k], value + left - k - 1);
}

void shuffle(const uint8_t *from, uint64_t count, uint64_t seed, uint64_t number, uint8_t *into)
{
	assert(count <= SHUFFLE_LIMIT);
	struct xoshiro x;
	uint32_t left = (uint32_t)count;

	xoshiro_init(&x, seed, number);
	if (count)
		memcpy(into, from, count);
	for (; left > AHEAD; left -= AHEAD)
		settle_many(&x, into, left);
	for (; left > 1; left--)
		exchange(into + below(&x, left, (uint32_t)(xoshiro_next(&x) >> 32)),
			 into + left - 1);
}
