/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bound - see bound.h */
#include "evaluate/sp800_90b/bound.h"

#include <math.h>

double bound_upper(double p, uint64_t n)
{
	if (n < 2)
		return 1;
	return fmin(1, p + BOUND_Z * sqrt(p * (1 - p) / (double)(n - 1)));
}

double bound_min_entropy(double p)
{
	return p < 1 ? -log2(p) : 0;
}
