/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compression - the estimate of SP 800-90B, 6.3.4: how far back equal blocks of six bits lie. */
#include "evaluate/sp800_90b/bound.h"
#include "evaluate/sp800_90b/estimators.h"

#include <math.h>

#define BLOCK_BITS 6
#define BLOCKS     (1 << BLOCK_BITS)
#define DICTIONARY 1000   /* d: blocks that only fill the dictionary */
#define CORRECTION 0.5907 /* c of step 6 */
#define NEAR       4096   /* distances that are counted; longer ones are at most 1/64 of all */
#define ITERATIONS 100

/* Moments of log2 of the distances D_i. */
struct distances {
	uint64_t count; /* v */
	double mean, sigma;
};

static unsigned block_at(const uint8_t *bit)
{
	unsigned block = 0;

	for (unsigned i = 0; i < BLOCK_BITS; i++)
		block = block << 1 | bit[i];
	return block;
}

static void add(long double sum[2], uint64_t distance, uint64_t times)
{
	long double bits = log2((double)distance);

	sum[0] += (long double)times * bits;
	sum[1] += (long double)times * bits * bits;
}

/* Steps 1 to 6. A block that the dictionary lacks counts from before the first (index 0). */
static struct distances measure_distances(const uint8_t *bit, uint64_t blocks)
{
	uint64_t last[BLOCKS] = { 0 }, seen[NEAR] = { 0 };
	long double sum[2] = { 0 };

	for (uint64_t i = 1; i <= blocks; i++, bit += BLOCK_BITS) {
		unsigned block = block_at(bit);
		uint64_t distance = i - last[block];

		last[block] = i;
		if (i <= DICTIONARY)
			continue;
		if (distance < NEAR)
			seen[distance]++;
		else
			add(sum, distance, 1);
	}
	for (unsigned distance = 2; distance < NEAR; distance++)
		if (seen[distance])
			add(sum, distance, seen[distance]);

	long double v = (long double)(blocks - DICTIONARY), mean = sum[0] / v;
	double variance = (double)(sum[1] / (v - 1) - mean * mean);

	return (struct distances){ blocks - DICTIONARY, (double)mean,
				   CORRECTION * sqrt(fmax(0, variance)) };
}

/*
 * G(z) of step 7 for K = @blocks, v = K - d. With a(u) = log2(u) (1 - z)^(u - 1), its double sum
 * has z^2 a(u) once for each t with max(u, d) < t <= K, and z a(t) once for each t from d + 1 to K:
 *   G(z) = z/v sum_{u=1}^{K} a(u) (z min(K - u, v) + [u > d]).
 * Cut: let S be the sum so far, and let all further weights be at most w = z v + 1 (they fall with
 * u once u > d). log2(u + j) <= log2(u) (1 + j/u) for u >= 3, so what is left after u adds up to at
 * most w a(u) sum_{j>=1} (1 + j/u) (1 - z)^j <= w a(u) (1/z + 1/(u z^2)). Once this is at most
 * 1e-18 S, the rest cannot be seen in a double: we stop.
 */
static double expected(double z, uint64_t blocks)
{
	const uint64_t v = blocks - DICTIONARY;
	const long double q = 1 - (long double)z, most = (long double)z * (long double)v + 1;
	long double power = q, sum = 0; /* (1 - z)^(u - 1); a(1) = 0 */

	for (uint64_t u = 2; u <= blocks; u++, power *= q) {
		long double a = log2((double)u) * power;
		uint64_t pairs = u > DICTIONARY ? blocks - u : v;

		sum += a * ((long double)z * (long double)pairs + (u > DICTIONARY));
		if (u % 64 == 0 && most * a * (1 + 1 / (z * (long double)u)) <= 1e-18L * sum * z)
			break;
	}
	return (double)(z * sum / (long double)v);
}

/* The right side of step 7: the commonest block has probability p, the others share the rest. */
static double expected_mean(double p, uint64_t blocks)
{
	double z = (1 - p) / (BLOCKS - 1);

	return expected(p, blocks) + (BLOCKS - 1) * (z > 0 ? expected(z, blocks) : 0);
}

/*
 * The p in 1/64..1 with expected_mean(p) = @mean; it falls from its greatest value to 0. Ridders'
 * method: each round at least halves the bracket and about doubles the digits. It ends when a round
 * changes nothing that a double shows.
 */
static double solve(double mean, uint64_t blocks)
{
	double low = 1.0 / BLOCKS, high = 1, p = high;
	double at_low = expected_mean(low, blocks) - mean, at_high = -mean;

	for (unsigned i = 0; i < ITERATIONS && at_low > 0 && at_high < 0; i++) {
		double middle = low + (high - low) / 2, before = p;
		double at_middle = expected_mean(middle, blocks) - mean;

		p = middle +
		    (middle - low) * at_middle / sqrt(at_middle * at_middle - at_low * at_high);
		double at_p = expected_mean(p, blocks) - mean;

		if (at_p == 0 || fabs(p - before) <= 0x1p-53 * p)
			return p;
		if (at_middle > 0) {
			low = middle;
			at_low = at_middle;
		} else {
			high = middle;
			at_high = at_middle;
		}
		if (at_p > 0 && p > low) {
			low = p;
			at_low = at_p;
		} else if (at_p < 0 && p < high) {
			high = p;
			at_high = at_p;
		}
	}
	return p;
}

int compression_estimate(const struct symbols *bits, struct result *result)
{
	const uint64_t blocks = bits->count / BLOCK_BITS;

	result_init(result, "compression");
	if (blocks < DICTIONARY + 2) { /* a standard deviation needs two distances */
		result->outcome = OUTCOME_SHORT;
		result->needs_bits = (DICTIONARY + 2) * BLOCK_BITS - bits->count;
		return 0;
	}
	struct distances distances = measure_distances(bits->value, blocks);
	double mean_lower =
		distances.mean - BOUND_Z * distances.sigma / sqrt((double)distances.count);

	/*
	 * Step 8: without a solution p is at its least. A bound of 0 or less has none either, but
	 * only nearly constant data have it: p = 1, as NIST's tool finds.
	 */
	bool is_found = mean_lower < expected_mean(1.0 / BLOCKS, blocks);
	double p = is_found ? solve(fmax(0, mean_lower), blocks) : 1.0 / BLOCKS;

	result_real(result, "mean", distances.mean);
	result_real(result, "sigma", distances.sigma);
	result_real(result, "mean_lower", mean_lower);
	result_word(result, "solution", is_found ? "found" : "lower bound");
	result_real(result, "p", p);
	result_real(result, "min_entropy", bound_min_entropy(p) / BLOCK_BITS);
	return 0;
}
