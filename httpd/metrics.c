/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics - what Prometheus is told, in its text format 0.0.4. */
#include "httpd/metrics.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every code that the server answers with; the last place is for what was not
 * foreseen. */
static const unsigned codes[] = { 200, 202, 204, 206, 304, 400, 401, 403, 404, 405, 409, 413,
				  414, 416, 421, 429, 432, 499, 500, 503, 507, 555, 0 };

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define CODES       COUNT(codes)

struct metrics {
	_Atomic uint64_t requests[METRICS_MOST_ROUTES][CODES];
	_Atomic uint64_t bits[2]; /* of random, of urandom */
};

int metrics_open(struct metrics **metrics)
{
	*metrics = calloc(1, sizeof(**metrics));
	return *metrics ? 0 : -ENOMEM;
}

void metrics_close(struct metrics *metrics)
{
	free(metrics);
}

void metrics_count(struct metrics *metrics, unsigned route, unsigned code, uint64_t bits,
		   bool is_urandom)
{
	size_t i = 0;

	while (codes[i] != 0 && codes[i] != code)
		i++;
	atomic_fetch_add_explicit(&metrics->requests[route][i], 1, memory_order_relaxed);
	metrics_bits(metrics, bits, is_urandom);
}

void metrics_bits(struct metrics *metrics, uint64_t bits, bool is_urandom)
{
	atomic_fetch_add_explicit(&metrics->bits[is_urandom], bits, memory_order_relaxed);
}

/* A key of `status` as a metric; values are multiplied by @scale to reach the base unit. */
static const struct row {
	const char *key, *name, *type, *help;
	double scale;
} rows[] = {
	{ "uptime_s", "trng_uptime_seconds", "gauge", "Since the daemon started.", 1 },
	{ "raw_bits", "trng_raw_bytes_total", "counter", "Bytes that the device has sent.", 0.125 },
	{ "random_bytes", "trng_random_bytes_total", "counter",
	  "Tested bytes that readers have been given.", 1 },
	{ "wiped_bytes", "trng_wiped_bytes_total", "counter",
	  "Bytes that an alarm has wiped before they left.", 1 },
	{ "withheld_bytes", "trng_withheld_bytes_total", "counter",
	  "Bytes that passed the tests and were not for the pool: raw or a record has them.", 1 },
	{ "cleared_bytes", "trng_cleared_bytes_total", "counter",
	  "Bytes that passed the tests, for the pool or the conditioner.", 1 },
	{ "pool_dropped_bytes", "trng_pool_dropped_bytes_total", "counter",
	  "Tested bytes that found the pool full.", 1 },
	{ "assessed_bits", "trng_assessed_entropy_bits_total", "counter",
	  "Min-entropy that the assessment gives the cleared bytes, in bits.", 1 },
	{ "rate_bit_s", "trng_rate_bits_per_second", "gauge", "What the device sends now.", 1 },
	{ "pool_bytes", "trng_pool_bytes", "gauge", "Bytes ready to be read.", 1 },
	{ "pool_capacity_bytes", "trng_pool_capacity_bytes", "gauge", "What the pool can hold.",
	  1 },
	{ "waiting_readers", "trng_waiting_readers", "gauge", "Reads that wait for bytes.", 1 },
	{ "queue_bytes", "trng_queue_bytes", "gauge", "Bytes asked for by those who wait.", 1 },
	{ "eta_s", "trng_eta_seconds", "gauge",
	  "What a reader of 32 bytes would wait now; -1 if that cannot be told.", 1 },
	{ "alarms", "trng_alarms_total", "counter", "Alarms of all tests.", 1 },
	{ "ledger.entered_bits", "trng_ledger_entered_bytes_total", "counter",
	  "Bytes that have come from the line.", 0.125 },
	{ "ledger.made_bits", "trng_ledger_made_bytes_total", "counter",
	  "Bytes that the conditioner has made.", 0.125 },
	{ "conditioning_in_bytes", "trng_conditioning_in_bytes", "gauge",
	  "So many tested bytes go into a block of the conditioner; 1: there is none.", 1 },
	{ "conditioning_out_bytes", "trng_conditioning_out_bytes", "gauge",
	  "So many bytes it makes of them; 1: there is none.", 1 },
	{ "urandom_seeded", "trng_urandom_seeded", "gauge", "1 while urandom gives bytes.", 1 },
	{ "urandom_seeds", "trng_urandom_seeds_total", "counter",
	  "Seeds that urandom's generator has taken.", 1 },
	{ "urandom_seed_s", "trng_urandom_seed_age_seconds", "gauge",
	  "Age of the newest of them; -1: it has none.", 1 },
	{ "urandom_bytes", "trng_urandom_bytes_total", "counter",
	  "Bytes that readers of urandom have been given.", 1 },
	{ "urandom_waiting_readers", "trng_urandom_waiting_readers", "gauge",
	  "Reads that wait for the first seed.", 1 },
	{ "diverted", "trng_diverted", "gauge",
	  "1 while raw is open, so that nothing comes to the pool.", 1 },
	{ "raw_read_bytes", "trng_raw_read_bytes_total", "counter",
	  "Untested bytes that readers of raw have been given.", 1 },
	{ "kernel_feeds", "trng_kernel_feeds_total", "counter",
	  "Times that the kernel's pool was fed.", 1 },
	{ "kernel_bytes", "trng_kernel_bytes_total", "counter",
	  "Bytes that the kernel's pool was fed.", 1 },
	{ "kernel_bits", "trng_kernel_entropy_bits_total", "counter",
	  "Assessed min-entropy credited for them, in bits.", 1 },
	{ "kernel_reseeds", "trng_kernel_reseeds_total", "counter",
	  "Times that the kernel reseeded its generator because of that.", 1 },
	{ "kernel_fed_s", "trng_kernel_fed_age_seconds", "gauge",
	  "Since the kernel was last fed; -1: never.", 1 },
	{ "symbol_bits", "trng_symbol_bits", "gauge", "Bits of a symbol.", 1 },
	{ "health_entropy", "trng_health_entropy_bits", "gauge",
	  "Claimed min-entropy of a symbol, which the tests' cutoffs follow, in bits.", 1 },
	{ "assessed_entropy", "trng_assessed_entropy_bits", "gauge",
	  "Assessed min-entropy of a symbol, which is all that is credited, in bits.", 1 },
	{ "entropy_symbols", "trng_entropy_symbols", "gauge", "Symbols that the estimate is about.",
	  1 },
	{ "min_entropy", "trng_min_entropy_bits", "gauge",
	  "Estimated min-entropy of a symbol, the lower bound, in bits.", 1 },
	{ "min_entropy_upper", "trng_min_entropy_upper_bits", "gauge",
	  "The other end of that interval of 99 %, in bits.", 1 },
	{ "entropy_warning", "trng_entropy_warning", "gauge",
	  "1 if the estimate contradicts the claim.", 1 },
	{ "causality_count", "trng_causality_tests_total", "counter", "Causality tests made.", 1 },
};

