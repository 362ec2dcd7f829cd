/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proportions - how large a part of the symbols each value is. */
#ifndef TRNG_EVALUATE_SP800_90B_PROPORTIONS_H
#define TRNG_EVALUATE_SP800_90B_PROPORTIONS_H

#include "evaluate/core/symbols.h"

/**
 * proportions - the proportion of each value among @symbols (at least 1), 0 for those that do not
 * occur.
 *
 * Each is 1/L added up as often as the value occurs, not the quotient: the last bits decide which
 * of the pairs that are expected equally often share a bin in 5.2.1, and so a result that is to be
 * that of NIST's tool needs its bits. The error is below 1e-10 for a million symbols.
 */
void proportions(const struct symbols *symbols, double proportion[static 256]);

#endif
