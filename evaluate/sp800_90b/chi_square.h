/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * chi_square - the chi-square tests of the IID track, NIST SP 800-90B (January 2018), 5.2.1
 * to 5.2.4.
 *
 * Each fills *@result with chi_square, degrees_of_freedom and p_value; it passes from a p-value of
 * 0.001 up. OUTCOME_SHORT where the data leave no degree of freedom. At least two values occur.
 * Return: 0, or -ENOMEM.
 */
#ifndef TRNG_EVALUATE_SP800_90B_CHI_SQUARE_H
#define TRNG_EVALUATE_SP800_90B_CHI_SQUARE_H

#include "evaluate/core/result.h"
#include "evaluate/core/symbols.h"

/** chi_square_independence - of symbols next to each other, 5.2.1; where two values occur, 5.2.3.
 */
int chi_square_independence(const struct symbols *symbols, struct result *result);

/** chi_square_goodness - that a tenth of the data is distributed as another, 5.2.2 and 5.2.4. */
int chi_square_goodness(const struct symbols *symbols, struct result *result);

/** chi_square_p_value - Pr(X >= @chi_square) with @degrees (above 0) of freedom. */
double chi_square_p_value(double chi_square, double degrees);

#endif
