/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repetition - repetition count test, SP 800-90B (January 2018) 4.4.1. */
#ifndef TRNG_HEALTH_REPETITION_H
#define TRNG_HEALTH_REPETITION_H

#include <stddef.h>
#include <stdint.h>

struct repetition {
	unsigned cutoff; /* equal symbols in a row that fire */
	unsigned run;    /* length of the open run; 0 before the first symbol */
	uint8_t last;    /* its symbol */
};

/** repetition_init - an empty stream; @cutoff from cutoff_repetition(). */
void repetition_init(struct repetition *test, unsigned cutoff);

/** repetition_restart - forget the open run. */
void repetition_restart(struct repetition *test);

/**
 * repetition_feed - run over the next @count symbols.
 * Return: index of the symbol that completes cutoff equal ones, or @count.
 */
size_t repetition_feed(struct repetition *test, const uint8_t *symbols, size_t count);

/** repetition_probability - false alarms per symbol of a uniform source: (1 - 1/K) K^-(C-1). */
double repetition_probability(unsigned cutoff, unsigned symbol_bits);

#endif