/* Of keys that a name stands in: the samples of one metric, labelled by it. */
struct family {
	const char *prefix, *suffix, *label, *name, *type, *help;
	double scale;
	const char *const *only, *const *but; /* names; NULL: all, none */
};

/* Accounts of the ledger that bytes leave again, and what is no account. */
static const char *const live[] = { "held", "conditioner", "pool", "set_aside", NULL };
static const char *const not_final[] = { "entered", "made",      "held", "conditioner",
					 "pool",    "set_aside", NULL };

static const struct family families[] = {
	{ "test.", ".trials", "test", "trng_test_trials_total", "counter",
	  "Times that a test was made.", 1, NULL, NULL },
	{ "test.", ".alarms", "test", "trng_test_alarms_total", "counter", "Times that it fired.",
	  1, NULL, NULL },
	{ "test.", ".expected_alarms", "test", "trng_test_expected_alarms", "gauge",
	  "Times that it would have fired by now on a perfect source.", 1, NULL, NULL },
	{ "ledger.", "_bits", "account", "trng_ledger_bytes_total", "counter",
	  "Where bytes from the line went for good.", 0.125, NULL, not_final },
	{ "ledger.", "_bits", "account", "trng_ledger_live_bytes", "gauge",
	  "Where the others are now.", 0.125, live, NULL },
	{ "causality_", "_noise_lsb", "phase", "trng_causality_noise_lsb", "gauge",
	  "How much the readings moved in each part of the last causality test.", 1, NULL, NULL },
	{ "causality_", "_level_lsb", "phase", "trng_causality_level_lsb", "gauge",
	  "How bright it was in each part of it.", 1, NULL, NULL },
};

/* Of keys that are words: 1 for the one that it is. */
static const struct choice {
	const char *key, *label, *name, *help;
	const char *words[5];
} choices[] = {
	{ "causality",
	  "verdict",
	  "trng_causality",
	  "1 for the verdict of the last causality test.",
	  { "proven", "silenced", "inconclusive", "contradicted", NULL } },
	{ "kernel_feed",
	  "state",
	  "trng_kernel_feed",
	  "1 for whether the kernel's pool is fed.",
	  { "off", "on", "refused", NULL } },
};

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void render_state(FILE *out, const struct snapshot *snapshot)
{
	head(out, "trng_up", "gauge", "1 while the daemon answers.");
	fprintf(out, "trng_up %d\n", snapshot->state != SNAPSHOT_UNREACHABLE);
	head(out, "trng_state", "gauge", "1 for the state that the source is in.");
	for (int i = 0; i < SNAPSHOT_STATES; i++)
		fprintf(out, "trng_state{state=\"%s\"} %d\n",
			snapshot_state_name((enum snapshot_state)i), i == (int)snapshot->state);
}

