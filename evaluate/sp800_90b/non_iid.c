/* SPDX-License-Identifier: GPL-3.0-or-later */
/* non_iid - the non-IID track, SP 800-90B 3.1.3: the least of ten estimates, for symbols and bits.
 */
#include "evaluate/sp800_90b/assess.h"

#include <errno.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>

#include "evaluate/sp800_90b/estimators.h"

static const char *const names[ESTIMATORS] = {
	[EST_MOST_COMMON_VALUE] = "most_common_value",
	[EST_COLLISION] = "collision",
	[EST_MARKOV] = "markov",
	[EST_COMPRESSION] = "compression",
	[EST_T_TUPLE] = "t_tuple",
	[EST_LRS] = "lrs",
	[EST_MULTI_MCW] = "multi_mcw",
	[EST_LAG] = "lag",
	[EST_MULTI_MMC] = "multi_mmc",
	[EST_LZ78Y] = "lz78y",
};

const char *estimator_name(enum estimator estimator)
{
	return names[estimator];
}

static int t_tuple_and_lrs(const struct symbols *symbols, struct result *result)
{
	return t_tuple_lrs_estimate(symbols, result, result + (EST_LRS - EST_T_TUPLE));
}

/* The longest first, so that no thread is left with one of them at the end. */
static const struct task {
	enum estimator estimator;
	int (*estimate)(const struct symbols *symbols, struct result *result);
	bool is_for_bits; /* only */
	unsigned results; /* in a row, from that of the estimator on */
} tasks[] = {
	{ EST_T_TUPLE, t_tuple_and_lrs, false, 2 },
	{ EST_MULTI_MMC, multi_mmc_estimate, false, 1 },
	{ EST_LZ78Y, lz78y_estimate, false, 1 },
	{ EST_LAG, lag_estimate, false, 1 },
	{ EST_MULTI_MCW, multi_mcw_estimate, false, 1 },
	{ EST_COLLISION, collision_estimate, true, 1 },
	{ EST_COMPRESSION, compression_estimate, true, 1 },
	{ EST_MARKOV, markov_estimate, true, 1 },
	{ EST_MOST_COMMON_VALUE, most_common_value_estimate, false, 1 },
};

#define TASKS (sizeof(tasks) / sizeof(tasks[0]))

struct job {
	const struct task *task;
	const struct symbols *symbols;
	struct result *results; /* all ESTIMATORS of this sequence */
};

/* Return: how many @jobs there are for the two sequences (the second may be empty). */
static unsigned list_jobs(struct job *jobs, const struct symbols *literal,
			  const struct symbols *bits, struct non_iid *out)
{
	unsigned count = 0;

	for (unsigned i = 0; i < TASKS; i++) {
		if (bits->count)
			jobs[count++] = (struct job){ &tasks[i], bits, out->bitstring };
		if (literal->width == 1 || !tasks[i].is_for_bits)
			jobs[count++] = (struct job){ &tasks[i], literal, out->literal };
	}
	return count;
}

/* Every job fills results of its own: the same ones, whoever runs it and when. */
static int run_jobs(const struct job *jobs, unsigned count, unsigned estimates,
		    const struct audience *audience)
{
	unsigned done = 0;
	int err = 0;

#pragma omp parallel
	{
#pragma omp for schedule(dynamic, 1)
		for (unsigned i = 0; i < count; i++) {
			const struct task *task = jobs[i].task;
			unsigned sum;
			int failed =
				task->estimate(jobs[i].symbols, &jobs[i].results[task->estimator]);

#pragma omp atomic capture
			sum = done += task->results;
			if (failed) {
#pragma omp atomic write
				err = failed;
			}
			/* Only the thread that called may talk: of what all have done. */
			if (omp_get_thread_num() == 0)
				audience_progress(audience, "estimators", sum, estimates);
		}
	}
	audience_progress(audience, "estimators", estimates, estimates);
	return err;
}

/* The values that occur, renumbered from 0 without gaps. Return: how many there are. */
static unsigned number_values(const struct symbols *symbols, uint8_t number[static 256])
{
	bool occurs[256] = { false };
	unsigned distinct = 0;

	for (uint64_t i = 0; i < symbols->count; i++)
		occurs[symbols->value[i]] = true;
	for (unsigned value = 0; value < 256; value++)
		if (occurs[value])
			number[value] = (uint8_t)distinct++;
	return distinct;
}

static uint8_t *renumber(const struct symbols *symbols, const uint8_t number[static 256])
{
	uint8_t *value = malloc(symbols->count);

	for (uint64_t i = 0; value && i < symbols->count; i++)
		value[i] = number[symbols->value[i]];
	return value;
}

/* Each symbol's bits, one per byte, most significant first. */
static uint8_t *split_bits(const struct symbols *symbols)
{
	const unsigned width = symbols->width;
	uint8_t *bits = calloc(symbols->count, width);

	for (uint64_t i = 0; bits && i < symbols->count; i++)
		for (unsigned j = 0; j < width; j++)
			bits[i * width + j] = symbols->value[i] >> (width - 1 - j) & 1;
	return bits;
}

/* NAN when none of them could work. */
static double find_least(const struct result *results)
{
	double least = NAN;

	for (unsigned i = 0; i < ESTIMATORS; i++)
		if (results[i].outcome == OUTCOME_NONE)
			least = fmin(least, result_get(&results[i], "min_entropy"));
	return least;
}

static void conclude(struct non_iid *out)
{
	out->h_original = find_least(out->literal);
	out->h_bitstring = out->has_bitstring ? find_least(out->bitstring) : NAN;
	/* fmin() passes over a NAN: that of a sequence without estimates. */
	out->min_entropy = fmin(out->h_original, out->width * out->h_bitstring);
}

static void begin(const struct symbols *symbols, unsigned distinct, struct non_iid *out)
{
	*out = (struct non_iid){ .samples = symbols->count,
				 .width = symbols->width,
				 .distinct = distinct,
				 /* 3.1.3: of an alphabet of two the symbols are the bits. */
				 .has_bitstring = distinct > 2,
				 .h_original = distinct ? 0 : NAN,
				 .h_bitstring = NAN,
				 .min_entropy = distinct ? 0 : NAN };
	for (unsigned i = 0; i < ESTIMATORS; i++) {
		result_init(&out->literal[i], names[i]);
		result_init(&out->bitstring[i], names[i]);
	}
}

int non_iid_assess(const struct symbols *symbols, const struct audience *audience,
		   struct non_iid *out)
{
	uint8_t number[256];
	const unsigned distinct = number_values(symbols, number);
	struct job jobs[2 * TASKS];
	int err = -ENOMEM;

	begin(symbols, distinct, out);
	if (distinct < 2)
		return distinct ? -EDOM : -ENODATA;

	uint8_t *literal = renumber(symbols, number);
	uint8_t *bits = out->has_bitstring ? split_bits(symbols) : NULL;
	const uint8_t last = (uint8_t)(distinct - 1);
	const struct symbols of_literal = { literal, symbols->count, symbols_width(&last, 1) };
	const struct symbols of_bits = { bits, bits ? symbols->count * symbols->width : 0, 1 };

	if (!literal || (out->has_bitstring && !bits))
		goto out;
	err = run_jobs(jobs, list_jobs(jobs, &of_literal, &of_bits, out),
		       out->has_bitstring ? 17 : 10, audience);
	if (err)
		goto out;
	conclude(out);
	if (isnan(out->min_entropy))
		err = -ENODATA;
out:
	free(bits);
	free(literal);
	return err;
}
