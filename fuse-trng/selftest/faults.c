/* SPDX-License-Identifier: GPL-3.0-or-later */
/* faults - one process for each test, and the shadows that keep the other tests out of it. */
#include "fuse-trng/selftest/faults.h"

#include "fuse-trng/health/online.h"

#include <math.h>
#include <string.h>

#define TRIES         1000 /* draws of the fault before a good byte must do */
#define DRIFT_WINDOWS 4    /* short windows of the online test until the drift is whole */
#define NOBODY        HEALTH_TESTS
#define SHORTEST      5 /* period: a shorter one is a matter for other tests */

static unsigned values_of(const struct faults *faults)
{
	return 1u << faults->symbol_bits;
}

void faults_restart(struct faults *faults)
{
	struct shadows *shadows = &faults->shadows;

	total_failure_init(&shadows->total_failure,
			   (unsigned)faults->cutoffs[HEALTH_TOTAL_FAILURE] - 1);
	repetition_init(&shadows->repetition, (unsigned)faults->cutoffs[HEALTH_REPETITION]);
	proportion_init(&shadows->proportion, proportion_window(faults->symbol_bits),
			(unsigned)faults->cutoffs[HEALTH_PROPORTION]);
	lag_init(&shadows->lag, (unsigned)faults->cutoffs[HEALTH_LAG]);
}

void faults_init(struct faults *faults, const struct health_settings *settings,
		 const struct health *battery, uint64_t seed)
{
	*faults = (struct faults){ .symbol_bits = settings->symbol_bits,
				   .per_byte = 8 / settings->symbol_bits };
	for (unsigned test = 0; test < HEALTH_TESTS; test++)
		faults->cutoffs[test] = health_row(battery, test).cutoff;
	good_seed(&faults->good, seed, 0);
	faults_restart(faults);
}

/* ---- the shadows ---- */

/* Whether any test but @meant would fire; advances @shadows. @symbols has LAG_MAX before it. */
static bool would_fire(struct shadows *shadows, uint8_t byte, const uint8_t *symbols, size_t count,
		       enum health_test meant)
{
	bool fires = false;

	fires |= total_failure_feed(&shadows->total_failure, &byte, 1) == 0 &&
		 meant != HEALTH_TOTAL_FAILURE;
	fires |= repetition_feed(&shadows->repetition, symbols, count) < count &&
		 meant != HEALTH_REPETITION;
	fires |= proportion_feed(&shadows->proportion, symbols, count) < count &&
		 meant != HEALTH_PROPORTION;
	fires |= lag_feed(&shadows->lag, symbols, count) < count && meant != HEALTH_LAG;
	return fires;
}

static uint8_t pack(const struct faults *faults, const uint8_t *symbols)
{
	unsigned byte = 0;

	for (unsigned i = 0; i < faults->per_byte; i++)
		byte = byte << faults->symbol_bits | symbols[i];
	return (uint8_t)byte;
}

static void unpack(const struct faults *faults, uint8_t byte, uint8_t *symbols)
{
	for (unsigned i = 0; i < faults->per_byte; i++)
		symbols[i] = (uint8_t)((unsigned)byte >> (8 - faults->symbol_bits * (i + 1)) &
				       (values_of(faults) - 1));
}

/* ---- the processes: each writes the symbols of one byte behind the history ---- */

typedef void draw_fn(struct faults *faults, uint8_t *symbols);

static uint8_t any_value(struct faults *faults)
{
	return (uint8_t)good_below(&faults->good, values_of(faults));
}

static void draw_good(struct faults *faults, uint8_t *symbols)
{
	for (unsigned i = 0; i < faults->per_byte; i++)
		symbols[i] = any_value(faults);
}

static uint8_t any_other_value(struct faults *faults)
{
	return (uint8_t)((faults->value + 1 + good_below(&faults->good, values_of(faults) - 1)) &
			 (values_of(faults) - 1));
}

/* The favoured value with probability @share, the others alike. */
static uint8_t biased(struct faults *faults, double share)
{
	return good_chance(&faults->good, share) ? faults->value : any_other_value(faults);
}

static void draw_stuck(struct faults *faults, uint8_t *symbols)
{
	memset(symbols, faults->value, faults->per_byte);
}

/* A byte value far above the limit, all symbols equally frequent. */
static void draw_byte_excess(struct faults *faults, uint8_t *symbols)
{
	double share = faults->cutoffs[HEALTH_TOTAL_FAILURE] / HEALTH_CHUNK_BYTES;

	if (good_chance(&faults->good, (1 + share) / 2))
		unpack(faults, faults->byte, symbols);
	else
		draw_good(faults, symbols);
}

