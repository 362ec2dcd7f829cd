/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject - faults through the whole pipeline. */
#include "fuse-trng/selftest/inject.h"

#include "fuse-trng/health/total_failure.h"
#include "fuse-trng/selftest/faults.h"
#include "fuse-trng/source/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_BYTES (1u << 18) /* longer than any stream of an injection */
#define SOONEST      1024       /* good symbols after the start-up, before a fault ... */
#define SPREAD                                                                                     \
	2048              /* ... and so many more at random: the online test's first               \
			   * window is still open when the other tests have spoken */
#define CONTRADICTION 0.1 /* of chunks fail although the claim is just met */
#define INJECTIONS    (INJECT_CYCLES * HEALTH_TESTS * HEALTH_TESTS)

struct rig {
	struct pool pool;
	struct ledger ledger;
	struct pipeline pipeline;
	struct faults faults;
	uint8_t *stream; /* what the line has brought since the stream began */
	size_t stream_bytes;
	size_t left_bytes; /* of it: those that have come out of the pool */
	unsigned leaks;    /* of this injection */
	unsigned per_byte;
	enum health_test fired;
};

/* Take what the pool has; it must be the stream's next bytes, whole and in order. */
static void drain(struct rig *rig)
{
	struct iovec pieces[2];
	int count;

	while ((count = pool_peek(&rig->pool, rig->pool.len_bytes, pieces)) > 0) {
		size_t len = pieces[0].iov_len;

		if (rig->left_bytes + len > rig->stream_bytes ||
		    memcmp(pieces[0].iov_base, rig->stream + rig->left_bytes, len) != 0)
			rig->leaks++;
		rig->left_bytes += len;
		pool_drop(&rig->pool, len);
	}
}

/* One byte from the line. Return: as pipeline_feed(). */
static enum pipeline_verdict push(struct rig *rig, uint8_t byte)
{
	enum pipeline_verdict verdict;
	size_t taken;

	if (rig->stream_bytes < STREAM_BYTES)
		rig->stream[rig->stream_bytes++] = byte;
	verdict = pipeline_feed(&rig->pipeline, &byte, 1, &taken, &rig->fired);
	drain(rig);
	return verdict;
}

static void begin_stream(struct rig *rig)
{
	rig->stream_bytes = 0;
	rig->left_bytes = 0;
	faults_restart(&rig->faults);
}

/* ---- what an alarm must have done ---- */

/* The first symbol of what the test that fired was looking at; nothing from there on may be out.
 * The online test looks at windows that left long ago. */
static uint64_t unit_start(const struct rig *rig, enum health_test test)
{
	uint64_t byte_start = (rig->stream_bytes - 1) * (uint64_t)rig->per_byte;
	uint64_t end = byte_start + rig->per_byte;
	uint64_t chunk = (uint64_t)HEALTH_CHUNK_BYTES * rig->per_byte;
	uint64_t window = rig->faults.shadows.proportion.window;

	switch (test) {
	case HEALTH_TOTAL_FAILURE:
		return byte_start - byte_start % chunk;
	case HEALTH_REPETITION:
		return end - (uint64_t)rig->faults.cutoffs[HEALTH_REPETITION];
	case HEALTH_PROPORTION:
		return byte_start - byte_start % window;
	case HEALTH_LAG:
		return byte_start - byte_start % LAG_WINDOW;
	case HEALTH_STARTUP:
		return 0;
	case HEALTH_ONLINE:
	case HEALTH_TESTS:
	default:
		return UINT64_MAX;
	}
}

/* Bytes that should be gone but are still there. */
static unsigned unwiped(const struct pipeline *pipeline)
{
	unsigned count = (unsigned)pipeline->held_bytes;

	for (size_t i = 0; i < pipeline->held_capacity_bytes; i++)
		count += pipeline->held[i] != 0;
	return count;
}

static void note_alarm(struct rig *rig, enum health_test meant, size_t fault_at,
		       struct selftest_faults *row)
{
	uint64_t delay = (rig->stream_bytes - fault_at) * (uint64_t)rig->per_byte;
	size_t faulty = rig->left_bytes > fault_at ? rig->left_bytes - fault_at : 0;

	row->wiped_bytes += rig->stream_bytes - rig->left_bytes;
	rig->leaks += unwiped(&rig->pipeline);
	rig->leaks += rig->left_bytes * (uint64_t)rig->per_byte > unit_start(rig, rig->fired);
	if (faulty > row->left_most_bytes)
		row->left_most_bytes = faulty;
	if (rig->fired != meant) {
		row->other++;
		row->who = rig->fired;
		return;
	}
	row->delay_least = row->seen && row->delay_least < delay ? row->delay_least : delay;
	row->delay_most = row->delay_most > delay ? row->delay_most : delay;
	row->delay_sum += delay;
	row->seen++;
}

/* ---- one injection ---- */

/* Good symbols until the start-up tests have passed. */
static bool start(struct rig *rig)
{
	enum pipeline_verdict verdict = PIPELINE_GOES_ON;

	while (verdict == PIPELINE_GOES_ON && rig->stream_bytes < STREAM_BYTES)
		verdict = push(rig, faults_good(&rig->faults));
	return verdict == PIPELINE_STARTED;
}

