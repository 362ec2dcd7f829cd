/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of link: ports that come, go, or are none, and the back-off between attempts. */
#include "tests/unit/link_bench.h"
#include "tests/unit/unit.h"

#include <sys/file.h>

static void test_back_off(void)
{
	struct bench bench = { .now_ms = 0 };
	static const unsigned tries_ms[] = { 0, 250, 750, 1750, 3750, 7750, 15750, 25750, 35750 };

	bench.board.master = bench.board.keeper = -1;
	begin(&bench, "/dev/trng-none", profile_find("nodemcu"));
	CU_ASSERT_EQUAL(link_deadline_ms(bench.link), 0);
	for (size_t i = 0; i < sizeof(tries_ms) / sizeof(tries_ms[0]); i++) {
		run_to(&bench, tries_ms[i]);
		if (i + 1 < sizeof(tries_ms) / sizeof(tries_ms[0]))
			CU_ASSERT_EQUAL(link_deadline_ms(bench.link), START_MS + tries_ms[i + 1]);
	}
	expect(&bench, "down(none)@0");
	CU_ASSERT(!link_is_up(bench.link));
	CU_ASSERT_STRING_EQUAL(link_port(bench.link), "/dev/trng-none");
	finish(&bench);
}

static void test_unplug_and_replug(void)
{
	struct bench bench;

	plug(&bench);
	name_board(&bench);
	begin(&bench, bench.link_path, profile_find("nodemcu"));
	power(&bench, true);
	run_to(&bench, 10000);
	expect(&bench, "up@0 id@2500 silent@4003 on@7103 POWERED@7106 SETTLED@9106");
	CU_ASSERT(board_say(&bench.board, "in flight", 9));
	unplug(&bench);
	serve(&bench, BOARD_PATIENCE_MS);
	expect(&bench, "down(gone)@10000");
	expect_bytes(&bench, "");
	short events;

	CU_ASSERT_EQUAL(link_fd(bench.link, &events), -1);
	CU_ASSERT_EQUAL(state_of(&bench), IDENTITY_PENDING);
	run_to(&bench, 10300);
	expect(&bench, "down(none)@10250");
	run_to(&bench, 13800);
	expect(&bench, "");
	CU_ASSERT(board_plug(&bench.board));
	name_board(&bench);
	run_to(&bench, 40000); /* it was on: off first, and the gap */
	expect(&bench, "up@17750 off@20250 UNPOWERED@20254 id@24854 silent@26357 on@29457 "
		       "POWERED@29460 SETTLED@31460");
	say(&bench, "new");
	expect_bytes(&bench, "new");
	finish(&bench);
}

static void test_unplug_in_standby(void)
{
	struct bench bench;

	plug(&bench);
	name_board(&bench);
	begin(&bench, bench.link_path, profile_find("nodemcu"));
	bench.answer = "trng 1 twin\n";
	run_to(&bench, 6000);
	unplug(&bench);
	serve(&bench, BOARD_PATIENCE_MS);
	expect(&bench, "up@0 id@2500 answered@2700 down(gone)@6000");
	CU_ASSERT_STRING_EQUAL(link_identity(bench.link)->line, "");
	CU_ASSERT_EQUAL(state_of(&bench), IDENTITY_PENDING);
	power(&bench, true); /* only the wish is kept */
	bench.answer = NULL;
	CU_ASSERT(board_plug(&bench.board));
	name_board(&bench);
	run_to(&bench, 18000); /* another board, perhaps: the gaps are back */
	expect(&bench, "up@6250 id@8750 silent@10253 on@13353 POWERED@13356 SETTLED@15356");
	power(&bench, false);
	run_to(&bench, 18100);
	expect(&bench, "off@18000 UNPOWERED@18004");
	finish(&bench);
}

static void test_wish_off_while_gone(void)
{
	struct bench bench;

	plug(&bench);
	name_board(&bench);
	begin(&bench, bench.link_path, profile_find("nodemcu"));
	power(&bench, true);
	run_to(&bench, 8000);
	unplug(&bench);
	serve(&bench, BOARD_PATIENCE_MS);
	power(&bench, false);
	CU_ASSERT(board_plug(&bench.board));
	name_board(&bench);
	bench.story[0] = '\0';
	run_to(&bench, 20000);
	expect(&bench, "up@8250 off@10750 UNPOWERED@10754 id@15354 silent@16857");
	finish(&bench);
}

/* A port that opens and dies at once does not get a fresh back-off each time. */
static void test_flapping_port(void)
{
	uint64_t before_ms = 0;
	struct bench bench;

	plug(&bench);
	name_board(&bench);
	begin(&bench, bench.link_path, profile_find("stream"));
	for (unsigned i = 0; i < 8; i++) {
		run_to(&bench, i ? link_deadline_ms(bench.link) - START_MS : 0);
		CU_ASSERT(link_is_up(bench.link));
		unplug(&bench);
		serve(&bench, BOARD_PATIENCE_MS);
		CU_ASSERT(!link_is_up(bench.link));
		uint64_t wait_ms = link_deadline_ms(bench.link) - START_MS - bench.now_ms;

		CU_ASSERT(wait_ms > before_ms || wait_ms == 10000);
		before_ms = wait_ms;
		CU_ASSERT(board_plug(&bench.board));
		name_board(&bench);
	}
	run_to(&bench, link_deadline_ms(bench.link) - START_MS);
	run_to(&bench, bench.now_ms + 1000); /* it lasted: the next loss starts anew */
	unplug(&bench);
	serve(&bench, BOARD_PATIENCE_MS);
	CU_ASSERT_EQUAL(link_deadline_ms(bench.link), START_MS + bench.now_ms + 250);
	finish(&bench);
}

static void test_busy_port(void)
{
	struct bench bench;
	int other;

	plug(&bench);
	other = open(bench.board.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	CU_ASSERT_EQUAL(flock(other, LOCK_EX | LOCK_NB), 0);
	begin(&bench, bench.board.path, profile_find("nodemcu"));
	run_to(&bench, 3000);
	expect(&bench, "down(busy)@0");
	close(other);
	run_to(&bench, 4000);
	expect(&bench, "up@3750");
	finish(&bench);
}

static void test_ports_that_are_none(void)
{
	char path[PATH_MAX + 100];
	struct bench bench = { .now_ms = 0 };

	bench.board.master = bench.board.keeper = -1;
	begin(&bench, "/tmp", profile_find("nodemcu"));
	run_to(&bench, 10000);
	expect(&bench, "down(/tmp is a directory, not a serial port)@0");
	finish(&bench);

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	bench.now_ms = 0;
	begin(&bench, path, profile_find("nodemcu"));
	run_to(&bench, 10000);
	expect(&bench, "down(the port's path is too long)@0");
	finish(&bench);

	bench.now_ms = 0;
	begin(&bench, "auto", profile_find("stream"));
	run_to(&bench, 10000);
	expect(&bench, "down(port \"auto\" cannot find a stream: the kind has no USB identity)@0");
	finish(&bench);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "back-off", test_back_off },
		{ "unplug and replug while on", test_unplug_and_replug },
		{ "unplug in standby", test_unplug_in_standby },
		{ "off wished while the port is gone", test_wish_off_while_gone },
		{ "a flapping port", test_flapping_port },
		{ "a busy port", test_busy_port },
		{ "ports that are none", test_ports_that_are_none },
	};

	return unit_run("link_port", tests, sizeof(tests) / sizeof(tests[0]));
}
