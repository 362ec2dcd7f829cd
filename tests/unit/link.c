/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of link: what passes and when, kinds without words, closing. */
#include "tests/unit/link_bench.h"
#include "tests/unit/unit.h"

/* --- settling and bytes ---------------------------------------------------------------------- */

static void test_nothing_before_settled(void)
{
	struct bench bench;

	begin_unasked(&bench);
	power(&bench, true);
	run_to(&bench, 2502);
	say(&bench, "before drained");
	run_to(&bench, 2503);
	say(&bench, "before settled");
	bench.now_ms = 4502;
	say(&bench, "almost");
	bench.now_ms = 4503; /* in the kernel's buffer when the time comes, and never read */
	CU_ASSERT(board_say(&bench.board, "stale", 5));
	CU_ASSERT(board_wait(bench.board.keeper, POLLIN, BOARD_PATIENCE_MS));
	link_service(bench.link, 0, START_MS + 4503);
	expect_bytes(&bench, "");
	say(&bench, "first");
	say(&bench, " second");
	expect_bytes(&bench, "first second");
	expect(&bench, "up@0 on@2500 POWERED@2503 SETTLED@4503");
	finish(&bench);
}

static void test_discard_bytes(void)
{
	struct profile profile = *profile_find("onerng");
	struct bench bench;

	profile.discard_bytes = 10;
	begin(plug(&bench), bench.board.path, &profile);
	power(&bench, true);
	run_to(&bench, 500);
	expect(&bench, "up@0 cmd0\ncmdO\n@0 POWERED@11");
	CU_ASSERT_EQUAL(link_deadline_ms(bench.link), UINT64_MAX); /* bytes are waited for */
	say(&bench, "123456789");
	expect(&bench, "");
	say(&bench, "0 and more");
	expect(&bench, "SETTLED@500");
	say(&bench, "first");
	expect_bytes(&bench, "first");
	finish(&bench);
}

/* What an unheard device left in the kernel's buffer does not count as discarded. */
static void test_flush_at_on(void)
{
	struct profile profile = *profile_find("stream");
	struct bench bench;

	profile.settle_ms = 0;
	profile.discard_bytes = 10;
	begin(plug(&bench), bench.board.path, &profile);
	run_to(&bench, 100);
	CU_ASSERT(board_say(&bench.board, "0123456789", 10));
	CU_ASSERT(board_wait(bench.board.keeper, POLLIN, BOARD_PATIENCE_MS));
	power(&bench, true);
	run_to(&bench, 200);
	say(&bench, "012345678");
	expect(&bench, "up@0 POWERED@100");
	say(&bench, "9");
	expect(&bench, "SETTLED@200");
	finish(&bench);
}

/* Served late: the board settles from when it heard the word, not from when we looked. */
static void test_late_service(void)
{
	struct bench bench;

	begin_unasked(&bench);
	power(&bench, true);
	run_to(&bench, 2500);
	bench.now_ms = 3000;
	run_to(&bench, 5000);
	expect(&bench, "up@0 on@2500 POWERED@3000 SETTLED@4503");
	finish(&bench);
}

static void off_from_bytes(struct bench *bench)
{
	power(bench, false);
}

static void test_off_within_bytes(void)
{
	struct bench bench;

	begin_unasked(&bench);
	power(&bench, true);
	run_to(&bench, 8000);
	bench.on_bytes = off_from_bytes;
	say(&bench, "last");
	say(&bench, "never");
	run_to(&bench, 9000);
	say(&bench, "never");
	expect_bytes(&bench, "last");
	expect(&bench, "up@0 on@2500 POWERED@2503 SETTLED@4503 off@8000 UNPOWERED@8004");
	finish(&bench);
}

static void test_cycle_stops_the_flow(void)
{
	struct bench bench;

	begin_unasked(&bench);
	power(&bench, true);
	run_to(&bench, 5000);
	say(&bench, "old");
	cycle(&bench);
	say(&bench, "never");
	run_to(&bench, 13709);
	say(&bench, "never");
	run_to(&bench, 13710);
	say(&bench, "new");
	expect_bytes(&bench, "oldnew");
	finish(&bench);
}

/* More than one read's worth arrives whole and in order. */
static void test_long_stream(void)
{
	struct bench bench;
	static char block[3000];

	begin_unasked(&bench);
	power(&bench, true);
	run_to(&bench, 5000);
	for (char i = 0; i < 2; i++) {
		memset(block, 'a' + i, sizeof(block));
		CU_ASSERT(board_say(&bench.board, block, sizeof(block)));
		while (bench.len_bytes < sizeof(block) * (size_t)(i + 1)) {
			size_t before = bench.len_bytes;

			serve(&bench, BOARD_PATIENCE_MS);
			CU_ASSERT_FATAL(bench.len_bytes > before);
		}
	}
	for (size_t i = 0; i < bench.len_bytes; i++)
		if (bench.bytes[i] != (i < sizeof(block) ? 'a' : 'b'))
			CU_FAIL("out of order");
	finish(&bench);
}

