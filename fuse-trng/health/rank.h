/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rank - critical values of the rank test of Mann and Whitney, exact. */
#ifndef TRNG_HEALTH_RANK_H
#define TRNG_HEALTH_RANK_H

#define RANK_MAX_PAIRS 1024

/**
 * rank_cutoff - the smallest c with P(U >= c) <= @alpha, if all orders of the values are equally
 * likely; U counts the pairs of one of @n and one of @m values of which the first is larger.
 *
 * Standard: H. B. Mann, D. R. Whitney: On a test of whether one of two random variables is
 *           stochastically larger than the other, Ann. Math. Statist. 18 (1947) 50-60; the counts
 *           are the coefficients of the Gaussian binomial (n + m choose n).
 *           Where values can be equal, a U that counts none of them is smaller, and the
 *           probability as well.
 * Units:    @n * @m <= RANK_MAX_PAIRS, and (n + m choose n) below 2^64.
 * Return:   c; @n * @m + 1 where even complete separation is likelier than @alpha.
 */
unsigned rank_cutoff(unsigned n, unsigned m, double alpha);

#endif
