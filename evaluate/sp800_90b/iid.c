/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iid - the IID track of SP 800-90B (January 2018): the tests of section 5 and the estimate
 * of 6.3.1. */
#include "evaluate/sp800_90b/assess.h"

#include "evaluate/sp800_90b/bound.h"
#include "evaluate/sp800_90b/chi_square.h"
#include "evaluate/sp800_90b/estimators.h"
#include "evaluate/sp800_90b/lrs_test.h"
#include "evaluate/sp800_90b/permutation.h"
#include "evaluate/sp800_90b/shuffle.h"

#include <errno.h>
#include <math.h>

_Static_assert(STATISTICS == PERMUTATION_STATISTICS,
	       "the results of struct iid are one per statistic");

static unsigned count_distinct(const struct symbols *symbols)
{
	bool occurs[256] = { 0 };
	unsigned distinct = 0;

	for (uint64_t i = 0; i < symbols->count; i++)
		occurs[symbols->value[i]] = true;
	for (unsigned v = 0; v < 256; v++)
		distinct += occurs[v];
	return distinct;
}

/* Names everything, for data that no test applies to. */
static void iid_init(struct iid *out, const struct symbols *symbols)
{
	*out = (struct iid){ .samples = symbols->count,
			     .width = symbols->width,
			     .h_bitstring = NAN };
	out->distinct = count_distinct(symbols);
	for (unsigned s = 0; s < STATISTICS; s++)
		result_init(&out->permutation[s], statistic_name(s));
	result_init(&out->independence, "chi_square_independence");
	result_init(&out->goodness, "chi_square_goodness");
	result_init(&out->repeated, "longest_repeated_substring");
	result_init(&out->most_common_literal, "most_common_value");
	result_init(&out->most_common_bitstring, "most_common_value");
}

/*
 * 6.3.1 for the bit string of 3.1.3. Of this estimate only the count of ones matters: the string,
 * eight times the data, need not be there.
 */
static void estimate_bits(const struct symbols *symbols, struct iid *out)
{
	const uint64_t bits = symbols->count * symbols->width;
	struct result *result = &out->most_common_bitstring;
	uint64_t ones = 0;

	for (uint64_t i = 0; i < symbols->count; i++)
		ones += (unsigned)__builtin_popcount(symbols->value[i]);
	const uint64_t mode = ones > bits - ones ? ones : bits - ones;
	const double p_hat = (double)mode / (double)bits, p_u = bound_upper(p_hat, bits);

	out->h_bitstring = bound_min_entropy(p_u);
	result_integer(result, "mode_count", (int64_t)mode);
	result_real(result, "p_hat", p_hat);
	result_real(result, "p_u", p_u);
	result_real(result, "min_entropy", out->h_bitstring);
}

static int estimate(const struct symbols *symbols, struct iid *out)
{
	int rc = most_common_value_estimate(symbols, &out->most_common_literal);

	if (rc)
		return rc;
	out->h_original = result_get(&out->most_common_literal, "min_entropy");
	/* As with NIST's tool: where two values occur, the symbols are the bits. */
	if (out->distinct > 2)
		estimate_bits(symbols, out);
	/* fmin() leaves out what is not a number: the bit string's, where the symbols are bits. */
	out->min_entropy = fmin(out->h_original, symbols->width * out->h_bitstring);
	return 0;
}

static bool none_fails(const struct iid *iid)
{
	for (unsigned s = 0; s < STATISTICS; s++)
		if (iid->permutation[s].outcome == OUTCOME_FAIL)
			return false;
	return iid->independence.outcome != OUTCOME_FAIL && iid->goodness.outcome != OUTCOME_FAIL &&
	       iid->repeated.outcome != OUTCOME_FAIL;
}

int iid_assess(const struct symbols *symbols, uint64_t seed, const struct audience *audience,
	       struct iid *out)
{
	int rc;

	if (symbols->count == 0)
		return -ENODATA;
	if (symbols->count > SHUFFLE_LIMIT)
		return -EFBIG;
	iid_init(out, symbols);
	if (out->distinct == 1)
		return -EDOM;
	rc = estimate(symbols, out);
	if (!rc)
		rc = chi_square_independence(symbols, &out->independence);
	if (!rc)
		rc = chi_square_goodness(symbols, &out->goodness);
	if (!rc)
		rc = lrs_test(symbols, &out->repeated);
	if (!rc)
		rc = permutation_test(symbols, seed, audience, out->permutation,
				      &out->permutations);
	out->is_iid = !rc && none_fails(out);
	return rc;
}
