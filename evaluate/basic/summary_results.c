/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary_results - what a summary's counts say, beside what an ideal source's would. */
#include "evaluate/basic/ideal.h"
#include "evaluate/basic/summary_counts.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* What @count of @total things add to @total times the entropy of their shares: 0 of all, exactly.
 */
static double information(uint64_t count, uint64_t total)
{
	return count ? (double)count * log2((double)total / (double)count) : 0;
}

static void tell_counts(const struct summary *summary, struct result *result)
{
	struct summary_moments moments = summary_moments(summary);
	double ideal = (moments.values - 1) / 2, mean = moments.mean + summary_middle(summary);

	result_init(result, "counts");
	result_integer(result, "symbols", (int64_t)summary->symbols);
	result_integer(result, "width", summary->width);
	result_integer(result, "distinct", summary_distinct(summary));
	if (summary->symbols == 0)
		return;
	result_real(result, "mean", mean);
	result_real(result, "mean_ideal", ideal);
	result_real(result, "mean_z",
		    (mean - ideal) /
			    sqrt((moments.values * moments.values - 1) / 12 / moments.symbols));
}

/* The share of ones at each position of a symbol, the most significant bit first. */
static void tell_bits(const struct summary *summary, struct result *result)
{
	double share[8] = { 0 }, root = sqrt((double)summary->symbols), worst = 0;
	unsigned at = 1;

	for (unsigned value = 0; value < summary->values; value++)
		for (unsigned bit = 0; bit < summary->width; bit++)
			if (value >> (summary->width - 1 - bit) & 1)
				share[bit] += (double)summary_count(summary, value);
	for (unsigned bit = 0; bit < summary->width; bit++) {
		double z = 2 * (share[bit] /= (double)summary->symbols, share[bit] - 0.5) * root;

		if (fabs(z) > fabs(worst)) {
			worst = z;
			at = bit + 1;
		}
	}
	result_init(result, "bits");
	result_reals(result, "ones", share, summary->width);
	result_integer(result, "farthest", at); /* 1: the most significant */
	result_real(result, "farthest_z", worst);
	result_real(result, "p_value", ideal_z_p_value(worst, summary->width));
}

static void tell_chi_square(const struct summary *summary, struct result *result)
{
	double expected = (double)summary->symbols / summary->values, sum = 0;

	for (unsigned value = 0; value < summary->values; value++) {
		double off = (double)summary_count(summary, value) - expected;

		sum += off * off / expected;
	}
	result_init(result, "chi_square");
	result_real(result, "statistic", sum);
	result_integer(result, "degrees_of_freedom", summary->values - 1);
	result_real(result, "p_value", gsl_cdf_chisq_Q(sum, summary->values - 1));
}

struct chain {
	double symbols,
		pairs;  /* sums of information(): of values, of values given the one before */
	double guessed; /* pairs that who bets on the likeliest successor wins */
	uint64_t most_common;
	unsigned from,
		to; /* the likeliest transition, with little weight on what was rarely seen */
	uint64_t row, pair; /* its counts */
};

static void look_at_row(const struct summary *summary, unsigned from, struct chain *chain)
{
	const uint64_t *pair = summary->pair + ((size_t)from << summary->width);
	uint64_t row = 0;
	unsigned best = 0;

	for (unsigned to = 0; to < summary->values; to++) {
		row += pair[to];
		if (pair[to] > pair[best])
			best = to;
	}
	for (unsigned to = 0; to < summary->values; to++)
		chain->pairs += information(pair[to], row);
	chain->guessed += (double)pair[best];
	/* One more of each possible successor: (c + 1) / (row + values), compared across. */
	if (row && (double)(pair[best] + 1) * (double)(chain->row + summary->values) >=
			   (double)(chain->pair + 1) * (double)(row + summary->values)) {
		chain->from = from;
		chain->to = best;
		chain->row = row;
		chain->pair = pair[best];
	}
}

static struct chain chain_of(const struct summary *summary)
{
	struct chain chain = { 0 };

	for (unsigned value = 0; value < summary->values; value++) {
		uint64_t count = summary_count(summary, value);

		chain.symbols += information(count, summary->symbols);
		if (count > chain.most_common)
			chain.most_common = count;
		look_at_row(summary, value, &chain);
	}
	return chain;
}

