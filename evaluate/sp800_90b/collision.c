/* SPDX-License-Identifier: GPL-3.0-or-later */
/* collision - the estimate of SP 800-90B, 6.3.2: how soon a bit string repeats a value. */
#include "evaluate/sp800_90b/bound.h"
#include "evaluate/sp800_90b/estimators.h"

#include <math.h>

#define MIN_COLLISIONS 2 /* a standard deviation needs two */

struct waits {
	uint64_t count; /* v: completed collisions */
	uint64_t sum;   /* of t_i, 2 or 3: the bits consumed */
};

/*
 * Among three bits two are equal: t is 2 for 00 and 11, else 3. What is left in the end without a
 * collision is not counted (step 5).
 */
static struct waits wait_for_collisions(const struct symbols *bits)
{
	const uint8_t *bit = bits->value;
	struct waits waits = { 0 };
	uint64_t at = 0;

	while (at + 3 <= bits->count) {
		at += 2u + (bit[at] ^ bit[at + 1]);
		waits.count++;
	}
	if (at + 2 <= bits->count && bit[at] == bit[at + 1]) {
		at += 2;
		waits.count++;
	}
	waits.sum = at;
	return waits;
}

/*
 * The sample standard deviation of step 6: with k waits of 3 and v - k of 2 the sum of squared
 * deviations is k (v - k) / v, without the cancellation of a sum of squares.
 */
static double deviation(const struct waits *waits)
{
	double v = (double)waits->count;
	double threes = (double)(waits->sum - 2 * waits->count);

	return sqrt(threes * (v - threes) / v / (v - 1));
}

/*
 * Step 7 to 9. For k = 2 the equation of step 7 is mean = 2 + 2 p (1 - p): a value repeats after
 * two bits with probability p^2 + (1 - p)^2, else after three. So no search is needed: its root of
 * at least 1/2 is 1/2 + sqrt(5/4 - mean / 2). A mean above 2.5 has none: step 9 then gives p = 1/2.
 * A mean below 2 has none either; there is no p above 1, and like NIST's tool we take 1, not the
 * 1/2 of step 9, which would give full entropy to a stuck source.
 */
static void solve(double mean_lower, struct result *result)
{
	bool is_found = mean_lower < 2.5;
	double p = is_found ? 0.5 + sqrt(1.25 - mean_lower / 2) : 0.5;

	result_word(result, "solution", is_found ? "found" : "lower bound");
	result_real(result, "p", p);
	result_real(result, "min_entropy", bound_min_entropy(p));
}

int collision_estimate(const struct symbols *bits, struct result *result)
{
	struct waits waits = wait_for_collisions(bits);

	result_init(result, "collision");
	if (waits.count < MIN_COLLISIONS) {
		result->outcome = OUTCOME_SHORT;
		result->needs_bits = 2 * (MIN_COLLISIONS - waits.count) - (bits->count > waits.sum);
		return 0;
	}
	double mean = (double)waits.sum / (double)waits.count;
	double sigma = deviation(&waits);
	double mean_lower = fmax(2, mean - BOUND_Z * sigma / sqrt((double)waits.count));

	result_integer(result, "v", (int64_t)waits.count);
	result_integer(result, "sum_t", (int64_t)waits.sum);
	result_real(result, "mean", mean);
	result_real(result, "sigma", sigma);
	result_real(result, "mean_lower", mean_lower);
	solve(mean_lower, result);
	return 0;
}
