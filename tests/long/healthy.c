/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Do healthy sources give as many alarms as the ledger expects? 10^9 symbols of a good generator
 * and of the twin's healthy cell, at the default budget, and with alphas raised until every test
 * gives hundreds of false alarms to count. Argument: another number of symbols. SEED: the seed.
 */
#include "common/parse.h"
#include "firmware/twin/model.h"
#include "fuse-trng/health/chisquare.h"
#include "fuse-trng/health/health.h"
#include "fuse-trng/health/lag.h"
#include "fuse-trng/health/online.h"
#include "fuse-trng/health/proportion.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WANTED_ALARMS 300.0 /* of each test, where alphas are raised */
#define BOUND         1e-6  /* a result less likely than this on one side fails */
#define BATCH_BYTES   HEALTH_BATCH_BYTES

struct source {
	struct model_prng prng;
	struct model model;
};

typedef void (*fill_bytes)(struct source *source, uint8_t *bytes);

struct run {
	const char *name;
	fill_bytes fill;
	unsigned symbol_bits;
	double health_entropy;
	bool is_raised;
	double share; /* of the symbols asked for */
};

static void fill_generator(struct source *source, uint8_t *bytes)
{
	for (unsigned i = 0; i < BATCH_BYTES; i += sizeof(uint64_t)) {
		uint64_t draw = model_prng_next(&source->prng);

		memcpy(bytes + i, &draw, sizeof(draw));
	}
}

/* As the firmware does: four readings added, two bits kept, four of them a byte. */
static void fill_twin(struct source *source, uint8_t *bytes)
{
	for (unsigned i = 0; i < BATCH_BYTES; i++) {
		unsigned byte = 0;

		for (unsigned j = 0; j < 4; j++) {
			unsigned sum = 0;

			for (unsigned k = 0; k < 4; k++)
				sum += model_read(&source->model);
			byte = byte << 2 | (sum & 3);
		}
		bytes[i] = (uint8_t)byte;
	}
}

static const struct run runs[] = {
	{ "generator, defaults", fill_generator, 2, 1.9, false, 1 },
	{ "twin, defaults", fill_twin, 2, 1.9, false, 1 },
	{ "generator, raised", fill_generator, 2, 2, true, 1 },
	{ "twin, raised", fill_twin, 2, 2, true, 1 },
	{ "generator, raised", fill_generator, 1, 1, true, 0.5 },
	{ "generator, raised", fill_generator, 4, 4, true, 0.5 },
	{ "generator, raised", fill_generator, 8, 8, true, 0.5 },
};

/* Alphas that give every test WANTED_ALARMS in so many symbols; total failure keeps its limit. */
static void raise_alphas(const struct run *run, double symbols, double alphas[HEALTH_TESTS])
{
	double windows = symbols / ONLINE_SHORT + symbols / ONLINE_LONG;

	alphas[HEALTH_TOTAL_FAILURE] = 1;
	alphas[HEALTH_REPETITION] = WANTED_ALARMS / symbols;
	alphas[HEALTH_PROPORTION] = WANTED_ALARMS / symbols * proportion_window(run->symbol_bits);
	alphas[HEALTH_LAG] = WANTED_ALARMS / symbols * LAG_WINDOW / LAG_MAX;
	alphas[HEALTH_ONLINE] = WANTED_ALARMS / windows / online_cells(run->symbol_bits);
	alphas[HEALTH_STARTUP] = WANTED_ALARMS / symbols * HEALTH_STARTUP_SYMBOLS;
}

static int open_run(const struct run *run, double symbols, struct health **health)
{
	const struct health_settings settings = {
		.symbol_bits = run->symbol_bits,
		.health_entropy = run->health_entropy,
		.rate_symbol_s = 60.0 / run->symbol_bits,
		.false_alarms_per_year = 0.1,
		.total_failure_limit = 6,
	};
	double alphas[HEALTH_TESTS];

	if (!run->is_raised)
		return health_open(health, &settings);
	raise_alphas(run, symbols, alphas);
	return health_open_at(health, &settings, alphas);
}

/* A batch through the battery, whatever alarms it gives, and through as many start-up tests. */
static void feed(struct health *health, const uint8_t *bytes, unsigned symbol_bits)
{
	const size_t startup_bytes = HEALTH_STARTUP_SYMBOLS * symbol_bits / 8;
	enum health_test fired;

	for (size_t at = 0; at < BATCH_BYTES;) {
		size_t done = health_feed(health, bytes + at, BATCH_BYTES - at, &fired);

		at += done + (done < BATCH_BYTES - at);
	}
	for (size_t at = 0; at < BATCH_BYTES; at += startup_bytes)
		(void)health_startup(health, bytes + at);
}

