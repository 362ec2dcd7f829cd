/* SPDX-License-Identifier: GPL-3.0-or-later */
/* statistics - see statistics.h */
#include "evaluate/sp800_90b/statistics.h"

#include "evaluate/sp800_90b/runs.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BIT(statistic) (1u << (statistic))
#define DIRECTIONAL                                                                                \
	(BIT(STAT_DIRECTIONAL_RUNS) | BIT(STAT_LONGEST_DIRECTIONAL_RUN) |                          \
	 BIT(STAT_INCREASES_DECREASES))
#define COLLISIONS (BIT(STAT_AVERAGE_COLLISION) | BIT(STAT_GREATEST_COLLISION))
#define LAGGED     ((BIT(2 * LAGS) - 1) << STAT_PERIODICITY)

static const unsigned lags[LAGS] = { 1, 2, 8, 16, 32 };

/* least: of the values that the statistic sees, in a binary sequence the converted ones. */
static const struct {
	const char *name;
	unsigned least;
	bool is_converted, is_real;
} statistics[STATISTICS] = {
	[STAT_EXCURSION] = { "excursion", 1, false, true },
	[STAT_DIRECTIONAL_RUNS] = { "directional_runs", 2, true, false },
	[STAT_LONGEST_DIRECTIONAL_RUN] = { "longest_directional_run", 2, true, false },
	[STAT_INCREASES_DECREASES] = { "increases_decreases", 2, true, false },
	[STAT_MEDIAN_RUNS] = { "median_runs", 1, false, false },
	[STAT_LONGEST_MEDIAN_RUN] = { "longest_median_run", 1, false, false },
	[STAT_AVERAGE_COLLISION] = { "average_collision", 2, true, true },
	[STAT_GREATEST_COLLISION] = { "greatest_collision", 2, true, false },
	[STAT_PERIODICITY] = { "periodicity_1", 2, true, false },
	[STAT_PERIODICITY + 1] = { "periodicity_2", 3, true, false },
	[STAT_PERIODICITY + 2] = { "periodicity_8", 9, true, false },
	[STAT_PERIODICITY + 3] = { "periodicity_16", 17, true, false },
	[STAT_PERIODICITY + 4] = { "periodicity_32", 33, true, false },
	[STAT_COVARIANCE] = { "covariance_1", 2, true, false },
	[STAT_COVARIANCE + 1] = { "covariance_2", 3, true, false },
	[STAT_COVARIANCE + 2] = { "covariance_8", 9, true, false },
	[STAT_COVARIANCE + 3] = { "covariance_16", 17, true, false },
	[STAT_COVARIANCE + 4] = { "covariance_32", 33, true, false },
	[STAT_COMPRESSION] = { "compression", 1, false, false },
};

const char *statistic_name(enum statistic statistic)
{
	return statistics[statistic].name;
}

bool statistic_is_real(enum statistic statistic)
{
	return statistics[statistic].is_real;
}

uint64_t statistic_least(enum statistic statistic, bool is_binary)
{
	const uint64_t least = statistics[statistic].least;

	/* One symbol makes a last group. */
	return is_binary && statistics[statistic].is_converted ? 8 * (least - 1) + 1 : least;
}

/* The value in the middle of all, the upper one of two: no value lies between these. */
static uint8_t upper_median(const uint64_t times[static 256], uint64_t count)
{
	uint8_t value = 0;

	for (uint64_t seen = times[0]; seen <= count / 2; seen += times[value])
		value++;
	return value;
}

static int make_bits(struct sequence *sequence, const struct symbols *symbols, uint8_t low,
		     uint8_t high)
{
	numerals_set(&sequence->numerals, 0, low);
	numerals_set(&sequence->numerals, 1, high);
	sequence->is_binary = true;
	sequence->highest = 1;
	sequence->median = 1;
	sequence->step = (uint8_t)(high - low);
	if (high == 1)
		return 0;
	sequence->own = malloc(symbols->count);
	if (!sequence->own)
		return -ENOMEM;
	for (uint64_t i = 0; i < symbols->count; i++)
		sequence->own[i] = symbols->value[i] == high;
	sequence->value = sequence->own;
	return 0;
}

int sequence_init(struct sequence *sequence, const struct symbols *symbols)
{
	uint64_t times[256] = { 0 };
	unsigned distinct = 0;
	uint8_t low = 0, high = 0;

	*sequence =
		(struct sequence){ .value = symbols->value, .count = symbols->count, .step = 1 };
	for (uint64_t i = 0; i < symbols->count; i++)
		times[symbols->value[i]]++;
	for (unsigned v = 0; v < 256; v++) {
		numerals_set(&sequence->numerals, (uint8_t)v, (uint8_t)v);
		sequence->total += v * times[v];
		if (!times[v])
			continue;
		low = distinct++ ? low : (uint8_t)v;
		high = (uint8_t)v;
	}
	assert(distinct >= 2);
	if (distinct > 2) {
		sequence->highest = high;
		sequence->median = upper_median(times, symbols->count);
		return 0;
	}
	sequence->total = times[high];
	return make_bits(sequence, symbols, low, high);
}

