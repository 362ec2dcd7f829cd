/* SPDX-License-Identifier: GPL-3.0-or-later */
/* online - pair histograms of 2^13 and 2^18 symbols (AIS 20/31 PTG.2.3 to PTG.2.5). */
#include "fuse-trng/health/online.h"
#include "common/secret.h"
#include "fuse-trng/health/cutoff.h"
#include "fuse-trng/health/most_common.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define MAX_VISITS 256 /* of the sum over M in online_probability() */

static unsigned values_of(const struct online *test)
{
	return 1u << test->settings.symbol_bits;
}

int online_open(struct online *test, const struct online_settings *settings)
{
	size_t cells = (size_t)1 << 2 * settings->symbol_bits;

	test->settings = *settings;
	test->size_bytes = 2 * cells * sizeof(*test->pairs_short);
	test->pairs_short = secret_alloc(test->size_bytes);
	if (!test->pairs_short)
		return -ENOMEM;
	test->pairs_long = test->pairs_short + cells;
	memset(test->cutoffs, 0, sizeof(test->cutoffs));
	test->cutoff_short = cutoff_binomial(ONLINE_SHORT, settings->probability, settings->alpha);
	test->cutoff_long = cutoff_binomial(ONLINE_LONG, settings->probability, settings->alpha);
	online_restart(test);
	return 0;
}

void online_close(struct online *test)
{
	secret_free(test->pairs_short, test->size_bytes);
}

/* Both windows are empty. */
static void begin_long(struct online *test)
{
	test->filled = 0;
	test->shorts = 0;
	memset(test->pairs_short, 0, test->size_bytes);
}

void online_restart(struct online *test)
{
	begin_long(test);
	test->looked = 0;
	test->is_warning = false;
	memset(test->counts, 0, sizeof(test->counts));
}

/* The cutoff for a value's count after @predecessors; those of short windows are kept. */
static unsigned conditional_cutoff(struct online *test, unsigned predecessors)
{
	const struct online_settings *settings = &test->settings;

	if (predecessors > ONLINE_SHORT)
		return cutoff_binomial(predecessors, settings->probability, settings->alpha);
	if (test->cutoffs[predecessors] == 0)
		test->cutoffs[predecessors] = (uint16_t)cutoff_binomial(
			predecessors, settings->probability, settings->alpha);
	return test->cutoffs[predecessors];
}

/* One predecessor's row: adds it to the shares, and says whether one of its counts is too large. */
static bool judge_row(struct online *test, const uint32_t *row, uint32_t *shares)
{
	uint32_t predecessors = 0;
	uint32_t largest = 0;

	for (unsigned value = 0; value < values_of(test); value++) {
		predecessors += row[value];
		shares[value] += row[value];
		largest = row[value] > largest ? row[value] : largest;
	}
	/* A binomial's median is at least floor(np): up to there no tail is below one half. */
	if (largest <= predecessors * test->settings.probability)
		return false;
	return largest >= conditional_cutoff(test, predecessors);
}

static bool judge(struct online *test, const uint32_t *pairs, unsigned share_cutoff)
{
	uint32_t shares[ONLINE_VALUES] = { 0 };
	bool has_fired = false;

	for (unsigned before = 0; before < values_of(test); before++)
		has_fired |= judge_row(test, pairs + before * values_of(test), shares);
	for (unsigned value = 0; value < values_of(test); value++)
		has_fired |= shares[value] >= share_cutoff;
	return has_fired;
}

/* How far the open long window is when it is looked at next. Few looks, and of wide symbols only
 * long ones: each tells a little of the symbols in it, see the estimate's section in HEALTH. */
static unsigned next_look(const struct online *test)
{
	if (test->settings.symbol_bits > 2 || test->looked == ONLINE_LONG)
		return ONLINE_LONG;
	return test->looked > 0 ? 2 * test->looked : ONLINE_SHORT;
}

