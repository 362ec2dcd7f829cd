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

#define CODES (sizeof(codes) / sizeof(codes[0]))

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

/* A key of `status` as a metric; values are multiplied by @scale to reach the
 * base unit. */
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
	{ "pool_dropped_bytes", "trng_pool_dropped_bytes_total", "counter",
	  "Tested bytes that found the pool full.", 1 },
	{ "rate_bit_s", "trng_rate_bits_per_second", "gauge", "What the device sends now.", 1 },
	{ "pool_bytes", "trng_pool_bytes", "gauge", "Bytes ready to be read.", 1 },
	{ "pool_capacity_bytes", "trng_pool_capacity_bytes", "gauge", "What the pool can hold.",
	  1 },
	{ "waiting_readers", "trng_waiting_readers", "gauge", "Reads that wait for bytes.", 1 },
	{ "queue_bytes", "trng_queue_bytes", "gauge", "Bytes asked for by those who wait.", 1 },
	{ "eta_s", "trng_eta_seconds", "gauge",
	  "What a reader of 32 bytes would wait now; -1 if that cannot be told.", 1 },
	{ "alarms", "trng_alarms_total", "counter", "Alarms of all tests.", 1 },
};

static const struct test_row {
	const char *key, *name, *type, *help;
} test_rows[] = {
	{ "trials", "trng_test_trials_total", "counter", "Times that a test was made." },
	{ "alarms", "trng_test_alarms_total", "counter", "Times that it fired." },
	{ "expected_alarms", "trng_test_expected_alarms", "gauge",
	  "Times that it would have fired by now on a perfect source." },
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

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (snapshot_number(snapshot, rows[i].key, &number) < 0)
			continue;
		head(out, rows[i].name, rows[i].type, rows[i].help);
		fprintf(out, "%s %.15g\n", rows[i].name, number * rows[i].scale);
	}
}

/* Test names are letters and the underscore; what is not is left out. */
static bool is_label(const char *name, size_t len)
{
	return len > 0 && strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789") >= len;
}

/* One sample for "test.NAME.KEY=NUMBER" at @line, if it is that, and the first
 * of its key. */
static void render_line(FILE *out, const struct snapshot *snapshot, const struct test_row *row,
			const char *line, size_t len)
{
	const char *dot =
		len > 5 && !strncmp(line, "test.", 5) ? memchr(line + 5, '.', len - 5) : NULL;
	const char *equals = dot ? memchr(dot, '=', len - (size_t)(dot - line)) : NULL;
	const char *value;
	char key[80];
	double number;

	if (!equals || (size_t)(equals - line) >= sizeof(key) ||
	    !is_label(line + 5, (size_t)(dot - line - 5)))
		return;
	snprintf(key, sizeof(key), "%.*s", (int)(equals - line), line);
	if (strcmp(key + (dot + 1 - line), row->key) != 0 ||
	    snapshot_value(snapshot, key, &value) < 0 || value != equals + 1 ||
	    snapshot_number(snapshot, key, &number) < 0)
		return;
	fprintf(out, "%s{test=\"%.*s\"} %.15g\n", row->name, (int)(dot - line - 5), line + 5,
		number);
}

static void render_test(FILE *out, const struct snapshot *snapshot, const struct test_row *row)
{
	for (const char *line = snapshot->text; *line;) {
		size_t len = strcspn(line, "\n");

		render_line(out, snapshot, row, line, len);
		line += len + (line[len] == '\n');
	}
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
	for (size_t i = 0; i < sizeof(test_rows) / sizeof(test_rows[0]); i++) {
		head(out, test_rows[i].name, test_rows[i].type, test_rows[i].help);
		render_test(out, snapshot, &test_rows[i]);
	}
	render_requests(out, metrics, now);
	render_now(out, now);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
