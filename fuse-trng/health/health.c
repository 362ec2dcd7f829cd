/* SPDX-License-Identifier: GPL-3.0-or-later */
/* health - feeds every test, finds the first alarm, keeps the ledger and the gate. */
#include "common/secret.h"
#include "fuse-trng/health/battery.h"
#include "fuse-trng/health/chisquare.h"
#include "fuse-trng/health/cutoff.h"
#include "fuse-trng/health/most_common.h"
#include "fuse-trng/health/snapshot.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

static int check(const struct health_settings *settings)
{
	unsigned bits = settings->symbol_bits;

	if (bits != 1 && bits != 2 && bits != 4 && bits != 8)
		return -EINVAL;
	if (!(settings->health_entropy > 0 && settings->health_entropy <= bits))
		return -EINVAL;
	if (!(settings->rate_symbol_s > 0 && isfinite(settings->rate_symbol_s)))
		return -EINVAL;
	if (!(settings->false_alarms_per_year > 0 && isfinite(settings->false_alarms_per_year)))
		return -EINVAL;
	return settings->total_failure_limit <= HEALTH_CHUNK_BYTES ? 0 : -EINVAL;
}

static void fill_unpacked(struct health *health)
{
	unsigned bits = health->settings.symbol_bits;

	for (unsigned byte = 0; byte < 256; byte++)
		for (unsigned i = 0; i < health->per_byte; i++)
			health->unpacked[byte][i] =
				(uint8_t)(byte >> (8 - bits * (i + 1)) & ((1u << bits) - 1));
}

/* Cutoffs from alphas; every test begins on an empty stream. */
static int open_tests(struct health *health)
{
	const struct health_settings *settings = &health->settings;
	const double *alphas = health->alphas;
	double p = exp2(-settings->health_entropy);
	unsigned window = proportion_window(settings->symbol_bits);
	unsigned limit = settings->total_failure_limit;
	const struct online_settings online = { settings->symbol_bits, p, alphas[HEALTH_ONLINE] };

	if (limit == 0)
		limit = total_failure_limit(settings->health_entropy * health->per_byte,
					    alphas[HEALTH_TOTAL_FAILURE]);
	total_failure_init(&health->gates.total_failure, limit);
	repetition_init(&health->gates.repetition,
			cutoff_repetition(settings->health_entropy, alphas[HEALTH_REPETITION]));
	proportion_init(&health->gates.proportion, window,
			cutoff_binomial(window, p, alphas[HEALTH_PROPORTION]));
	lag_init(&health->gates.lag, cutoff_binomial(LAG_WINDOW, p, alphas[HEALTH_LAG]));
	health->startup_critical = chisquare_critical(
		(1u << settings->symbol_bits) - 1,
		chisquare_noncentrality(HEALTH_STARTUP_SYMBOLS, settings->symbol_bits,
					settings->health_entropy),
		alphas[HEALTH_STARTUP]);
	return online_open(&health->online, &online);
}

static void fill_probabilities(struct health *health)
{
	unsigned bits = health->settings.symbol_bits;
	double *probability = health->probability;

	probability[HEALTH_TOTAL_FAILURE] =
		total_failure_probability(health->gates.total_failure.limit);
	probability[HEALTH_REPETITION] =
		repetition_probability(health->gates.repetition.cutoff, bits);
	probability[HEALTH_PROPORTION] = proportion_probability(
		health->gates.proportion.window, health->gates.proportion.cutoff, bits);
	probability[HEALTH_LAG] = lag_probability(health->gates.lag.cutoff, bits);
	probability[HEALTH_ONLINE] = online_probability(&health->online, ONLINE_SHORT);
	probability[BUDGET_ONLINE_LONG] = online_probability(&health->online, ONLINE_LONG);
	probability[HEALTH_STARTUP] = chisquare_tail((1u << bits) - 1, 0, health->startup_critical);
}

