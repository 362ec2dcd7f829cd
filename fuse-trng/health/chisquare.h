/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chisquare - the start-up test's statistic and its critical value under the entropy claim. */
#ifndef TRNG_HEALTH_CHISQUARE_H
#define TRNG_HEALTH_CHISQUARE_H

#include <stddef.h>
#include <stdint.h>

/**
 * chisquare_tail - P(X > x) for a noncentral chi-square of @df degrees of freedom.
 *
 * Formula: the Poisson(noncentrality / 2) mixture of central tails of df + 2j degrees, those by
 *          the recursion from erfc (odd) or exp (even).
 * Cost:    steps of the order of df + noncentrality.
 */
double chisquare_tail(unsigned df, double noncentrality, double x);

/** chisquare_critical - the x with chisquare_tail(@df, @noncentrality, x) = @alpha. */
double chisquare_critical(unsigned df, double noncentrality, double alpha);

/**
 * chisquare_noncentrality - the largest that a min-entropy of @entropy bits per symbol allows.
 *
 * Formula: n (K sum p^2 - 1), with floor(2^H) values at 2^-H and the rest on one more, which
 *          maximises sum p^2 among all distributions of that min-entropy.
 */
double chisquare_noncentrality(unsigned symbols, unsigned symbol_bits, double entropy);

/** chisquare_statistic - sum (o - e)^2 / e of @count symbols against equal shares of K values. */
double chisquare_statistic(const uint8_t *symbols, size_t count, unsigned symbol_bits);

#endif
