/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pipeline - from the line to the pool: tested, held back, released. */
#include "fuse-trng/source/pipeline.h"

#include "common/secret.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
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

static size_t chunks_of(size_t len_bytes)
{
	return (len_bytes + HEALTH_CHUNK_BYTES - 1) / HEALTH_CHUNK_BYTES;
}

int pipeline_open(struct pipeline *pipeline, const struct health_settings *settings,
		  struct pool *pool, struct ledger *ledger)
{
	unsigned bits = settings->symbol_bits;
	int ret;

	*pipeline = (struct pipeline){ .pool = pool, .ledger = ledger };
	ret = health_open(&pipeline->health, settings);
	if (ret < 0)
		return ret;
	pipeline->startup_bytes = symbols_to_bytes(HEALTH_STARTUP_SYMBOLS, bits);
	pipeline->window_bytes = symbols_to_bytes(bits == 1 ? 1024 : 512, bits);
	pipeline->held_capacity_bytes = most_held_bytes(pipeline, bits);
	pipeline->held = secret_alloc(pipeline->held_capacity_bytes);
	pipeline->notes =
		calloc(chunks_of(pipeline->held_capacity_bytes), sizeof(*pipeline->notes));
	if (!pipeline->held || !pipeline->notes) {
		pipeline_close(pipeline);
		return -ENOMEM;
	}
	return 0;
}

int pipeline_condition(struct pipeline *pipeline, double assessed_bits_byte)
{
	return conditioner_open(&pipeline->conditioner, assessed_bits_byte);
}

void pipeline_close(struct pipeline *pipeline)
{
	secret_free(pipeline->held, pipeline->held_capacity_bytes);
	free(pipeline->notes);
	conditioner_close(&pipeline->conditioner);
	health_close(pipeline->health);
	*pipeline = (struct pipeline){ 0 };
}

/* ---- what each byte is for ---- */

/* The next @len bytes behind those that are held are under test now. */
static void note(struct pipeline *pipeline, size_t len)
{
	size_t at = pipeline->held_bytes, end = at + len, step;

	ledger_enter(pipeline->ledger, LEDGER_HELD, len);
	for (; at < end; at += step) {
		step = HEALTH_CHUNK_BYTES - at % HEALTH_CHUNK_BYTES;
		if (step > end - at)
			step = end - at;
		pipeline->notes[at / HEALTH_CHUNK_BYTES].bytes[pipeline->use] += (uint8_t)step;
	}
}

static bool is_for_pool(const struct pipeline_note *note)
{
	return !note->bytes[PIPELINE_DIVERTED] && !note->bytes[PIPELINE_RECORDED];
}

/* A chunk that does not come to the pool. @rest: the account of bytes that would have. */
static void settle(struct ledger *ledger, const struct pipeline_note *note,
		   enum ledger_account rest)
{
	ledger_move(ledger, LEDGER_HELD, LEDGER_DIVERTED, note->bytes[PIPELINE_DIVERTED]);
	ledger_move(ledger, LEDGER_HELD, LEDGER_ALARM, note->bytes[PIPELINE_RECORDED]);
	ledger_move(ledger, LEDGER_HELD, rest, note->bytes[PIPELINE_FOR_POOL]);
}

/* ---- the end of a stream ---- */

/* Symbols that the lag test may have compared with some that have left: see health_snapshot(). */
static size_t compared_bytes(const struct pipeline *pipeline)
{
	size_t bytes = HEALTH_MEMORY_SYMBOLS * pipeline->startup_bytes / HEALTH_STARTUP_SYMBOLS;

	if (pipeline->gone_bytes == 0)
		return 0;
	return bytes < pipeline->held_bytes ? bytes : pipeline->held_bytes;
}

/* What is about to be wiped by an alarm goes to its record, but for chunks of which somebody else
 * has a part. */
