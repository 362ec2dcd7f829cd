/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples - the symbols of an input: one per byte, or packed; counted, and checked for their width.
 */
#ifndef TRNG_EVALUATE_SAMPLES_H
#define TRNG_EVALUATE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evaluate/input.h"

#define SAMPLES_PIECE   65536   /* symbols at once; whole bytes in any width */
#define SAMPLES_DEFAULT 1000000 /* from what has no end: what SP 800-90B 3.1.1 asks for */

struct samples {
	struct input *input;
	unsigned width;   /* 1..8; 0: not known, then each byte is a symbol of up to 8 bits */
	bool is_packed;   /* needs a width */
	uint64_t limit;   /* at most so many; UINT64_MAX: to the end */
	uint64_t count;   /* that were taken */
	uint64_t wide_at; /* after -EDOM: which symbol was too wide, and what it was */
	uint8_t wide;
};

/**
 * samples_next - the next symbols, at most @size (SAMPLES_PIECE or more), one per byte at @into.
 * Bits at the end that fill no symbol are left out.
 * Return: how many, 0 at the end; -EDOM: one is too wide; -errno of input_read().
 */
int64_t samples_next(struct samples *samples, uint8_t *into, size_t size);

/**
 * samples_load - all of them, in memory that grows as they come.
 * @value: the caller's to free().
 * Return: 0 with *@value and @samples->count; -ENOMEM; -E2BIG: more than this machine's memory can
 * assess (told before reading where the size is known); as samples_next().
 */
int samples_load(struct samples *samples, uint8_t **value);

/** samples_explain - say in a sentence why one of these failed with @error. */
void samples_explain(const struct samples *samples, int error, struct text *why);

#endif
