/* SPDX-License-Identifier: GPL-3.0-or-later */
/* battery - see battery.h */
#include "evaluate/sp800_90b/battery.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>

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

#define TASKS     (sizeof(tasks) / sizeof(tasks[0]))
#define BATTERIES 2

struct job {
	const struct task *task;
	const struct battery *battery;
};

/* Return: how many @jobs there are; how many estimates they give in *@estimates. */
static unsigned list_jobs(struct job *jobs, const struct battery *batteries, unsigned count,
			  unsigned *estimates)
{
	unsigned listed = 0;

	*estimates = 0;
	for (unsigned i = 0; i < TASKS; i++) {
		for (unsigned k = count; k-- > 0;) { /* a bit string, the longer one, comes last */
			if (tasks[i].is_for_bits && batteries[k].symbols.width > 1)
				continue;
			jobs[listed++] = (struct job){ &tasks[i], &batteries[k] };
			*estimates += tasks[i].results;
		}
	}
	return listed;
}

/* Every job fills results of its own: the same ones, whoever runs it and when. */
int battery_run(const struct battery *batteries, unsigned count, const struct audience *audience)
{
	struct job jobs[BATTERIES * TASKS];
	unsigned estimates, done = 0;
	const unsigned listed = list_jobs(jobs, batteries, count, &estimates);
	int err = 0;

#pragma omp parallel for schedule(dynamic, 1)
	for (unsigned i = 0; i < listed; i++) {
		const struct task *task = jobs[i].task;
		const struct battery *battery = jobs[i].battery;
		const int failed =
			task->estimate(&battery->symbols, &battery->results[task->estimator]);
		unsigned sum;

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
	audience_progress(audience, "estimators", estimates, estimates);
	return err;
}

void battery_init(struct result *results)
{
	for (unsigned i = 0; i < ESTIMATORS; i++)
		result_init(&results[i], names[i]);
}

double battery_least(const struct result *results)
{
	double least = NAN;

	/* fmin() passes over a NAN: those without an estimate have no such figure. */
	for (unsigned i = 0; i < ESTIMATORS; i++)
		least = fmin(least, result_get(&results[i], "min_entropy"));
	return least;
}

unsigned battery_number(const struct symbols *symbols, uint8_t number[static 256])
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
