/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the battery sees of each fault of the twin, how soon, and what has left by then; and how
 * often the documented chunk test alone misses a total failure. Prints the tables of
 * docs/HEALTH.md. Argument: another number of runs per fault. SEED: the first seed.
 */
#include "common/parse.h"
#include "firmware/twin/model.h"
#include "fuse-trng/health/cutoff.h"
#include "fuse-trng/health/health.h"
#include "fuse-trng/health/lag.h"
#include "fuse-trng/health/online.h"
#include "fuse-trng/health/total_failure.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define HEALTHY_MIN    4096u      /* symbols before the fault, and as many at random beyond */
#define HEALTHY_SPREAD 12800u     /* every phase of chunks against windows */
#define GIVEN_UP       (1u << 20) /* symbols after the fault: 9.3 h of board time */
#define STEP_BYTES     4u         /* the gate moves in steps of 16 symbols */
#define PER_BYTE       4u
#define FAULT_MEDIAN   (HEALTHY_MIN + HEALTHY_SPREAD / 2)
#define GARBAGE        MODEL_FAULTS
#define NO_FAULT       (MODEL_FAULTS + 1)
#define MISS_RUNS      20000u

struct setup;
typedef double (*theory_median)(const struct setup *setup, const struct health *health);

struct setup {
	const char *name;
	unsigned fault; /* enum model_fault, GARBAGE (bytes) or NO_FAULT */
	double argument;
	double spread;    /* the argument is drawn from +- this */
	double quiet_lsb; /* electronic noise where the fan's is out of play; 0: the model's */
	theory_median theory;
};

struct outcome {
	bool has_fired;
	enum health_test test;
	uint64_t symbols;    /* from the fault to the alarm */
	uint64_t bytes_left; /* past the gate by then, made at or after the fault */
};

/* A board under test. */
struct bench {
	struct model model;
	struct model_prng prng;
	struct health *health;
	uint64_t made;     /* symbols */
	uint64_t fault_at; /* symbol */
	uint64_t base;     /* where the battery's stream began */
	uint64_t garbage_until;
};

static double repetition_theory(const struct setup *setup, const struct health *health)
{
	(void)setup;
	return health_row(health, HEALTH_REPETITION).cutoff;
}

/* P(the online windows are all quiet @symbols after a bias to @p), averaged over where in a short
 * window it began. The long window was @FAULT_MEDIAN symbols old. */
static double online_quiet(const struct health *health, double p, double symbols)
{
	const double n = ONLINE_SHORT, longs = ONLINE_LONG, healthy = 0.25;
	double long_p = p - (p - healthy) * FAULT_MEDIAN / longs;
	double sum = 0;
	unsigned cutoffs[2];

	health_online_cutoffs(health, cutoffs);
	for (double left = n / 32; left < n; left += n / 16) {
		double first_p = healthy + (p - healthy) * left / n;
		double full = floor(fmax(0, symbols - left) / n);
		double quiet = pow(1 - cutoff_tail(ONLINE_SHORT, p, cutoffs[0]), full);

		sum += quiet *
		       (symbols < left ? 1 : 1 - cutoff_tail(ONLINE_SHORT, first_p, cutoffs[0]));
	}
	if (symbols > longs - FAULT_MEDIAN)
		sum *= 1 - cutoff_tail(ONLINE_LONG, long_p, cutoffs[1]);
	return sum / 16;
}

/* Independent symbols, one at share p, the others alike: chunks, proportion windows and online
 * windows, each with its binomial probability; on average they begin half a window late. */
static double bias_theory(const struct setup *setup, const struct health *health)
{
	double p = setup->argument, rest = (1 - p) / 3;
	unsigned proportion = (unsigned)health_row(health, HEALTH_PROPORTION).cutoff;
	unsigned chunk = (unsigned)health_row(health, HEALTH_TOTAL_FAILURE).cutoff;
	double in_window = p * cutoff_tail(511, p, proportion - 1) +
			   3 * rest * cutoff_tail(511, rest, proportion - 1);
	double in_chunk = cutoff_tail(HEALTH_CHUNK_BYTES, pow(p, 4), chunk);
	double symbols = 0, quiet = 1;

	while (symbols < GIVEN_UP && quiet > 0.5) {
		symbols += 64;
		quiet = pow(1 - in_window, fmax(0, symbols - 256) / 512) *
			pow(1 - in_chunk, fmax(0, symbols - 200) / 400) *
			online_quiet(health, p, symbols);
	}
	return symbols;
}