unsigned online_until_look(const struct online *test)
{
	return next_look(test) - test->shorts * ONLINE_SHORT - test->filled;
}

/* Whether a value came too often for the claim at the last look, beyond its margin. */
static bool must_warn(const struct online *test)
{
	double shares[ONLINE_VALUES];

	return test->looked >= ONLINE_WARN &&
	       most_common_estimate(test->counts, values_of(test), shares).least_share >
		       test->settings.probability;
}

static void look(struct online *test)
{
	unsigned bits = test->settings.symbol_bits;
	unsigned values = values_of(test);

	test->looked = next_look(test);
	memset(test->counts, 0, sizeof(test->counts));
	for (size_t cell = 0; cell < (size_t)values << bits; cell++)
		test->counts[cell & (values - 1)] += test->pairs_long[cell];
	test->is_warning = must_warn(test);
}

/* Ends the short window, and with the last of them the long one. */
static bool close_window(struct online *test)
{
	size_t cells = (size_t)values_of(test) * values_of(test);
	bool has_fired = judge(test, test->pairs_short, test->cutoff_short);

	for (size_t cell = 0; cell < cells; cell++)
		test->pairs_long[cell] += test->pairs_short[cell];
	memset(test->pairs_short, 0, cells * sizeof(*test->pairs_short));
	test->filled = 0;
	test->shorts++;
	if (online_until_look(test) == 0)
		look(test);
	if (test->shorts < ONLINE_SHORTS)
		return has_fired;
	has_fired |= judge(test, test->pairs_long, test->cutoff_long);
	begin_long(test);
	return has_fired;
}

static void count_pairs(struct online *test, const uint8_t *symbols, size_t count)
{
	unsigned shift = test->settings.symbol_bits;
	size_t before = *(symbols - 1);

	for (size_t i = 0; i < count; i++) {
		test->pairs_short[before << shift | symbols[i]]++;
		before = symbols[i];
	}
}

size_t online_feed(struct online *test, const uint8_t *symbols, size_t count, bool is_start)
{
	for (size_t i = is_start && count > 0; i < count;) {
		size_t left = ONLINE_SHORT - test->filled;
		size_t length = left < count - i ? left : count - i;

		count_pairs(test, symbols + i, length);
		test->filled += (unsigned)length;
		i += length;
		if (test->filled == ONLINE_SHORT && close_window(test))
			return i - 1;
	}
	return count;
}

unsigned online_cells(unsigned symbol_bits)
{
	return (1u << symbol_bits) + (1u << 2 * symbol_bits);
}

/* E[P(Bin(M, p) >= C(M))] for M ~ Bin(window, p), uniform p, from evenly spaced M within eight
 * standard deviations, weighted by the normal density and normalised. */
static double conditional_probability(const struct online *test, unsigned window, double p)
{
	double mean = window * p;
	double deviation = sqrt(window * p * (1 - p));
	unsigned low = (unsigned)fmax(0, floor(mean - 8 * deviation));
	unsigned high = (unsigned)fmin(window, ceil(mean + 8 * deviation));
	unsigned stride = 1 + (high - low) / MAX_VISITS;
	double weights = 0, sum = 0;

	for (unsigned m = low; m <= high; m += stride) {
		double z = (m - mean) / deviation;
		double weight = exp(-z * z / 2);
		unsigned cutoff =
			cutoff_binomial(m, test->settings.probability, test->settings.alpha);

		weights += weight;
		sum += weight * cutoff_tail(m, p, cutoff);
	}
	return sum / weights;
}

double online_probability(const struct online *test, unsigned window)
{
	double values = values_of(test);
	double p = 1 / values;
	unsigned cutoff = window == ONLINE_SHORT ? test->cutoff_short : test->cutoff_long;
	double shares = values * cutoff_tail(window, p, cutoff);

	return fmin(1, shares + values * values * conditional_probability(test, window, p));
}
