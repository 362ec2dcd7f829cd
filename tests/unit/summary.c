/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary - against plain sums, ent(1)'s figures, and what is known of ideal sources. */
#include "evaluate/basic/ideal.h"
#include "evaluate/basic/summary.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SYMBOLS      20000

static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

/* Symbols of @width bits; a third of them repeat the one before, some are always small. */
static void fill(uint8_t *value, unsigned count, unsigned width, bool is_ideal)
{
	uint64_t state = width;

	for (unsigned i = 0; i < count; i++) {
		uint64_t word = draw(&state);

		value[i] = (uint8_t)(word >> 32 & ((1u << width) - 1));
		if (!is_ideal && i && word % 3 == 0)
			value[i] = value[i - 1];
		else if (!is_ideal && word % 7 == 0)
			value[i] &= 1;
	}
}

static unsigned results_of(const uint8_t *value, unsigned count, unsigned width,
			   struct result *results)
{
	struct summary *summary = summary_open(width);
	unsigned found;

	CU_ASSERT_PTR_NOT_NULL_FATAL(summary);
	summary_feed(summary, value, count);
	found = summary_results(summary, results);
	summary_close(summary);
	return found;
}

static double figure(const struct result *results, unsigned count, const char *test,
		     const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(results[i].test, test) == 0)
			return result_get(&results[i], name);
	return NAN;
}

static void expect_near(double got, double expected)
{
	CU_ASSERT(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected)));
}

/* ---- plain sums ---- */

/* Pearson's coefficient as ent has it: the data are a circle. */
static double plain_serial(const uint8_t *value, unsigned count)
{
	double products = 0, squares = 0, sum = 0;

	for (unsigned i = 0; i < count; i++) {
		products += value[i] * value[(i + 1) % count];
		squares += value[i] * value[i];
		sum += value[i];
	}
	return (count * products - sum * sum) / (count * squares - sum * sum);
}

static double plain_lag(const uint8_t *value, unsigned count, unsigned lag)
{
	double mean = 0, above = 0, below = 0;

	for (unsigned i = 0; i < count; i++)
		mean += (double)value[i] / count;
	for (unsigned i = 0; i < count; i++) {
		below += (value[i] - mean) * (value[i] - mean);
		if (i + lag < count)
			above += (value[i] - mean) * (value[i + lag] - mean);
	}
	return above / below;
}

static void check_counts(const uint8_t *value, unsigned width, const struct result *results,
			 unsigned found)
{
	double sum = 0, chi_square = 0, entropy = 0, greatest = 0, expected;
	unsigned count[256] = { 0 }, values = 1u << width;

	expected = (double)SYMBOLS / values;
	for (unsigned i = 0; i < SYMBOLS; i++) {
		count[value[i]]++;
		sum += value[i];
	}
	for (unsigned i = 0; i < values; i++) {
		chi_square += (count[i] - expected) * (count[i] - expected) / expected;
		entropy -= count[i] ? count[i] * log2((double)count[i] / SYMBOLS) / SYMBOLS : 0;
		greatest = fmax(greatest, count[i]);
	}
	expect_near(figure(results, found, "counts", "mean"), sum / SYMBOLS);
	expect_near(figure(results, found, "chi_square", "statistic"), chi_square);
	expect_near(figure(results, found, "entropy", "shannon"), entropy);
	expect_near(figure(results, found, "entropy", "min_entropy"), -log2(greatest / SYMBOLS));
}

static void check_chain(const uint8_t *value, unsigned width, const struct result *results,
			unsigned found)
{
	unsigned(*pair)[256] = calloc(256, sizeof(*pair)), row[256] = { 0 };
	double entropy = 0, guessed = 0;

	for (unsigned i = 1; i < SYMBOLS; i++) {
		pair[value[i - 1]][value[i]]++;
		row[value[i - 1]]++;
	}
	for (unsigned a = 0; a < 1u << width; a++) {
		double best = 0;

		for (unsigned b = 0; b < 1u << width; b++) {
			entropy -= pair[a][b] ? pair[a][b] * log2((double)pair[a][b] / row[a]) : 0;
			best = fmax(best, pair[a][b]);
		}
		guessed += best;
	}
	free(pair);
	expect_near(figure(results, found, "entropy", "markov_shannon"), entropy / (SYMBOLS - 1));
	expect_near(figure(results, found, "entropy", "markov_min_entropy"),
		    -log2(guessed / (SYMBOLS - 1)));
}