void sequence_free(struct sequence *sequence)
{
	free(sequence->own);
}

int conversions_init(struct conversions *room, const struct sequence *sequence)
{
	const size_t groups = (size_t)(sequence->count / 8 + 1);

	*room = (struct conversions){ 0 };
	if (!sequence->is_binary)
		return 0;
	room->ones = malloc(groups);
	room->packed = malloc(groups);
	return room->ones && room->packed ? 0 : -ENOMEM;
}

void conversions_free(struct conversions *room)
{
	free(room->ones);
	free(room->packed);
}

/* Conversions I and II of 5.1, of @count values 0 or 1. Return: the groups. */
static uint64_t convert(const uint8_t *value, uint64_t count, struct conversions *room)
{
	const uint64_t groups = (count + 7) / 8;

	for (uint64_t i = 0; i < groups; i++) {
		uint64_t eight = 0;

		memcpy(&eight, value + 8 * i, 8 * i + 8 <= count ? 8 : count % 8);
		eight = le64toh(eight); /* the oldest is in the lowest byte */
		/* Each product puts the sum of shifted copies of the bytes into the highest one. */
		room->ones[i] = (uint8_t)(eight * 0x0101010101010101 >> 56);
		room->packed[i] = (uint8_t)(eight * 0x8040201008040201 >> 56);
	}
	return groups;
}

static void directional(const uint8_t *value, uint64_t count, uint32_t wanted, double *result)
{
	if (wanted & BIT(STAT_DIRECTIONAL_RUNS))
		result[STAT_DIRECTIONAL_RUNS] =
			count < 2 ? 0 : 1 + (double)directional_changes(value, count);
	if (wanted & BIT(STAT_LONGEST_DIRECTIONAL_RUN))
		result[STAT_LONGEST_DIRECTIONAL_RUN] =
			(double)longest_directional_run(value, count);
	if (wanted & BIT(STAT_INCREASES_DECREASES)) {
		const uint64_t up = increases(value, count), down = count - (count > 0) - up;

		result[STAT_INCREASES_DECREASES] = (double)(up > down ? up : down);
	}
}

static void collisions(const uint8_t *value, uint64_t count, double *result)
{
	const struct collisions found = find_collisions(value, count);

	result[STAT_AVERAGE_COLLISION] =
		found.count ? (double)found.symbols / (double)found.count : 0;
	result[STAT_GREATEST_COLLISION] = (double)found.greatest;
}

static void lagged(const uint8_t *value, uint64_t count, uint32_t wanted, double *result)
{
	for (unsigned i = 0; i < LAGS; i++) {
		if (wanted & BIT(STAT_PERIODICITY + i))
			result[STAT_PERIODICITY + i] = (double)periodicity(value, count, lags[i]);
		if (wanted & BIT(STAT_COVARIANCE + i))
			result[STAT_COVARIANCE + i] = (double)covariance(value, count, lags[i]);
	}
}

static void convertible(const struct sequence *sequence, const uint8_t *value, uint32_t wanted,
			struct conversions *room, double *result)
{
	const uint8_t *counted = value, *packed = value;
	uint64_t count = sequence->count;

	if (sequence->is_binary) {
		count = convert(value, count, room);
		counted = room->ones;
		packed = room->packed;
	}
	directional(counted, count, wanted, result);
	lagged(counted, count, wanted, result);
	if (wanted & COLLISIONS)
		collisions(packed, count, result);
}

int statistics_compute(const struct sequence *sequence, const uint8_t *value, uint32_t wanted,
		       struct conversions *room, double result[static STATISTICS])
{
	const uint64_t count = sequence->count;
	uint64_t length_bytes;
	int rc;

	if (wanted & BIT(STAT_EXCURSION))
		result[STAT_EXCURSION] = sequence->step * excursion(value, count, sequence->total,
								    sequence->highest);
	if (wanted & (DIRECTIONAL | COLLISIONS | LAGGED))
		convertible(sequence, value, wanted, room, result);
	if (wanted & BIT(STAT_MEDIAN_RUNS))
		result[STAT_MEDIAN_RUNS] =
			1 + (double)median_changes(value, count, sequence->median);
	if (wanted & BIT(STAT_LONGEST_MEDIAN_RUN))
		result[STAT_LONGEST_MEDIAN_RUN] =
			(double)longest_median_run(value, count, sequence->median);
	if (!(wanted & BIT(STAT_COMPRESSION)))
		return 0;
	rc = bzip2_length(&sequence->numerals, value, count, &length_bytes);
	if (!rc)
		result[STAT_COMPRESSION] = (double)length_bytes;
	return rc;
}
