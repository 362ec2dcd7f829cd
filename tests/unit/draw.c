/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draw - what the daemon takes for itself: in turn when it is due, else only what nobody wants. */
#include "fuse-trng/fs/draw.h"

#include "tests/unit/queue_bed.h"
#include "tests/unit/unit.h"

#define MOST_BYTES 1000

struct stage {
	struct bed *bed;
	struct draw draw;
};

static void stage_open(struct stage *stage)
{
	stage->bed = bed_open();
	CU_ASSERT_FATAL(draw_open(&stage->draw, &stage->bed->queue, LEDGER_DRBG, MOST_BYTES) == 0);
}

static void stage_close(struct stage *stage)
{
	draw_close(&stage->draw);
	CU_ASSERT_PTR_NULL(stage->draw.bytes);
	bed_close(stage->bed);
}

static uint64_t in_account(const struct stage *stage, enum ledger_account account)
{
	return stage->bed->ledger.bytes[account];
}

/* New bytes: the line first, then the draw, as the session does it. */
static bool come(struct stage *stage, size_t len)
{
	fill(stage->bed, len);
	queue_serve(&stage->bed->queue, 0);
	return draw_serve(&stage->draw);
}

static void check_got(const struct stage *stage, uint8_t first, size_t len)
{
	CU_ASSERT_EQUAL(stage->draw.got_bytes, len);
	for (size_t i = 0; i < stage->draw.got_bytes; i++)
		CU_ASSERT_EQUAL(stage->draw.bytes[i], (uint8_t)(first + i));
}

static void check_empty(const struct stage *stage)
{
	CU_ASSERT_EQUAL(stage->draw.got_bytes, 0);
	CU_ASSERT_EQUAL(stage->draw.needed_bytes, 0);
	CU_ASSERT_FALSE(stage->draw.is_parked);
	for (size_t i = 0; i < MOST_BYTES; i++)
		CU_ASSERT_EQUAL(stage->draw.bytes[i], 0);
	CU_ASSERT_EQUAL(in_account(stage, LEDGER_SET_ASIDE), 0);
}

static void wants_nothing(void)
{
	struct stage stage;

	stage_open(&stage);
	CU_ASSERT_FALSE(come(&stage, 100));
	CU_ASSERT_EQUAL(stage.bed->pool.len_bytes, 100);
	check_empty(&stage);
	stage_close(&stage);
}

/* The pool's oldest bytes, as they come, and not one too many. */
static void takes_what_is_idle(void)
{
	struct stage stage;
	size_t first = (size_t)random() % 99 + 1;

	stage_open(&stage);
	draw_want(&stage.draw, 100, false);
	CU_ASSERT_FALSE(come(&stage, first));
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_SET_ASIDE), first);
	CU_ASSERT_TRUE(come(&stage, 300));
	check_got(&stage, 0, 100);
	CU_ASSERT_EQUAL(stage.bed->pool.len_bytes, first + 200);
	CU_ASSERT_TRUE(draw_serve(&stage.draw)); /* whole, until it is used */
	draw_used(&stage.draw);
	check_empty(&stage);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG), 100);
	CU_ASSERT_FALSE(draw_serve(&stage.draw));
	stage_close(&stage);
}

/* The ring's end is in the middle of what is taken. */
static void takes_both_ends_of_the_ring(void)
{
	struct stage stage;
	size_t most;

	stage_open(&stage);
	most = stage.bed->pool.capacity_bytes;
	fill(stage.bed, most - 50);
	CU_ASSERT_EQUAL(tries(stage.bed, 0, most - 50), 0);
	draw_want(&stage.draw, 200, false);
	CU_ASSERT_TRUE(come(&stage, 200));
	check_got(&stage, (uint8_t)(most - 50), 200);
	stage_close(&stage);
}

/* Behind a reader it gets nothing, though the reader leaves some, before a later one all. */
static void stands_in_the_line(void)
{
	struct stage stage;

	stage_open(&stage);
	CU_ASSERT_EQUAL(reads(stage.bed, 0, 60), 1);
	draw_want(&stage.draw, 100, true);
	CU_ASSERT_FALSE(draw_serve(&stage.draw));
	CU_ASSERT_TRUE(stage.draw.is_parked);
	CU_ASSERT_EQUAL(stage.bed->queue.waiting_readers, 1); /* it is none itself */
	CU_ASSERT_EQUAL(reads(stage.bed, 1, 10), 1);
	CU_ASSERT_FALSE(come(&stage, 100));
	check(stage.bed, 0, 0, 60);
	CU_ASSERT_EQUAL(stage.draw.got_bytes, 0);
	CU_ASSERT_TRUE(come(&stage, 60));
	check_got(&stage, 60, 100);
	CU_ASSERT_EQUAL(stage.bed->answers[1].count, 0);
	draw_used(&stage.draw);
	CU_ASSERT_FALSE(come(&stage, 10));
	check(stage.bed, 1, 160, 10);
	stage_close(&stage);
}