static void check_longest_run(const uint8_t *value, const struct result *results, unsigned found)
{
	unsigned longest = 0, first = 0, length = 0;

	for (unsigned i = 0; i < SYMBOLS; i++) {
		length = i && value[i] == value[i - 1] ? length + 1 : 1;
		if (length > longest) {
			longest = length;
			first = i + 1 - length;
		}
	}
	CU_ASSERT_EQUAL(figure(results, found, "runs", "longest"), longest);
	CU_ASSERT_EQUAL(figure(results, found, "runs", "first_symbol"), first);
	CU_ASSERT_EQUAL(figure(results, found, "runs", "value"), value[first]);
}

static void check_correlation(const uint8_t *value, const struct result *results, unsigned found)
{
	double greatest = 0;
	unsigned at = 0;

	for (unsigned lag = 1; lag <= SUMMARY_LAGS; lag++)
		if (fabs(plain_lag(value, SYMBOLS, lag)) > fabs(greatest)) {
			greatest = plain_lag(value, SYMBOLS, lag);
			at = lag;
		}
	expect_near(figure(results, found, "correlation", "serial"), plain_serial(value, SYMBOLS));
	expect_near(figure(results, found, "correlation", "greatest"), greatest);
	CU_ASSERT_EQUAL(figure(results, found, "correlation", "greatest_lag"), at);
}

static void against_plain_sums(void)
{
	static uint8_t value[SYMBOLS];
	struct result results[SUMMARY_RESULTS];

	for (unsigned width = 1; width <= 8; width++) {
		unsigned found;

		fill(value, SYMBOLS, width, false);
		found = results_of(value, SYMBOLS, width, results);
		CU_ASSERT_EQUAL(found, 7);
		CU_ASSERT_EQUAL(figure(results, found, "counts", "symbols"), SYMBOLS);
		check_counts(value, width, results, found);
		check_chain(value, width, results, found);
		check_longest_run(value, results, found);
		check_correlation(value, results, found);
	}
}

/* However the symbols come, the same comes out; lags reach over the pieces. */
static void in_pieces(void)
{
	static const unsigned pieces[] = { 1, 63, 64, 65, 4095, 4096, 4097, 9999 };
	static uint8_t value[SYMBOLS];
	struct result whole[SUMMARY_RESULTS], parts[SUMMARY_RESULTS];

	fill(value, SYMBOLS, 8, false);
	memset(whole, 0, sizeof(whole));
	memset(parts, 0, sizeof(parts));
	results_of(value, SYMBOLS, 8, whole);
	for (unsigned i = 0; i < COUNT(pieces); i++) {
		struct summary *summary = summary_open(8);
		unsigned found;

		for (unsigned at = 0; at < SYMBOLS; at += pieces[i])
			summary_feed(summary, value + at,
				     SYMBOLS - at < pieces[i] ? SYMBOLS - at : pieces[i]);
		summary_feed(summary, value, 0);
		found = summary_results(summary, parts);
		for (unsigned j = 0; j < found; j++)
			for (unsigned k = 0; k < whole[j].figures; k++)
				CU_ASSERT_EQUAL(result_get(&parts[j], whole[j].figure[k].name),
						result_get(&whole[j], whole[j].figure[k].name));
		for (unsigned lag = 1; lag <= SUMMARY_LAGS; lag++)
			expect_near(summary_lag_correlation(summary, lag),
				    plain_lag(value, SYMBOLS, lag));
		summary_close(summary);
	}
}

