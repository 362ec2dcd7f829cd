/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lrs_test - the length of the longest repeated substring, a test of the IID track. */
#ifndef TRNG_EVALUATE_SP800_90B_LRS_TEST_H
#define TRNG_EVALUATE_SP800_90B_LRS_TEST_H

#include "evaluate/core/result.h"
#include "evaluate/core/symbols.h"

/**
 * lrs_test - whether the longest repeated substring of @symbols, of which at least two differ, is
 * too long.
 *
 * Standard: NIST SP 800-90B (January 2018), 5.2.5: fails if the probability that any two substrings
 *           of this length are equal is below 0.001.
 * @result:  p_col, longest and p_value.
 * Return:   0, or -ENOMEM.
 */
int lrs_test(const struct symbols *symbols, struct result *result);

/**
 * lrs_p_value - Pr(X >= 1), X binomial of all pairs of the substrings of length @longest of @count
 * symbols with the probability @p_col^@longest. Exact where the power underflows.
 */
double lrs_p_value(double p_col, uint64_t longest, uint64_t count);

#endif