/* More than a turn: others have theirs in between. */
static void turn_by_turn(void)
{
	struct stage stage;

	stage_open(&stage);
	draw_want(&stage.draw, QUEUE_TURN_BYTES + 44, true);
	CU_ASSERT_FALSE(draw_serve(&stage.draw));
	CU_ASSERT_EQUAL(reads(stage.bed, 0, 20), 1);
	CU_ASSERT_FALSE(come(&stage, QUEUE_TURN_BYTES));
	check_got(&stage, 0, QUEUE_TURN_BYTES);
	CU_ASSERT_TRUE(stage.draw.is_parked);
	CU_ASSERT_FALSE(come(&stage, 20));
	check(stage.bed, 0, (uint8_t)QUEUE_TURN_BYTES, 20);
	CU_ASSERT_TRUE(come(&stage, 44));
	CU_ASSERT_EQUAL(stage.draw.bytes[QUEUE_TURN_BYTES], (uint8_t)(QUEUE_TURN_BYTES + 20));
	stage_close(&stage);
}

/* Alone and with a full pool there is nothing to wait for. */
static void several_turns_at_once(void)
{
	struct stage stage;

	stage_open(&stage);
	draw_want(&stage.draw, MOST_BYTES, true);
	CU_ASSERT_TRUE(come(&stage, MOST_BYTES + 1));
	check_got(&stage, 0, MOST_BYTES);
	CU_ASSERT_EQUAL(stage.bed->pool.len_bytes, 1);
	stage_close(&stage);
}

/* While somebody waits a routine draw keeps what it has and takes no more; then it is due. */
static void becomes_due(void)
{
	struct stage stage;

	stage_open(&stage);
	draw_want(&stage.draw, 100, false);
	CU_ASSERT_FALSE(come(&stage, 30));
	CU_ASSERT_EQUAL(reads(stage.bed, 0, 50), 1);
	CU_ASSERT_FALSE(come(&stage, 49));
	check_got(&stage, 0, 30);
	draw_want(&stage.draw, 100, true);
	CU_ASSERT_FALSE(draw_serve(&stage.draw));
	CU_ASSERT_TRUE(come(&stage, 71));
	check(stage.bed, 0, 30, 50);
	CU_ASSERT_EQUAL(stage.draw.got_bytes, 100);
	CU_ASSERT_EQUAL(stage.draw.bytes[30], 80);
	stage_close(&stage);
}

/* More is wanted than before: what has come is kept. */
static void wants_more(void)
{
	struct stage stage;

	stage_open(&stage);
	draw_want(&stage.draw, 64, true);
	CU_ASSERT_FALSE(come(&stage, 20));
	draw_want(&stage.draw, 96, true); /* the read of 64 that stands in the line goes on */
	CU_ASSERT_FALSE(come(&stage, 75));
	CU_ASSERT_TRUE(come(&stage, 1));
	check_got(&stage, 0, 96);
	stage_close(&stage);
}

/* Dropped in the line and with a part of it: nothing is left, and it can begin anew. */
static void dropped(void)
{
	struct stage stage;

	stage_open(&stage);
	draw_want(&stage.draw, 2 * QUEUE_TURN_BYTES, true);
	CU_ASSERT_FALSE(come(&stage, QUEUE_TURN_BYTES));
	CU_ASSERT_TRUE(stage.draw.is_parked);
	draw_drop(&stage.draw, LEDGER_ALARM);
	check_empty(&stage);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_ALARM), QUEUE_TURN_BYTES);
	CU_ASSERT_PTR_NULL(stage.bed->queue.first);
	CU_ASSERT_FALSE(come(&stage, 10));
	CU_ASSERT_EQUAL(stage.bed->pool.len_bytes, 10);
	draw_want(&stage.draw, 10, true);
	CU_ASSERT_TRUE(draw_serve(&stage.draw));
	stage_close(&stage);
}

/* The line refuses everybody, as at an alarm: the draw may ask again. */
static void refused(void)
{
	struct stage stage;

	stage_open(&stage);
	draw_want(&stage.draw, 50, true);
	CU_ASSERT_FALSE(come(&stage, 10));
	queue_flush(&stage.bed->queue, EIO, LEDGER_ALARM);
	CU_ASSERT_FALSE(stage.draw.is_parked);
	CU_ASSERT_TRUE(come(&stage, 40));
	check_got(&stage, 0, 50);
	stage_close(&stage);
}

/* Closed with a part: the ledger still adds up, see bed_close(). */
static void closed(void)
{
	struct draw none = { 0 };
	struct stage stage;

	draw_close(&none);
	stage_open(&stage);
	draw_want(&stage.draw, 50, false);
	CU_ASSERT_FALSE(come(&stage, 10));
	draw_close(&stage.draw);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_REMAINDER), 10);
	stage_close(&stage);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "wants nothing", wants_nothing },
		{ "takes what is idle", takes_what_is_idle },
		{ "takes both ends of the ring", takes_both_ends_of_the_ring },
		{ "stands in the line", stands_in_the_line },
		{ "turn by turn", turn_by_turn },
		{ "several turns at once", several_turns_at_once },
		{ "becomes due", becomes_due },
		{ "wants more", wants_more },
		{ "dropped", dropped },
		{ "refused", refused },
		{ "closed", closed },
	};

	srandom((unsigned)unit_seed());
	return unit_run("draw", tests, sizeof(tests) / sizeof(tests[0]));
}
