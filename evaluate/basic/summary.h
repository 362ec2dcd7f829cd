/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary - first figures of any data: counts, shares, entropies, chi square, correlation, runs. */
#ifndef TRNG_EVALUATE_BASIC_SUMMARY_H
#define TRNG_EVALUATE_BASIC_SUMMARY_H

#include <stdint.h>

#include "evaluate/core/result.h"

#define SUMMARY_LAGS    64
#define SUMMARY_RESULTS 8

struct summary; /* opaque: the counts so far; constant size */

/** summary_open - for symbols of @width (1..8) bits. Return: the caller's, or NULL (no memory). */
struct summary *summary_open(unsigned width);
void summary_close(struct summary *summary);

/** summary_feed - @count more symbols, one per byte, each below 2^width. */
void summary_feed(struct summary *summary, const uint8_t *value, uint64_t count);

/**
 * summary_results - the figures so far, as results without an outcome: "counts", "bits",
 * "chi_square", "entropy", "transition", "correlation" and "runs".
 *
 * The mean, "chi_square", shannon of "entropy" and serial of "correlation" are those of ent(1).
 * What it misses: min_entropy (of the greatest share), markov_shannon and markov_min_entropy (per
 * symbol, by who knows its predecessor), the most likely transition, the greatest correlation at
 * lags 1 to SUMMARY_LAGS, each bit's share of ones, the longest run. NAME_ideal is what an ideal
 * source of so many symbols shows on average (plug-in estimates of entropy lie below the truth, and
 * the more the fewer the symbols), NAME_z the distance from that in standard deviations, p_value
 * the probability that an ideal source shows as much or more. Return: how many of @results (at
 * least SUMMARY_RESULTS) were filled; of no symbols, only the first.
 */
unsigned summary_results(const struct summary *summary, struct result *results);

/** summary_symbols, summary_distinct - how many were fed, and of how many values. */
uint64_t summary_symbols(const struct summary *summary);
unsigned summary_distinct(const struct summary *summary);

/** summary_count, summary_lag_correlation - for plots: count of @value; correlation at @lag (NAN:
 * none). */
uint64_t summary_count(const struct summary *summary, unsigned value);
double summary_lag_correlation(const struct summary *summary, unsigned lag);

#endif
