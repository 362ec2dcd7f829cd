/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bits - words out of bytes (oldest bit first: MSB), and counting, on any processor. */
#ifndef TRNG_EVALUATE_AIS31_BITS_H
#define TRNG_EVALUATE_AIS31_BITS_H

#include <stdint.h>
#include <string.h>

static inline uint64_t swap_be64(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap64(word);
#else
	return word;
#endif
}

static inline uint64_t load_be64(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return swap_be64(word);
}

static inline void store_be64(uint8_t *bytes, uint64_t word)
{
	word = swap_be64(word);
	memcpy(bytes, &word, sizeof(word));
}

/* In plain arithmetic: compilers make vectors of it, of a popcount instruction that may be missing
 * they do not. */
static inline uint64_t count_ones(uint64_t word)
{
	word -= word >> 1 & UINT64_C(0x5555555555555555);
	word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
	word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	word += word >> 8;
	word += word >> 16;
	word += word >> 32;
	return word & 0xff;
}

#endif