int health_open_at(struct health **health, const struct health_settings *settings,
		   const double alphas[HEALTH_TESTS])
{
	int error = check(settings);
	struct health *h;

	if (error)
		return error;
	h = secret_alloc(sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->settings = *settings;
	h->per_byte = 8 / settings->symbol_bits;
	memcpy(h->alphas, alphas, sizeof(h->alphas));
	budget_unit_symbols(settings->symbol_bits, h->unit_symbols);
	fill_unpacked(h);
	error = open_tests(h);
	if (error) {
		secret_free(h, sizeof(*h));
		return error;
	}
	fill_probabilities(h);
	*health = h;
	return 0;
}

int health_open(struct health **health, const struct health_settings *settings)
{
	double alphas[HEALTH_TESTS];
	int error = check(settings);

	if (error)
		return error;
	budget_alphas(settings, alphas);
	return health_open_at(health, settings, alphas);
}

void health_close(struct health *health)
{
	if (!health)
		return;
	online_close(&health->online);
	secret_free(health, sizeof(*health));
}

/* Units that end within the first @position symbols of a stream. The online test's windows begin
 * behind the stream's first symbol, which has no predecessor. */
static uint64_t units_until(const struct health *health, unsigned unit, uint64_t position)
{
	uint64_t length = health->unit_symbols[unit];

	if (length == 0)
		return 0;
	if (unit == HEALTH_ONLINE || unit == BUDGET_ONLINE_LONG)
		position -= position > 0;
	return position / length;
}

/* Ends the stream at its @position and begins the next. */
static void restart(struct health *health, uint64_t position)
{
	for (unsigned unit = 0; unit < BUDGET_UNITS; unit++)
		health->past_units[unit] += units_until(health, unit, position);
	total_failure_restart(&health->gates.total_failure);
	repetition_restart(&health->gates.repetition);
	proportion_restart(&health->gates.proportion);
	lag_restart(&health->gates.lag);
	online_restart(&health->online);
	health->is_warning_told = false;
	secret_wipe(&health->before, sizeof(health->before));
	secret_wipe(health->stream, sizeof(health->stream));
	health->position = 0;
}

void health_restart(struct health *health)
{
	restart(health, health->position);
}

/* A unit that fires before its end has been judged all the same. */
static void alarm(struct health *health, enum health_test test, uint64_t position)
{
	bool is_partial = test != HEALTH_ONLINE && position % health->unit_symbols[test] != 0;

	health->past_units[test] += is_partial;
	health->alarms[test]++;
	restart(health, position);
}

static void unpack(const struct health *health, const uint8_t *bytes, size_t len_bytes,
		   uint8_t *out)
{
	/* Eight bytes always: the next ones overwrite what is too much. */
	for (size_t i = 0; i < len_bytes; i++, out += health->per_byte)
		memcpy(out, health->unpacked[bytes[i]], BATTERY_PER_BYTE);
}

/* Keeps the earliest alarm; of several at one symbol, the first in the ledger's order. */
static void earlier(size_t at, enum health_test test, size_t *end, enum health_test *fired)
{
	if (at >= *end)
		return;
	*end = at;
	*fired = test;
}

/* Index in the batch of the first symbol at which a test fires, or the number of symbols. Each
 * test sees only what comes before the alarms found so far. */
static size_t first_alarm(struct health *health, const uint8_t *bytes, size_t len_bytes,
			  enum health_test *fired)
{
	const uint8_t *symbols = health->stream + LAG_MAX;
	size_t end = len_bytes * health->per_byte;
	size_t byte = total_failure_feed(&health->gates.total_failure, bytes, len_bytes);

	/* Bytes count when their last symbol is there. */
	earlier((byte + 1) * health->per_byte - 1, HEALTH_TOTAL_FAILURE, &end, fired);
	earlier(repetition_feed(&health->gates.repetition, symbols, end), HEALTH_REPETITION, &end,
		fired);
	earlier(proportion_feed(&health->gates.proportion, symbols, end), HEALTH_PROPORTION, &end,
		fired);
	earlier(lag_feed(&health->gates.lag, symbols, end), HEALTH_LAG, &end, fired);
	earlier(online_feed(&health->online, symbols, end, health->position == 0), HEALTH_ONLINE,
		&end, fired);
	return end;
}

size_t health_feed(struct health *health, const uint8_t *bytes, size_t len_bytes,
		   enum health_test *fired)
{
	size_t count = len_bytes * health->per_byte;
	size_t end;

	assert(len_bytes <= HEALTH_BATCH_BYTES);
	unpack(health, bytes, len_bytes, health->stream + LAG_MAX);
	health->before = health->gates;
	end = first_alarm(health, bytes, len_bytes, fired);
	if (end < count) {
		health->position += end;
		snapshot_alarm(health, bytes, end, *fired);
		alarm(health, *fired, health->position + 1);
		return end / health->per_byte;
	}
	secret_wipe(&health->before, sizeof(health->before));
	health->position += count;
	memmove(health->stream, health->stream + count, LAG_MAX);
	secret_wipe(health->stream + LAG_MAX, count + BATTERY_PER_BYTE);
	return len_bytes;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t whole_units(const struct health *health, unsigned unit, uint64_t position)
{
	return position - position % health->unit_symbols[unit];
}

uint64_t health_gate_symbols(const struct health *health)
{
	uint64_t position = health->position;
	uint64_t gate = whole_units(health, HEALTH_PROPORTION, position);

	gate = smaller(gate, whole_units(health, HEALTH_LAG, position));
	gate = smaller(gate, position - health->gates.repetition.run);
	gate = smaller(gate, position - smaller(position, LAG_MAX));
	return whole_units(health, HEALTH_TOTAL_FAILURE, gate);
}

int health_startup(struct health *health, const uint8_t *bytes)
{
	uint8_t symbols[HEALTH_STARTUP_SYMBOLS + BATTERY_PER_BYTE];
	double statistic;

	unpack(health, bytes, HEALTH_STARTUP_SYMBOLS / health->per_byte, symbols);
	statistic =
		chisquare_statistic(symbols, HEALTH_STARTUP_SYMBOLS, health->settings.symbol_bits);
	secret_wipe(symbols, sizeof(symbols));
	health->past_units[HEALTH_STARTUP]++;
	if (statistic < health->startup_critical)
		return 0;
	health->alarms[HEALTH_STARTUP]++;
	snapshot_startup(health, statistic);
	return -EIO;
}

static double cutoff_of(const struct health *health, enum health_test test)
{
	const double cutoffs[HEALTH_TESTS] = {
		[HEALTH_TOTAL_FAILURE] = health->gates.total_failure.limit + 1.0,
		[HEALTH_REPETITION] = health->gates.repetition.cutoff,
		[HEALTH_PROPORTION] = health->gates.proportion.cutoff,
		[HEALTH_LAG] = health->gates.lag.cutoff,
		[HEALTH_ONLINE] = health->online.cutoff_short,
		[HEALTH_STARTUP] = health->startup_critical,
	};

	return cutoffs[test];
}

/* Units judged since health_open(). */
static uint64_t units(const struct health *health, unsigned unit)
{
	return health->past_units[unit] + units_until(health, unit, health->position);
}

struct health_row health_row(const struct health *health, enum health_test test)
{
	struct health_row row = {
		.name = health_test_name(test),
		.trials = units(health, test),
		.alarms = health->alarms[test],
		.expected_alarms = (double)units(health, test) * health->probability[test],
		.cutoff = cutoff_of(health, test),
		.alpha = health->alphas[test],
	};

	if (test == HEALTH_ONLINE) {
		uint64_t longs = units(health, BUDGET_ONLINE_LONG);

		row.trials = (row.trials + longs) * online_cells(health->settings.symbol_bits);
		row.expected_alarms += (double)longs * health->probability[BUDGET_ONLINE_LONG];
	}
	return row;
}

const char *health_test_name(enum health_test test)
{
	static const char *const names[HEALTH_TESTS] = {
		[HEALTH_TOTAL_FAILURE] = "total_failure",
		[HEALTH_REPETITION] = "repetition",
		[HEALTH_PROPORTION] = "proportion",
		[HEALTH_LAG] = "lag",
		[HEALTH_ONLINE] = "online",
		[HEALTH_STARTUP] = "startup",
	};

	return names[test];
}

void health_entropy_figures(const struct health *health, struct health_entropy *figures)
{
	struct most_common estimate;

	figures->values = 1u << health->settings.symbol_bits;
	figures->symbols = health->online.looked;
	figures->next_symbols = online_until_look(&health->online);
	figures->is_warning = health->online.is_warning;
	if (figures->symbols == 0)
		return;
	estimate = most_common_estimate(health->online.counts, figures->values, figures->shares);
	figures->min_entropy = estimate.min_entropy;
	figures->min_entropy_upper = estimate.min_entropy_upper;
	figures->least_share = estimate.least_share;
}

bool health_entropy_news(struct health *health)
{
	bool is_news = health->online.is_warning != health->is_warning_told;

	health->is_warning_told = health->online.is_warning;
	return is_news;
}

void health_online_cutoffs(const struct health *health, unsigned cutoffs[2])
{
	cutoffs[0] = health->online.cutoff_short;
	cutoffs[1] = health->online.cutoff_long;
}

double health_false_alarms_per_year(const struct health *health, enum health_test test)
{
	double units_per_year[BUDGET_UNITS];
	double sum = 0;

	budget_units_per_year(&health->settings, units_per_year);
	for (unsigned unit = 0; unit < BUDGET_UNITS; unit++) {
		enum health_test owner = unit == BUDGET_ONLINE_LONG ? HEALTH_ONLINE : unit;

		if (test == owner || test == HEALTH_TESTS)
			sum += units_per_year[unit] * health->probability[unit];
	}
	return sum;
}
