/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bound - from an estimated probability to min-entropy: the confidence bound that all of 6.3 uses.
 */
#ifndef TRNG_EVALUATE_SP800_90B_BOUND_H
#define TRNG_EVALUATE_SP800_90B_BOUND_H

#include <stdint.h>

/*
 * The 0.995 quantile of the normal distribution. The standard prints 2.576; NIST's tool takes this
 * value, and so do we: with three decimals no result would agree with it.
 */
#define BOUND_Z 2.5758293035489008

/**
 * bound_upper - upper end of the 99 % confidence interval of a probability @p seen in @n trials.
 *
 * Standard: SP 800-90B, 6.3.1 step 2: min(1, p + 2.576 sqrt(p (1 - p) / (n - 1))).
 * Return:   0..1; 1 with fewer than two trials.
 */
double bound_upper(double p, uint64_t n);

/** bound_min_entropy - -log2(@p) in bits, for 0 < @p <= 1; of 1 it is 0, not -0. */
double bound_min_entropy(double p);

#endif
