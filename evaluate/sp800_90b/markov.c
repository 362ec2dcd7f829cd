/* SPDX-License-Identifier: GPL-3.0-or-later */
/* markov - the estimate of SP 800-90B, 6.3.3: dependence of each bit on the one before. */
#include "evaluate/sp800_90b/bound.h"
#include "evaluate/sp800_90b/estimators.h"

#include <math.h>

#define CHAIN_BITS 128

struct chain {
	double first[2];   /* P_0, P_1 */
	double next[2][2]; /* next[a][b]: P_ab, that b follows a; zeros if nothing follows an a */
};

/* Of all @n - 1 pairs; the ones of a bit string can be added, which compilers do many at a time. */
static void count_pairs(const uint8_t *bit, uint64_t n, uint64_t pair[2][2])
{
	uint64_t ones = 0, both = 0;

	for (uint64_t i = 0; i + 1 < n; i++) {
		ones += bit[i];
		both += bit[i] & bit[i + 1];
	}
	pair[1][1] = both;
	pair[1][0] = ones - both;
	pair[0][1] = ones - bit[0] + bit[n - 1] - both;
	pair[0][0] = n - 1 - pair[0][1] - ones;
}

static void estimate_chain(const uint8_t *bit, uint64_t n, struct chain *chain)
{
	uint64_t pair[2][2];

	count_pairs(bit, n, pair);
	for (unsigned from = 0; from < 2; from++) {
		uint64_t all = pair[from][0] + pair[from][1];

		chain->first[from] = (double)(all + (bit[n - 1] == from)) / (double)n;
		for (unsigned to = 0; to < 2; to++)
			chain->next[from][to] = all ? (double)pair[from][to] / (double)all : 0;
	}
}

/* Bits of self-information of the string that begins with @first and takes the transitions given.
 */
static double information(const struct chain *chain, unsigned first, const unsigned times[2][2])
{
	double bits = -log2(chain->first[first]);

	for (unsigned from = 0; from < 2; from++)
		for (unsigned to = 0; to < 2; to++)
			if (times[from][to])
				bits -= times[from][to] * log2(chain->next[from][to]);
	return bits;
}

/* Step 4: the likeliest string of 128 bits is one of these six. A zero probability gives infinity.
 */
static double least_information(const struct chain *chain)
{
	static const struct {
		unsigned first, times[2][2];
	} likely[] = {
		{ 0, { { 127, 0 }, { 0, 0 } } }, /* 00...0 */
		{ 0, { { 0, 64 }, { 63, 0 } } }, /* 0101...01 */
		{ 0, { { 0, 1 }, { 0, 126 } } }, /* 011...1 */
		{ 1, { { 126, 0 }, { 1, 0 } } }, /* 100...0 */
		{ 1, { { 0, 63 }, { 64, 0 } } }, /* 1010...10 */
		{ 1, { { 0, 0 }, { 0, 127 } } }, /* 11...1 */
	};
	double least = CHAIN_BITS; /* not above 1 bit per bit: step 5 */

	for (unsigned i = 0; i < sizeof(likely) / sizeof(likely[0]); i++)
		least = fmin(least, information(chain, likely[i].first, likely[i].times));
	return least;
}

int markov_estimate(const struct symbols *bits, struct result *result)
{
	struct chain chain;

	result_init(result, "markov");
	if (bits->count < 2) {
		result->outcome = OUTCOME_SHORT;
		result->needs_bits = 2 - bits->count;
		return 0;
	}
	estimate_chain(bits->value, bits->count, &chain);
	double least = least_information(&chain);

	result_real(result, "p_0", chain.first[0]);
	result_real(result, "p_1", chain.first[1]);
	result_real(result, "p_00", chain.next[0][0]);
	result_real(result, "p_01", chain.next[0][1]);
	result_real(result, "p_10", chain.next[1][0]);
	result_real(result, "p_11", chain.next[1][1]);
	result_real(result, "p_hat_max", exp2(-least));
	result_real(result, "min_entropy", least > 0 ? least / CHAIN_BITS : 0);
	return 0;
}
