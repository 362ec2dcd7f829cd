/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary - see summary.h: the counting. */
#include "evaluate/basic/summary_counts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- counting ---- */

struct summary *summary_open(unsigned width)
{
	size_t pairs = (size_t)1 << 2 * width;
	struct summary *summary = calloc(1, sizeof(*summary) + pairs * sizeof(summary->pair[0]));

	if (!summary)
		return NULL;
	summary->width = width;
	summary->values = 1u << width;
	return summary;
}

void summary_close(struct summary *summary)
{
	free(summary);
}

int summary_middle(const struct summary *summary)
{
	return (int)summary->values / 2;
}

/* Runs and pairs in one pass: both ask what came before. */
static void count_pairs(struct summary *summary, const uint8_t *value, unsigned count)
{
	const unsigned width = summary->width;
	uint64_t run = summary->run;
	unsigned last = summary->last;

	for (unsigned i = 0; i < count; i++) {
		run = (value[i] == last ? run : 0) + 1;
		if (run > summary->longest.length)
			summary->longest =
				(struct summary_run){ .length = run,
						      .first = summary->symbols + i + 1 - run,
						      .value = value[i] };
		summary->pair[(size_t)last << width | value[i]]++;
		last = value[i];
	}
	summary->run = run;
	summary->last = (uint8_t)last;
}

/* In front of the first symbol stand zeros, which add nothing. */
static void count_products(struct summary *summary, const uint8_t *value, unsigned count)
{
	int16_t *line = summary->line + SUMMARY_LAGS;

	for (unsigned i = 0; i < count; i++)
		line[i] = (int16_t)(value[i] - summary_middle(summary));
	for (unsigned lag = 1; lag <= SUMMARY_LAGS; lag++) {
		const int16_t *before = line - lag;
		int32_t sum = 0;

		for (unsigned i = 0; i < count; i++)
			sum += line[i] * before[i];
		summary->product[lag - 1] += sum;
	}
	memmove(summary->line, summary->line + count, SUMMARY_LAGS * sizeof(*line));
}

static void feed_chunk(struct summary *summary, const uint8_t *value, unsigned count)
{
	for (unsigned i = 0; i < count && summary->symbols + i < SUMMARY_LAGS; i++)
		summary->first[summary->symbols + i] = value[i];
	count_pairs(summary, value, count);
	count_products(summary, value, count);
	summary->symbols += count;
}

void summary_feed(struct summary *summary, const uint8_t *value, uint64_t count)
{
	if (count > 0 && summary->symbols == 0) {
		summary->last = value[0];
		summary->pair[(size_t)value[0] << summary->width |
			      value[0]]--; /* nothing came before */
	}
	for (; count > SUMMARY_CHUNK; value += SUMMARY_CHUNK, count -= SUMMARY_CHUNK)
		feed_chunk(summary, value, SUMMARY_CHUNK);
	feed_chunk(summary, value, (unsigned)count);
}

/* ---- what the counts say ---- */

uint64_t summary_symbols(const struct summary *summary)
{
	return summary->symbols;
}

uint64_t summary_count(const struct summary *summary, unsigned value)
{
	const uint64_t *row = summary->pair + ((size_t)value << summary->width);
	uint64_t count = summary->symbols && summary->last == value;

	for (unsigned next = 0; next < summary->values; next++)
		count += row[next];
	return count;
}

unsigned summary_distinct(const struct summary *summary)
{
	unsigned distinct = 0;

	for (unsigned value = 0; value < summary->values; value++)
		distinct += summary_count(summary, value) > 0;
	return distinct;
}

struct summary_moments summary_moments(const struct summary *summary)
{
	struct summary_moments moments = { .symbols = (double)summary->symbols,
					   .values = summary->values };
	int64_t sum = 0, squares = 0;

	for (unsigned value = 0; value < summary->values; value++) {
		int64_t x = (int)value - summary_middle(summary),
			count = (int64_t)summary_count(summary, value);

		sum += count * x;
		squares += count * x * x;
	}
	moments.sum = (double)sum;
	moments.mean = moments.sum / moments.symbols;
	moments.squares = (double)squares - moments.sum * moments.mean;
	return moments;
}

double summary_correlation(const struct summary *summary, const struct summary_moments *moments,
			   unsigned lag)
{
	const int16_t *last = summary->line + SUMMARY_LAGS - lag;
	double ends = 0;

	if (moments->symbols < lag + 2 || !(moments->squares > 0))
		return NAN;
	for (unsigned i = 0; i < lag; i++)
		ends += last[i] + summary->first[i] - summary_middle(summary);
	return ((double)summary->product[lag - 1] - moments->mean * (2 * moments->sum - ends) +
		(moments->symbols - lag) * moments->mean * moments->mean) /
	       moments->squares;
}

double summary_lag_correlation(const struct summary *summary, unsigned lag)
{
	struct summary_moments moments = summary_moments(summary);

	return lag < 1 || lag > SUMMARY_LAGS ? NAN : summary_correlation(summary, &moments, lag);
}
