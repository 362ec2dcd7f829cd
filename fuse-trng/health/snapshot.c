/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snapshot - the battery's state at an alarm, written before it restarts. */
#include "fuse-trng/health/snapshot.h"

#include "common/text.h"

static void add_total_failure(struct text *text, const struct total_failure *test)
{
	unsigned most = 0;

	for (unsigned value = 0; value < 256; value++)
		if (test->counts[value] > test->counts[most])
			most = value;
	text_add(text, "total_failure.chunk_bytes=%u\n", test->filled_bytes);
	text_add(text, "total_failure.most_frequent=0x%02x\ntotal_failure.count=%u\n", most,
		 test->counts[most]);
	text_add(text, "total_failure.limit=%u\n", test->limit);
}

/* No matches: the first symbols of a window are held against some before it, which may have left.
 */
static void add_gates(struct text *text, const struct battery_gates *gates)
{
	const struct repetition *repetition = &gates->repetition;
	const struct proportion *proportion = &gates->proportion;

	add_total_failure(text, &gates->total_failure);
	text_add(text, "repetition.symbol=%u\nrepetition.run=%u\nrepetition.cutoff=%u\n",
		 repetition->last, repetition->run, repetition->cutoff);
	text_add(text, "proportion.window_symbols=%u\nproportion.window=%u\n", proportion->filled,
		 proportion->window);
	text_add(text, "proportion.first=%u\nproportion.count=%u\nproportion.cutoff=%u\n",
		 proportion->first, proportion->matches, proportion->cutoff);
	text_add(text, "lag.window_symbols=%u\nlag.window=%u\nlag.cutoff=%u\n", gates->lag.filled,
		 LAG_WINDOW, gates->lag.cutoff);
}

/* The figures that status shows, no others: they are made so that they do not tell of keys. */
static void add_online(struct text *text, const struct health *health)
{
	struct health_entropy figures;
	uint64_t pairs = health->position - (health->position > 0);

	health_entropy_figures(health, &figures);
	text_add(text, "online.short_window_symbols=%u\nonline.long_window_symbols=%u\n",
		 (unsigned)(pairs % ONLINE_SHORT), (unsigned)(pairs % ONLINE_LONG));
	text_add(text, "online.cutoff_short=%u\nonline.cutoff_long=%u\n",
		 health->online.cutoff_short, health->online.cutoff_long);
	text_add(text, "online.figures_symbols=%u\n", figures.symbols);
	if (figures.symbols)
		text_add(text, "online.min_entropy=%.4f\nonline.min_entropy_upper=%.4f\n",
			 figures.min_entropy, figures.min_entropy_upper);
}

static void add_ledger(struct text *text, const struct health *health)
{
	for (unsigned i = 0; i < HEALTH_TESTS; i++) {
		struct health_row row = health_row(health, (enum health_test)i);

		text_add(text, "%s.trials=%llu\n%s.alarms=%llu\n", row.name,
			 (unsigned long long)row.trials, row.name, (unsigned long long)row.alarms);
		text_add(text, "%s.expected_alarms=%.4g\n%s.alpha=%.4g\n", row.name,
			 row.expected_alarms, row.name, row.alpha);
	}
}

static void begin(struct text *text, struct health *health, const char *fired)
{
	text_init(text, health->snapshot, sizeof(health->snapshot));
	text_add(text, "fired=%s\n", fired);
}

static void finish(struct text *text, const struct health *health,
		   const struct battery_gates *gates)
{
	text_add(text, "stream_symbols=%llu\n", (unsigned long long)health->position);
	add_gates(text, gates);
	add_online(text, health);
	text_add(text, "startup.cutoff=%.6g\n", health->startup_critical);
	add_ledger(text, health);
}

/* The smallest lag whose matches reach the cutoff with @symbol; 0: none. */
static unsigned firing_lag(const struct lag *test, const uint8_t *symbol)
{
	for (unsigned k = 1; k <= test->history; k++)
		if (test->matches[k - 1] + (symbol[0] == *(symbol - k)) >= test->cutoff)
			return k;
	return 0;
}

void snapshot_alarm(struct health *health, const uint8_t *bytes, size_t end, enum health_test fired)
{
	const uint8_t *symbols = health->stream + LAG_MAX;
	struct battery_gates *gates = &health->before;
	struct text text;

	total_failure_feed(&gates->total_failure, bytes, end / health->per_byte);
	repetition_feed(&gates->repetition, symbols, end);
	proportion_feed(&gates->proportion, symbols, end);
	lag_feed(&gates->lag, symbols, end);
	begin(&text, health, health_test_name(fired));
	text_add(&text, "fired_symbol=%u\n", symbols[end]);
	if (fired == HEALTH_LAG)
		text_add(&text, "lag.period=%u\n", firing_lag(&gates->lag, symbols + end));
	finish(&text, health, gates);
}

void snapshot_startup(struct health *health, double statistic)
{
	struct text text;

	begin(&text, health, health_test_name(HEALTH_STARTUP));
	text_add(&text, "startup.statistic=%.6g\n", statistic);
	finish(&text, health, &health->gates);
}

void health_keep_snapshot(struct health *health)
{
	struct text text;

	begin(&text, health, "none");
	finish(&text, health, &health->gates);
}

const char *health_snapshot(const struct health *health)
{
	return health->snapshot;
}