/* Without noise, when a fault begins with so many symbols left in its lag window: what went
 * before matches by a quarter, so does the first period; from then on everything. In the median
 * case the windows with too little left, which only fire in the next one, are the slow ones. */
static double flicker_theory(const struct setup *setup, const struct health *health)
{
	double cutoff = health_row(health, HEALTH_LAG).cutoff;
	double period = setup->argument > 110 ? 25 : 5; /* symbols: 0.2 and 0.84 turns each */
	double least_left = (cutoff - LAG_WINDOW / 4.0) / 0.75 + period;
	double median_left = least_left + LAG_WINDOW / 2.0;

	return cutoff - (LAG_WINDOW - median_left) / 4 + 0.75 * period;
}

static const struct setup setups[] = {
	{ "none: healthy", NO_FAULT, 0, 0, 0, NULL },
	{ "stuck", MODEL_STUCK, 0, 0, 0, repetition_theory },
	{ "lamp off (dark, clipped at 0)", MODEL_LAMP_OFF, 0, 0, 0, repetition_theory },
	{ "fan off, noise left 0.1 LSB", MODEL_FAN_OFF, 0.1, 0, 0, NULL },
	{ "fan off, noise left 0.2 LSB", MODEL_FAN_OFF, 0.2, 0, 0, NULL },
	{ "fan off, noise left 0.3 LSB", MODEL_FAN_OFF, 0.3, 0, 0, NULL },
	{ "fan off, noise left 0.4 LSB", MODEL_FAN_OFF, 0.4, 0, 0, NULL },
	{ "fan off, noise left 0.5 LSB", MODEL_FAN_OFF, 0.5, 0, 0, NULL },
	{ "fan off, noise left 1.0 LSB", MODEL_FAN_OFF, 1.0, 0, 0, NULL },
	{ "flicker 100 Hz, noise 0.1", MODEL_FLICKER, 100, 0, 0.1, flicker_theory },
	{ "flicker 100 +- 0.05 Hz, noise 0.1", MODEL_FLICKER, 100, 0.05, 0.1, NULL },
	{ "flicker 100 +- 0.05 Hz, noise 0.3", MODEL_FLICKER, 100, 0.05, 0.3, NULL },
	{ "flicker 100 +- 0.05 Hz, noise 0.5", MODEL_FLICKER, 100, 0.05, 0.5, NULL },
	{ "flicker 100 +- 0.05 Hz, noise 1.0", MODEL_FLICKER, 100, 0.05, 1.0, NULL },
	{ "flicker 120 Hz, noise 0.1", MODEL_FLICKER, 120, 0, 0.1, flicker_theory },
	{ "flicker 120 +- 0.05 Hz, noise 0.1", MODEL_FLICKER, 120, 0.05, 0.1, NULL },
	{ "flicker 120 +- 0.05 Hz, noise 0.3", MODEL_FLICKER, 120, 0.05, 0.3, NULL },
	{ "flicker 120 +- 0.05 Hz, noise 0.5", MODEL_FLICKER, 120, 0.05, 0.5, NULL },
	{ "flicker 120 +- 0.05 Hz, noise 1.0", MODEL_FLICKER, 120, 0.05, 1.0, NULL },
	{ "bias, symbol 0 at 0.28", MODEL_BIAS, 0.28, 0, 0, bias_theory },
	{ "bias, symbol 0 at 0.30", MODEL_BIAS, 0.30, 0, 0, bias_theory },
	{ "bias, symbol 0 at 0.35", MODEL_BIAS, 0.35, 0, 0, bias_theory },
	{ "bias, symbol 0 at 0.40", MODEL_BIAS, 0.40, 0, 0, bias_theory },
	{ "bias, symbol 0 at 0.50", MODEL_BIAS, 0.50, 0, 0, bias_theory },
	{ "drift, half-life 300 s", MODEL_DRIFT, 300, 0, 0, NULL },
	{ "drift, half-life 3600 s", MODEL_DRIFT, 3600, 0, 0, NULL },
	{ "garbage, 64 random bytes", GARBAGE, 64, 0, 0, NULL },
};

