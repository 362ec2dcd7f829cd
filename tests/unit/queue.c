/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue - who gets which bytes, with readers that are plain structs and an injected clock. */
#include "fuse-trng/fs/queue.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A read as the queue sees it: what it was answered. */
struct answer {
	int count; /* of answers: must end as 1 */
	int error;
	size_t len;
	uint8_t bytes[8192];
	int deliver_as; /* what deliver returns: 0, or an error of the kernel */
};

static int deliver(void *request, const struct iovec *iov, int count)
{
	struct answer *answer = request;

	answer->count++;
	if (answer->deliver_as)
		return answer->deliver_as;
	for (int i = 0; i < count; i++) {
		memcpy(answer->bytes + answer->len, iov[i].iov_base, iov[i].iov_len);
		answer->len += iov[i].iov_len;
	}
	return 0;
}

static void refuse(void *request, int error)
{
	struct answer *answer = request;

	answer->count++;
	answer->error = error;
}

static unsigned readies;

static void ready(struct place *place)
{
	(void)place;
	readies++;
}

static const struct queue_ops ops = { deliver, refuse, ready };

/* A pool that is filled with consecutive numbers, so that every byte names its place. */
struct bed {
	struct pool pool;
	struct ledger ledger;
	struct queue queue;
	uint8_t next;
	struct place places[8];
	struct answer answers[8];
};

static struct bed *bed_open(void)
{
	struct bed *bed = calloc(1, sizeof(*bed));

	CU_ASSERT_FATAL(bed != NULL);
	CU_ASSERT_FATAL(pool_open(&bed->pool, 4096) == 0);
	queue_init(&bed->queue, &bed->pool, &bed->ledger);
	for (int i = 0; i < 8; i++)
		bed->places[i] = (struct place){ .ops = &ops, .account = LEDGER_RANDOM };
	readies = 0;
	return bed;
}

static void bed_close(struct bed *bed)
{
	for (int i = 0; i < 8; i++)
		queue_leave(&bed->queue, &bed->places[i]);
	CU_ASSERT_PTR_NULL(bed->queue.first);
	CU_ASSERT_PTR_NULL(bed->queue.first_kept);
	CU_ASSERT_EQUAL(bed->ledger.bytes[LEDGER_SET_ASIDE], 0);
	CU_ASSERT_EQUAL(bed->queue.waiting_readers, 0);
	pool_close(&bed->pool);
	free(bed);
}

static void fill(struct bed *bed, size_t len)
{
	uint8_t byte;

	while (len-- > 0) {
		byte = bed->next++;
		CU_ASSERT(pool_put(&bed->pool, &byte, 1) == 1);
		ledger_enter(&bed->ledger, LEDGER_POOL, 1);
	}
}

static int reads(struct bed *bed, int i, size_t size)
{
	bed->answers[i] = (struct answer){ 0 };
	return queue_read(&bed->queue, &bed->places[i], &bed->answers[i], size);
}

static int tries(struct bed *bed, int i, size_t size)
{
	bed->answers[i] = (struct answer){ 0 };
	return queue_try(&bed->queue, &bed->places[i], &bed->answers[i], size, 0);
}

static void check(const struct bed *bed, int i, uint8_t first, size_t len)
{
	const struct answer *answer = &bed->answers[i];

	CU_ASSERT_EQUAL(answer->count, 1);
	CU_ASSERT_EQUAL(answer->error, 0);
	CU_ASSERT_EQUAL(answer->len, len);
	for (size_t k = 0; k < answer->len; k++)
		CU_ASSERT_EQUAL(answer->bytes[k], (uint8_t)(first + k));
}

static void small_reads_are_filled_whole(void)
{
	struct bed *bed = bed_open();

	fill(bed, 100);
	CU_ASSERT_EQUAL(reads(bed, 0, 256), 1);
	queue_serve(&bed->queue, 0);
	CU_ASSERT_EQUAL(bed->answers[0].count, 0);
	fill(bed, 155);
	queue_serve(&bed->queue, 0);
	CU_ASSERT_EQUAL(bed->answers[0].count, 0);
	fill(bed, 1);
	queue_serve(&bed->queue, 0);
	check(bed, 0, 0, 256);
	bed_close(bed);
}

static void large_reads_take_what_is_there(void)
{
	struct bed *bed = bed_open();

	fill(bed, 1);
	CU_ASSERT_EQUAL(reads(bed, 0, 257), 0);
	check(bed, 0, 0, 1);
	fill(bed, 1000);
	CU_ASSERT_EQUAL(reads(bed, 1, 4096), 0);
	check(bed, 1, 1, 1000);
	bed_close(bed);
}

