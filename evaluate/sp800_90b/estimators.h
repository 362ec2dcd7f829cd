/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * estimators - the ten min-entropy estimators of NIST SP 800-90B (January 2018), 6.3.1 to 6.3.10.
 *
 * Each fills *@result with its figures, named as in the standard (mode_count, p_hat, p_u, ...), the
 * last of them "min_entropy" in bits per symbol, 0..width (of lrs, which NIST's tool does not bound
 * either, more where next to nothing repeats). Where the data are too few for an estimator, the
 * outcome is OUTCOME_SHORT and there is no "min_entropy".
 * All are pure functions of their symbols. Return: 0, or -ENOMEM.
 */
#ifndef TRNG_EVALUATE_SP800_90B_ESTIMATORS_H
#define TRNG_EVALUATE_SP800_90B_ESTIMATORS_H

#include "evaluate/core/result.h"
#include "evaluate/core/symbols.h"

int most_common_value_estimate(const struct symbols *symbols, struct result *result); /* 6.3.1 */
int collision_estimate(const struct symbols *bits, struct result *result);   /* 6.3.2, width 1 */
int markov_estimate(const struct symbols *bits, struct result *result);      /* 6.3.3, width 1 */
int compression_estimate(const struct symbols *bits, struct result *result); /* 6.3.4, width 1 */
int t_tuple_lrs_estimate(const struct symbols *symbols, struct result *t_tuple,
			 struct result *lrs);                                 /* 6.3.5, 6.3.6 */
int multi_mcw_estimate(const struct symbols *symbols, struct result *result); /* 6.3.7 */
int lag_estimate(const struct symbols *symbols, struct result *result);       /* 6.3.8 */
int multi_mmc_estimate(const struct symbols *symbols, struct result *result); /* 6.3.9 */
int lz78y_estimate(const struct symbols *symbols, struct result *result);     /* 6.3.10 */

/** longest_repeat - the length of the longest repeated substring of @symbols (6.3.6's v). */
int longest_repeat(const struct symbols *symbols, uint64_t *length);

#endif
