/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of link: the causality test on the line, its silences, its readings and its interruptions.
 */
#include "tests/unit/link_bench.h"
#include "tests/unit/unit.h"

#include <errno.h>

/* A board that has answered, on and flowing, at 10000 ms; the story so far is known. */
static void begin_running(struct bench *bench)
{
	begin_nodemcu(bench);
	bench->answer = "trng 1.0.0 abc\n";
	power(bench, true);
	run_to(bench, 10000);
	bench->story[0] = '\0';
	say(bench, "bits");
	expect_bytes(bench, "bits");
}

static void begin_running_old(struct bench *bench)
{
	begin_nodemcu(bench);
	power(bench, true);
	run_to(bench, 20000);
	expect(bench, "up@0 id@2500 silent@4003 on@7103 POWERED@7106 SETTLED@9106");
}

static int prove(struct bench *bench)
{
	uint64_t left_ms;

	return link_prove(bench->link, START_MS + bench->now_ms, &left_ms);
}

/* The readings of a phase; all but the first half of the last one may come in pieces. */
static void say_readings(struct bench *bench)
{
	static uint8_t bytes[2 * PROVE_READINGS];

	for (size_t i = 0; i < sizeof(bytes); i += 2) {
		bytes[i] = 2;
		bytes[i + 1] = (uint8_t)i;
	}
	for (size_t at = 0; at < sizeof(bytes); at += 256) {
		CU_ASSERT(board_say(&bench->board, bytes + at, 256));
		serve(bench, BOARD_PATIENCE_MS);
	}
	while (!strstr(bench->story, "MEASURED")) /* the kernel passes it on when it finds time */
		serve(bench, BOARD_PATIENCE_MS);
}

static void test_four_phases(void)
{
	struct bench bench;

	begin_running(&bench);
	CU_ASSERT_EQUAL(prove(&bench), 0);
	CU_ASSERT_EQUAL(prove(&bench), -EBUSY);
	run_to(&bench, 12000);
	expect(&bench, "off@10000 UNPOWERED@10004 raw bright on@11004");
	say_readings(&bench);
	run_to(&bench, 14000);
	expect(&bench, "MEASURED@12000 off@12000 UNPOWERED@12004 raw dark on@13004");
	say_readings(&bench);
	run_to(&bench, 16000);
	expect(&bench, "MEASURED@14000 off@14000 UNPOWERED@14004 raw still on@15004");
	say_readings(&bench);
	run_to(&bench, 18000);
	expect(&bench, "MEASURED@16000 off@16000 UNPOWERED@16004 raw bright on@17004");
	say_readings(&bench);
	say(&bench, "under way");
	run_to(&bench, 30000);
	expect(&bench, "MEASURED@18000 off@18000 UNPOWERED@18004 cooked bright on@19004 "
		       "POWERED@19021 SETTLED@21021");
	say(&bench, "new");
	expect_bytes(&bench, "new");
	finish(&bench);
}

static void test_an_old_board(void)
{
	struct bench bench;

	begin_running_old(&bench);
	CU_ASSERT_EQUAL(prove(&bench), 0);
	run_to(&bench, 22100);
	say(&bench, "its batch"); /* in time: 1.6 s and 0.5 s after off */
	run_to(&bench, 40000);
	expect(&bench, "off@20000 UNPOWERED@20004 on@24604 POWERED@24607 SETTLED@26607");
	expect_bytes(&bench, "");
	say(&bench, "new");
	expect_bytes(&bench, "new");
	finish(&bench);
}

/* A board that answers and knows no more: its symbols end the phases. */
static void test_no_readings(void)
{
	struct bench bench;

	begin_running(&bench);
	CU_ASSERT_EQUAL(prove(&bench), 0);
	run_to(&bench, 11100);
	say(&bench, "these are symbols and no readings at all");
	run_to(&bench, 20000);
	expect(&bench, "off@10000 UNPOWERED@10004 raw bright on@11004 GARBLED@11100 off@11100 "
		       "UNPOWERED@11104 cooked bright on@12104 POWERED@12121 SETTLED@14121");
	finish(&bench);
}

static void test_strays(void)
{
	struct bench bench;

	begin_running(&bench);
	CU_ASSERT_EQUAL(prove(&bench), 0);
	run_to(&bench, 10503);
	say(&bench, "late, but not too late");
	run_to(&bench, 10504);
	say(&bench, "x");
	run_to(&bench, 20000);
	expect(&bench, "off@10000 UNPOWERED@10004 STRAY@10504 off@10504 UNPOWERED@10508 "
		       "cooked bright on@10508 POWERED@10525 SETTLED@12525");
	finish(&bench);

	begin_running_old(&bench);
	CU_ASSERT_EQUAL(prove(&bench), 0);
	run_to(&bench, 22104);
	say(&bench, "x");
	run_to(&bench, 40000);
	expect(&bench, "off@20000 UNPOWERED@20004 STRAY@22104 off@24604 UNPOWERED@24608 "
		       "on@29208 POWERED@29211 SETTLED@31211");
	finish(&bench);
}