/* Every byte once, in order: what ent says of `printf '%b' '\000\001...\377'`. */
static void as_ent(void)
{
	struct result results[SUMMARY_RESULTS];
	uint8_t value[256];
	unsigned found;

	for (unsigned i = 0; i < 256; i++)
		value[i] = (uint8_t)i;
	found = results_of(value, 256, 8, results);
	expect_near(figure(results, found, "entropy", "shannon"), 8);
	expect_near(figure(results, found, "counts", "mean"), 127.5);
	CU_ASSERT_DOUBLE_EQUAL(figure(results, found, "correlation", "serial"), 0.976654, 5e-7);
	CU_ASSERT_EQUAL(figure(results, found, "chi_square", "statistic"), 0);
	CU_ASSERT_EQUAL(figure(results, found, "chi_square", "p_value"), 1);
	expect_near(figure(results, found, "entropy", "markov_min_entropy"), 0);
}

/* Shares of ones of 0b100 and 0b110: all, half, none. */
static void bits(void)
{
	static const uint8_t value[] = { 4, 6, 4, 6 };
	struct result results[SUMMARY_RESULTS];
	unsigned found = results_of(value, 4, 3, results);

	for (unsigned i = 0; i < found; i++) {
		const struct figure *ones = result_find(&results[i], "ones");

		if (!ones)
			continue;
		CU_ASSERT_EQUAL(ones->values, 3);
		CU_ASSERT_EQUAL(ones->real[0], 1);
		CU_ASSERT_EQUAL(ones->real[1], 0.5);
		CU_ASSERT_EQUAL(ones->real[2], 0);
	}
	CU_ASSERT_EQUAL(figure(results, found, "bits", "farthest"), 1);
	CU_ASSERT_EQUAL(figure(results, found, "bits", "farthest_z"), 2);
}

/* ---- little and odd data ---- */

static void expect_finite(const struct result *results, unsigned found, bool has_variance)
{
	for (unsigned i = 0; i < found; i++)
		for (unsigned j = 0; j < results[i].figures; j++)
			if (has_variance || strcmp(results[i].test, "correlation") != 0)
				CU_ASSERT(isfinite(
					result_get(&results[i], results[i].figure[j].name)));
}

static void few_symbols(void)
{
	static const uint8_t value[] = { 1, 0, 1, 1, 0, 0, 0, 1, 0, 1 };
	struct result results[SUMMARY_RESULTS];

	CU_ASSERT_EQUAL(results_of(value, 0, 8, results), 1);
	CU_ASSERT_EQUAL(result_get(&results[0], "symbols"), 0);
	for (unsigned width = 1; width <= 8; width++)
		for (unsigned count = 1; count <= COUNT(value); count++)
			expect_finite(results, results_of(value, count, width, results), count > 1);
}

/* No entropy is 0 exactly, and nothing is divided by a variance of 0. */
static void constant(void)
{
	static uint8_t value[5000];
	struct result results[SUMMARY_RESULTS];

	for (unsigned width = 1; width <= 8; width++) {
		unsigned found;

		memset(value, (1 << width) - 1, sizeof(value));
		found = results_of(value, sizeof(value), width, results);
		expect_finite(results, found, false);
		CU_ASSERT_EQUAL(figure(results, found, "entropy", "shannon"), 0);
		CU_ASSERT_EQUAL(figure(results, found, "entropy", "markov_min_entropy"), 0);
		CU_ASSERT_FALSE(signbit(figure(results, found, "entropy", "min_entropy")));
		CU_ASSERT(isnan(figure(results, found, "correlation", "serial")));
		CU_ASSERT_EQUAL(figure(results, found, "runs", "longest"), sizeof(value));
		CU_ASSERT(figure(results, found, "runs", "p_value") < 1e-100);
	}
}

/* ---- what is ideal ---- */

