/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipeline - from the line to the pool: tested, held back, released. */
#include "fuse-trng/source/pipeline.h"

#include "common/secret.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static size_t symbols_to_bytes(uint64_t symbols, unsigned symbol_bits)
{
	return (size_t)((symbols * symbol_bits + 7) / 8);
}

/*
 * The most that can be held: the start-up symbols or an open window, before it an unfinished
 * chunk, an open run, and a batch on top.
 */
static size_t most_held_bytes(const struct pipeline *pipeline, unsigned symbol_bits)
{
	uint64_t run_symbols = (uint64_t)health_row(pipeline->health, HEALTH_REPETITION).cutoff;

	return pipeline->startup_bytes + pipeline->window_bytes + HEALTH_CHUNK_BYTES +
	       symbols_to_bytes(run_symbols, symbol_bits) + HEALTH_BATCH_BYTES;
}

int pipeline_open(struct pipeline *pipeline, const struct health_settings *settings,
		  struct pool *pool)
{
	unsigned bits = settings->symbol_bits;
	int ret;

	*pipeline = (struct pipeline){ .pool = pool };
	ret = health_open(&pipeline->health, settings);
	if (ret < 0)
		return ret;
	pipeline->startup_bytes = symbols_to_bytes(HEALTH_STARTUP_SYMBOLS, bits);
	pipeline->window_bytes = symbols_to_bytes(bits == 1 ? 1024 : 512, bits);
	pipeline->held_capacity_bytes = most_held_bytes(pipeline, bits);
	pipeline->held = secret_alloc(pipeline->held_capacity_bytes);
	if (!pipeline->held) {
		pipeline_close(pipeline);
		return -ENOMEM;
	}
	return 0;
}

void pipeline_close(struct pipeline *pipeline)
{
	secret_free(pipeline->held, pipeline->held_capacity_bytes);
	health_close(pipeline->health);
	*pipeline = (struct pipeline){ 0 };
}

static void begin_stream(struct pipeline *pipeline)
{
	pipeline->counts.wiped_bytes += pipeline->held_bytes;
	secret_wipe(pipeline->held, pipeline->held_bytes);
	pipeline->held_bytes = 0;
	pipeline->gone_bytes = 0;
	pipeline->is_started = false;
}

void pipeline_restart(struct pipeline *pipeline)
{
	begin_stream(pipeline);
	health_restart(pipeline->health);
}

static uint64_t gate_bytes(const struct pipeline *pipeline)
{
	/* Whole chunks of bytes: the division is exact. */
	return health_gate_symbols(pipeline->health) * pipeline->startup_bytes /
	       HEALTH_STARTUP_SYMBOLS;
}

/* Move what has passed every gating test into the pool. */
static void release(struct pipeline *pipeline)
{
	size_t len = (size_t)(gate_bytes(pipeline) - pipeline->gone_bytes);
	size_t stored;

	if (len == 0)
		return;
	stored = pool_put(pipeline->pool, pipeline->held, len);
	pipeline->counts.released_bytes += stored;
	pipeline->counts.dropped_bytes += len - stored;
	pipeline->held_bytes -= len;
	memmove(pipeline->held, pipeline->held + len, pipeline->held_bytes);
	secret_wipe(pipeline->held + pipeline->held_bytes, len);
	pipeline->gone_bytes += len;
}

/* Bytes that one health_feed() may take: a batch, and not past the end of the start-up test. */
static size_t next_len(const struct pipeline *pipeline, size_t len_bytes)
{
	size_t most = HEALTH_BATCH_BYTES;

	if (!pipeline->is_started && pipeline->startup_bytes - pipeline->held_bytes < most)
		most = pipeline->startup_bytes - pipeline->held_bytes;
	return len_bytes < most ? len_bytes : most;
}

/* The start-up symbols are complete: judge their shares. */
static enum pipeline_verdict finish_startup(struct pipeline *pipeline, enum health_test *fired)
{
	if (health_startup(pipeline->health, pipeline->held) < 0) {
		*fired = HEALTH_STARTUP;
		pipeline_restart(pipeline);
		return PIPELINE_ALARM;
	}
	pipeline->is_started = true;
	release(pipeline);
	return PIPELINE_STARTED;
}

static enum pipeline_verdict feed_batch(struct pipeline *pipeline, const uint8_t *bytes, size_t len,
					size_t *taken, enum health_test *fired)
{
	size_t passed = health_feed(pipeline->health, bytes, len, fired);

	if (passed < len) {
		*taken = passed + 1;
		pipeline->counts.tested_bytes += *taken;
		pipeline->counts.wiped_bytes += *taken;
		begin_stream(pipeline);
		return PIPELINE_ALARM;
	}
	*taken = len;
	pipeline->counts.tested_bytes += len;
	assert(pipeline->held_bytes + len <= pipeline->held_capacity_bytes);
	memcpy(pipeline->held + pipeline->held_bytes, bytes, len);
	pipeline->held_bytes += len;
	if (pipeline->is_started)
		release(pipeline);
	else if (pipeline->held_bytes == pipeline->startup_bytes)
		return finish_startup(pipeline, fired);
	return PIPELINE_GOES_ON;
}

enum pipeline_verdict pipeline_feed(struct pipeline *pipeline, const uint8_t *bytes,
				    size_t len_bytes, size_t *taken, enum health_test *fired)
{
	enum pipeline_verdict verdict = PIPELINE_GOES_ON;
	size_t batch_taken;

	*taken = 0;
	while (verdict == PIPELINE_GOES_ON && *taken < len_bytes) {
		verdict = feed_batch(pipeline, bytes + *taken,
				     next_len(pipeline, len_bytes - *taken), &batch_taken, fired);
		*taken += batch_taken;
	}
	return verdict;
}

unsigned pipeline_startup_symbols(const struct pipeline *pipeline)
{
	if (pipeline->is_started)
		return 0;
	return (unsigned)(pipeline->held_bytes * HEALTH_STARTUP_SYMBOLS / pipeline->startup_bytes);
}

static uint64_t round_up(uint64_t value, uint64_t step)
{
	return (value + step - 1) / step * step;
}

uint64_t pipeline_bytes_until(const struct pipeline *pipeline, uint64_t wanted_bytes)
{
	uint64_t seen_bytes = pipeline->gone_bytes + pipeline->held_bytes;
	uint64_t chunk_end = round_up(pipeline->gone_bytes + wanted_bytes, HEALTH_CHUNK_BYTES);
	uint64_t needed_bytes = round_up(chunk_end, pipeline->window_bytes);

	if (wanted_bytes == 0)
		return 0;
	if (needed_bytes < pipeline->startup_bytes)
		needed_bytes = pipeline->startup_bytes;
	return needed_bytes > seen_bytes ? needed_bytes - seen_bytes : 0;
}
