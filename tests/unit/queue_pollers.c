/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue - pollers and non-blocking readers: what is set aside for them, how much, and for how long.
 */
#include "tests/unit/queue_bed.h"
#include "tests/unit/unit.h"

static void pollers_get_their_share_and_lose_it(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[0], 0));
	CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[0], 0)); /* one place, not two */
	fill(bed, 300);
	queue_serve(&bed->queue, 1000);
	CU_ASSERT_EQUAL(readies, 1);
	CU_ASSERT_TRUE(queue_poll(&bed->queue, &bed->places[0], 1000));
	CU_ASSERT_EQUAL(bed->pool.len_bytes, 300 - QUEUE_TURN_BYTES);
	CU_ASSERT_EQUAL(queue_deadline_ms(&bed->queue), 1000 + QUEUE_KEEP_MS);
	CU_ASSERT_EQUAL(tries(bed, 0, 16), 0);
	check(bed, 0, 0, 16);
	queue_expire(&bed->queue, 999 + QUEUE_KEEP_MS);
	CU_ASSERT_EQUAL(bed->ledger.bytes[LEDGER_SET_ASIDE], QUEUE_TURN_BYTES - 16);
	queue_expire(&bed->queue, 1000 + QUEUE_KEEP_MS);
	CU_ASSERT_EQUAL(bed->ledger.bytes[LEDGER_SET_ASIDE], 0);
	CU_ASSERT_EQUAL(bed->ledger.bytes[LEDGER_REMAINDER], QUEUE_TURN_BYTES - 16);
	CU_ASSERT_EQUAL(queue_deadline_ms(&bed->queue), UINT64_MAX);
	bed_close(bed);
}

static void nonblocking_reader_keeps_its_turn(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_EQUAL(tries(bed, 0, 32), -EAGAIN);
	CU_ASSERT_EQUAL(reads(bed, 1, 32), 1);
	CU_ASSERT_EQUAL(queue_asked_bytes(&bed->queue), 64);
	fill(bed, 64);
	queue_serve(&bed->queue, 0);
	CU_ASSERT_EQUAL(bed->ledger.bytes[LEDGER_SET_ASIDE],
			32); /* what it asked for, and no more */
	CU_ASSERT_EQUAL(tries(bed, 0, 32), 0);
	check(bed, 0, 0, 32); /* it came first */
	check(bed, 1, 32, 32);
	bed_close(bed);
}

static void a_poller_that_has_tried_says_how_much(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_EQUAL(tries(bed, 0, 16), -EAGAIN);
	CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[0], 0));
	CU_ASSERT_EQUAL(tries(bed, 1, 5000), -EAGAIN);
	CU_ASSERT_EQUAL(queue_asked_bytes(&bed->queue), 16 + QUEUE_TURN_BYTES);
	fill(bed, 16);
	queue_serve(&bed->queue, 0);
	CU_ASSERT_TRUE(queue_poll(&bed->queue, &bed->places[0], 0));
	CU_ASSERT_EQUAL(bed->ledger.bytes[LEDGER_SET_ASIDE], 16);
	CU_ASSERT_EQUAL(tries(bed, 0, 16), 0);
	/* It will ask for as much again. */
	CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[0], 0));
	CU_ASSERT_EQUAL(queue_asked_bytes(&bed->queue), 16 + QUEUE_TURN_BYTES);
	bed_close(bed);
}

/* As QEMU reads: a poll, then so many bytes. Some guests' drivers never recover from fewer. */
static void a_poller_of_little_gets_it_whole(void)
{
	struct bed *bed = bed_open();

	fill(bed, 100);
	CU_ASSERT_TRUE(queue_poll(&bed->queue, &bed->places[0], 0)); /* it has not said: 100 */
	CU_ASSERT_EQUAL(tries(bed, 0, 64), 0);
	fill(bed, 10);
	CU_ASSERT_TRUE(queue_poll(&bed->queue, &bed->places[0], 0));
	CU_ASSERT_EQUAL(tries(bed, 0, 64), 0); /* 36 that were left, and the pool's 10 */
	check(bed, 0, 64, 46);
	for (size_t at = 110; at < 1000; at += 64) {
		fill(bed, 63);
		CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[0], 0));
		fill(bed, 1);
		queue_serve(&bed->queue, 0);
		CU_ASSERT_TRUE(queue_poll(&bed->queue, &bed->places[0], 0));
		CU_ASSERT_EQUAL(bed->places[0].set_aside_bytes, 64);
		CU_ASSERT_EQUAL(tries(bed, 0, 64), 0);
		check(bed, 0, (uint8_t)at, 64);
	}
	bed_close(bed);
}

/* What was set aside for a poller comes first in its blocking read, and the rest is waited for. */
static void a_read_goes_on_after_what_was_set_aside(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[0], 0));
	fill(bed, 10);
	queue_serve(&bed->queue, 0);
	CU_ASSERT_EQUAL(reads(bed, 1, 5), 1);
	CU_ASSERT_EQUAL(reads(bed, 0, 30), 1);
	queue_expire(&bed->queue, 1000000); /* belongs to the read now */
	fill(bed, 25);
	queue_serve(&bed->queue, 0);
	check(bed, 0, 0, 30); /* its turn had come already */
	check(bed, 1, 30, 5);
	bed_close(bed);
}

/* Its turn goes on, and the pool has the rest: nothing to wait for. */
static void a_turn_goes_on_before_those_who_wait(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[0], 0));
	fill(bed, 100);
	queue_serve(&bed->queue, 0);
	CU_ASSERT_EQUAL(reads(bed, 1, 256), 1);
	fill(bed, 200);
	CU_ASSERT_EQUAL(reads(bed, 0, 256), 0);
	check(bed, 0, 0, 256);
	CU_ASSERT_EQUAL(bed->pool.len_bytes, 44);
	bed_close(bed);
}

/* What was set aside is an answer of its own where it is enough. */
static void an_answer_is_one_piece_where_it_can(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[0], 0));
	fill(bed, 50);
	queue_serve(&bed->queue, 0);
	fill(bed, 1000);
	CU_ASSERT_EQUAL(reads(bed, 0, 4096), 0);
	check(bed, 0, 0, 50);
	CU_ASSERT_EQUAL(reads(bed, 0, 4096), 0);
	check(bed, 0, 50, 1000);
	bed_close(bed);
}

static const struct unit_test tests[] = {
	{ "pollers get their share and lose it", pollers_get_their_share_and_lose_it },
	{ "nonblocking reader keeps its turn", nonblocking_reader_keeps_its_turn },
	{ "a poller that has tried says how much", a_poller_that_has_tried_says_how_much },
	{ "a poller of little gets it whole", a_poller_of_little_gets_it_whole },
	{ "a read goes on after what was set aside", a_read_goes_on_after_what_was_set_aside },
	{ "a turn goes on before those who wait", a_turn_goes_on_before_those_who_wait },
	{ "an answer is one piece where it can", an_answer_is_one_piece_where_it_can },
};

int main(void)
{
	return unit_run("queue_pollers", tests, sizeof(tests) / sizeof(tests[0]));
}
