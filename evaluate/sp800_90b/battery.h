/* SPDX-License-Identifier: GPL-3.0-or-later */
/* battery - all estimators that apply to them, on one or two sequences at once. */
#ifndef TRNG_EVALUATE_SP800_90B_BATTERY_H
#define TRNG_EVALUATE_SP800_90B_BATTERY_H

#include "evaluate/sp800_90b/assess.h"

/** A sequence without gaps in its alphabet, and where its estimates go: ESTIMATORS results. */
struct battery {
	struct symbols symbols;
	struct result *results;
};

/** battery_init - empty @results that have their names. */
void battery_init(struct result *results);

/**
 * battery_run - the ten estimators of 6.3 on each of @count (1 or 2) sequences, those for single
 * bits only where the width is 1. Shares the work among OpenMP's threads; no result depends on
 * them. Progress in estimators. Return: 0 or -ENOMEM.
 */
int battery_run(const struct battery *batteries, unsigned count, const struct audience *audience);

/** battery_least - the least min-entropy among ESTIMATORS results; NAN if none could work. */
double battery_least(const struct result *results);

/**
 * battery_number - @number[value] of the values that occur in @symbols, from 0 without gaps.
 * Return: how many values there are.
 */
unsigned battery_number(const struct symbols *symbols, uint8_t number[static 256]);

#endif
