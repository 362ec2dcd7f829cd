/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of words, through a link: gaps, wishes that overtake each other, the question before the
 * first on. */
#include "fuse-trng/device/words.h"
#include "tests/unit/link_bench.h"
#include "tests/unit/unit.h"

#include <errno.h>

static void test_standby_asks_once(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	run_to(&bench, 4002);
	expect(&bench, "up@0 id@2500");
	CU_ASSERT_EQUAL(state_of(&bench), IDENTITY_PENDING);
	run_to(&bench, 60000);
	expect(&bench, "silent@4003"); /* id had drained at 2503 */
	CU_ASSERT_EQUAL(state_of(&bench), IDENTITY_SILENT);
	CU_ASSERT_STRING_EQUAL(link_identity(bench.link)->line, "");
	CU_ASSERT(link_is_up(bench.link));
	CU_ASSERT_STRING_EQUAL(link_port(bench.link), bench.board.path);
	finish(&bench);
}

static void test_id_comes_before_on(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	power(&bench, true);
	run_to(&bench, 20000);
	expect(&bench, "up@0 id@2500 silent@4003 on@7103 POWERED@7106 SETTLED@9106");
	power(&bench, false);
	run_to(&bench, 60000); /* and not again */
	expect(&bench, "off@20000 UNPOWERED@20004");
	finish(&bench);
}

/* What another program chose for the next on does not hold for ours; and this is said at once. */
static void test_known_board_is_told_how(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	bench.answer = "trng 1 twin\n";
	power(&bench, true);
	run_to(&bench, 9000); /* 16 letters take 17 ms */
	expect(&bench, "up@0 id@2500 answered@2700 cooked bright on@2700 POWERED@2717 "
		       "SETTLED@4717");
	power(&bench, false);
	power(&bench, true);
	run_to(&bench, 12000);
	expect(&bench, "off@9000 UNPOWERED@9004 cooked bright on@9004 POWERED@9021 SETTLED@11021");
	finish(&bench);
}

static void on_from_up(struct bench *bench)
{
	power(bench, true);
}

static void test_on_wished_within_up(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	bench.on_up = on_from_up;
	run_to(&bench, 10000);
	expect(&bench, "up@0 id@2500 silent@4003 on@7103 POWERED@7106 SETTLED@9106");
	finish(&bench);
}

/* No word follows id before it is known who hears it, not even without gaps. */
static void test_no_word_while_listening(void)
{
	struct profile profile = *profile_find("nodemcu");
	struct bench bench;

	profile.word_gap_ms = 0;
	profile.open_delay_ms = 0;
	begin(plug(&bench), bench.board.path, &profile);
	power(&bench, true);
	run_to(&bench, 1000);
	power(&bench, false); /* this needs none */
	run_to(&bench, 1100);
	expect(&bench, "up@0 id@200 UNPOWERED@1000");
	cycle(&bench);
	run_to(&bench, 5000);
	expect(&bench, "silent@1703 off@1703 UNPOWERED@1707 on@1707 POWERED@1710 SETTLED@3710");
	finish(&bench);
}

static void test_kind_without_id(void)
{
	struct profile profile = *profile_find("nodemcu");
	struct bench bench;

	profile.word_id = NULL;
	begin(plug(&bench), bench.board.path, &profile);
	power(&bench, true);
	run_to(&bench, 5000);
	expect(&bench, "up@0 on@2500 POWERED@2503 SETTLED@4503");
	CU_ASSERT_EQUAL(state_of(&bench), IDENTITY_NOT_ASKED);
	finish(&bench);
	begin(plug(&bench), bench.board.path, profile_find("onerng"));
	run_to(&bench, 60000);
	expect(&bench, "up@0");
	CU_ASSERT_EQUAL(state_of(&bench), IDENTITY_NOT_ASKED);
	finish(&bench);
}

static void test_gaps_of_an_old_board(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	run_to(&bench, 3000);
	expect(&bench, "up@0 id@2500");
	power(&bench, true);
	run_to(&bench, 20000);
	expect(&bench, "silent@4003 on@7103 POWERED@7106 SETTLED@9106");
	power(&bench, false);
	power(&bench, true);
	run_to(&bench, 40000);
	expect(&bench, "off@20000 UNPOWERED@20004 on@24604 POWERED@24607 SETTLED@26607");
	cycle(&bench);
	run_to(&bench, 60000);
	expect(&bench, "off@40000 UNPOWERED@40004 on@44604 POWERED@44607 SETTLED@46607");
	finish(&bench);
}

static void test_answer_ends_the_gaps(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	bench.answer = "trng 1 twin of 2\r\n";
	run_to(&bench, 2699);
	CU_ASSERT_EQUAL(state_of(&bench), IDENTITY_PENDING);
	CU_ASSERT_STRING_EQUAL(link_identity(bench.link)->line, "");
	run_to(&bench, 3000);
	expect(&bench, "up@0 id@2500 answered@2700");
	CU_ASSERT_STRING_EQUAL(link_identity(bench.link)->line, "trng 1 twin of 2");
	power(&bench, true);
	run_to(&bench, 6000);
	expect(&bench, "cooked bright on@3000 POWERED@3017 SETTLED@5017");
	cycle(&bench);
	run_to(&bench, 9000);
	expect(&bench, "off@6000 UNPOWERED@6004 cooked bright on@6004 POWERED@6021 SETTLED@8021");
	CU_ASSERT_STRING_EQUAL(link_identity(bench.link)->line, "trng 1 twin of 2");
	finish(&bench);
}

