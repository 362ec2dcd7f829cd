/* SPDX-License-Identifier: GPL-3.0-or-later */
/* budget - false alarms per year, shared out to the tests as an alpha per trial. */
#ifndef TRNG_HEALTH_BUDGET_H
#define TRNG_HEALTH_BUDGET_H

#include "fuse-trng/health/health.h"

/* What a test judges at a time. The online test has two windows; the others one unit each, so
 * that enum health_test is an index here as well. */
#define BUDGET_ONLINE_LONG HEALTH_TESTS
#define BUDGET_UNITS       (HEALTH_TESTS + 1)

/**
 * budget_unit_symbols - how long each unit is: chunk, symbol, windows; 0 for the start-up test,
 * which is no part of the stream.
 */
void budget_unit_symbols(unsigned symbol_bits, uint64_t symbols[BUDGET_UNITS]);

/** budget_units_per_year - how many of each a year of 365 days has; one start-up a day. */
void budget_units_per_year(const struct health_settings *settings, double units[BUDGET_UNITS]);

/**
 * budget_alphas - the alpha of every single comparison with a cutoff.
 *
 * Formula: budget / tests / comparisons per year, at most 2^-20. Tests are all six, or five where
 *          the total failure limit is given (it then costs what it costs: total_failure_bound()).
 *          A lag window is 32 comparisons, an online window K + K * K.
 */
void budget_alphas(const struct health_settings *settings, double alphas[HEALTH_TESTS]);

#endif
