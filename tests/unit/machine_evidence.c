/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine_evidence - what the record of an alarm holds, and that nobody ever gets a byte of it. */
#include "fuse-trng/source/blackbox.h"

#include "tests/unit/machine_bed.h"
#include "tests/unit/unit.h"

#include <string.h>

#define STREAM_BYTES 400000
#define MARK_BYTES   8 /* so many in a row of a random stream name their place */
#define MOST_RECORDS 4000

/* A copy of a record as it was handed over. */
struct copy {
	uint64_t number;
	char alarm[32], end[64], tests[HEALTH_SNAPSHOT_BYTES];
	uint8_t before[BLACKBOX_BEFORE_BYTES], after[BLACKBOX_AFTER_SYMBOLS];
	size_t before_bytes, after_bytes, left_out_bytes;
	uint64_t stream_bytes;
};

/* What has become of each byte of the line. */
enum fate { FATE_NONE, FATE_DELIVERED = 1, FATE_BEFORE = 2, FATE_AFTER = 4, FATE_RAW = 8 };

static struct copy newest;
static unsigned handed;
static uint8_t stream[STREAM_BYTES];
static uint8_t fates[STREAM_BYTES];
static size_t sent;
static bool is_accounting;

static void check_unseen(const struct blackbox_symbols *symbols, size_t end, enum fate fate)
{
	CU_ASSERT(memcmp(symbols->bytes, stream + end - symbols->len_bytes, symbols->len_bytes) ==
		  0);
	for (size_t at = end - symbols->len_bytes; at < end; at++) {
		CU_ASSERT_EQUAL(fates[at], FATE_NONE);
		fates[at] = (uint8_t)fate;
	}
}

static void on_evidence(void *ctx, const struct blackbox *box, uint64_t now_ms)
{
	const struct bed *bed = ctx;
	bool is_new = newest.number != box->number;

	(void)now_ms;
	handed++;
	newest.number = box->number;
	snprintf(newest.alarm, sizeof(newest.alarm), "%s", box->alarm);
	snprintf(newest.end, sizeof(newest.end), "%s", box->end ? box->end : "");
	snprintf(newest.tests, sizeof(newest.tests), "%s", box->tests);
	newest.before_bytes = box->before.len_bytes;
	newest.left_out_bytes = box->before.left_out_bytes;
	newest.after_bytes = box->after.len_bytes;
	newest.stream_bytes = box->stream_bytes;
	memcpy(newest.before, box->before.bytes, box->before.len_bytes);
	memcpy(newest.after, box->after.bytes, box->after.len_bytes);
	if (!is_accounting)
		return;
	/* The alarm came right behind what was held; what comes after it follows. */
	if (is_new)
		check_unseen(&box->before, (size_t)bed->machine.stream_bytes, FATE_BEFORE);
	if (box->end)
		check_unseen(&box->after, (size_t)box->stream_bytes + box->after.len_bytes,
			     FATE_AFTER);
}

static struct bed *open_bed(unsigned max_alarms)
{
	struct bed *bed = bed_open(max_alarms);

	bed->machine.ops.evidence = on_evidence;
	memset(&newest, 0, sizeof(newest));
	handed = 0;
	return bed;
}

static void bytes_in(struct bed *bed, const uint8_t *bytes, size_t len)
{
	machine_bytes(&bed->machine, bytes, len, bed->now_ms);
}

static void random_bytes(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(random() >> 7);
}

