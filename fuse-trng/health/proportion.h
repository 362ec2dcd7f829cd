/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proportion - adaptive proportion test, SP 800-90B (January 2018) 4.4.2. */
#ifndef TRNG_HEALTH_PROPORTION_H
#define TRNG_HEALTH_PROPORTION_H

#include <stddef.h>
#include <stdint.h>

struct proportion {
	unsigned window; /* W: 512 symbols, 1024 of 1-bit symbols */
	unsigned cutoff; /* occurrences of the window's first symbol, itself included, that fire */
	unsigned filled; /* symbols of the open window */
	unsigned matches;
	uint8_t first;
};

/** proportion_window - W for symbols of @symbol_bits: 1024 if binary, else 512. */
unsigned proportion_window(unsigned symbol_bits);

/** proportion_init - an empty stream; @cutoff = cutoff_binomial(@window, 2^-H, alpha). */
void proportion_init(struct proportion *test, unsigned window, unsigned cutoff);

/** proportion_restart - forget the open window. */
void proportion_restart(struct proportion *test);

/**
 * proportion_feed - run over the next @count symbols; windows follow one another, no overlap.
 * Return: index of the symbol that makes the window's first occur cutoff times, or @count.
 */
size_t proportion_feed(struct proportion *test, const uint8_t *symbols, size_t count);

/**
 * proportion_probability - P(a window of a uniform source fires) = P(Bin(W - 1, 1/K) >= C - 1).
 *
 * The standard's cutoff treats the first symbol as one more trial; it always counts.
 */
double proportion_probability(unsigned window, unsigned cutoff, unsigned symbol_bits);

#endif
