/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sp800_90b_prediction_bed - texts of many kinds for the prediction estimators, and what SP 800-90B
 * 6.3.7 to 6.3.10 make of predictions, step by step as it is written there.
 */
#ifndef TRNG_TESTS_UNIT_SP800_90B_PREDICTION_BED_H
#define TRNG_TESTS_UNIT_SP800_90B_PREDICTION_BED_H

#include "evaluate/core/result.h"
#include "evaluate/core/symbols.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOTHING      (-1) /* predicted */

static uint64_t random_state;

static inline uint64_t draw(void)
{
	uint64_t z = random_state += 0x9E3779B97F4A7C15;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return z ^ z >> 31;
}

static inline unsigned below(uint64_t bound)
{
	return (unsigned)(draw() % bound);
}

enum kind { UNIFORM, BIASED, STICKY, PERIODIC, COPIED, KINDS };

/* @count symbols of @values values at @value, of one @kind or another. */
static inline void write_text(uint8_t *value, uint64_t count, unsigned values, enum kind kind)
{
	const unsigned period = 1 + below(200), noise = 2 + below(50);

	for (uint64_t i = 0; i < count; i++) {
		value[i] = (uint8_t)below(values);
		if (kind == BIASED && below(3))
			value[i] = (uint8_t)(values / 2);
		if (kind == STICKY && i && below(noise))
			value[i] = value[i - 1];
		if (kind == PERIODIC && i >= period && below(noise))
			value[i] = value[i - period];
	}
	for (uint64_t i = 64; kind == COPIED && i + 64 < count; i += below(64)) {
		uint64_t length = below(48);

		memmove(value + i, value + below(i - 40), length);
		i += length;
	}
}

struct naive {
	unsigned predictors, winner;
	uint64_t score[128], correct, run, longest_run;
};

static inline void naive_count(struct naive *naive, bool is_correct)
{
	naive->correct += is_correct;
	naive->run = is_correct ? naive->run + 1 : 0;
	if (naive->run > naive->longest_run)
		naive->longest_run = naive->run;
}

/* A winner that predicts nothing leaves the run as it is: NIST's tool, not the standard, says so.
 */
static inline void naive_judge(struct naive *naive, const int *prediction, uint8_t next)
{
	if (prediction[naive->winner] != NOTHING)
		naive_count(naive, prediction[naive->winner] == next);
	for (unsigned i = 0; i < naive->predictors; i++)
		if (prediction[i] == next && ++naive->score[i] >= naive->score[naive->winner])
			naive->winner = i;
}

/* What keeps ln alpha = ln 0.99 in 6.3.7 step 6, by the standard's own recurrence. */
static inline double naive_no_run(long double p, uint64_t r, uint64_t n)
{
	const long double q = 1 - p, length = (long double)r;
	long double x = 1;

	for (unsigned i = 0; i < 10; i++)
		x = 1 + q * powl(p, length) * powl(x, length + 1);
	if (!(p * x < 1) || !(length * x < length + 1))
		return -INFINITY;
	return (double)(logl(1 - p * x) - logl((length + 1 - length * x) * q) -
			((long double)n + 1) * logl(x));
}

static inline double naive_p_local(uint64_t r, uint64_t n)
{
	double low = 0, high = 1;

	for (unsigned i = 0; i < 60; i++) {
		double p = (low + high) / 2;

		if (naive_no_run(p, r, n) > log(0.99))
			low = p;
		else
			high = p;
	}
	return low;
}

static inline double naive_min_entropy(const struct naive *naive, uint64_t n, unsigned values)
{
	double p = (double)naive->correct / (double)n, upper = 1;

	if (naive->correct == 0)
		upper = 1 - pow(0.01, 1 / (double)n);
	else if (naive->correct < n)
		upper = fmin(1, p + 2.5758293035489008 * sqrt(p * (1 - p) / (double)(n - 1)));
	upper = fmax(upper, 1.0 / values);
	if (upper < 1)
		upper = fmax(upper, naive_p_local(naive->longest_run + 1, n));
	return -log2(upper);
}

static inline unsigned distinct_values(const uint8_t *value, uint64_t count)
{
	unsigned distinct = 0;

	for (unsigned v = 0; v < 256; v++)
		distinct += count && memchr(value, (int)v, count) != NULL;
	return distinct;
}

/* @result is of a text of which the @naive estimator made @n predictions. */
static inline void compare(const struct result *result, const struct naive *naive, uint64_t n,
			   const struct symbols *symbols)
{
	unsigned values = symbols->width == 1 ? 2 : distinct_values(symbols->value, symbols->count);

	CU_ASSERT_EQUAL_FATAL(result->outcome, OUTCOME_NONE);
	CU_ASSERT_EQUAL((uint64_t)result_get(result, "c"), naive->correct);
	CU_ASSERT_EQUAL((uint64_t)result_get(result, "r"), naive->longest_run + 1);
	CU_ASSERT_EQUAL((uint64_t)result_get(result, "n"), n);
	CU_ASSERT_DOUBLE_EQUAL(result_get(result, "p_global"), (double)naive->correct / (double)n,
			       1e-15);
	CU_ASSERT_DOUBLE_EQUAL(result_get(result, "min_entropy"),
			       naive_min_entropy(naive, n, values), 1e-9);
	CU_ASSERT_STRING_EQUAL(result->figure[result->figures - 1].name, "min_entropy");
}

static inline void expect_short(const struct result *result, uint64_t needs_bits)
{
	CU_ASSERT_EQUAL(result->outcome, OUTCOME_SHORT);
	CU_ASSERT_EQUAL(result->needs_bits, needs_bits);
	CU_ASSERT(isnan(result_get(result, "min_entropy")));
}

#endif