/* Wishes that change before a word was said. */
static void test_overtaken_wishes(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	run_to(&bench, 100);
	power(&bench, true);
	power(&bench, true);
	run_to(&bench, 200);
	power(&bench, false); /* on was never said: no word is needed, but the answer comes */
	power(&bench, false);
	run_to(&bench, 3000);
	expect(&bench, "up@0 UNPOWERED@200 id@2500");
	run_to(&bench, 7102);
	power(&bench, true);
	run_to(&bench, 7103);
	power(&bench, false); /* on is on its way: it is finished, unreported, and taken back */
	run_to(&bench, 20000);
	expect(&bench, "silent@4003 on@7103 off@11706 UNPOWERED@11710");
	power(&bench, true);
	cycle(&bench);
	power(&bench, false);
	run_to(&bench, 30000);
	expect(&bench, "off@20000 UNPOWERED@20004");
	cycle(&bench);
	run_to(&bench, 30001);
	power(&bench, false); /* while off is on its way: once is enough */
	run_to(&bench, 40000);
	expect(&bench, "off@30000 UNPOWERED@30004");
	power(&bench, true);
	run_to(&bench, 50000);
	cycle(&bench);
	run_to(&bench, 50001);
	cycle(&bench); /* the off on its way serves both */
	run_to(&bench, 60000);
	expect(&bench, "on@40000 POWERED@40003 SETTLED@42003 off@50000 UNPOWERED@50004 "
		       "on@54604 POWERED@54607 SETTLED@56607");
	cycle(&bench);
	run_to(&bench, 60001);
	power(&bench, false); /* and is enough for a wish to be off */
	run_to(&bench, 80000);
	expect(&bench, "off@60000 UNPOWERED@60004");
	finish(&bench);
}

static void cycle_from_powered(struct bench *bench, bool is_on)
{
	bench->on_powered = NULL;
	if (is_on)
		cycle(bench);
}

static void test_cycle_from_callback(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	power(&bench, true);
	bench.on_powered = cycle_from_powered;
	run_to(&bench, 17000);
	expect(&bench, "up@0 id@2500 silent@4003 on@7103 POWERED@7106 off@11706 UNPOWERED@11710 "
		       "on@16310 POWERED@16313");
	finish(&bench);
}

static void test_last_word(void)
{
	static const struct {
		unsigned after_ms;
		int expected;
	} cases[] = {
		{ 0, -EAGAIN }, { 2499 - 800, -EAGAIN }, { 2480, 0 }, { 2500, 0 }, { 9000, 0 }
	};
	const struct profile *profile = profile_find("nodemcu");
	struct bench bench;
	struct words words;
	struct port *port;
	struct text why;
	char data[256], heard[64];

	plug(&bench);
	text_init(&why, data, sizeof(data));
	CU_ASSERT_EQUAL_FATAL(port_open(&port, bench.board.path, 9600, &why), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		words_init(&words, profile, START_MS);
		CU_ASSERT_EQUAL(words_last(&words, port, START_MS + cases[i].after_ms),
				cases[i].expected);
		board_hear(&bench.board, heard, sizeof(heard), BOARD_PATIENCE_MS);
		CU_ASSERT_STRING_EQUAL(heard, "off");
	}
	board_unplug(&bench.board);
	words_init(&words, profile, START_MS);
	CU_ASSERT_EQUAL(words_last(&words, port, START_MS + 2500), -EIO);
	port_close(port);
}

/* A word longer than the port takes at once, to a board that hears nothing until 9000. */
static void test_partial_write(void)
{
	static char word[200001], heard[sizeof(word)];
	struct profile profile = *profile_find("nodemcu");
	struct bench bench;
	size_t len = 0;
	short events;

	for (size_t i = 0; i < sizeof(word) - 1; i++)
		word[i] = (char)('a' + i % 26);
	profile.word_on = word;
	profile.word_id = NULL;
	begin(plug(&bench), bench.board.path, &profile);
	power(&bench, true);
	link_service(bench.link, 0, START_MS);
	link_service(bench.link, 0, START_MS + 2500);
	link_fd(bench.link, &events);
	CU_ASSERT(events & POLLOUT);
	CU_ASSERT_EQUAL(link_deadline_ms(bench.link), UINT64_MAX);
	while (len < sizeof(word) - 1) {
		size_t part = board_hear(&bench.board, heard + len, sizeof(heard) - len,
					 BOARD_PATIENCE_MS);

		CU_ASSERT_FATAL(part > 0);
		len += part;
		link_service(bench.link, POLLOUT, START_MS + 9000);
	}
	CU_ASSERT_STRING_EQUAL(heard, word);
	bench_said_bytes = 0;
	bench.now_ms = 9000;
	CU_ASSERT_EQUAL(link_deadline_ms(bench.link), START_MS + 9000 + 208334);
	run_to(&bench, 300000);
	expect(&bench, "up@0 POWERED@217334 SETTLED@219334");
	finish(&bench);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "standby asks for the identity once", test_standby_asks_once },
		{ "id comes before on", test_id_comes_before_on },
		{ "a known board is told how to start", test_known_board_is_told_how },
		{ "on wished within up", test_on_wished_within_up },
		{ "no word while an answer may come", test_no_word_while_listening },
		{ "a kind without id", test_kind_without_id },
		{ "gaps of an old board", test_gaps_of_an_old_board },
		{ "an answer ends the gaps", test_answer_ends_the_gaps },
		{ "overtaken wishes", test_overtaken_wishes },
		{ "cycle from a callback", test_cycle_from_callback },
		{ "the last word", test_last_word },
		{ "a word waits for room", test_partial_write },
	};

	return unit_run("words", tests, sizeof(tests) / sizeof(tests[0]));
}
