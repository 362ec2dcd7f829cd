/* SPDX-License-Identifier: GPL-3.0-or-later */
/* feed: when it is due, only what nobody waits for, only while the source runs, nothing twice. */
#include "fuse-trng/fs/feed.h"

#include "tests/unit/machine_bed.h"
#include "tests/unit/unit.h"

#include <errno.h>

#define BITS   256
#define BYTES  64 /* of two bits a symbol, one of them assessed */
#define SECOND 1000

/* Who takes them. */
struct taker {
	uint64_t due_ms;
	int result;
	unsigned gifts;
	size_t len_bytes;
	unsigned bits;
	uint8_t bytes[BYTES];
};

struct stage {
	struct bed *bed;
	struct queue queue;
	struct feed feed;
	struct taker taker;
};

static uint64_t due_ms(const void *ctx)
{
	return ((const struct taker *)ctx)->due_ms;
}

static int give(void *ctx, const uint8_t *bytes, size_t len_bytes, unsigned bits, uint64_t now_ms)
{
	struct taker *taker = ctx;

	taker->gifts++;
	taker->len_bytes = len_bytes;
	taker->bits = bits;
	taker->due_ms = now_ms + SECOND;
	CU_ASSERT_FATAL(len_bytes <= sizeof(taker->bytes));
	memcpy(taker->bytes, bytes, len_bytes);
	return taker->result;
}

static void stage_open(struct stage *stage, bool is_conditioned)
{
	const struct feed_settings settings = { BITS, due_ms, give, &stage->taker };

	*stage = (struct stage){ .bed = bed_open_as(5, is_conditioned, 0) };
	queue_init(&stage->queue, &stage->bed->machine.pool, &stage->bed->machine.ledger);
	CU_ASSERT_EQUAL(feed_open(&stage->feed, &settings, &stage->bed->machine, &stage->queue), 0);
}

static void stage_close(struct stage *stage)
{
	feed_close(&stage->feed);
	CU_ASSERT_EQUAL(stage->bed->machine.ledger.bytes[LEDGER_SET_ASIDE], 0);
	bed_close(stage->bed);
}

static uint64_t in_account(const struct stage *stage, enum ledger_account account)
{
	return stage->bed->machine.ledger.bytes[account];
}

/* The pool has at least @len_bytes. */
static void fill(struct stage *stage, size_t len_bytes)
{
	while (stage->bed->machine.pool.len_bytes < len_bytes)
		good_bytes(stage->bed, 100);
	CU_ASSERT_EQUAL_FATAL(stage->bed->machine.state, MACHINE_RUNNING);
}

static void serve(struct stage *stage)
{
	feed_serve(&stage->feed, stage->bed->now_ms);
}

static void test_when_due(void)
{
	struct stage stage;
	uint8_t first[BYTES];

	stage_open(&stage, false);
	CU_ASSERT_EQUAL(feed_deadline_ms(&stage.feed), UINT64_MAX); /* not running */
	serve(&stage);
	CU_ASSERT_EQUAL(stage.taker.gifts, 0);
	to_running(stage.bed);
	stage.taker.due_ms = stage.bed->now_ms + SECOND;
	fill(&stage, 300);
	CU_ASSERT_EQUAL(feed_deadline_ms(&stage.feed), stage.taker.due_ms);
	serve(&stage);
	CU_ASSERT_EQUAL(stage.taker.gifts, 0);
	stage.bed->now_ms += SECOND;
	memcpy(first, stage.bed->machine.pool.ring + stage.bed->machine.pool.head, BYTES);
	serve(&stage);
	CU_ASSERT_EQUAL(stage.taker.gifts, 1);
	CU_ASSERT_EQUAL(stage.taker.len_bytes, BYTES);
	CU_ASSERT_EQUAL(stage.taker.bits, BITS);
	CU_ASSERT(memcmp(stage.taker.bytes, first, BYTES) == 0);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_KERNEL), BYTES);
	for (size_t i = 0; i < BYTES; i++)
		CU_ASSERT_EQUAL(stage.feed.draw.bytes[i], 0);
	serve(&stage); /* not again before it is due again */
	CU_ASSERT_EQUAL(stage.taker.gifts, 1);
	stage.bed->now_ms += SECOND;
	serve(&stage);
	CU_ASSERT_EQUAL(stage.taker.gifts, 2);
	CU_ASSERT(memcmp(stage.taker.bytes, first, BYTES) != 0);
	stage_close(&stage);
}

/* What the conditioner gave is assessed to be full: half as many bytes. */
static void test_conditioned(void)
{
	struct stage stage;

	stage_open(&stage, true);
	to_running(stage.bed);
	fill(&stage, BYTES);
	serve(&stage);
	CU_ASSERT_EQUAL(stage.taker.gifts, 1);
	CU_ASSERT_EQUAL(stage.taker.len_bytes, BITS / 8);
	stage_close(&stage);
}