static void render_rows(FILE *out, const struct snapshot *snapshot)
{
	double number;

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (snapshot_number(snapshot, rows[i].key, &number) < 0)
			continue;
		head(out, rows[i].name, rows[i].type, rows[i].help);
		fprintf(out, "%s %.15g\n", rows[i].name, number * rows[i].scale);
	}
}

/* Names are letters and the underscore; what is not is left out. */
static bool is_label(const char *name, size_t len)
{
	return len > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789") >= len;
}

static bool is_among(const char *const *names, const char *name, size_t len)
{
	while (*names && (strlen(*names) != len || memcmp(*names, name, len) != 0))
		names++;
	return *names;
}

/* The name in @key, if it is the family's. Return: its length, or 0. */
static size_t name_in(const struct family *family, const char *key, const char **name)
{
	size_t prefix = strlen(family->prefix), suffix = strlen(family->suffix), len = strlen(key);

	if (len <= prefix + suffix || memcmp(key, family->prefix, prefix) != 0 ||
	    strcmp(key + len - suffix, family->suffix) != 0)
		return 0;
	*name = key + prefix;
	len -= prefix + suffix;
	if (!is_label(*name, len) || (family->only && !is_among(family->only, *name, len)) ||
	    (family->but && is_among(family->but, *name, len)))
		return 0;
	return len;
}

/* One sample for the "KEY=NUMBER" at @line, if it is of the family, and the first of its key. */
static void render_line(FILE *out, const struct snapshot *snapshot, const struct family *family,
			const char *line, size_t len)
{
	const char *equals = memchr(line, '=', len);
	const char *value, *name;
	char key[80];
	size_t name_len;
	double number;

	if (!equals || (size_t)(equals - line) >= sizeof(key))
		return;
	snprintf(key, sizeof(key), "%.*s", (int)(equals - line), line);
	name_len = name_in(family, key, &name);
	if (name_len == 0 || snapshot_value(snapshot, key, &value) < 0 || value != equals + 1 ||
	    snapshot_number(snapshot, key, &number) < 0)
		return;
	fprintf(out, "%s{%s=\"%.*s\"} %.15g\n", family->name, family->label, (int)name_len, name,
		number * family->scale);
}

static void render_family(FILE *out, const struct snapshot *snapshot, const struct family *family)
{
	head(out, family->name, family->type, family->help);
	for (const char *line = snapshot->text; *line;) {
		size_t len = strcspn(line, "\n");

		render_line(out, snapshot, family, line, len);
		line += len + (line[len] == '\n');
	}
}

static void render_choice(FILE *out, const struct snapshot *snapshot, const struct choice *choice)
{
	const char *value;
	int len = snapshot_value(snapshot, choice->key, &value);

	if (len < 0)
		return;
	head(out, choice->name, "gauge", choice->help);
	for (const char *const *word = choice->words; *word; word++)
		fprintf(out, "%s{%s=\"%s\"} %d\n", choice->name, choice->label, *word,
			(size_t)len == strlen(*word) && !memcmp(value, *word, (size_t)len));
}

static void render_requests(FILE *out, struct metrics *metrics, const struct metrics_now *now)
{
	head(out, "trng_http_requests_total", "counter", "Requests answered, by route and code.");
	for (unsigned route = 0; route < now->route_count; route++) {
		for (size_t i = 0; i < CODES; i++) {
			uint64_t count = atomic_load(&metrics->requests[route][i]);

			if (count > 0)
				fprintf(out,
					"trng_http_requests_total{route=\"%s\",code=\"%u\"} %llu\n",
					now->route_names[route], codes[i],
					(unsigned long long)count);
		}
	}
	head(out, "trng_http_bits_total", "counter", "Bits given by HTTP, by source.");
	fprintf(out, "trng_http_bits_total{source=\"random\"} %llu\n",
		(unsigned long long)atomic_load(&metrics->bits[0]));
	fprintf(out, "trng_http_bits_total{source=\"urandom\"} %llu\n",
		(unsigned long long)atomic_load(&metrics->bits[1]));
}

static void render_now(FILE *out, const struct metrics_now *now)
{
	head(out, "trng_http_connections", "gauge", "Open connections.");
	fprintf(out, "trng_http_connections %u\n", now->connections);
	head(out, "trng_http_waiting_requests", "gauge", "Requests and jobs that wait.");
	fprintf(out, "trng_http_waiting_requests %u\n", now->waiting);
	head(out, "trng_http_event_streams", "gauge", "Open event streams.");
	fprintf(out, "trng_http_event_streams %u\n", now->streams);
}

char *metrics_render(struct metrics *metrics, const struct snapshot *snapshot,
		     const struct metrics_now *now, size_t *len_bytes)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len_bytes);

	if (!out)
		return NULL;
	render_state(out, snapshot);
	render_rows(out, snapshot);
	for (size_t i = 0; i < COUNT(families); i++)
		render_family(out, snapshot, &families[i]);
	for (size_t i = 0; i < COUNT(choices); i++)
		render_choice(out, snapshot, &choices[i]);
	render_requests(out, metrics, now);
	render_now(out, now);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