/* What was held before, without what the lag test has compared; then the next 256 bytes. */
static void a_test_leaves_a_record(void)
{
	struct bed *bed = open_bed(5);
	uint8_t bytes[437], later[900];
	size_t held;

	to_running(bed);
	random_bytes(bytes, sizeof(bytes));
	bytes[436] |= 3; /* no zero before the run */
	bytes_in(bed, bytes, sizeof(bytes));
	held = bed->machine.pipeline.held_bytes;
	CU_ASSERT_EQUAL(handed, 0);
	stuck_bytes(bed, 6);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	CU_ASSERT_EQUAL(handed, 1);
	CU_ASSERT_STRING_EQUAL(newest.alarm, "repetition");
	CU_ASSERT_EQUAL(strncmp(newest.tests, "fired=repetition\n", 17), 0);
	CU_ASSERT_EQUAL(newest.left_out_bytes, 8);
	CU_ASSERT_EQUAL(newest.before_bytes, held - 8 + 6);
	CU_ASSERT_EQUAL(memcmp(newest.before, bytes + sizeof(bytes) - held + 8, held - 8), 0);
	CU_ASSERT_EQUAL(newest.after_bytes, 0);
	random_bytes(later, sizeof(later));
	bytes_in(bed, later, 100);
	CU_ASSERT_EQUAL(handed, 1);
	bytes_in(bed, later + 100, sizeof(later) - 100);
	CU_ASSERT_EQUAL(handed, 2);
	CU_ASSERT_STRING_EQUAL(newest.end, "complete");
	CU_ASSERT_EQUAL(newest.after_bytes, 256);
	CU_ASSERT_EQUAL(memcmp(newest.after, later, 256), 0);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	bed_close(bed);
}

/* The first bytes after an alarm come from behind those that are recorded, and nobody is promised
 * others. */
static void recorded_bytes_are_not_released(void)
{
	struct bed *bed = open_bed(5);
	uint8_t bytes[2000];
	struct iovec pieces[2];
	uint64_t until;

	to_alarm(bed);
	pool_wipe(&bed->machine.pool);
	random_bytes(bytes, sizeof(bytes));
	bytes_in(bed, bytes, 256);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	until = pipeline_bytes_until(&bed->machine.pipeline, 1);
	CU_ASSERT_EQUAL(256 + until, 512); /* the end of the window in which the fourth chunk is */
	bytes_in(bed, bytes + 256, until - 1);
	CU_ASSERT_EQUAL(bed->machine.pool.len_bytes, 0);
	bytes_in(bed, bytes + 256 + until - 1, sizeof(bytes) - 256 - until + 1);
	CU_ASSERT_EQUAL_FATAL(pool_peek(&bed->machine.pool, 100, pieces), 1);
	/* The run was longer than it takes, perhaps: then its last byte is the first one after. */
	CU_ASSERT(memcmp(pieces[0].iov_base, bytes + 300, 50) == 0 ||
		  memcmp(pieces[0].iov_base, bytes + 299, 50) == 0);
	check_ledger(bed);
	bed_close(bed);
}

/* No test has given these; their snapshots say so. */
static void silence_and_timeout(void)
{
	struct bed *bed = open_bed(5);

	to_running(bed);
	good_bytes(bed, 50);
	bed->now_ms += SILENCE_MS;
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	CU_ASSERT_STRING_EQUAL(newest.alarm, "silence");
	CU_ASSERT_EQUAL(strncmp(newest.tests, "fired=none\n", 11), 0);
	CU_ASSERT(newest.before_bytes > 0);
	CU_ASSERT_STRING_EQUAL(newest.end, "");
	bed->now_ms += TIMEOUT_MS;
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_STRING_EQUAL(newest.alarm, "timeout");
	CU_ASSERT_EQUAL(handed, 3); /* the first one was ended */
	CU_ASSERT_EQUAL(newest.before_bytes, 0);
	bed_close(bed);
	CU_ASSERT_STRING_EQUAL(newest.end, "the daemon ended");
}

