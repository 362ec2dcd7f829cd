/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lrs_test - see lrs_test.h */
#include "evaluate/sp800_90b/lrs_test.h"

#include "evaluate/sp800_90b/estimators.h"
#include "evaluate/sp800_90b/proportions.h"

#include <math.h>

#define ALPHA 0.001

/* Step 1: the sum of the squared proportions. */
static double collision_probability(const struct symbols *symbols)
{
	double proportion[256], sum = 0;

	proportions(symbols, proportion);
	for (unsigned v = 0; v < 256; v++)
		sum += proportion[v] * proportion[v];
	return sum;
}

double lrs_p_value(double p_col, uint64_t longest, uint64_t count)
{
	if (!(p_col < 1)) /* rounded up: all but a few symbols are the same */
		return 1;
	const double substrings = (double)(count - longest + 1);
	const double pairs = substrings * (substrings - 1) / 2;
	const double log_power = (double)longest * log(p_col);

	/* log(1 - q) is -q to the last bit where q is this small; the product may not underflow. */
	if (log_power < -40)
		return -expm1(-exp(log_power + log(pairs)));
	return -expm1(pairs * log1p(-exp(log_power)));
}

int lrs_test(const struct symbols *symbols, struct result *result)
{
	const double p_col = collision_probability(symbols);
	uint64_t longest;
	int rc = longest_repeat(symbols, &longest);

	if (rc)
		return rc;
	const double p_value = lrs_p_value(p_col, longest, symbols->count);

	result_init(result, "longest_repeated_substring");
	result_real(result, "p_col", p_col);
	result_integer(result, "longest", (int64_t)longest);
	result_real(result, "p_value", p_value);
	result->accept = "p_value >= 0.001";
	result->outcome = p_value >= ALPHA ? OUTCOME_PASS : OUTCOME_FAIL;
	return 0;
}