/* P(X <= count) of a Poisson variable: a chi-square tail. */
static double poisson_at_most(uint64_t count, double mean)
{
	return chisquare_tail(2 * (unsigned)count + 2, 0, 2 * mean);
}

/* The mean of which @count is at the edge: P(X <= count) = p. */
static double poisson_mean(uint64_t count, double p)
{
	return chisquare_critical(2 * (unsigned)count + 2, 0, p) / 2;
}

static bool print_row(const struct health_row *row)
{
	double at_most = poisson_at_most(row->alarms, row->expected_alarms);
	double at_least =
		row->alarms ? 1 - poisson_at_most(row->alarms - 1, row->expected_alarms) : 1;
	double low = row->alarms ? poisson_mean(row->alarms - 1, 0.975) : 0;
	double high = poisson_mean(row->alarms, 0.025);
	bool is_good = at_most > BOUND && at_least > BOUND;

	printf("| %s | %llu | %g | %llu | %.4g | ", row->name, (unsigned long long)row->trials,
	       row->cutoff, (unsigned long long)row->alarms, row->expected_alarms);
	if (row->alarms >= 10)
		printf("%.3f (%.3f to %.3f) |", (double)row->alarms / row->expected_alarms,
		       low / row->expected_alarms, high / row->expected_alarms);
	else
		printf("|");
	printf("%s\n", is_good ? "" : " NOT AS EXPECTED");
	return is_good;
}

static bool print_run(const struct health *health, const struct run *run, double symbols)
{
	bool is_good = true;

	printf("\n%s: %.3g symbols of %u bits, claim %.2g bits\n\n", run->name, symbols,
	       run->symbol_bits, run->health_entropy);
	printf("| test | trials | cutoff | alarms | expected | observed / expected (95 %%) |\n"
	       "|---|---|---|---|---|---|\n");
	for (unsigned test = 0; test < HEALTH_TESTS; test++) {
		struct health_row row = health_row(health, test);

		is_good &= print_row(&row);
	}
	fflush(stdout);
	return is_good;
}

/* What the profile `nodemcu` would cost at other speeds: cutoffs and false alarms a year. */
static void print_budget(double rate_symbol_s, unsigned limit)
{
	const struct health_settings settings = {
		.symbol_bits = 2,
		.health_entropy = 1.9,
		.rate_symbol_s = rate_symbol_s,
		.false_alarms_per_year = 0.1,
		.total_failure_limit = limit,
	};
	struct health *health;
	unsigned online[2];

	if (health_open(&health, &settings))
		abort();
	health_online_cutoffs(health, online);
	printf("\n%g symbols/s, total failure limit %u%s; online cutoffs %u and %u\n\n"
	       "| test | cutoff | alpha | false alarms a year |\n|---|---|---|---|\n",
	       rate_symbol_s, limit, limit ? "" : " (computed)", online[0], online[1]);
	for (unsigned test = 0; test < HEALTH_TESTS; test++) {
		struct health_row row = health_row(health, test);

		printf("| %s | %g | %.2g | %.2g |\n", row.name, row.cutoff, row.alpha,
		       health_false_alarms_per_year(health, test));
	}
	printf("| all | | | %.3g |\n", health_false_alarms_per_year(health, HEALTH_TESTS));
	health_close(health);
}

static void print_budgets(void)
{
	static const double rates[] = { 30, 4 * 960, 4 * 11520 };

	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		print_budget(rates[i], 6);
		print_budget(rates[i], 0);
	}
}

static bool do_run(const struct run *run, double symbols, uint64_t seed)
{
	const uint64_t batches = (uint64_t)(symbols * run->symbol_bits / 8 / BATCH_BYTES);
	static struct source source;
	uint8_t bytes[BATCH_BYTES];
	struct health *health;
	bool is_good;

	if (open_run(run, symbols, &health))
		return false;
	model_prng_seed(&source.prng, seed);
	model_init(&source.model, seed, NULL);
	model_power(&source.model, true, true);
	for (uint64_t i = 0; i < batches; i++) {
		run->fill(&source, bytes);
		feed(health, bytes, run->symbol_bits);
	}
	is_good = print_run(health, run, symbols);
	health_close(health);
	return is_good;
}

int main(int argc, char **argv)
{
	const char *seed = getenv("SEED");
	uint64_t symbols = 1000000000, start = 1;
	bool is_good = true;

	if (argc > 1 && parse_u64(argv[1], 1000000, 1000000000000, &symbols))
		return EXIT_FAILURE;
	if (seed && parse_u64(seed, 0, UINT64_MAX, &start))
		return EXIT_FAILURE;
	print_budgets();
	printf("\nSEED=%llu\n", (unsigned long long)start);
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		is_good &= do_run(&runs[i], runs[i].share * (double)symbols, start + i);
	return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
