/* SPDX-License-Identifier: GPL-3.0-or-later */
/* most_common - min-entropy from the rounded share of the most common value (SP 800-90B 6.3.1). */
#ifndef TRNG_HEALTH_MOST_COMMON_H
#define TRNG_HEALTH_MOST_COMMON_H

#include <stdint.h>

struct most_common {
	double min_entropy; /* the estimate, bits per symbol: the lower end of a 99 % interval */
	double min_entropy_upper; /* its upper end */
	double least_share;       /* the share at that end: the largest one less its margin */
};

/**
 * most_common_estimate - shares for everybody to see, and the min-entropy that they allow
 * independent symbols.
 *
 * Nothing is told but each count's nearest multiple (half up) of one standard error,
 *
 *     step = max(1, round(sqrt(n (1/K) (1 - 1/K)))),
 *
 * so that who knows all other symbols learns little of those that he does not.
 *
 * Standard: NIST SP 800-90B (January 2018) 6.3.1, with the count rounded against us. With r the
 *           largest rounded count of n symbols, p = min(1, (r + step/2) / n),
 *           q = max(1/K, (r - step/2) / n), and 2.576 the quantile that the standard's text gives
 *           (0.995 of the normal distribution),
 *
 *               min_entropy       = -log2(min(1,   p + 2.576 sqrt(p (1 - p) / (n - 1))))
 *               least_share       = max(1/K, q - 2.576 sqrt(q (1 - q) / (n - 1)))
 *               min_entropy_upper = -log2(least_share)
 *
 *           The last two are not in the standard: the other end of the same interval, cut at
 *           what K values can have. Exact counts give an interval within this one.
 * @counts:  how often each of the K values came; their sum is n, 2 or more and below 2^31.
 * @shares:  gets each value's rounded count / n, at most 1; their sum is about 1.
 */
struct most_common most_common_estimate(const uint32_t *counts, unsigned values, double *shares);

#endif