/* Four standard deviations above the cutoff, of the value that the window has begun with: the one
 * that this test looks at. */
static void draw_bias(struct faults *faults, uint8_t *symbols)
{
	const struct proportion *shadow = &faults->shadows.proportion;
	double cutoff = faults->cutoffs[HEALTH_PROPORTION] / shadow->window;
	double share = cutoff + 4 * sqrt(fmax(0, cutoff * (1 - cutoff)) / shadow->window);

	faults->value = shadow->filled ? shadow->first : any_value(faults);
	for (unsigned i = 0; i < faults->per_byte; i++)
		symbols[i] = biased(faults, share);
	if (shadow->filled == 0)
		symbols[0] = faults->value;
}

/* Half of the way from the cutoff to no noise at all. */
static void draw_periodic(struct faults *faults, uint8_t *symbols)
{
	double matches = (1 + faults->cutoffs[HEALTH_LAG] / LAG_WINDOW) / 2;
	double by_chance = 1.0 / values_of(faults);
	double repeats = (matches - by_chance) / (1 - by_chance);

	for (unsigned i = 0; i < faults->per_byte; i++)
		symbols[i] = good_chance(&faults->good, repeats) ? *(symbols + i - faults->period)
								 : any_value(faults);
}

/* The share grows from that of a good source to half as much again as the excess that fires. */
static void draw_drift(struct faults *faults, uint8_t *symbols)
{
	double fair = 1.0 / values_of(faults);
	double excess = 1.5 * (faults->cutoffs[HEALTH_ONLINE] / ONLINE_SHORT - fair);
	double way = (double)faults->symbols / (DRIFT_WINDOWS * ONLINE_SHORT);

	for (unsigned i = 0; i < faults->per_byte; i++)
		symbols[i] = biased(faults, fair + excess * fmin(1, way));
}

/* Which share of all symbols a few values get for the start-up's statistic to be some way above its
 * critical value; @favoured: how many they are. */
static double uneven_share(const struct faults *faults, unsigned *favoured)
{
	double values = values_of(faults);
	double df = values - 1;
	/* The other symbols add df in the mean, and seldom less than df - 3 sqrt(2 df). */
	double wanted = 20 + 1.05 * faults->cutoffs[HEALTH_STARTUP] - df + 3 * sqrt(2 * df);
	double excess = 2;

	for (*favoured = values_of(faults); excess > 0.8 && *favoured > 1;) {
		*favoured /= 2;
		excess =
			sqrt(fmax(0, wanted) / (HEALTH_STARTUP_SYMBOLS * (values / *favoured - 1)));
	}
	return excess + (1 - excess) * *favoured / values;
}

static uint8_t some_value(struct faults *faults, unsigned from, unsigned count)
{
	return (uint8_t)((faults->value + from + good_below(&faults->good, count)) &
			 (values_of(faults) - 1));
}

/* Shares too unequal for the claim, held to what they should be symbol by symbol. The proportion
 * test's windows begin with a value that is not favoured. */
static void draw_uneven(struct faults *faults, uint8_t *symbols)
{
	unsigned favoured, values = values_of(faults);
	double share = uneven_share(faults, &favoured);
	double debt = share * (double)faults->symbols - faults->favoured_symbols;
	double push = fmax(-0.1, fmin(0.1, debt / 10));

	for (unsigned i = 0; i < faults->per_byte; i++)
		symbols[i] = good_chance(&faults->good, share + push)
				     ? some_value(faults, 0, favoured)
				     : some_value(faults, favoured, values - favoured);
	if (faults->shadows.proportion.filled == 0)
		symbols[0] = some_value(faults, favoured, values - favoured);
}

/* Symbols of the newest byte that the shares favour. */
static unsigned count_favoured(const struct faults *faults)
{
	unsigned favoured, count = 0;

	uneven_share(faults, &favoured);
	for (unsigned i = 0; i < faults->per_byte; i++)
		count += ((faults->history[LAG_MAX - 1 - i] - faults->value) &
			  (values_of(faults) - 1)) < favoured;
	return count;
}

static const struct process {
	draw_fn *draw;
	const char *words;
} processes[HEALTH_TESTS + 1] = {
	[HEALTH_TOTAL_FAILURE] = { draw_byte_excess, "one byte value too often, symbols even" },
	[HEALTH_REPETITION] = { draw_stuck, "stuck at one symbol" },
	[HEALTH_PROPORTION] = { draw_bias, "the value that a window begins with too often" },
	[HEALTH_LAG] = { draw_periodic, "periodic with noise, periods of 5 to 32 symbols" },
	[HEALTH_ONLINE] = { draw_drift, "one value's share grows over 2^15 symbols" },
	[HEALTH_STARTUP] = { draw_uneven, "some values too often while starting" },
	[NOBODY] = { draw_good, "none" },
};