/* Symbols of the time before the proof were no alarm's: they are not told. */
static void a_contradiction_leaves_a_record(void)
{
	struct bed *bed = open_bed(5);

	to_running(bed);
	good_bytes(bed, 50);
	CU_ASSERT_EQUAL(command(bed, MACHINE_PROVE), MACHINE_PENDING);
	machine_stray(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	CU_ASSERT_EQUAL(handed, 1);
	CU_ASSERT_STRING_EQUAL(newest.alarm, "causality");
	CU_ASSERT_EQUAL(strncmp(newest.tests, "fired=none\n", 11), 0);
	CU_ASSERT_EQUAL(newest.before_bytes, 0);
	machine_settled(&bed->machine, bed->now_ms);
	good_bytes(bed, 600);
	CU_ASSERT_STRING_EQUAL(newest.end, "complete");
	bed_close(bed);
}

static void failed_startups(void)
{
	struct bed *bed = open_bed(5);
	uint64_t ticket;

	machine_port_up(&bed->machine, bed->now_ms);
	machine_command(&bed->machine, MACHINE_INIT, bed->now_ms, &ticket);
	machine_powered(&bed->machine, true, bed->now_ms);
	machine_settled(&bed->machine, bed->now_ms);
	good_bytes(bed, 100);
	stuck_bytes(bed, 8);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
	CU_ASSERT_EQUAL(handed, 1);
	CU_ASSERT_STRING_EQUAL(newest.alarm, "repetition");
	CU_ASSERT(newest.before_bytes >= 105);
	CU_ASSERT_EQUAL(newest.left_out_bytes, 0); /* nothing has left before */
	stuck_bytes(bed, 8);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	CU_ASSERT_EQUAL(newest.number, 2);
	/* They are in the record before, as those after its alarm. */
	CU_ASSERT_EQUAL(newest.before_bytes, 0);
	CU_ASSERT(newest.left_out_bytes > 0);
	bed_close(bed);
}

/* A start that takes too long is no alarm: what it held is in no record, not in a later one either.
 */
static void a_slow_start_leaves_none(void)
{
	struct bed *bed = open_bed(5);

	to_starting(bed);
	good_bytes(bed, 100);
	bed->now_ms += TIMEOUT_MS;
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	CU_ASSERT_EQUAL(handed, 0);
	CU_ASSERT_EQUAL(bed->machine.ledger.bytes[LEDGER_PARTIAL], 100);
	CU_ASSERT_EQUAL(command(bed, MACHINE_RESTART), MACHINE_PENDING);
	machine_settled(&bed->machine, bed->now_ms);
	good_bytes(bed, 300);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(command(bed, MACHINE_PROVE), MACHINE_PENDING);
	machine_stray(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(newest.number, 1);
	CU_ASSERT_STRING_EQUAL(newest.alarm, "causality");
	CU_ASSERT_EQUAL(newest.before_bytes, 0);
	CU_ASSERT_EQUAL(newest.left_out_bytes, 0);
	bed_close(bed);
}

/* A record ends with whatever ends the stream, or after a while. */
static void records_end(void)
{
	struct bed *bed = open_bed(5);
	uint64_t ticket;

	to_running(bed);
	stuck_bytes(bed, 6);
	CU_ASSERT_EQUAL(handed, 1);
	CU_ASSERT(machine_deadline_ms(&bed->machine) <= bed->now_ms + BLACKBOX_WAIT_MS);
	machine_command(&bed->machine, MACHINE_SHUTDOWN, bed->now_ms, &ticket);
	CU_ASSERT_EQUAL(handed, 2);
	CU_ASSERT_STRING_EQUAL(newest.end, "the source was stopped");
	bed_close(bed);
	CU_ASSERT_EQUAL(handed, 2);

	bed = open_bed(1);
	to_running(bed);
	stuck_bytes(bed, 6);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	good_bytes(bed, 60); /* untested, but evidence */
	bed->now_ms += BLACKBOX_WAIT_MS;
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_STRING_EQUAL(newest.end, "no more came for too long");
	CU_ASSERT(newest.after_bytes >= 60);
	CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), UINT64_MAX);
	bed_close(bed);
}

/* Whoever reads raw has them: they are in no record. */
static void raw_is_not_recorded(void)
{
	struct bed *bed = open_bed(5);

	to_running(bed);
	machine_divert(&bed->machine, true);
	good_bytes(bed, 300);
	stuck_bytes(bed, 6);
	CU_ASSERT_EQUAL(handed, 1);
	CU_ASSERT_EQUAL(newest.before_bytes, 0);
	CU_ASSERT(newest.left_out_bytes >= 40);
	CU_ASSERT_STRING_EQUAL(newest.end, "somebody reads raw");
	machine_divert(&bed->machine, false);
	good_bytes(bed, 600);
	CU_ASSERT_EQUAL(handed, 1);
	stuck_bytes(bed, 6);
	good_bytes(bed, 20);
	machine_divert(&bed->machine, true);
	CU_ASSERT_EQUAL(newest.number, 2);
	CU_ASSERT_STRING_EQUAL(newest.end, "somebody reads raw");
	CU_ASSERT(newest.after_bytes >= 20);
	bed_close(bed);
}

/* ---- random streams: every byte has one fate ---- */

