/* SPDX-License-Identifier: GPL-3.0-or-later */
/* good - SplitMix64. */
#include "fuse-trng/selftest/good.h"

#define GOLDEN 0x9e3779b97f4a7c15ULL

static uint64_t finish(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

void good_seed(struct good *good, uint64_t seed, uint64_t stream)
{
	good->state = finish(seed + GOLDEN) ^ finish(finish(stream + GOLDEN));
}

uint64_t good_next(struct good *good)
{
	good->state += GOLDEN;
	return finish(good->state);
}

uint32_t good_below(struct good *good, uint64_t bound)
{
	return (uint32_t)((good_next(good) >> 32) * bound >> 32);
}

bool good_chance(struct good *good, double p)
{
	return (double)(good_next(good) >> 11) * 0x1p-53 < p;
}

void good_fill(struct good *good, uint8_t *bytes, size_t len_bytes)
{
	for (size_t i = 0; i + 8 <= len_bytes; i += 8) {
		uint64_t word = good_next(good);

		for (unsigned k = 0; k < 8; k++)
			bytes[i + k] = (uint8_t)(word >> 8 * k);
	}
}
