/* SPDX-License-Identifier: GPL-3.0-or-later */
/* health_snapshot - the battery's state at an alarm: exact, and silent about what has left. */
#include "fuse-trng/health/battery.h"

#include "tests/unit/health_bed.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_BYTES 30000

static uint8_t stream[STREAM_BYTES];

static void fill_stream(void)
{
	for (size_t i = 0; i < sizeof(stream); i++)
		stream[i] = (uint8_t)below(256);
}

/* Feed until an alarm, in parts of up to @most bytes; @at goes on behind its byte. */
static bool feed_until_alarm(struct health *health, size_t *at, size_t most,
			     enum health_test *fired)
{
	while (*at < sizeof(stream)) {
		size_t part = 1 + below((unsigned)most), done;

		part = part < sizeof(stream) - *at ? part : sizeof(stream) - *at;
		done = health_feed(health, stream + *at, part, fired);
		*at += done + (done < part);
		if (done < part)
			return true;
	}
	return false;
}

static long long value_of(const char *text, const char *key)
{
	char line[64];
	const char *found;

	snprintf(line, sizeof(line), "\n%s=", key);
	found = strstr(text, line);
	CU_ASSERT_PTR_NOT_NULL(found);
	return found ? strtoll(found + strlen(line), NULL, 0) : -1;
}

/* Whatever the batches, the same state at the same symbol; all of it fits. */
static void batches_do_not_show(void)
{
	for (unsigned w = 0; w < 4; w++) {
		struct health_settings settings = nodemcu(widths[w]);
		struct health *big = open_with(&settings, 1e-3),
			      *small = open_with(&settings, 1e-3);
		size_t at_big = 0, at_small = 0;
		enum health_test fired, same;
		unsigned alarms = 0;

		fill_stream();
		while (feed_until_alarm(big, &at_big, HEALTH_BATCH_BYTES, &fired)) {
			CU_ASSERT(feed_until_alarm(small, &at_small, 1, &same));
			CU_ASSERT_EQUAL(fired, same);
			CU_ASSERT_EQUAL(at_big, at_small);
			CU_ASSERT_STRING_EQUAL(health_snapshot(big), health_snapshot(small));
			CU_ASSERT_PTR_NOT_NULL(strstr(health_snapshot(big), "\nstartup.alpha="));
			alarms++;
		}
		CU_ASSERT(alarms > 0);
		health_close(big);
		health_close(small);
	}
}

/* Counts are those before the symbol that fired. */
static void counts_are_exact(void)
{
	struct health_settings settings = nodemcu(8);
	struct health *health;
	enum health_test fired;
	const char *text;
	uint8_t bytes[200];

	CU_ASSERT_EQUAL_FATAL(health_open(&health, &settings), 0);
	CU_ASSERT_STRING_EQUAL(health_snapshot(health), "");
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	bytes[110] = bytes[112] = bytes[114] = bytes[116] = bytes[118] = bytes[120] = 101;
	CU_ASSERT_EQUAL(health_feed(health, bytes, sizeof(bytes), &fired), 120);
	text = health_snapshot(health);
	CU_ASSERT_EQUAL(fired, HEALTH_TOTAL_FAILURE);
	CU_ASSERT_EQUAL(strncmp(text, "fired=total_failure\n", 20), 0);
	CU_ASSERT_EQUAL(value_of(text, "fired_symbol"), 101);
	CU_ASSERT_EQUAL(value_of(text, "stream_symbols"), 120);
	CU_ASSERT_EQUAL(value_of(text, "total_failure.chunk_bytes"), 20);
	CU_ASSERT_EQUAL(value_of(text, "total_failure.most_frequent"), 101);
	CU_ASSERT_EQUAL(value_of(text, "total_failure.count"), 6);
	CU_ASSERT_EQUAL(value_of(text, "repetition.run"), 1);
	CU_ASSERT_EQUAL(value_of(text, "repetition.symbol"), 119);
	CU_ASSERT_EQUAL(value_of(text, "proportion.window_symbols"), 120);
	CU_ASSERT_EQUAL(value_of(text, "proportion.count"), 1);
	CU_ASSERT_EQUAL(value_of(text, "lag.window_symbols"), 120);
	CU_ASSERT_EQUAL(value_of(text, "online.long_window_symbols"), 119);
	CU_ASSERT_EQUAL(value_of(text, "total_failure.trials"), 1);
	health_close(health);
}

