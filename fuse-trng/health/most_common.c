/* SPDX-License-Identifier: GPL-3.0-or-later */
/* most_common - min-entropy from the rounded share of the most common value (SP 800-90B 6.3.1). */
#include "fuse-trng/health/most_common.h"

#include <math.h>

#define QUANTILE 2.576 /* SP 800-90B 6.3.1: 0.995 of the normal distribution */

/* One standard error of a count, at least 1. */
static uint32_t step_of(uint32_t symbols, unsigned values)
{
	double p = 1.0 / values;

	return (uint32_t)fmax(1, round(sqrt(symbols * p * (1 - p))));
}

static double margin(double share, uint32_t symbols)
{
	return QUANTILE * sqrt(share * (1 - share) / (symbols - 1.0));
}

struct most_common most_common_estimate(const uint32_t *counts, unsigned values, double *shares)
{
	uint32_t symbols = 0, step;
	double largest = 0, half, above, below, least;

	for (unsigned value = 0; value < values; value++)
		symbols += counts[value];
	step = step_of(symbols, values);
	for (unsigned value = 0; value < values; value++) {
		shares[value] =
			fmin(1, (double)((counts[value] + step / 2) / step * step) / symbols);
		largest = fmax(largest, shares[value]);
	}
	half = step / 2.0 / symbols;
	above = fmin(1, largest + half);
	below = fmax(1.0 / values, largest - half);
	least = fmax(1.0 / values, below - margin(below, symbols));
	/* Of the reciprocal: -log2(1) would be a negative zero. */
	return (struct most_common){
		.min_entropy = log2(1 / fmin(1, above + margin(above, symbols))),
		.min_entropy_upper = log2(1 / least),
		.least_share = least,
	};
}