/* As the profile `nodemcu`, with the documented limit. */
static int open_health(struct health **health)
{
	const struct health_settings settings = {
		.symbol_bits = 2,
		.health_entropy = 1.9,
		.rate_symbol_s = 30,
		.false_alarms_per_year = 0.1,
		.total_failure_limit = 6,
	};

	return health_open(health, &settings);
}

static double uniform(struct model_prng *prng)
{
	return (double)(model_prng_next(prng) >> 11) * 0x1p-53;
}

static void start(struct bench *bench, const struct setup *setup, uint64_t seed)
{
	struct model_settings settings = model_defaults();

	if (setup->quiet_lsb > 0)
		settings.quiet_lsb = setup->quiet_lsb;
	model_init(&bench->model, seed, &settings);
	model_power(&bench->model, true, true);
	model_prng_seed(&bench->prng, ~seed);
	health_restart(bench->health);
	bench->made = 0;
	bench->base = 0;
	bench->garbage_until = 0;
	bench->fault_at = HEALTHY_MIN + (uint64_t)(uniform(&bench->prng) * HEALTHY_SPREAD);
}

static void break_it(struct bench *bench, const struct setup *setup)
{
	double argument = setup->argument + setup->spread * (2 * uniform(&bench->prng) - 1);

	if (setup->fault < MODEL_FAULTS)
		model_set_fault(&bench->model, (enum model_fault)setup->fault, argument);
	else if (setup->fault == GARBAGE)
		bench->garbage_until = bench->made + (uint64_t)argument * PER_BYTE;
}

/* As the firmware does: four readings added, two bits kept. */
static unsigned next_symbol(struct model *model)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < 4; i++)
		sum += model_read(model);
	return sum & 3;
}

static uint8_t next_byte(struct bench *bench, const struct setup *setup)
{
	unsigned byte = 0;

	for (unsigned i = 0; i < PER_BYTE; i++, bench->made++) {
		if (bench->made == bench->fault_at)
			break_it(bench, setup);
		byte = byte << 2 | next_symbol(&bench->model);
	}
	if (bench->made <= bench->garbage_until)
		byte = (unsigned)(model_prng_next(&bench->prng) >> 56);
	return (uint8_t)byte;
}

/* One step of the line through the battery; an alarm before the fault only restarts it. */
static bool step(struct bench *bench, const struct setup *setup, struct outcome *outcome)
{
	uint64_t released = bench->base + health_gate_symbols(bench->health);
	uint64_t before = bench->made;
	uint8_t bytes[STEP_BYTES];

	for (unsigned i = 0; i < STEP_BYTES; i++)
		bytes[i] = next_byte(bench, setup);
	for (size_t at = 0; at < STEP_BYTES; at++) {
		at += health_feed(bench->health, bytes + at, STEP_BYTES - at, &outcome->test);
		if (at >= STEP_BYTES)
			return false;
		bench->base = before + (at + 1) * PER_BYTE;
		if (bench->base > bench->fault_at)
			break;
	}
	if (bench->base <= bench->fault_at)
		return false;
	outcome->has_fired = true;
	outcome->symbols = bench->base - bench->fault_at;
	if (released > bench->fault_at)
		outcome->bytes_left = (released - bench->fault_at) / PER_BYTE;
	return true;
}

static struct outcome observe(struct bench *bench, const struct setup *setup, uint64_t seed)
{
	struct outcome outcome = { 0 };

