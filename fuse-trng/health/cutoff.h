/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cutoff - from a false-alarm probability to a critical value, summed directly, no tables. */
#ifndef TRNG_HEALTH_CUTOFF_H
#define TRNG_HEALTH_CUTOFF_H

/**
 * cutoff_tail - P(X >= count) for X ~ Binomial(trials, p), relative error below 1e-10.
 *
 * Units: 0 <= @p <= 1; any @count (0 gives 1, more than @trials gives 0).
 * Cost:  as many steps as terms matter: some standard deviations of X.
 */
double cutoff_tail(unsigned trials, double p, unsigned count);

/**
 * cutoff_binomial - the smallest C with P(X >= C) <= alpha for X ~ Binomial(trials, p).
 *
 * Standard: SP 800-90B (January 2018) 4.4.2, C = 1 + CRITBINOM(W, 2^-H, 1 - alpha);
 *           tests/lint/cutoffs.py recomputes it with exact fractions.
 * Return:   C; trials + 1 where even X = trials is likelier than @alpha: such a test never fires.
 */
unsigned cutoff_binomial(unsigned trials, double p, double alpha);

/**
 * cutoff_repetition - SP 800-90B 4.4.1: C = 1 + ceil(-log2(alpha) / H).
 *
 * Units: @entropy is H, bits of min-entropy per symbol.
 */
unsigned cutoff_repetition(double entropy, double alpha);

#endif