/* What waits in the kernel when the daemon comes back late was in time for all it can know. */
static void test_a_host_held_up(void)
{
	struct bench bench;

	begin_running(&bench);
	CU_ASSERT_EQUAL(prove(&bench), 0);
	run_to(&bench, 10010);
	CU_ASSERT(board_say(&bench.board, "stale", 5));
	CU_ASSERT(board_wait(bench.board.keeper, POLLIN, BOARD_PATIENCE_MS));
	bench.now_ms = 13000;
	link_service(bench.link, 0, START_MS + 13000);
	run_to(&bench, 13499);
	expect(&bench, "off@10000 UNPOWERED@10004");
	run_to(&bench, 13500);
	expect(&bench, "raw bright on@13500");
	finish(&bench);
}

/* Whatever is wished meanwhile ends it; what the board sent for it reaches nobody. */
static void test_interrupted(void)
{
	static const uint64_t at_ms[] = { 10002, 10200, 10700, 11010, 11500 };
	struct bench bench;

	for (size_t i = 0; i < sizeof(at_ms) / sizeof(at_ms[0]); i++) {
		begin_running(&bench);
		CU_ASSERT_EQUAL(prove(&bench), 0);
		run_to(&bench, at_ms[i]);
		power(&bench, false);
		run_to(&bench, 20000);
		CU_ASSERT_PTR_NOT_NULL(strstr(bench.story, "UNPOWERED"));
		CU_ASSERT_PTR_NULL(strstr(bench.story, "cooked"));
		bench.story[0] = '\0';
		power(&bench, true);
		run_to(&bench, 30000);
		expect(&bench, "cooked bright on@20000 POWERED@20017 SETTLED@22017");
		finish(&bench);

		begin_running(&bench);
		CU_ASSERT_EQUAL(prove(&bench), 0);
		run_to(&bench, at_ms[i]);
		cycle(&bench);
		run_to(&bench, 20000);
		CU_ASSERT_PTR_NOT_NULL(strstr(bench.story, "cooked bright on"));
		CU_ASSERT_PTR_NOT_NULL(strstr(bench.story, "SETTLED"));
		CU_ASSERT_PTR_NULL(strstr(bench.story, "dark"));
		expect_bytes(&bench, "");
		finish(&bench);
	}
}

static void test_unplugged(void)
{
	static const uint64_t at_ms[] = { 10002, 10200, 10700, 11010, 11500 };
	struct bench bench;

	for (size_t i = 0; i < sizeof(at_ms) / sizeof(at_ms[0]); i++) {
		begin_running(&bench);
		CU_ASSERT_EQUAL(prove(&bench), 0);
		run_to(&bench, at_ms[i]);
		unplug(&bench);
		serve(&bench, BOARD_PATIENCE_MS);
		CU_ASSERT_PTR_NOT_NULL(strstr(bench.story, "down(gone)"));
		CU_ASSERT_EQUAL(prove(&bench), -EBUSY);
		CU_ASSERT(link_deadline_ms(bench.link) > START_MS + bench.now_ms);
		finish(&bench);
	}
}

/* The end of the daemon in the middle of a phase tells the board off. */
static void test_closed(void)
{
	struct bench bench;
	char word[8];

	begin_running(&bench);
	CU_ASSERT_EQUAL(prove(&bench), 0);
	run_to(&bench, 11500);
	bench.story[0] = '\0';
	link_close(bench.link, START_MS + 200000);
	CU_ASSERT_EQUAL(board_hear(&bench.board, word, sizeof(word), BOARD_PATIENCE_MS), 3);
	CU_ASSERT_STRING_EQUAL(word, "off");
	board_unplug(&bench.board);
}

/* Silenced by a line, and by nothing. */
static void test_other_kinds(void)
{
	struct bench bench;

	begin(plug(&bench), bench.board.path, profile_find("stream"));
	power(&bench, true);
	run_to(&bench, 1000);
	CU_ASSERT_EQUAL(prove(&bench), -EOPNOTSUPP);
	finish(&bench);

	struct profile profile = *profile_find("truerng");

	profile.discard_bytes = 0;
	begin(plug(&bench), bench.board.path, &profile);
	power(&bench, true);
	run_to(&bench, 1000);
	bench.story[0] = '\0';
	CU_ASSERT_EQUAL(prove(&bench), 0);
	run_to(&bench, 3000);
	expect(&bench, "UNPOWERED@1000 POWERED@2000 SETTLED@2200");
	finish(&bench);
}

static const struct unit_test tests[] = {
	{ "four phases", test_four_phases },       { "an old board", test_an_old_board },
	{ "no readings", test_no_readings },       { "strays", test_strays },
	{ "a host held up", test_a_host_held_up }, { "interrupted", test_interrupted },
	{ "unplugged", test_unplugged },           { "closed", test_closed },
	{ "other kinds", test_other_kinds },
};

int main(void)
{
	return unit_run("link_prove", tests, sizeof(tests) / sizeof(tests[0]));
}