static int take(void *request, const struct iovec *iov, int count)
{
	(void)request, (void)iov, (void)count;
	return 0;
}

static void refuse(void *request, int error)
{
	(void)request, (void)error;
}

static void ready(struct place *place)
{
	(void)place;
}

static void test_only_what_nobody_waits_for(void)
{
	static const struct queue_ops reader_ops = { take, refuse, ready };
	struct place place = { .ops = &reader_ops, .account = LEDGER_RANDOM };
	struct stage stage;

	stage_open(&stage, false);
	to_running(stage.bed);
	fill(&stage, BYTES);
	pool_drop(&stage.bed->machine.pool, stage.bed->machine.pool.len_bytes - 10);
	ledger_move(&stage.bed->machine.ledger, LEDGER_POOL, LEDGER_RANDOM,
		    in_account(&stage, LEDGER_POOL) - 10);
	CU_ASSERT_EQUAL(queue_read(&stage.queue, &place, &place, 200), 1);
	serve(&stage);
	CU_ASSERT_EQUAL(stage.feed.draw.got_bytes, 0);
	CU_ASSERT_EQUAL(feed_deadline_ms(&stage.feed), UINT64_MAX); /* under way */
	while (stage.queue.first) {
		good_bytes(stage.bed, 100);
		queue_serve(&stage.queue, stage.bed->now_ms);
		serve(&stage);
	}
	fill(&stage, BYTES);
	serve(&stage);
	CU_ASSERT_EQUAL(stage.taker.gifts, 1);
	stage_close(&stage);
}

/* A test fires while half of it is there: never given, and afterwards all anew. */
static void test_alarm(void)
{
	struct stage stage;
	struct machine *machine;

	stage_open(&stage, false);
	machine = &stage.bed->machine;
	to_running(stage.bed);
	fill(&stage, 10);
	pool_drop(&machine->pool, machine->pool.len_bytes - 10);
	ledger_move(&machine->ledger, LEDGER_POOL, LEDGER_RANDOM,
		    in_account(&stage, LEDGER_POOL) - 10);
	serve(&stage);
	CU_ASSERT_EQUAL(stage.feed.draw.got_bytes, 10);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_SET_ASIDE), 10);
	stuck_bytes(stage.bed, 6);
	CU_ASSERT_EQUAL(machine->state, MACHINE_ALARM);
	feed_changed(&stage.feed);
	CU_ASSERT_EQUAL(stage.feed.draw.got_bytes, 0);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_SET_ASIDE), 0);
	CU_ASSERT_EQUAL(feed_deadline_ms(&stage.feed), UINT64_MAX);
	serve(&stage);
	CU_ASSERT_EQUAL(stage.taker.gifts, 0);
	good_bytes(stage.bed, 512);
	CU_ASSERT_EQUAL(machine->state, MACHINE_RUNNING);
	feed_changed(&stage.feed);
	fill(&stage, BYTES);
	serve(&stage);
	CU_ASSERT_EQUAL(stage.taker.gifts, 1);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_KERNEL), BYTES);
	stage_close(&stage);
}

/* What the kernel did not take is credited to nobody, and given to nobody else. */
static void test_not_taken(void)
{
	struct stage stage;

	stage_open(&stage, false);
	to_running(stage.bed);
	fill(&stage, BYTES);
	stage.taker.result = -EPERM;
	serve(&stage);
	CU_ASSERT_EQUAL(stage.taker.gifts, 1);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_KERNEL), 0);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_REMAINDER), BYTES);
	stage_close(&stage);
}

static void test_nobody(void)
{
	const struct feed_settings nobody = { 0 };
	struct bed *bed = bed_open(5);
	struct queue queue;
	struct feed feed = { 0 };

	feed_close(&feed);
	queue_init(&queue, &bed->machine.pool, &bed->machine.ledger);
	CU_ASSERT_EQUAL(feed_open(&feed, &nobody, &bed->machine, &queue), 0);
	to_running(bed);
	CU_ASSERT_EQUAL(feed_deadline_ms(&feed), UINT64_MAX);
	feed_serve(&feed, bed->now_ms);
	feed_changed(&feed);
	feed_close(&feed);
	bed_close(bed);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "when due", test_when_due },
		{ "conditioned", test_conditioned },
		{ "only what nobody waits for", test_only_what_nobody_waits_for },
		{ "alarm", test_alarm },
		{ "not taken", test_not_taken },
		{ "nobody", test_nobody },
	};

	srandom((unsigned)unit_seed());
	return unit_run("feed", tests, sizeof(tests) / sizeof(tests[0]));
}