static void keep_evidence(const struct pipeline *pipeline)
{
	size_t at = compared_bytes(pipeline), end;

	blackbox_gap(pipeline->box, at);
	for (; at < pipeline->held_bytes; at = end) {
		end = (at / HEALTH_CHUNK_BYTES + 1) * HEALTH_CHUNK_BYTES;
		if (end > pipeline->held_bytes)
			end = pipeline->held_bytes;
		if (is_for_pool(&pipeline->notes[at / HEALTH_CHUNK_BYTES]))
			blackbox_keep(pipeline->box, pipeline->held + at, end - at);
		else
			blackbox_gap(pipeline->box, end - at);
	}
}

static void begin_stream(struct pipeline *pipeline, enum ledger_account lost_to)
{
	size_t noted = pipeline->held_bytes, chunks = chunks_of(noted);

	if (pipeline->box && noted > 0 && lost_to == LEDGER_ALARM)
		keep_evidence(pipeline);
	for (size_t i = 0; i < chunks; i++)
		settle(pipeline->ledger, &pipeline->notes[i], lost_to);
	memset(pipeline->notes, 0, chunks * sizeof(*pipeline->notes));
	pipeline->counts.wiped_bytes += noted;
	secret_wipe(pipeline->held, pipeline->held_bytes);
	pipeline->held_bytes = 0;
	pipeline->gone_bytes = 0;
	pipeline->is_started = false;
}

void pipeline_restart(struct pipeline *pipeline, enum ledger_account lost_to)
{
	begin_stream(pipeline, lost_to);
	health_restart(pipeline->health);
}

void pipeline_forget(struct pipeline *pipeline, enum ledger_account lost_to)
{
	ledger_move(pipeline->ledger, LEDGER_CONDITIONER, lost_to, pipeline->conditioner.len_bytes);
	conditioner_wipe(&pipeline->conditioner);
}

/* ---- past the gate ---- */

static uint64_t gate_bytes(const struct pipeline *pipeline)
{
	/* Whole chunks of bytes: the division is exact. */
	return health_gate_symbols(pipeline->health) * pipeline->startup_bytes /
	       HEALTH_STARTUP_SYMBOLS;
}

/* Return: how many of @bytes the pool had room for. */
static size_t store(struct pipeline *pipeline, const uint8_t *bytes, size_t len)
{
	size_t stored = pool_put(pipeline->pool, bytes, len);

	pipeline->counts.released_bytes += stored;
	pipeline->counts.dropped_bytes += len - stored;
	return stored;
}

static void store_as_it_came(struct pipeline *pipeline, const uint8_t *bytes, size_t len)
{
	size_t stored = store(pipeline, bytes, len);

	ledger_move(pipeline->ledger, LEDGER_HELD, LEDGER_POOL, stored);
	ledger_move(pipeline->ledger, LEDGER_HELD, LEDGER_FULL, len - stored);
}

static void store_digest(struct pipeline *pipeline)
{
	uint8_t digest[CONDITIONER_OUTPUT_BYTES];
	size_t stored;

	ledger_move(pipeline->ledger, LEDGER_CONDITIONER, LEDGER_CONDITIONED,
		    pipeline->conditioner.input_bytes);
	if (conditioner_finish(&pipeline->conditioner, digest) < 0)
		return;
	stored = store(pipeline, digest, sizeof(digest));
	ledger_make(pipeline->ledger, LEDGER_POOL, stored);
	ledger_make(pipeline->ledger, LEDGER_FULL, sizeof(digest) - stored);
	secret_wipe(digest, sizeof(digest));
}

static void condition(struct pipeline *pipeline, const uint8_t *bytes, size_t len)
{
	struct conditioner *conditioner = &pipeline->conditioner;
	size_t taken;

	for (; len > 0; bytes += taken, len -= taken) {
		taken = conditioner_take(conditioner, bytes, len);
		ledger_move(pipeline->ledger, LEDGER_HELD, LEDGER_CONDITIONER, taken);
		if (conditioner->len_bytes == conditioner->input_bytes)
			store_digest(pipeline);
	}
}