/* --- kinds without words --------------------------------------------------------------------- */

static void test_stream(void)
{
	struct bench bench;
	short events;

	begin(plug(&bench), bench.board.path, profile_find("stream"));
	run_to(&bench, 100);
	link_fd(bench.link, &events);
	CU_ASSERT_EQUAL(events, 0); /* it talks all the time: not listened to while off */
	CU_ASSERT(board_say(&bench.board, "before", 6));
	CU_ASSERT(board_wait(bench.board.keeper, POLLIN, BOARD_PATIENCE_MS));
	power(&bench, true);
	run_to(&bench, 299);
	say(&bench, "settling");
	run_to(&bench, 300);
	say(&bench, "first");
	expect(&bench, "up@0 POWERED@100 SETTLED@300");
	power(&bench, false);
	say(&bench, "never");
	run_to(&bench, 400);
	power(&bench, true);
	run_to(&bench, 1000);
	expect(&bench, "UNPOWERED@300 POWERED@400 SETTLED@600");
	expect_bytes(&bench, "first");
	power(&bench, false);
	run_to(&bench, 1100);
	board_unplug(&bench.board);
	serve(&bench, BOARD_PATIENCE_MS); /* and still its loss is seen */
	expect(&bench, "UNPOWERED@1000 down(gone)@1100");
	finish(&bench);
}

static void test_line_power_without_lines(void)
{
	struct bench bench;

	begin(plug(&bench), bench.board.path, profile_find("truerng"));
	power(&bench, true);
	run_to(&bench, 10);
	cycle(&bench);
	run_to(&bench, 20);
	power(&bench, false);
	run_to(&bench, 30);
	expect(&bench, "up@0 POWERED@0 UNPOWERED@10 POWERED@10 UNPOWERED@20");
	finish(&bench);
}

/* --- closing --------------------------------------------------------------------------------- */

static void close_and_expect(struct bench *bench, uint64_t at_ms, const char *heard)
{
	char word[64] = "";

	bench->story[0] = '\0';
	link_close(bench->link, START_MS + at_ms);
	board_hear(&bench->board, word, sizeof(word),
		   *heard ? BOARD_PATIENCE_MS : BOARD_SILENCE_MS);
	CU_ASSERT_STRING_EQUAL(word, heard);
	CU_ASSERT_STRING_EQUAL(bench->story, "");
	board_unplug(&bench->board);
}

static void test_close(void)
{
	struct bench bench;

	link_close(NULL, 0);
	begin_unasked(&bench);
	run_to(&bench, 3000);
	close_and_expect(&bench, 3000, ""); /* off and known to be */

	begin_unasked(&bench);
	power(&bench, true);
	run_to(&bench, 5000);
	close_and_expect(&bench, 7200, "off"); /* the gap is over */

	begin_unasked(&bench);
	power(&bench, true);
	run_to(&bench, 5000);
	close_and_expect(&bench, 7083, "off"); /* 20 ms of the gap are waited for */

	begin_unasked(&bench);
	power(&bench, true);
	run_to(&bench, 5000);
	close_and_expect(&bench, 5000, "off"); /* too much is left: at once, and the log says so */

	begin_unasked(&bench);
	power(&bench, true);
	run_to(&bench, 8000);
	power(&bench, false);
	run_to(&bench, 8000);
	close_and_expect(&bench, 8000, ""); /* off was said already and need only drain */

	begin_unasked(&bench);
	run_to(&bench, 1000);
	say(&bench, "stream of a predecessor");
	close_and_expect(&bench, 2450, "off");
}

/* The words of the last moment, on a board that does not read: an error, not a hang. */
static void test_close_when_full(void)
{
	static const char block[4096];
	struct bench bench;
	ssize_t part;

	begin_unasked(&bench);
	power(&bench, true);
	run_to(&bench, 8000);
	fcntl(bench.board.keeper, F_SETFL, O_NONBLOCK);
	do {
		part = write(bench.board.keeper, block, sizeof(block));
		if (part < 0)
			part = write(bench.board.keeper, block, 1);
	} while (part > 0);
	link_close(bench.link, START_MS + 8000);
	board_unplug(&bench.board);
	CU_PASS("returned");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "nothing passes before settled", test_nothing_before_settled },
		{ "bytes to discard", test_discard_bytes },
		{ "what came before on is flushed", test_flush_at_on },
		{ "a late service", test_late_service },
		{ "off within bytes", test_off_within_bytes },
		{ "cycle stops the flow", test_cycle_stops_the_flow },
		{ "a long stream", test_long_stream },
		{ "a device that just talks", test_stream },
		{ "power by lines", test_line_power_without_lines },
		{ "closing", test_close },
		{ "closing on a full port", test_close_when_full },
	};

	return unit_run("link", tests, sizeof(tests) / sizeof(tests[0]));
}
