/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary_counts - what a summary counts; known to summary's own files alone. */
#ifndef TRNG_EVALUATE_BASIC_SUMMARY_COUNTS_H
#define TRNG_EVALUATE_BASIC_SUMMARY_COUNTS_H

#include "evaluate/basic/summary.h"

#define SUMMARY_CHUNK 4096 /* 4096 * 128^2 fits into 32 bits */

struct summary_run {
	uint64_t length, first;
	uint8_t value;
};

struct summary {
	unsigned width, values;
	uint64_t symbols;
	uint8_t last;
	struct summary_run longest;
	uint64_t run; /* length of the one that is not over */
	uint8_t first[SUMMARY_LAGS];
	int64_t product[SUMMARY_LAGS];              /* of symbols at lag i + 1, from the middle */
	int16_t line[SUMMARY_LAGS + SUMMARY_CHUNK]; /* a chunk's symbols from the middle, after the
						       last ones before */
	uint64_t pair[];                            /* values * values: how often b followed a */
};

struct summary_moments {
	double symbols, values;
	double sum, squares; /* of the symbols from the middle, and around their mean */
	double mean;         /* from the middle */
};

/** summary_middle - what symbols are counted from: products of small numbers are exact. */
int summary_middle(const struct summary *summary);

/** summary_moments - of a summary of at least one symbol. */
struct summary_moments summary_moments(const struct summary *summary);

/** summary_correlation - as summary_lag_correlation(), of 1 <= @lag <= SUMMARY_LAGS. */
double summary_correlation(const struct summary *summary, const struct summary_moments *moments,
			   unsigned lag);

#endif
