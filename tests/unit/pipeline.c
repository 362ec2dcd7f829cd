/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipeline - what leaves, when, and that nothing leaves after an alarm. */
#include "fuse-trng/source/pipeline.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#define POOL_BYTES   65536
#define STREAM_BYTES 20000

struct bed {
	struct pool pool;
	struct ledger ledger;
	struct pipeline pipeline;
	uint8_t stream[STREAM_BYTES];
};

static struct bed *bed_open(unsigned symbol_bits, size_t pool_bytes)
{
	const struct health_settings settings = { .symbol_bits = symbol_bits,
						  .health_entropy = 0.9 * symbol_bits,
						  .rate_symbol_s = 30,
						  .false_alarms_per_year = 0.001,
						  .total_failure_limit = 14 };
	struct bed *bed = calloc(1, sizeof(*bed));

	CU_ASSERT_FATAL(bed != NULL);
	CU_ASSERT_FATAL(pool_open(&bed->pool, pool_bytes) == 0);
	CU_ASSERT_FATAL(pipeline_open(&bed->pipeline, &settings, &bed->pool, &bed->ledger) == 0);
	for (size_t i = 0; i < STREAM_BYTES; i++)
		bed->stream[i] = (uint8_t)(random() >> 7);
	return bed;
}

static void bed_close(struct bed *bed)
{
	pipeline_close(&bed->pipeline);
	pool_close(&bed->pool);
	free(bed);
}

/* tested = released + dropped + wiped + held, whatever happened. */
static void check_account(const struct bed *bed)
{
	const struct pipeline_counts *counts = &bed->pipeline.counts;

	CU_ASSERT_EQUAL(counts->tested_bytes, counts->released_bytes + counts->dropped_bytes +
						      counts->wiped_bytes +
						      bed->pipeline.held_bytes);
}

/* Nothing before the start-up tests have passed; then the stream itself, whole and in order. */
static void releases_the_stream(void)
{
	static const unsigned widths[] = { 1, 2, 4, 8 };

	for (unsigned w = 0; w < 4; w++) {
		struct bed *bed = bed_open(widths[w], POOL_BYTES);
		size_t startup = HEALTH_STARTUP_SYMBOLS * widths[w] / 8, at = 0, len, taken;
		enum pipeline_verdict verdict;
		enum health_test fired;
		int starts = 0;

		while (at < STREAM_BYTES) {
			len = (size_t)random() % 3000 + 1;
			len = len < STREAM_BYTES - at ? len : STREAM_BYTES - at;
			verdict = pipeline_feed(&bed->pipeline, bed->stream + at, len, &taken,
						&fired);
			CU_ASSERT(verdict != PIPELINE_ALARM);
			at += taken;
			starts += verdict == PIPELINE_STARTED;
			CU_ASSERT(verdict != PIPELINE_STARTED || at == startup);
			CU_ASSERT(at >= startup || bed->pool.len_bytes == 0);
		}
		CU_ASSERT_EQUAL(starts, 1);
		CU_ASSERT(bed->pool.len_bytes >= STREAM_BYTES - 1200);
		CU_ASSERT_EQUAL(memcmp(bed->pool.ring, bed->stream, bed->pool.len_bytes), 0);
		check_account(bed);
		bed_close(bed);
	}
}

