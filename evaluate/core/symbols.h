/* SPDX-License-Identifier: GPL-3.0-or-later */
/* symbols - samples of a noise source, one per byte, in its low bits. */
#ifndef TRNG_EVALUATE_CORE_SYMBOLS_H
#define TRNG_EVALUATE_CORE_SYMBOLS_H

#include <stdint.h>

struct symbols {
	const uint8_t *value; /* each below 2^width */
	uint64_t count;
	unsigned width; /* bits per symbol, 1..8 */
};

/**
 * symbols_unpack - @count symbols of @width (1..8) bits, packed MSB first in @packed, to one per
 * byte at @value (at least @count bytes). @packed holds at least @count * @width bits.
 */
void symbols_unpack(const uint8_t *packed, unsigned width, uint64_t count, uint8_t *value);

/** symbols_width - the bits that the largest of @count @value needs (at least 1). */
unsigned symbols_width(const uint8_t *value, uint64_t count);

#endif