const char *faults_describe(enum health_test meant)
{
	return processes[meant].words;
}

static uint8_t next_byte(struct faults *faults, enum health_test meant)
{
	uint8_t *symbols = faults->history + LAG_MAX;
	struct shadows shadows;
	uint8_t byte;

	for (unsigned i = 0; i < 2 * TRIES; i++) {
		processes[i < TRIES ? meant : NOBODY].draw(faults, symbols);
		byte = pack(faults, symbols);
		shadows = faults->shadows;
		if (!would_fire(&shadows, byte, symbols, faults->per_byte, meant))
			break;
	}
	faults->shadows = shadows;
	memmove(faults->history, faults->history + faults->per_byte, LAG_MAX);
	return byte;
}

uint8_t faults_good(struct faults *faults)
{
	return next_byte(faults, NOBODY);
}

uint8_t faults_next(struct faults *faults, enum health_test meant)
{
	uint8_t byte = next_byte(faults, meant);

	faults->symbols += faults->per_byte;
	faults->favoured_symbols += count_favoured(faults);
	return byte;
}

/* A byte in which no symbol is more frequent than it must be; of one symbol, not the one that the
 * proportion test counts. */
static uint8_t even_byte(struct faults *faults)
{
	unsigned most = faults->per_byte / values_of(faults) + (faults->symbol_bits > 2);

	for (;;) {
		unsigned counts[HEALTH_VALUES] = { 0 }, largest = 0;
		uint8_t symbols[8];

		draw_good(faults, symbols);
		for (unsigned i = 0; i < faults->per_byte; i++)
			if (++counts[symbols[i]] > largest)
				largest = counts[symbols[i]];
		if (largest <= most &&
		    (faults->per_byte > 1 || symbols[0] != faults->shadows.proportion.first))
			return pack(faults, symbols);
	}
}

/* A value with which a run begins at the fault, and whose byte the chunk has had as seldom as can
 * be found. */
static uint8_t value_for_run(struct faults *faults)
{
	uint8_t value = any_value(faults);
	uint8_t symbols[8];

	for (unsigned i = 0; i < TRIES; i++, value = any_value(faults)) {
		memset(symbols, value, sizeof(symbols));
		if (value != faults->history[LAG_MAX - 1] &&
		    faults->shadows.total_failure.counts[pack(faults, symbols)] <= i / 100)
			break;
	}
	return value;
}

void faults_begin(struct faults *faults, enum health_test meant)
{
	faults->symbols = 0;
	faults->favoured_symbols = 0;
	faults->value = meant == HEALTH_REPETITION ? value_for_run(faults) : any_value(faults);
	faults->byte = even_byte(faults);
	faults->period = SHORTEST + good_below(&faults->good, LAG_MAX - SHORTEST + 1);
}

bool faults_may_begin(const struct faults *faults, enum health_test meant)
{
	unsigned run_bytes = ((unsigned)faults->cutoffs[HEALTH_REPETITION] + faults->per_byte - 1) /
			     faults->per_byte;
	unsigned at = faults->shadows.total_failure.filled_bytes;

	if (meant == HEALTH_TOTAL_FAILURE)
		return at < HEALTH_CHUNK_BYTES / 4;
	return meant != HEALTH_REPETITION || run_bytes >= 2 * HEALTH_CHUNK_BYTES ||
	       at == HEALTH_CHUNK_BYTES - run_bytes / 2;
}

uint64_t faults_bound(const struct faults *faults, enum health_test meant)
{
	const uint64_t bounds[HEALTH_TESTS] = {
		[HEALTH_TOTAL_FAILURE] = (uint64_t)2 * HEALTH_CHUNK_BYTES * faults->per_byte,
		[HEALTH_REPETITION] = (uint64_t)faults->cutoffs[HEALTH_REPETITION],
		[HEALTH_PROPORTION] = (uint64_t)3 * faults->shadows.proportion.window,
		[HEALTH_LAG] = 3 * LAG_WINDOW,
		[HEALTH_ONLINE] = (DRIFT_WINDOWS + 4) * ONLINE_SHORT,
		[HEALTH_STARTUP] = HEALTH_STARTUP_SYMBOLS,
	};
	uint64_t symbols = bounds[meant];

	return (symbols + faults->per_byte - 1) / faults->per_byte * faults->per_byte;
}
