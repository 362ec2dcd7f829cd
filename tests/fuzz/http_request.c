/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes what a request or the daemon's files say: the first byte chooses.
 *
 * 'q': NAME=VALUE pairs of a URL, parted by '&'; 'e': lines of `events`; else the text of `status`.
 * Numbers are in their range or refused by a sentence; JSON is text, whatever went into it; metrics
 * keep to the grammar.
 */
#include "httpd/event_line.h"
#include "httpd/metrics.h"
#include "httpd/query.h"
#include "httpd/route.h"
#include "httpd/snapshot.h"
#include "tests/unit/http_prometheus.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

/* Length of the part of @text up to @end or all of its @len bytes. */
static size_t part(const char *text, size_t len, char end)
{
	const char *at = memchr(text, end, len);

	return at ? (size_t)(at - text) : len;
}

/* What a client would be sent can be sent, and read again. */
static void expect_text(json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_t *again = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;

	expect(json_is_object(again));
	json_decref(again);
	json_decref(json);
	free(text);
}

/* ---- query ---- */

static void expect_sentence(const struct text *why)
{
	expect(!why->is_cut && strchr(why->data, '=') && strchr(why->data, ' '));
	for (size_t i = 0; i < why->len_bytes; i++)
		expect(why->data[i] >= ' ' && why->data[i] <= '~');
}

static void check_u64(const struct query *query, enum query_key key, uint64_t min, uint64_t max)
{
	const char *value = query->value[key];
	uint64_t out = 99;
	char data[200];
	struct text why;
	int ret;

	text_init(&why, data, sizeof(data));
	ret = query_u64(query, key, min, max, 98, &out, &why);
	if (ret == 0) {
		expect(why.len_bytes == 0 && query->count[key] < 2);
		expect(query->count[key] ? out >= min && out <= max : out == 98);
		expect(!value || strspn(value, "0123456789") == query->len_bytes[key]);
		return;
	}
	expect(ret == -EINVAL && out == 99 && query->count[key] > 0);
	expect_sentence(&why);
}

static void check_word(const struct query *query, enum query_key key)
{
	const char *out = "before";
	char data[200];
	struct text why;
	int ret;

	text_init(&why, data, sizeof(data));
	ret = query_word(query, key, NULL, &out, &why);
	if (ret == 0) {
		expect(why.len_bytes == 0 && query->count[key] < 2);
		expect(!out == !query->count[key]);
		expect(!out || (*out && strlen(out) == query->len_bytes[key] &&
				strlen(out) < QUERY_TAG_BYTES));
		return;
	}
	expect(ret == -EINVAL && !strcmp(out, "before"));
	expect_sentence(&why);
}

/* A time goes into a buffer of its own and is compared to others. */
static void check_time(const struct query *query, enum query_key key)
{
	char out[QUERY_TIME_BYTES] = "before";
	char data[200];
	struct text why;
	int ret;

	text_init(&why, data, sizeof(data));
	ret = query_time(query, key, out, &why);
	if (ret == 0) {
		expect(why.len_bytes == 0 && query->count[key] < 2);
		expect(strlen(out) == query->len_bytes[key]);
		expect(out[strspn(out, "0123456789TZ:.+-")] == '\0');
		return;
	}
	expect(ret == -EINVAL && !strcmp(out, "before"));
	expect_sentence(&why);
}

/* libmicrohttpd ends each value by a NUL that is not counted. */
static void fuzz_query(char *text, size_t len)
{
	struct query query = { 0 };

	while (len > 0) {
		size_t pair = part(text, len, '&');
		size_t name = part(text, pair, '=');

		text[pair] = '\0';
		query_add(&query, text, name, name < pair ? text + name + 1 : NULL,
			  name < pair ? pair - name - 1 : 0);
		text += pair + (pair < len);
		len -= pair + (pair < len);
	}
	for (int key = 0; key < QUERY_KEYS; key++) {
		check_u64(&query, (enum query_key)key, 1, UINT64_MAX);
		check_u64(&query, (enum query_key)key, 0, 0);
		check_u64(&query, (enum query_key)key, 5, 8388608);
		check_word(&query, (enum query_key)key);
		check_time(&query, (enum query_key)key);
	}
}

/* ---- events ---- */

static void check_line(const struct event_line *line)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	const char *type = NULL;

	for (size_t i = 0; i < sizeof(form); i++)
		expect(form[i] == 'd' ? line->time[i] >= '0' && line->time[i] <= '9'
				      : line->time[i] == form[i]);
	expect(line->state[0] || line->test[0]);
	expect_text(event_line_json(line, &type));
	expect(type && (line->state[0] || !strcmp(type, "alarm")));
}

/* Each line in a block of its very size. */
static void fuzz_events(const char *text, size_t len)
{
	while (len > 0) {
		size_t line_len = part(text, len, '\n');
		char *copy = malloc(line_len + 1);
		struct event_line line;
		int ret;

		expect(copy != NULL);
		memcpy(copy, text, line_len);
		copy = realloc(copy, line_len ? line_len : 1);
		ret = event_line_parse(&line, copy, line_len);
		expect(ret == 0 || ret == -EINVAL);
		if (ret == 0)
			check_line(&line);
		free(copy);
		text += line_len + (line_len < len);
		len -= line_len + (line_len < len);
	}
}

/* ---- status ---- */

static void check_metrics(const struct snapshot *snapshot)
{
	static struct prometheus reader;
	struct metrics_now now = { 0 };
	struct metrics *metrics = NULL;
	size_t len = 0;
	char *text;

	now.route_names = route_names(&now.route_count);
	expect(metrics_open(&metrics) == 0);
	metrics_count(metrics, 0, 200, 1, true);
	text = metrics_render(metrics, snapshot, &now, &len);
	expect(text != NULL);
	expect(prometheus_read(&reader, text, len) || !strncmp(reader.fault, "too", 3));
	free(text);
	metrics_close(metrics);
}

static void fuzz_status(const char *text, size_t len)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
	json_t *reason;

	expect(snapshot != NULL);
	snapshot->len_bytes = len < SNAPSHOT_BYTES ? len : SNAPSHOT_BYTES - 1;
	memcpy(snapshot->text, text, snapshot->len_bytes);
	snapshot_parse(snapshot);
	expect((unsigned)snapshot->state < SNAPSHOT_STATES && isfinite(snapshot->rate_bit_s));
	expect(snapshot_eta_s(snapshot, 1, UINT64_MAX) > 0);
	expect(snapshot_seed_eta_s(snapshot) >= 0);
	reason = json_string(snapshot->reason);
	expect(reason != NULL);
	json_decref(reason);
	expect_text(snapshot_json(snapshot));
	check_metrics(snapshot);
	free(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	text = malloc(size);
	expect(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] == 'q')
		fuzz_query(text, size - 1);
	else if (data[0] == 'e')
		fuzz_events(text, size - 1);
	else
		fuzz_status(text, size - 1);
	free(text);
	return 0;
}
