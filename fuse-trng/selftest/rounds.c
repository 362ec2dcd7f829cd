/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rounds - good symbols through one battery until every test has had its trials. */
#include "fuse-trng/selftest/rounds.h"

#include "fuse-trng/health/budget.h"
#include "fuse-trng/health/lag.h"
#include "fuse-trng/health/online.h"
#include "fuse-trng/health/proportion.h"
#include "fuse-trng/health/total_failure.h"
#include "fuse-trng/selftest/good.h"

#include <math.h>

#define WANTED_ALARMS 300.0 /* of each test in SELFTEST_ROUNDS, where alphas are raised */
#define BATCHES       256   /* between two looks at the trials */
#define PATIENCE      4     /* times the symbols of an undisturbed run */

/* The streams of the seed. */
enum { STREAM_CONFIGURED = 1, STREAM_RAISED };

struct run {
	const struct selftest_settings *settings;
	struct progress *progress;
	const char *what;
	struct health *health;
	struct good good;
	uint64_t plan_symbols, startup_symbols;
};

/* What @rounds of every test of the stream take if no alarm disturbs them. */
static uint64_t stream_symbols(unsigned symbol_bits, uint64_t rounds)
{
	uint64_t lengths[BUDGET_UNITS], most = 0;

	budget_unit_symbols(symbol_bits, lengths);
	for (unsigned test = 0; test < HEALTH_STARTUP; test++) {
		uint64_t symbols = lengths[test] * rounds;

		if (test == HEALTH_ONLINE)
			symbols = symbols / online_cells(symbol_bits) + lengths[test];
		most = symbols > most ? symbols : most;
	}
	return most + 1; /* the online test's first predecessor */
}

static bool has_all(const struct run *run)
{
	for (unsigned test = 0; test < HEALTH_STARTUP; test++)
		if (health_row(run->health, test).trials < run->settings->rounds)
			return false;
	return true;
}

/* A batch through the tests of the stream, whatever alarms it gives. */
static void feed(struct run *run, size_t len_bytes)
{
	uint8_t bytes[HEALTH_BATCH_BYTES];
	enum health_test fired;

	good_fill(&run->good, bytes, sizeof(bytes));
	for (size_t at = 0; at < len_bytes;) {
		size_t done = health_feed(run->health, bytes + at, len_bytes - at, &fired);

		at += done + (done < len_bytes - at);
	}
}

static void run_stream(struct run *run, struct selftest_rounds *result)
{
	unsigned per_byte = 8 / run->settings->health.symbol_bits;
	uint64_t total = run->plan_symbols + run->startup_symbols;

	while (!has_all(run)) {
		if (result->symbols > PATIENCE * run->plan_symbols) {
			result->is_cut = true;
			return;
		}
		for (unsigned i = 0; i < BATCHES; i++)
			feed(run, HEALTH_BATCH_BYTES);
		result->symbols += BATCHES * HEALTH_BATCH_BYTES * (uint64_t)per_byte;
		progress_tell(run->progress, run->what,
			      result->symbols < run->plan_symbols ? result->symbols
								  : run->plan_symbols,
			      total);
	}
}

static void run_startups(struct run *run, struct selftest_rounds *result)
{
	size_t len_bytes = HEALTH_STARTUP_SYMBOLS * run->settings->health.symbol_bits / 8;
	uint8_t bytes[HEALTH_STARTUP_SYMBOLS];

	for (uint64_t i = 0; i < run->settings->rounds; i++) {
		good_fill(&run->good, bytes, len_bytes);
		(void)health_startup(run->health, bytes);
		result->startups_symbols += HEALTH_STARTUP_SYMBOLS;
		if (i % 4096 == 0)
			progress_tell(run->progress, run->what,
				      run->plan_symbols + result->startups_symbols,
				      run->plan_symbols + run->startup_symbols);
	}
}

static int run_all(const struct selftest_settings *settings, struct progress *progress,
		   const char *what, uint64_t stream, const struct health_settings *health,
		   const double *alphas, struct selftest_rounds *result)
{
	struct run run = { .settings = settings,
			   .progress = progress,
			   .what = what,
			   .startup_symbols = settings->rounds * HEALTH_STARTUP_SYMBOLS };
	int ret = alphas ? health_open_at(&run.health, health, alphas)
			 : health_open(&run.health, health);

	if (ret < 0)
		return ret;
	*result = (struct selftest_rounds){ 0 };
	run.plan_symbols = stream_symbols(health->symbol_bits, settings->rounds);
	good_seed(&run.good, settings->seed, stream);
	run_stream(&run, result);
	run_startups(&run, result);
	for (unsigned test = 0; test < HEALTH_TESTS; test++)
		result->rows[test] = health_row(run.health, test);
	health_close(run.health);
	return 0;
}

int rounds_configured(const struct selftest_settings *settings, struct progress *progress,
		      struct selftest_rounds *result)
{
	return run_all(settings, progress, "good symbols, as configured", STREAM_CONFIGURED,
		       &settings->health, settings->alphas, result);
}

/* Fewer rounds are to have fewer alarms, or no window would be left between them. */
static double wanted_alarms(uint64_t rounds)
{
	return WANTED_ALARMS * fmin(1, (double)rounds / SELFTEST_ROUNDS);
}

/* The largest limit that still gives a tenth of the alarms: limits are steps of a factor of 20. */
static unsigned raised_limit(double chunks, double wanted)
{
	unsigned limit = 1;

	while (limit < HEALTH_CHUNK_BYTES &&
	       total_failure_probability(limit + 1) * chunks >= wanted / 10)
		limit++;
	return limit;
}

static void raise_alphas(unsigned symbol_bits, uint64_t rounds, double alphas[HEALTH_TESTS])
{
	double symbols = (double)stream_symbols(symbol_bits, rounds);
	double windows = symbols / ONLINE_SHORT + symbols / ONLINE_LONG;
	const double trials[HEALTH_TESTS] = {
		[HEALTH_TOTAL_FAILURE] = INFINITY, /* has its limit */
		[HEALTH_REPETITION] = symbols,
		[HEALTH_PROPORTION] = symbols / proportion_window(symbol_bits),
		[HEALTH_LAG] = symbols / LAG_WINDOW * LAG_MAX,
		[HEALTH_ONLINE] = windows * online_cells(symbol_bits),
		[HEALTH_STARTUP] = (double)rounds,
	};

	for (unsigned test = 0; test < HEALTH_TESTS; test++)
		alphas[test] = wanted_alarms(rounds) / trials[test];
}

int rounds_raised(const struct selftest_settings *settings, struct progress *progress,
		  struct selftest_rounds *result)
{
	struct health_settings health = settings->health;
	double alphas[HEALTH_TESTS], symbols;

	symbols = (double)stream_symbols(health.symbol_bits, settings->rounds);
	health.health_entropy = health.symbol_bits;
	health.total_failure_limit =
		raised_limit(symbols * health.symbol_bits / 8 / HEALTH_CHUNK_BYTES,
			     wanted_alarms(settings->rounds));
	raise_alphas(health.symbol_bits, settings->rounds, alphas);
	alphas[HEALTH_TOTAL_FAILURE] = total_failure_bound(8, health.total_failure_limit);
	return run_all(settings, progress, "good symbols, cutoffs lowered", STREAM_RAISED, &health,
		       alphas, result);
}
