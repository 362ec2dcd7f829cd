/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * statistics - the statistics of the permutation tests, NIST SP 800-90B (January 2018), 5.1.1
 * to 5.1.11.
 *
 * Where two values occur, 5.1 has two conversions of the sequence, 8 symbols to one: I, how many of
 * them are ones, for the directional runs, periodicity and covariance; II, the number with these
 * bits, oldest first, for the collisions. A last group that is not full counts as filled up with
 * zeros.
 */
#ifndef TRNG_EVALUATE_SP800_90B_STATISTICS_H
#define TRNG_EVALUATE_SP800_90B_STATISTICS_H

#include "evaluate/core/symbols.h"
#include "evaluate/sp800_90b/bzip2_length.h"

#include <stdbool.h>
#include <stdint.h>

#define LAGS 5 /* 1, 2, 8, 16, 32 */

/* In the order of the standard. */
enum statistic {
	STAT_EXCURSION,
	STAT_DIRECTIONAL_RUNS,
	STAT_LONGEST_DIRECTIONAL_RUN,
	STAT_INCREASES_DECREASES,
	STAT_MEDIAN_RUNS,
	STAT_LONGEST_MEDIAN_RUN,
	STAT_AVERAGE_COLLISION,
	STAT_GREATEST_COLLISION,
	STAT_PERIODICITY,                          /* the first of LAGS */
	STAT_COVARIANCE = STAT_PERIODICITY + LAGS, /* the first of LAGS */
	STAT_COMPRESSION = STAT_COVARIANCE + LAGS,
	STATISTICS
};

#define ALL_STATISTICS ((1u << STATISTICS) - 1)

/** What the statistics need to know of a sequence and what is the same for each of its orders. */
struct sequence {
	const uint8_t *value; /* 0 and 1 where two values occur, else the symbols themselves */
	uint64_t count;
	uint64_t total; /* of all @value */
	bool is_binary;
	uint8_t highest; /* of all @value */
	uint8_t median;  /* the least value that is not below the median; binary: 1 for 0.5 */
	uint8_t step;    /* binary: the difference of the two symbols; else 1 */
	struct numerals numerals;
	uint8_t *own; /* @value, where it had to be made */
};

/** One thread's room for the converted sequences; NULL where nothing is converted. */
struct conversions {
	uint8_t *ones, *packed;
};

/**
 * sequence_init - @sequence of @symbols, which must outlive it; at least two values occur.
 * Return: 0, or -ENOMEM.
 */
int sequence_init(struct sequence *sequence, const struct symbols *symbols);
void sequence_free(struct sequence *sequence);

/**
 * conversions_init - room for one thread, a quarter of the count if @sequence is binary.
 * Return: 0, or -ENOMEM; conversions_free() is due in either case.
 */
int conversions_init(struct conversions *room, const struct sequence *sequence);
void conversions_free(struct conversions *room);

/** statistic_name - the key of @statistic in reports: "excursion" ... "compression". */
const char *statistic_name(enum statistic statistic);

/** statistic_is_real - whether @statistic has a fraction; the others are integers below 2^53. */
bool statistic_is_real(enum statistic statistic);

/** statistic_least - the least symbols of which @statistic says anything. */
uint64_t statistic_least(enum statistic statistic, bool is_binary);

/**
 * statistics_compute - those statistics of @wanted (a bit for each) of @value, which are the values
 *                      of @sequence in any order; the rest of @result stays as it is.
 *
 * Cost: a pass over the sequence for each group of statistics, about 3 ns per symbol for all but
 *       compression. Return: 0, or -ENOMEM.
 */
int statistics_compute(const struct sequence *sequence, const uint8_t *value, uint32_t wanted,
		       struct conversions *room, double result[static STATISTICS]);

#endif
