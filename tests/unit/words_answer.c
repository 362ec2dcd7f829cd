/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of words, through a link: what counts as the answer to id, and until when. */
#include "fuse-trng/device/words.h"
#include "tests/unit/link_bench.h"
#include "tests/unit/unit.h"

/* Everything that is no clean answer leaves the gaps in place, and on as it was. */
static void test_no_answer(void)
{
	static char long_answer[IDENTITY_SIZE + 2] = "trng 1 ";
	static const struct {
		const char *said;
		unsigned known_ms; /* since opening */
	} cases[] = {
		{ "trng 1 tw\xefn\n", 2700 },
		{ "Trng 1\n", 2700 },
		{ "trng 1 \x1b[31mred\n", 2700 },
		{ "\n", 2700 },
		{ "trng a b\nstate=running\n", 2503 }, /* known by what follows the line */
		{ "\ntrng 1\n", 2503 },
		{ long_answer, 2503 },
		{ "trng 1 without end", 4003 },
	};

	memset(long_answer + strlen(long_answer), 'x', IDENTITY_SIZE - strlen(long_answer));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench bench;
		char story[128];

		begin_nodemcu(&bench);
		bench.answer = cases[i].said;
		run_to(&bench, 4003);
		CU_ASSERT_EQUAL(state_of(&bench), IDENTITY_UNKNOWN);
		CU_ASSERT_STRING_EQUAL(link_identity(bench.link)->line, "");
		power(&bench, true);
		run_to(&bench, 7200);
		snprintf(story, sizeof(story), "up@0 id@2500 unknown@%u on@7103 POWERED@7106",
			 cases[i].known_ms);
		expect(&bench, story);
		finish(&bench);
	}
}

/* More than one read of the port. What of it comes after the judgement counts as a stream. */
static void test_endless_answer(void)
{
	static char text[10001];
	struct bench bench;

	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "trng 1 ", 7);
	begin_nodemcu(&bench);
	bench.answer = text;
	run_to(&bench, 2600);
	expect(&bench, "up@0 id@2500 unknown@2503");
	CU_ASSERT_STRING_EQUAL(link_identity(bench.link)->line, "");
	power(&bench, true);
	run_to(&bench, 20000);
	CU_ASSERT_PTR_NOT_NULL(strstr(bench.story, "SETTLED"));
	finish(&bench);
}

static void test_answer_in_pieces(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	run_to(&bench, 2600);
	say(&bench, "trng 1 ");
	run_to(&bench, 4002); /* the last moment: drained at 2503, and 1500 */
	say(&bench, "slow\n");
	run_to(&bench, 4201);
	CU_ASSERT_EQUAL(state_of(&bench), IDENTITY_PENDING);
	run_to(&bench, 4202);
	expect(&bench, "up@0 id@2500 answered@4202");
	CU_ASSERT_STRING_EQUAL(link_identity(bench.link)->line, "trng 1 slow");
	finish(&bench);

	begin_nodemcu(&bench); /* a second line in a second read */
	run_to(&bench, 2600);
	say(&bench, "trng a b\n");
	run_to(&bench, 2799);
	say(&bench, "state=running\n");
	expect(&bench, "up@0 id@2500 unknown@2799");
	finish(&bench);
}

static void test_late_answer(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	run_to(&bench, 4003);
	say(&bench, "trng 1 late\n");
	CU_ASSERT_EQUAL(state_of(&bench), IDENTITY_SILENT);
	run_to(&bench, 9000); /* it speaks unasked: perhaps it is on */
	expect(&bench, "up@0 id@2500 silent@4003 off@7103 UNPOWERED@7107");
	CU_ASSERT_STRING_EQUAL(link_identity(bench.link)->line, "");
	finish(&bench);
}

/* It came in time, and waited while the daemon was not running. */
static void test_answer_read_late(void)
{
	struct bench bench;

	begin_nodemcu(&bench);
	run_to(&bench, 2600);
	CU_ASSERT(board_say(&bench.board, "trng 1 patient\n", 15));
	bench.now_ms = 9000;
	serve(&bench, BOARD_PATIENCE_MS);
	run_to(&bench, 9300);
	expect(&bench, "up@0 id@2500 answered@9200");
	finish(&bench);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "what is no answer", test_no_answer },
		{ "an answer without end", test_endless_answer },
		{ "an answer in pieces", test_answer_in_pieces },
		{ "an answer too late", test_late_answer },
		{ "an answer in time, read late", test_answer_read_late },
	};

	return unit_run("words_answer", tests, sizeof(tests) / sizeof(tests[0]));
}
