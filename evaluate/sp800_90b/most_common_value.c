/* SPDX-License-Identifier: GPL-3.0-or-later */
/* most_common_value - the estimate of SP 800-90B, 6.3.1: how often the commonest symbol occurs. */
#include "evaluate/sp800_90b/bound.h"
#include "evaluate/sp800_90b/estimators.h"

/* Counts side by side, so that a run of equal symbols does not wait for one counter's memory. */
#define LANES 4

static uint64_t greatest_count(const struct symbols *symbols)
{
	uint64_t count[LANES][256] = { 0 }, greatest = 0;

	for (uint64_t i = 0; i < symbols->count; i++)
		count[i % LANES][symbols->value[i]]++;
	for (unsigned value = 0; value < 256; value++) {
		uint64_t sum = 0;

		for (unsigned lane = 0; lane < LANES; lane++)
			sum += count[lane][value];
		if (sum > greatest)
			greatest = sum;
	}
	return greatest;
}

int most_common_value_estimate(const struct symbols *symbols, struct result *result)
{
	const uint64_t n = symbols->count;

	result_init(result, "most_common_value");
	if (n < 2) {
		result->outcome = OUTCOME_SHORT;
		result->needs_bits = (2 - n) * symbols->width;
		return 0;
	}
	uint64_t mode = greatest_count(symbols);
	double p_hat = (double)mode / (double)n;
	double p_u = bound_upper(p_hat, n);

	result_integer(result, "mode_count", (int64_t)mode);
	result_real(result, "p_hat", p_hat);
	result_real(result, "p_u", p_u);
	result_real(result, "min_entropy", bound_min_entropy(p_u));
	return 0;
}