/* fabs: no entropy is 0, not -0. */
static void tell_entropy(const struct summary *summary, const struct chain *chain,
			 struct result *result)
{
	double n = (double)summary->symbols, pairs = n - 1, values = summary->values;
	double width = summary->width, loss;

	result_init(result, "entropy");
	result_real(result, "shannon", chain->symbols / n);
	result_real(result, "shannon_ideal", fmin(log2(n), width - ideal_entropy_loss(values, n)));
	result_real(result, "min_entropy", fabs(log2(n / (double)chain->most_common)));
	result_real(result, "min_entropy_ideal", log2(n / ideal_greatest(values, n)));
	if (pairs < 1)
		return;
	loss = ideal_entropy_loss(values * values, pairs) - ideal_entropy_loss(values, pairs);
	result_real(result, "markov_shannon", chain->pairs / pairs);
	result_real(result, "markov_shannon_ideal", fmax(0, width - loss));
	result_real(result, "markov_min_entropy", fabs(log2(pairs / chain->guessed)));
	result_real(
		result, "markov_min_entropy_ideal",
		fabs(log2(pairs / fmin(pairs, values * ideal_greatest(values, pairs / values)))));
}

static void tell_transition(const struct summary *summary, const struct chain *chain,
			    struct result *result)
{
	double values = summary->values, pairs = (double)summary->symbols - 1;
	double ideal = ideal_greatest(values * values, pairs) * values / pairs;

	result_init(result, "transition");
	result_integer(result, "from", chain->from);
	result_integer(result, "to", chain->to);
	result_integer(result, "count", (int64_t)chain->pair);
	result_real(result, "share", (double)chain->pair / (double)chain->row);
	result_real(result, "share_ideal", fmin(1, ideal));
}

/* ent's: the first symbol follows the last. */
static double serial_correlation(const struct summary *summary,
				 const struct summary_moments *moments)
{
	double around = (summary->last - summary_middle(summary)) *
			(summary->first[0] - summary_middle(summary));

	if (!(moments->squares > 0))
		return NAN;
	return ((double)summary->product[0] + around - moments->sum * moments->mean) /
	       moments->squares;
}

static void tell_correlation(const struct summary *summary, struct result *result)
{
	struct summary_moments moments = summary_moments(summary);
	double serial = serial_correlation(summary, &moments), root = sqrt(moments.symbols);
	double greatest = NAN;
	unsigned at = 0, lags = 0;

	for (unsigned lag = 1; lag <= SUMMARY_LAGS; lag++) {
		double correlation = summary_correlation(summary, &moments, lag);

		lags += isnan(correlation) ? 0 : 1;
		if (!isnan(correlation) && !(fabs(correlation) <= fabs(greatest))) {
			greatest = correlation;
			at = lag;
		}
	}
	result_init(result, "correlation");
	result_real(result, "serial", serial);
	result_real(result, "serial_z", serial * root);
	result_real(result, "serial_p_value", ideal_z_p_value(serial * root, 1));
	if (!lags)
		return;
	result_integer(result, "lags", lags);
	result_real(result, "greatest", greatest);
	result_integer(result, "greatest_lag", at);
	result_real(result, "greatest_z", greatest * root);
	result_real(result, "p_value", ideal_z_p_value(greatest * root, lags));
}

static void tell_runs(const struct summary *summary, struct result *result)
{
	double n = (double)summary->symbols, length = (double)summary->longest.length;

	result_init(result, "runs");
	result_integer(result, "longest", (int64_t)summary->longest.length);
	result_real(result, "longest_ideal", ideal_longest_run(summary->values, n));
	result_integer(result, "value", summary->longest.value);
	result_integer(result, "first_symbol", (int64_t)summary->longest.first);
	result_real(result, "p_value", ideal_run_p_value(summary->values, n, length));
}

unsigned summary_results(const struct summary *summary, struct result *results)
{
	struct chain chain = chain_of(summary);
	unsigned count = 0;

	tell_counts(summary, &results[count++]);
	if (summary->symbols == 0)
		return count;
	tell_bits(summary, &results[count++]);
	tell_chi_square(summary, &results[count++]);
	tell_entropy(summary, &chain, &results[count++]);
	if (summary->symbols > 1)
		tell_transition(summary, &chain, &results[count++]);
	tell_correlation(summary, &results[count++]);
	tell_runs(summary, &results[count++]);
	return count;
}