/* The byte of the alarm, what was held before it, and nothing else is lost; a new stream begins. */
static void an_alarm_wipes_what_is_held(void)
{
	struct bed *bed = bed_open(2, POOL_BYTES);
	size_t taken, pooled;
	enum health_test fired;
	uint8_t zeros[100] = { 0 };

	CU_ASSERT(pipeline_feed(&bed->pipeline, bed->stream, 256, &taken, &fired) ==
		  PIPELINE_STARTED);
	pipeline_feed(&bed->pipeline, bed->stream + 256, 5000, &taken, &fired);
	pooled = bed->pool.len_bytes;
	CU_ASSERT(pipeline_feed(&bed->pipeline, zeros, sizeof(zeros), &taken, &fired) ==
		  PIPELINE_ALARM);
	CU_ASSERT_EQUAL(fired, HEALTH_REPETITION);
	CU_ASSERT(taken < 10);
	CU_ASSERT_EQUAL(bed->pool.len_bytes, pooled);
	CU_ASSERT_EQUAL(bed->pipeline.held_bytes, 0);
	CU_ASSERT_FALSE(bed->pipeline.is_started);
	for (size_t i = 0; i < bed->pipeline.held_capacity_bytes; i++)
		CU_ASSERT(bed->pipeline.held[i] == 0);
	check_account(bed);
	CU_ASSERT(pipeline_feed(&bed->pipeline, bed->stream, 300, &taken, &fired) ==
		  PIPELINE_STARTED);
	CU_ASSERT_EQUAL(taken, 256);
	bed_close(bed);
}

static void a_full_pool_drops_and_counts(void)
{
	struct bed *bed = bed_open(2, POOL_MIN_BYTES);
	size_t at = 0, taken;
	enum health_test fired;

	while (at < STREAM_BYTES) {
		pipeline_feed(&bed->pipeline, bed->stream + at, STREAM_BYTES - at, &taken, &fired);
		at += taken;
	}
	CU_ASSERT_EQUAL(bed->pool.len_bytes, POOL_MIN_BYTES);
	CU_ASSERT_EQUAL(memcmp(bed->pool.ring, bed->stream, POOL_MIN_BYTES), 0);
	CU_ASSERT_EQUAL(bed->pipeline.counts.released_bytes, POOL_MIN_BYTES);
	check_account(bed);
	bed_close(bed);
}

/* The shares are judged although no other test says anything: three values of four, well mixed. */
static void startup_judges_the_shares(void)
{
	struct bed *bed = bed_open(2, POOL_BYTES);
	enum pipeline_verdict verdict;
	enum health_test fired;
	size_t taken;

	for (size_t i = 0; i < 256; i++) {
		bed->stream[i] = 0;
		for (int k = 0; k < 4; k++)
			bed->stream[i] = (uint8_t)(bed->stream[i] << 2 | random() / 7 % 3);
	}
	verdict = pipeline_feed(&bed->pipeline, bed->stream, 256, &taken, &fired);
	CU_ASSERT_EQUAL(verdict, PIPELINE_ALARM);
	CU_ASSERT_EQUAL(bed->pool.len_bytes, 0);
	check_account(bed);
	bed_close(bed);
}

/* The announced number of bytes is the true one, byte by byte. */
static void the_announced_wait_is_true(void)
{
	struct bed *bed = bed_open(2, POOL_BYTES);
	size_t taken;
	enum health_test fired;
	uint64_t announced = pipeline_bytes_until(&bed->pipeline, 1), pooled_before = 0;

	CU_ASSERT_EQUAL(announced, 256);
	for (size_t at = 0; at < 4000; at++) {
		pipeline_feed(&bed->pipeline, bed->stream + at, 1, &taken, &fired);
		/* An open run or the lag test's memory may keep a chunk back for a few symbols. */
		if (bed->pool.len_bytes > pooled_before)
			CU_ASSERT(announced <= 1);
		pooled_before = bed->pool.len_bytes;
		announced = pipeline_bytes_until(&bed->pipeline, 1);
	}
	CU_ASSERT_EQUAL(pipeline_bytes_until(&bed->pipeline, 0), 0);
	bed_close(bed);
}

static const struct unit_test tests[] = {
	{ "releases the stream", releases_the_stream },
	{ "an alarm wipes what is held", an_alarm_wipes_what_is_held },
	{ "a full pool drops and counts", a_full_pool_drops_and_counts },
	{ "startup judges the shares", startup_judges_the_shares },
	{ "the announced wait is true", the_announced_wait_is_true },
};

int main(void)
{
	srandom((unsigned)unit_seed());
	return unit_run("pipeline", tests, sizeof(tests) / sizeof(tests[0]));
}
