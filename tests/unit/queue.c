/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue - who gets which bytes, with readers that are plain structs and an injected clock. */
#include "tests/unit/queue_bed.h"
#include "tests/unit/unit.h"

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