/* Figures of ideal data lie where they are said to lie. */
static void ideal_data(void)
{
	static uint8_t value[200000];
	struct result results[SUMMARY_RESULTS];

	for (unsigned width = 1; width <= 8; width++) {
		double pairs = ldexp(1, 2 * (int)width);
		unsigned found;

		fill(value, sizeof(value), width, true);
		found = results_of(value, sizeof(value), width, results);
		CU_ASSERT_DOUBLE_EQUAL(figure(results, found, "entropy", "shannon"),
				       figure(results, found, "entropy", "shannon_ideal"), 4e-4);
		CU_ASSERT_DOUBLE_EQUAL(figure(results, found, "entropy", "markov_shannon"),
				       figure(results, found, "entropy", "markov_shannon_ideal"),
				       1e-5 * sqrt(pairs) + 1e-4);
		CU_ASSERT_DOUBLE_EQUAL(
			figure(results, found, "entropy", "markov_min_entropy"),
			figure(results, found, "entropy", "markov_min_entropy_ideal"), 0.02);
		CU_ASSERT_DOUBLE_EQUAL(figure(results, found, "entropy", "min_entropy"),
				       figure(results, found, "entropy", "min_entropy_ideal"), 0.1);
		CU_ASSERT(figure(results, found, "correlation", "p_value") > 1e-4);
		CU_ASSERT(figure(results, found, "bits", "p_value") > 1e-4);
		CU_ASSERT(fabs(figure(results, found, "counts", "mean_z")) < 4);
		CU_ASSERT(fabs(figure(results, found, "runs", "longest") -
			       figure(results, found, "runs", "longest_ideal")) < 6);
	}
}

/* E(max) of a fair coin thrown n times is n/2 + n C(n - 1, (n - 1) / 2) / 2^n for odd n. */
static void ideal_counts(void)
{
	double exact = 1000001 / 2.0 +
		       1000001 * exp(lgamma(1000001) - 2 * lgamma(500001) - 1000001 * log(2));

	CU_ASSERT_DOUBLE_EQUAL(ideal_greatest(2, 1000001), exact, 1e-3 * sqrt(1e6));
	/* 365 days, 23 people: the birthday problem says that a pair is as likely as not */
	CU_ASSERT(ideal_greatest(365, 23) > 1.4 && ideal_greatest(365, 23) < 1.7);
	CU_ASSERT_EQUAL(ideal_greatest(256, 1), 1);
	/* around where the normal distribution takes over */
	CU_ASSERT_DOUBLE_EQUAL(ideal_greatest(16, 16 * 9999.), ideal_greatest(16, 16 * 10001.), 4);
	/* (cells - 1) / (2 n ln 2) and the next term of the series */
	CU_ASSERT_DOUBLE_EQUAL(ideal_entropy_loss(2, 1e6), 1 / (2e6 * log(2)), 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(ideal_entropy_loss(256, 1e6), 255 / (2e6 * log(2)), 1e-8);
	CU_ASSERT_DOUBLE_EQUAL(ideal_entropy_loss(16, 16 * 9999.) * 9999,
			       ideal_entropy_loss(16, 16 * 10001.) * 10001, 1e-6);
}

static void ideal_runs(void)
{
	/* The longest run in 200 throws of a coin is 8 on average (7.98 by the exact recursion). */
	CU_ASSERT_DOUBLE_EQUAL(ideal_longest_run(2, 200), 7.98, 0.05);
	CU_ASSERT_EQUAL(ideal_longest_run(2, 1), 1);
	CU_ASSERT_EQUAL(ideal_run_p_value(2, 100, 1), 1);
	CU_ASSERT_DOUBLE_EQUAL(ideal_run_p_value(2, 20000, 34), 1.162e-6, 1e-9); /* AIS 31's T4 */
	CU_ASSERT_DOUBLE_EQUAL(ideal_z_p_value(1.959964, 1), 0.05, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(ideal_z_p_value(-3, 64), 1 - pow(1 - 0.0026997960632601866, 64),
			       1e-12);
}

static const struct unit_test tests[] = {
	{ "against plain sums", against_plain_sums },
	{ "in pieces", in_pieces },
	{ "as ent", as_ent },
	{ "bits", bits },
	{ "few symbols", few_symbols },
	{ "constant", constant },
	{ "ideal data", ideal_data },
	{ "ideal counts", ideal_counts },
	{ "ideal runs", ideal_runs },
};

int main(void)
{
	return unit_run("summary", tests, COUNT(tests));
}
