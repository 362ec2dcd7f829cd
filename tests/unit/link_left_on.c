/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of link: boards that are on when they should not be, and when they are asked then. */
#include "tests/unit/link_bench.h"
#include "tests/unit/unit.h"

/* A board that sends @bytes every @every_ms until it is told off; then it can answer. */
static void stream_until_off(struct bench *bench, const void *bytes, size_t len_bytes,
			     unsigned every_ms)
{
	run_to(bench, bench->now_ms + every_ms);
	while (!strstr(bench->story, "off@") && bench->now_ms < 5000) {
		CU_ASSERT(board_say(&bench->board, bytes, len_bytes));
		serve(bench, BOARD_PATIENCE_MS);
		run_to(bench, bench->now_ms + every_ms);
	}
	bench->answer = "trng 1 left on\n";
}

/* The stream's two kinds: bytes that are random, and readings, whose high byte is 0 to 3. */
static const struct {
	uint8_t bytes[2];
	size_t len_bytes;
	unsigned every_ms;
	const char *story; /* where the first word may be said at once */
} streams[] = {
	{ { 0x6e }, 1, 128, "up@0 off@512 UNPOWERED@516 id@712 answered@912" },
	{ { 0x6e }, 1, 110, "up@0 off@550 UNPOWERED@554 id@750 answered@950" },
	{ { 0x03, 0x0a }, 2, 8, "up@0 off@504 UNPOWERED@508 id@704 answered@904" },
	{ { 0x00, 0x00 }, 2, 8, "up@0 off@504 UNPOWERED@508 id@704 answered@904" },
};

/* Told off first, and only then asked: a board that is on would not hear it. */
static void test_left_on(void)
{
	struct bench bench;

	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		begin_nodemcu(&bench);
		stream_until_off(&bench, streams[i].bytes, streams[i].len_bytes,
				 streams[i].every_ms);
		run_to(&bench, 20000);
		expect(&bench, "up@0 off@2500 UNPOWERED@2504 id@7104 answered@7304");
		expect_bytes(&bench, "");
		finish(&bench);

		begin_nodemcu(&bench); /* and wished on */
		power(&bench, true);
		stream_until_off(&bench, streams[i].bytes, streams[i].len_bytes,
				 streams[i].every_ms);
		run_to(&bench, 20000);
		expect(&bench, "up@0 off@2500 UNPOWERED@2504 id@7104 answered@7304 "
			       "cooked bright on@7304 POWERED@7321 SETTLED@9321");
		finish(&bench);
	}
}

static void test_left_on_and_no_delay(void)
{
	struct profile profile = *profile_find("nodemcu");
	struct bench bench;

	profile.word_gap_ms = 0;
	profile.open_delay_ms = 0;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		begin(plug(&bench), bench.board.path, &profile);
		stream_until_off(&bench, streams[i].bytes, streams[i].len_bytes,
				 streams[i].every_ms);
		run_to(&bench, 20000);
		expect(&bench, streams[i].story);
		finish(&bench);
	}
}

/* It was started just before we came: its first byte is due 2.1 s later. */
static void test_left_warming_up(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	power(&bench, true);
	run_to(&bench, 2100);
	stream_until_off(&bench, "r", 1, 128);
	run_to(&bench, 20000);
	expect(&bench, "up@0 off@2500 UNPOWERED@2504 id@7104 answered@7304 cooked bright on@7304 "
		       "POWERED@7321 SETTLED@9321");
	finish(&bench);
}

static void test_old_board_left_on(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	run_to(&bench, 1000);
	say(&bench, "stream of a predecessor");
	run_to(&bench, 20000);
	expect(&bench, "up@0 off@2500 UNPOWERED@2504 id@7104 silent@8607");
	finish(&bench);

	begin_nodemcu(&bench); /* and wished on: a stream of unknown age is not continued */
	power(&bench, true);
	run_to(&bench, 1000);
	say(&bench, "stream of a predecessor");
	run_to(&bench, 20000);
	expect(&bench, "up@0 off@2500 UNPOWERED@2504 id@7104 silent@8607 on@11707 POWERED@11710 "
		       "SETTLED@13710");
	expect_bytes(&bench, "");
	finish(&bench);
}

/* Neither off nor anything else silences it: it is started all the same. */
static void test_always_talking(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	power(&bench, true);
	run_to(&bench, 0);
	while (!strstr(bench.story, "SETTLED") && bench.now_ms < 60000) {
		say(&bench, "u");
		run_to(&bench, bench.now_ms + 100);
	}
	expect(&bench, "up@0 off@2500 UNPOWERED@2504 id@7804 unknown@9307 off@12407 on@17011 "
		       "POWERED@17014 SETTLED@19014");
	say(&bench, "now it counts");
	expect_bytes(&bench, "now it counts");
	finish(&bench);
}

static void test_boot_text_is_no_stream(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	run_to(&bench, 499);
	say(&bench, "ets Jan  8 2013,rst cause:2");
	run_to(&bench, 5000);
	expect(&bench, "up@0 id@2500 silent@4003");
	finish(&bench);
}

static void test_off_that_was_missed(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	power(&bench, true);
	run_to(&bench, 15000);
	power(&bench, false);
	run_to(&bench, 19000);
	say(&bench, "still"); /* an old board may take so long to hear it */
	run_to(&bench, 20700);
	expect(&bench, "up@0 id@2500 silent@4003 on@7103 POWERED@7106 SETTLED@9106 off@15000 "
		       "UNPOWERED@15004");
	say(&bench, "still");
	run_to(&bench, 30000);
	expect(&bench, "off@20700"); /* unreported: it was reported once */
	say(&bench, "still");
	power(&bench, true);
	run_to(&bench, 34000);
	expect(&bench, "off@30000");
	run_to(&bench, 40000);
	expect(&bench, "on@34604 POWERED@34607 SETTLED@36607");
	expect_bytes(&bench, "");
	finish(&bench);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a board left on is told off, then asked", test_left_on },
		{ "the same where words need no delay", test_left_on_and_no_delay },
		{ "a board left warming up", test_left_warming_up },
		{ "an old board left on", test_old_board_left_on },
		{ "a board that nothing silences", test_always_talking },
		{ "boot text is no stream", test_boot_text_is_no_stream },
		{ "an off that was missed is repeated", test_off_that_was_missed },
	};

	return unit_run("link_left_on", tests, sizeof(tests) / sizeof(tests[0]));
}