static void a_period_is_named(void)
{
	struct health_settings settings = nodemcu(2);
	struct health *health;
	enum health_test fired;
	size_t at = 0;

	settings.total_failure_limit = 99;
	CU_ASSERT_EQUAL_FATAL(health_open(&health, &settings), 0);
	for (size_t i = 0; i < sizeof(stream); i++)
		stream[i] = i < 7 ? (uint8_t)(0x1b * (i + 1)) : stream[i - 7];
	CU_ASSERT(feed_until_alarm(health, &at, HEALTH_BATCH_BYTES, &fired));
	CU_ASSERT_EQUAL(fired, HEALTH_LAG);
	CU_ASSERT_EQUAL(28 % value_of(health_snapshot(health), "lag.period"), 0);
	health_close(health);
}

static void startup_and_others(void)
{
	struct health_settings settings = nodemcu(2);
	uint8_t bytes[HEALTH_STARTUP_SYMBOLS / 4];
	struct health *health;
	enum health_test fired;

	CU_ASSERT_EQUAL_FATAL(health_open(&health, &settings), 0);
	memset(bytes, 0x11, sizeof(bytes));
	CU_ASSERT(health_startup(health, bytes) < 0);
	CU_ASSERT_EQUAL(strncmp(health_snapshot(health), "fired=startup\n", 14), 0);
	CU_ASSERT_EQUAL(value_of(health_snapshot(health), "startup.statistic"), 1024);
	CU_ASSERT_EQUAL(health_feed(health, (const uint8_t *)"\x1b\x2d\x36", 3, &fired), 3);
	health_keep_snapshot(health);
	CU_ASSERT_EQUAL(strncmp(health_snapshot(health), "fired=none\n", 11), 0);
	CU_ASSERT_EQUAL(value_of(health_snapshot(health), "stream_symbols"), 12);
	health_close(health);
}

/* Two streams that differ only in what has left give the same snapshot. (Too short for the figures
 * that status shows as well.) */
static void what_has_left_is_not_told(void)
{
	struct health_settings settings = nodemcu(2);
	struct health *health[2];
	enum health_test fired;
	uint64_t gate_bytes;
	char texts[2][HEALTH_SNAPSHOT_BYTES];

	settings.total_failure_limit = 30;
	fill_stream();
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL_FATAL(health_open(&health[i], &settings), 0);
		for (size_t at = 0; at < 2000; at += 500)
			CU_ASSERT_EQUAL(health_feed(health[i], stream + at, 500, &fired), 500);
		gate_bytes = health_gate_symbols(health[i]) / 4;
		CU_ASSERT(gate_bytes > 1700);
		memset(stream + 2000, 0, 100);
		CU_ASSERT(health_feed(health[i], stream + 2000, 100, &fired) < 100);
		CU_ASSERT_EQUAL(fired, HEALTH_REPETITION);
		snprintf(texts[i], sizeof(texts[i]), "%s", health_snapshot(health[i]));
		for (size_t at = 0; at < gate_bytes; at++)
			stream[at] = (uint8_t)below(256);
		health_close(health[i]);
	}
	CU_ASSERT_STRING_EQUAL(texts[0], texts[1]);
}

static const struct unit_test tests[] = {
	{ "batches do not show", batches_do_not_show },
	{ "counts are exact", counts_are_exact },
	{ "a period is named", a_period_is_named },
	{ "start-up and others", startup_and_others },
	{ "what has left is not told", what_has_left_is_not_told },
};

int main(void)
{
	model_prng_seed(&prng, unit_seed());
	return unit_run("health_snapshot", tests, sizeof(tests) / sizeof(tests[0]));
}