static bool run_well(struct rig *rig, enum health_test meant)
{
	uint64_t symbols = SOONEST + good_below(&rig->faults.good, SPREAD);

	for (uint64_t i = 0; i < symbols || !faults_may_begin(&rig->faults, meant);
	     i += rig->per_byte)
		if (push(rig, faults_good(&rig->faults)) == PIPELINE_ALARM)
			return false;
	return true;
}

/* Return: whether there was an alarm before the bound. */
static bool run_ill(struct rig *rig, enum health_test meant, uint64_t bound)
{
	for (uint64_t i = 0; i < bound; i += rig->per_byte)
		if (push(rig, faults_next(&rig->faults, meant)) == PIPELINE_ALARM)
			return true;
	return false;
}

/* The stream after the alarm before, without a word to the tests in between: start-up, some good
 * symbols, the fault; that of the start-up comes at once. */
static void inject(struct rig *rig, enum health_test meant, struct selftest_faults *row)
{
	bool is_good = true;
	size_t fault_at;

	row->injected++;
	row->bound = faults_bound(&rig->faults, meant);
	rig->leaks = 0;
	if (meant != HEALTH_STARTUP)
		is_good = start(rig) && run_well(rig, meant);
	fault_at = rig->stream_bytes;
	faults_begin(&rig->faults, meant);
	if (is_good && run_ill(rig, meant, row->bound)) {
		note_alarm(rig, meant, fault_at, row);
	} else {
		row->missed++;
		pipeline_restart(&rig->pipeline, LEDGER_ALARM);
	}
	row->leaks += rig->leaks;
	begin_stream(rig);
}

/* The limit that follows from the claim, if the settings' one contradicts it; else 0. */
static int choose_limit(const struct health_settings *settings, unsigned *limit)
{
	struct health_settings by_claim = *settings;
	double bound = total_failure_bound(settings->health_entropy * 8 / settings->symbol_bits,
					   settings->total_failure_limit);
	struct health *battery;
	int ret;

	*limit = 0;
	if (settings->total_failure_limit == 0 || bound < CONTRADICTION)
		return 0;
	by_claim.total_failure_limit = 0;
	ret = health_open(&battery, &by_claim);
	if (ret < 0)
		return ret;
	*limit = (unsigned)health_row(battery, HEALTH_TOTAL_FAILURE).cutoff - 1;
	health_close(battery);
	return 0;
}

/* The battery that is to be found wrong, in the place of the right one. */
static int replace_battery(struct rig *rig, const struct health_settings *settings,
			   const double *alphas)
{
	struct health *battery;
	int ret = health_open_at(&battery, settings, alphas);

	if (ret < 0)
		return ret;
	health_close(rig->pipeline.health);
	rig->pipeline.health = battery;
	return 0;
}

static int open_rig(struct rig *rig, const struct selftest_settings *settings, unsigned other_limit)
{
	struct health_settings health = settings->health;
	int ret;

	if (other_limit)
		health.total_failure_limit = other_limit;
	rig->per_byte = 8 / health.symbol_bits;
	rig->stream = malloc(STREAM_BYTES);
	if (!rig->stream)
		return -ENOMEM;
	ret = pool_open(&rig->pool, 1 << 16);
	if (ret == 0)
		ret = pipeline_open(&rig->pipeline, &health, &rig->pool, &rig->ledger);
	if (ret < 0)
		return ret;
	faults_init(&rig->faults, &health, rig->pipeline.health, settings->seed);
	return settings->alphas ? replace_battery(rig, &health, settings->alphas) : 0;
}

static void close_rig(struct rig *rig)
{
	pipeline_close(&rig->pipeline);
	pool_close(&rig->pool);
	free(rig->stream);
}

/* The words of one and two letters that are smaller than their own rotations, in the order of a
 * dictionary: together, as a ring, they hold each pair of letters once. */
static unsigned order_of_faults(enum health_test order[HEALTH_TESTS * HEALTH_TESTS])
{
	unsigned count = 0;

	for (unsigned first = 0; first < HEALTH_TESTS; first++) {
		order[count++] = (enum health_test)first;
		for (unsigned second = first + 1; second < HEALTH_TESTS; second++) {
			order[count++] = (enum health_test)first;
			order[count++] = (enum health_test)second;
		}
	}
	return count;
}

int inject_run(const struct selftest_settings *settings, struct progress *progress,
	       struct selftest *result)
{
	enum health_test order[HEALTH_TESTS * HEALTH_TESTS];
	unsigned count = order_of_faults(order);
	struct rig rig = { 0 };
	int ret = choose_limit(&settings->health, &result->other_limit);

	memset(result->faults, 0, sizeof(result->faults));
	if (ret == 0)
		ret = open_rig(&rig, settings, result->other_limit);
	for (unsigned i = 0; ret == 0 && i < INJECTIONS; i++) {
		enum health_test meant = order[i % count];

		inject(&rig, meant, &result->faults[meant]);
		progress_tell(progress, "faults", i + 1, INJECTIONS);
	}
	close_rig(&rig);
	return ret;
}