	start(bench, setup, seed);
	while (bench->made < bench->fault_at + GIVEN_UP && !step(bench, setup, &outcome))
		;
	if (!outcome.has_fired)
		outcome.symbols = outcome.bytes_left = UINT64_MAX;
	return outcome;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* A quantile of @runs figures, or a dash where that many runs gave no alarm. */
static void print_quantile(const uint64_t *sorted, size_t runs, double share)
{
	size_t index = (size_t)ceil(share * (double)runs) - 1;

	if (sorted[index] == UINT64_MAX)
		printf(" - |");
	else
		printf(" %llu |", (unsigned long long)sorted[index]);
}

static void print_tests(const unsigned *by_test, size_t runs)
{
	for (unsigned test = 0; test < HEALTH_TESTS; test++)
		if (by_test[test] * 50 >= runs)
			printf(" %s %.0f %%", health_test_name(test),
			       100.0 * by_test[test] / (double)runs);
	printf(" |");
}

static void print_setup(struct bench *bench, const struct setup *setup, uint64_t seed, size_t runs)
{
	uint64_t *symbols = calloc(runs, sizeof(*symbols));
	uint64_t *bytes = calloc(runs, sizeof(*bytes));
	unsigned by_test[HEALTH_TESTS] = { 0 };
	size_t fired = 0;

	if (!symbols || !bytes)
		abort();
	for (size_t i = 0; i < runs; i++) {
		struct outcome outcome = observe(bench, setup, seed + i);

		symbols[i] = outcome.symbols;
		bytes[i] = outcome.bytes_left;
		fired += outcome.has_fired;
		by_test[outcome.test] += outcome.has_fired;
	}
	qsort(symbols, runs, sizeof(*symbols), compare);
	qsort(bytes, runs, sizeof(*bytes), compare);
	printf("| %s | %.1f %% |", setup->name, 100.0 * (double)fired / (double)runs);
	print_quantile(symbols, runs, 0.5);
	print_quantile(symbols, runs, 0.99);
	if (setup->theory)
		printf(" %.0f |", setup->theory(setup, bench->health));
	else
		printf(" |");
	print_quantile(bytes, runs, 0.5);
	print_quantile(bytes, runs, 0.99);
	print_tests(by_test, runs);
	printf("\n");
	fflush(stdout);
	free(symbols);
	free(bytes);
}

/* Does the chunk test miss the first whole chunk after the failure? */
static bool is_missed(enum model_fault fault, double noise_lsb, uint64_t seed)
{
	struct model_settings settings = model_defaults();
	struct total_failure test;
	uint8_t bytes[HEALTH_CHUNK_BYTES];
	struct model model;

	settings.noise_lsb = noise_lsb;
	settings.dark_lsb = 0;
	model_init(&model, seed, &settings);
	model_power(&model, true, true);
	model_set_fault(&model, fault, noise_lsb);
	total_failure_init(&test, 6);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		for (unsigned j = 0; j < PER_BYTE; j++)
			bytes[i] = (uint8_t)((unsigned)bytes[i] << 2 | next_symbol(&model));
	return total_failure_feed(&test, bytes, sizeof(bytes)) == sizeof(bytes);
}

/* Wilson's interval for a share. */
static void print_share(unsigned hits, unsigned runs)
{
	const double z = 1.96;
	double n = runs, p = hits / n;
	double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
	double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);

	printf(" %.2f %% (%.2f to %.2f) |", 100 * p, 100 * (centre - half), 100 * (centre + half));
}

static void print_misses(uint64_t seed)
{
	static const enum model_fault faults[] = { MODEL_FAN_OFF, MODEL_LAMP_OFF };
	static const double noises[] = { 0.1,  0.2, 0.25, 0.26, 0.267, 0.27, 0.28, 0.29, 0.3,
					 0.35, 0.4, 0.45, 0.46, 0.47,  0.48, 0.49, 0.5,  1 };

	printf("\n| ADC noise that remains, LSB | fan off, missed (95 %%) | lamp off, missed (95 "
	       "%%) |\n"
	       "|---|---|---|\n");
	for (unsigned i = 0; i < COUNT(noises); i++) {
		printf("| %.3f |", noises[i]);
		for (unsigned j = 0; j < COUNT(faults); j++) {
			unsigned missed = 0;

			for (unsigned run = 0; run < MISS_RUNS; run++)
				missed += is_missed(faults[j], noises[i], seed + run);
			print_share(missed, MISS_RUNS);
		}
		printf("\n");
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	const char *seed = getenv("SEED");
	uint64_t runs = 300, first = 1;
	static struct bench bench;

	if (argc > 1 && parse_u64(argv[1], 1, 1000000, &runs))
		return EXIT_FAILURE;
	if (seed && parse_u64(seed, 0, UINT64_MAX / 2, &first))
		return EXIT_FAILURE;
	if (open_health(&bench.health))
		return EXIT_FAILURE;
	printf("SEED=%llu, %llu runs each, given up after %u symbols\n\n",
	       (unsigned long long)first, (unsigned long long)runs, GIVEN_UP);
	printf("| fault | alarm | symbols: median | 99 %% | theory, median | bytes left: median | "
	       "99 %% | first to fire |\n|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < COUNT(setups); i++)
		print_setup(&bench, &setups[i], first, runs);
	print_misses(first);
	health_close(bench.health);
	return EXIT_SUCCESS;
}