static void release_chunk(struct pipeline *pipeline, const uint8_t *bytes,
			  const struct pipeline_note *note)
{
	if (!is_for_pool(note)) {
		settle(pipeline->ledger, note, LEDGER_PARTIAL);
		pipeline->counts.withheld_bytes += HEALTH_CHUNK_BYTES;
		return;
	}
	pipeline->counts.cleared_bytes += HEALTH_CHUNK_BYTES;
	if (pipeline->conditioner.block)
		condition(pipeline, bytes, HEALTH_CHUNK_BYTES);
	else
		store_as_it_came(pipeline, bytes, HEALTH_CHUNK_BYTES);
}

/* Forget the first @len bytes of held, whole chunks. */
static void drop_held(struct pipeline *pipeline, size_t len)
{
	size_t had = chunks_of(pipeline->held_bytes), gone = len / HEALTH_CHUNK_BYTES;

	pipeline->held_bytes -= len;
	memmove(pipeline->held, pipeline->held + len, pipeline->held_bytes);
	secret_wipe(pipeline->held + pipeline->held_bytes, len);
	memmove(pipeline->notes, pipeline->notes + gone, (had - gone) * sizeof(*pipeline->notes));
	memset(pipeline->notes + had - gone, 0, gone * sizeof(*pipeline->notes));
	pipeline->gone_bytes += len;
}

/* Move what has passed every gating test into the pool. */
static void release(struct pipeline *pipeline)
{
	size_t len = (size_t)(gate_bytes(pipeline) - pipeline->gone_bytes);

	if (len == 0)
		return;
	for (size_t at = 0; at < len; at += HEALTH_CHUNK_BYTES)
		release_chunk(pipeline, pipeline->held + at,
			      &pipeline->notes[at / HEALTH_CHUNK_BYTES]);
	drop_held(pipeline, len);
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
		pipeline_restart(pipeline, LEDGER_ALARM);
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

	assert(pipeline->held_bytes + len <= pipeline->held_capacity_bytes);
	*taken = passed < len ? passed + 1 : len;
	pipeline->counts.tested_bytes += *taken;
	note(pipeline, *taken);
	memcpy(pipeline->held + pipeline->held_bytes, bytes, *taken);
	pipeline->held_bytes += *taken;
	if (passed < len) {
		begin_stream(pipeline, LEDGER_ALARM);
		return PIPELINE_ALARM;
	}
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

uint64_t pipeline_passed_bytes(const struct pipeline *pipeline)
{
	size_t withheld = 0;

	for (size_t i = 0; i < chunks_of(pipeline->held_bytes); i++)
		withheld += !is_for_pool(&pipeline->notes[i]);
	return pipeline->gone_bytes + withheld * HEALTH_CHUNK_BYTES -
	       pipeline->conditioner.len_bytes;
}

/* Where in this stream the chunk ends with which @needed_bytes more have gone towards the pool. */
static uint64_t chunk_end_of(const struct pipeline *pipeline, uint64_t needed_bytes)
{
	uint64_t end = pipeline->gone_bytes;

	for (size_t i = 0; i < chunks_of(pipeline->held_bytes) && needed_bytes > 0; i++) {
		if (is_for_pool(&pipeline->notes[i]))
			needed_bytes -= needed_bytes < HEALTH_CHUNK_BYTES ? needed_bytes
									  : HEALTH_CHUNK_BYTES;
		end += HEALTH_CHUNK_BYTES;
	}
	return end + round_up(needed_bytes, HEALTH_CHUNK_BYTES);
}

uint64_t pipeline_bytes_until(const struct pipeline *pipeline, uint64_t wanted_bytes)
{
	const struct conditioner *conditioner = &pipeline->conditioner;
	uint64_t seen_bytes = pipeline->gone_bytes + pipeline->held_bytes, end;

	if (wanted_bytes == 0)
		return 0;
	if (conditioner->block)
		wanted_bytes = conditioner_needed_bytes(conditioner, wanted_bytes) -
			       conditioner->len_bytes;
	end = round_up(chunk_end_of(pipeline, wanted_bytes), pipeline->window_bytes);
	if (end < pipeline->startup_bytes)
		end = pipeline->startup_bytes;
	return end > seen_bytes ? end - seen_bytes : 0;
}
