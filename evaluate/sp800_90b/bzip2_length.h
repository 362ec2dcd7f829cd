/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bzip2_length - how short bzip2 makes a sequence of numbers. */
#ifndef TRNG_EVALUATE_SP800_90B_BZIP2_LENGTH_H
#define TRNG_EVALUATE_SP800_90B_BZIP2_LENGTH_H

#include <stdint.h>

/** What is written for each symbol: up to three decimal digits and a space. */
struct numerals {
	char text[256][4];
	uint8_t length[256];
};

/** numerals_set - @symbol is written as the decimal number @value. */
void numerals_set(struct numerals *numerals, uint8_t symbol, uint8_t value);

/**
 * bzip2_length - bytes of the bzip2 stream of @count symbols (at least 1) written as decimal
 * numbers with one space between them.
 *
 * Standard: NIST SP 800-90B (January 2018), 5.1.11; blocks of 500,000 bytes and the library's usual
 *           work factor, which the standard leaves open, as NIST's tool has them.
 * Cost:     nearly all of it is libbz2's: about 0.1 us per byte of text, and 4.5 MB for any @count.
 * Return:   0, or -ENOMEM.
 */
int bzip2_length(const struct numerals *numerals, const uint8_t *symbol, uint64_t count,
		 uint64_t *length_bytes);

#endif