static void served_in_order_of_arrival(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_EQUAL(reads(bed, 0, 50), 1);
	CU_ASSERT_EQUAL(reads(bed, 1, 10), 1);
	CU_ASSERT_EQUAL(reads(bed, 2, 4096), 1);
	fill(bed, 20); /* enough for the second, but it is not its turn */
	queue_serve(&bed->queue, 0);
	CU_ASSERT_EQUAL(bed->answers[1].count, 0);
	CU_ASSERT_EQUAL(queue_asked_bytes(&bed->queue), 50 + 10 + QUEUE_TURN_BYTES);
	fill(bed, 60);
	queue_serve(&bed->queue, 0);
	check(bed, 0, 0, 50);
	check(bed, 1, 50, 10);
	check(bed, 2, 60, 20);
	bed_close(bed);
}

/* Nobody overtakes: a newcomer stands behind those who wait, even if there are bytes for it. */
static void newcomers_stand_behind(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_EQUAL(reads(bed, 0, 200), 1);
	fill(bed, 100);
	CU_ASSERT_EQUAL(reads(bed, 1, 10), 1);
	CU_ASSERT_EQUAL(tries(bed, 2, 10), -EAGAIN);
	CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[3], 0));
	queue_serve(&bed->queue, 0);
	CU_ASSERT_EQUAL(bed->answers[1].count, 0);
	bed_close(bed);
}

static void a_turn_is_bounded_while_others_wait(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_EQUAL(reads(bed, 0, 4096), 1);
	CU_ASSERT_EQUAL(reads(bed, 1, 4096), 1);
	fill(bed, 1000);
	queue_serve(&bed->queue, 0);
	CU_ASSERT_EQUAL(bed->answers[0].len, QUEUE_TURN_BYTES);
	CU_ASSERT_EQUAL(bed->answers[1].len, 1000 - QUEUE_TURN_BYTES);
	bed_close(bed);
}

/* A large read, a poller and a small read of one turn: each gets the same, however little comes. */
static void turns_are_equal_while_others_wait(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_EQUAL(reads(bed, 0, 4096), 1);
	CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[1], 0));
	CU_ASSERT_EQUAL(reads(bed, 2, 256), 1);
	for (int chunk = 0; chunk < 7; chunk++) {
		fill(bed, 100);
		queue_serve(&bed->queue, 0);
	}
	check(bed, 0, 0, 256);
	CU_ASSERT_EQUAL(bed->places[1].set_aside_bytes, 256);
	CU_ASSERT_EQUAL(bed->answers[2].count, 0);
	fill(bed, 68);
	queue_serve(&bed->queue, 0);
	check(bed, 2, 0, 256); /* 512 later: the same numbers */
	bed_close(bed);
}

/* Who is left alone in the line need not wait for a whole turn any more. */
static void alone_takes_what_is_there(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[0], 0));
	CU_ASSERT_EQUAL(reads(bed, 1, 4096), 1);
	fill(bed, 100);
	queue_serve(&bed->queue, 0);
	CU_ASSERT_EQUAL(readies, 0);
	queue_leave(&bed->queue, &bed->places[0]);
	queue_serve(&bed->queue, 0);
	check(bed, 1, 0, 100);
	bed_close(bed);
}

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

static void interrupts(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_EQUAL(reads(bed, 0, 100), 1);
	CU_ASSERT_EQUAL(reads(bed, 1, 100), 1);
	CU_ASSERT_EQUAL(reads(bed, 2, 100), 1);
	fill(bed, 40);
	queue_serve(&bed->queue, 0);
	queue_interrupt(&bed->queue, &bed->places[1], &bed->answers[1], true);
	CU_ASSERT_EQUAL(bed->answers[1].error, EINTR); /* the bytes are the first one's */
	queue_interrupt(&bed->queue, &bed->places[0], &bed->answers[0], true);
	check(bed, 0, 0, 40);
	fill(bed, 40);
	queue_interrupt(&bed->queue, &bed->places[2], &bed->answers[2], false);
	CU_ASSERT_EQUAL(bed->answers[2].error, EINTR); /* dying: nothing is lost with it */
	CU_ASSERT_EQUAL(bed->pool.len_bytes, 40);
	queue_interrupt(&bed->queue, &bed->places[2], &bed->answers[2], true);
	CU_ASSERT_EQUAL(bed->answers[2].count, 1);
	bed_close(bed);
}

/* The kernel says that the reader is gone: its bytes are the next one's. */
static void a_lost_reader_loses_no_bytes(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_EQUAL(reads(bed, 0, 20), 1);
	CU_ASSERT_EQUAL(reads(bed, 1, 20), 1);
	bed->answers[0].deliver_as = -ENOENT;
	fill(bed, 20);
	queue_serve(&bed->queue, 0);
	check(bed, 1, 0, 20);
	CU_ASSERT_EQUAL(bed->ledger.bytes[LEDGER_RANDOM], 20);
	bed_close(bed);
}

/* Another error: the reader may have seen them. */
static void a_doubtful_answer_is_never_repeated(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_EQUAL(reads(bed, 0, 20), 1);
	CU_ASSERT_EQUAL(reads(bed, 1, 20), 1);
	bed->answers[0].deliver_as = -EIO;
	fill(bed, 40);
	queue_serve(&bed->queue, 0);
	check(bed, 1, 20, 20);
	CU_ASSERT_EQUAL(bed->ledger.bytes[LEDGER_REMAINDER], 20);
	bed_close(bed);
}

