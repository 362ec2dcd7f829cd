/* SPDX-License-Identifier: GPL-3.0-or-later */
/* restart_cutoff - how often a value may occur in a row or a column of the restart data. */
#ifndef TRNG_EVALUATE_SP800_90B_RESTART_CUTOFF_H
#define TRNG_EVALUATE_SP800_90B_RESTART_CUTOFF_H

/* 3.1.4.3: of a source as claimed, one in 100 fails in any of the 2000 rows and columns. */
#define RESTART_FALSE_ALARMS 0.01

/** restart_alpha - the probability that is left to one row or column: 1 - 0.99^(1/2000). */
double restart_alpha(void);

/**
 * restart_cutoff - the least x such that, in one row of RESTART_SAMPLES samples, the commonest
 *                  value occurs more than x times with a probability of at most restart_alpha().
 *
 * Standard: SP 800-90B (January 2018), 3.1.4.3, for the distribution of that min-entropy whose
 *           commonest values are as many as can be. NIST's tool draws 5 million rows to find it,
 *           and near to alpha finds one less or one more at times; this is exact.
 * Cost:     10 ms, 40 kB of the stack.
 *
 * @distinct:  values that occur, 1..256.
 * @h_initial: bits per sample, 0..8; above log2(@distinct) there must be more values.
 */
unsigned restart_cutoff(unsigned distinct, double h_initial);

#endif