/* Whatever has come to the pool: where in the stream it is from, and that it may be there. */
static void deliver(struct bed *bed)
{
	struct pool *pool = &bed->machine.pool;
	struct iovec pieces[2];

	while (pool_peek(pool, HEALTH_CHUNK_BYTES, pieces) > 0) {
		size_t len = pieces[0].iov_len, from = sent > 20000 ? sent - 20000 : 0;
		const uint8_t *found = len < MARK_BYTES ? NULL
							: memmem(stream + from, sent - from,
								 pieces[0].iov_base, len);

		if (len >= MARK_BYTES)
			CU_ASSERT_PTR_NOT_NULL_FATAL(found);
		size_t place = found ? (size_t)(found - stream) : 0;

		for (size_t i = 0; found && i < len; i++) {
			CU_ASSERT_EQUAL(fates[place + i], FATE_NONE);
			fates[place + i] = FATE_DELIVERED;
		}
		ledger_move(&bed->machine.ledger, LEDGER_POOL, LEDGER_RANDOM, len);
		pool_drop(pool, len);
	}
}

/* The next bytes of the line: random, seldom a fault. */
static void next_bytes(struct bed *bed)
{
	size_t len = (size_t)random() % 600 + 1;

	random_bytes(stream + sent, len);
	if (random() % 12 == 0)
		memset(stream + sent, (int)random() % 4 * 0x55, len < 40 ? len : 40);
	if (bed->machine.is_diverted)
		memset(fates + sent, FATE_RAW, len);
	sent += len;
	bed->now_ms += 10;
	machine_bytes(&bed->machine, stream + sent - len, len, bed->now_ms);
}

static void keep_running(struct bed *bed)
{
	uint64_t ticket;

	if (bed->machine.state == MACHINE_FAILED || random() % 200 == 0) {
		machine_command(&bed->machine, MACHINE_RESTART, bed->now_ms, &ticket);
		machine_powered(&bed->machine, true, bed->now_ms);
		machine_settled(&bed->machine, bed->now_ms);
	}
	if (random() % 15 == 0)
		machine_divert(&bed->machine, !bed->machine.is_diverted);
	if (machine_deadline_ms(&bed->machine) <= bed->now_ms + 4000 && random() % 4 == 0)
		bed->now_ms = machine_deadline_ms(&bed->machine);
	machine_tick(&bed->machine, bed->now_ms);
	if (!bed->machine.is_settled)
		machine_settled(&bed->machine, bed->now_ms);
}

static void every_byte_has_one_fate(void)
{
	struct bed *bed = open_bed(20);
	size_t counts[16] = { 0 };
	uint64_t ticket;

	machine_port_up(&bed->machine, bed->now_ms);
	sent = 0;
	memset(fates, 0, sizeof(fates));
	is_accounting = true;
	machine_command(&bed->machine, MACHINE_INIT, bed->now_ms, &ticket);
	machine_powered(&bed->machine, true, bed->now_ms);
	machine_settled(&bed->machine, bed->now_ms);
	while (sent < STREAM_BYTES - 1000) {
		keep_running(bed);
		next_bytes(bed);
		deliver(bed);
		check_ledger(bed);
	}
	is_accounting = false;
	for (size_t i = 0; i < sent; i++)
		counts[fates[i]]++;
	CU_ASSERT(counts[FATE_DELIVERED] > 1000);
	CU_ASSERT(counts[FATE_BEFORE] > 1000);
	CU_ASSERT(counts[FATE_AFTER] > 1000);
	CU_ASSERT(counts[FATE_RAW] > 1000);
	bed_close(bed);
}

static const struct unit_test tests[] = {
	{ "a test leaves a record", a_test_leaves_a_record },
	{ "recorded bytes are not released", recorded_bytes_are_not_released },
	{ "silence and timeout", silence_and_timeout },
	{ "a contradiction leaves a record", a_contradiction_leaves_a_record },
	{ "failed start-ups", failed_startups },
	{ "a slow start leaves none", a_slow_start_leaves_none },
	{ "records end", records_end },
	{ "raw is not recorded", raw_is_not_recorded },
	{ "every byte has one fate", every_byte_has_one_fate },
};

int main(void)
{
	srandom((unsigned)unit_seed());
	return unit_run("machine_evidence", tests, sizeof(tests) / sizeof(tests[0]));
}
