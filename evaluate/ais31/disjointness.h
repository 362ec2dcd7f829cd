/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disjointness - T0: 65536 words of 48 bits, all different. */
#ifndef TRNG_EVALUATE_AIS31_DISJOINTNESS_H
#define TRNG_EVALUATE_AIS31_DISJOINTNESS_H

#include "evaluate/ais31/session.h"

#define DISJOINTNESS_WORDS 65536

struct disjointness {
	uint32_t distinct;    /* words; DISJOINTNESS_WORDS: all */
	uint32_t first_word;  /* else: a word ... */
	uint32_t second_word; /* ... and where it came again: the earliest that repeats any */
};

/**
 * disjointness_find - @key[i] is word i in the upper 48 bits, i in the lower 16; gets sorted.
 * @scratch: as large as @key; its contents do not matter.
 */
void disjointness_find(uint64_t key[static DISJOINTNESS_WORDS],
		       uint64_t scratch[static DISJOINTNESS_WORDS], struct disjointness *out);

/** disjointness_bits - that T0 takes: a word is the first 48 bits of whole numbers of @width bits.
 */
uint64_t disjointness_bits(unsigned width);

/**
 * disjointness_step - T0 on what comes next.
 * @block: of the result; @later_bits: what the run takes after it.
 * Return: 0, SESSION_SHORT, -ENOMEM or what the source failed with.
 */
int disjointness_step(struct session *session, int64_t block, uint64_t later_bits);

#endif
