/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sequence - the 20,000 bits that T1 to T5 look at, and what T1 to T4 count in them. */
#ifndef TRNG_EVALUATE_AIS31_SEQUENCE_H
#define TRNG_EVALUATE_AIS31_SEQUENCE_H

#include <stdint.h>

#define SEQUENCE_BITS      20000
#define SEQUENCE_BYTES     (SEQUENCE_BITS / 8)
#define SEQUENCE_WORDS     313 /* of 64 bits; the last 32 bits of the last one are padding */
#define SEQUENCE_PAD_BYTES (8 * SEQUENCE_WORDS - SEQUENCE_BYTES)
#define RUN_LENGTHS        6 /* runs of 1, 2, 3, 4, 5, and 6 or more bits */

/** Oldest bit first, in the top bit of word[0]; all after SEQUENCE_BITS is zero. */
struct sequence {
	uint64_t word[SEQUENCE_WORDS + 1];
};

/** sequence_load - the sequence of the first SEQUENCE_BITS at @packed (MSB first). */
void sequence_load(struct sequence *sequence, const uint8_t packed[static SEQUENCE_BYTES]);

/**
 * sequence_column - the sequence of the @column-th bits (1: most significant, ..., @width) of
 * SEQUENCE_BITS numbers of @width bits, packed one after the other at @numbers.
 */
void sequence_column(struct sequence *sequence, const uint8_t *numbers, unsigned width,
		     unsigned column);

/** sequence_ones - T1's statistic: the number of ones. */
unsigned sequence_ones(const struct sequence *sequence);

/** sequence_squares - T2's: the sum of the squares of the 16 counts of its 5000 nibbles. */
uint64_t sequence_squares(const struct sequence *sequence);

/** sequence_runs - T3's: @runs[v][k]: maximal runs of v with k + 1 bits, the last: or more. */
void sequence_runs(const struct sequence *sequence, int64_t runs[2][RUN_LENGTHS]);

/** sequence_longest_run - T4's: the length of the longest run of equal bits, 1..SEQUENCE_BITS. */
unsigned sequence_longest_run(const struct sequence *sequence);

#endif