static void an_alarm_refuses_all_and_wipes(void)
{
	struct bed *bed = bed_open();

	CU_ASSERT_FALSE(queue_poll(&bed->queue, &bed->places[0], 0));
	fill(bed, 10);
	queue_serve(&bed->queue, 0);
	CU_ASSERT_EQUAL(reads(bed, 1, 100), 1);
	CU_ASSERT_EQUAL(reads(bed, 2, 5000), 1);
	queue_flush(&bed->queue, EIO, LEDGER_REMAINDER);
	CU_ASSERT_EQUAL(bed->answers[1].error, EIO);
	CU_ASSERT_EQUAL(bed->answers[2].error, EIO);
	CU_ASSERT_EQUAL(bed->ledger.bytes[LEDGER_SET_ASIDE], 0);
	CU_ASSERT_PTR_NULL(bed->queue.first);
	bed_close(bed);
}

/* Two threads on one descriptor: one place, served in order, the second at the line's end. */
static void one_place_per_handle(void)
{
	struct bed *bed = bed_open();
	struct answer second = { 0 };

	CU_ASSERT_EQUAL(reads(bed, 0, 10), 1);
	CU_ASSERT_EQUAL(queue_read(&bed->queue, &bed->places[0], &second, 10), 1);
	CU_ASSERT_EQUAL(reads(bed, 1, 10), 1);
	fill(bed, 20);
	queue_serve(&bed->queue, 0);
	check(bed, 0, 0, 10);
	check(bed, 1, 10, 10);
	CU_ASSERT_EQUAL(second.count, 0);
	fill(bed, 10);
	queue_serve(&bed->queue, 0);
	CU_ASSERT_EQUAL(second.len, 10);
	CU_ASSERT_EQUAL(second.bytes[0], 20);
	bed_close(bed);
}

/* Random readers of all kinds: what they got, put together, is the stream without a gap. */
static void every_byte_once(void)
{
	struct bed *bed = bed_open();
	uint64_t got = 0, put = 0;

	srandom((unsigned)unit_seed());
	for (uint64_t now = 0; now < 40000; now++) {
		int i = (int)(random() % 8);
		struct place *place = &bed->places[i];

		if (bed->pool.len_bytes < 2000) {
			size_t len = (size_t)random() % 100;

			fill(bed, len);
			put += len;
		}
		queue_serve(&bed->queue, now);
		if (place->first)
			queue_interrupt(&bed->queue, place, &bed->answers[i], random() % 2);
		else if (random() % 3 == 0)
			queue_poll(&bed->queue, place, now);
		else if (random() % 2)
			reads(bed, i, 1 + (size_t)random() % 600);
		else
			tries(bed, i, 1 + (size_t)random() % 600);
		queue_expire(&bed->queue, now);
		got = bed->ledger.bytes[LEDGER_RANDOM] + bed->ledger.bytes[LEDGER_REMAINDER] +
		      bed->ledger.bytes[LEDGER_SET_ASIDE] + bed->pool.len_bytes;
		CU_ASSERT_EQUAL(got, put);
	}
	bed_close(bed);
}

static const struct unit_test tests[] = {
	{ "small reads are filled whole", small_reads_are_filled_whole },
	{ "large reads take what is there", large_reads_take_what_is_there },
	{ "served in order of arrival", served_in_order_of_arrival },
	{ "newcomers stand behind", newcomers_stand_behind },
	{ "a turn is bounded while others wait", a_turn_is_bounded_while_others_wait },
	{ "turns are equal while others wait", turns_are_equal_while_others_wait },
	{ "alone takes what is there", alone_takes_what_is_there },
	{ "pollers get their share and lose it", pollers_get_their_share_and_lose_it },
	{ "nonblocking reader keeps its turn", nonblocking_reader_keeps_its_turn },
	{ "a poller that has tried says how much", a_poller_that_has_tried_says_how_much },
	{ "a poller of little gets it whole", a_poller_of_little_gets_it_whole },
	{ "a read goes on after what was set aside", a_read_goes_on_after_what_was_set_aside },
	{ "a turn goes on before those who wait", a_turn_goes_on_before_those_who_wait },
	{ "an answer is one piece where it can", an_answer_is_one_piece_where_it_can },
	{ "interrupts", interrupts },
	{ "a lost reader loses no bytes", a_lost_reader_loses_no_bytes },
	{ "a doubtful answer is never repeated", a_doubtful_answer_is_never_repeated },
	{ "an alarm refuses all and wipes", an_alarm_refuses_all_and_wipes },
	{ "one place per handle", one_place_per_handle },
	{ "every byte once", every_byte_once },
};

int main(void)
{
	return unit_run("queue", tests, sizeof(tests) / sizeof(tests[0]));
}
