/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scripts: a board played in device time, sessions that do not depend on one another, sentences. */
#include "firmware/core/trng_core.h"
#include "firmware/twin/script.h"
#include "tests/unit/twin_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED  21
#define LOTS  4096
#define FIRST 2128 /* ms from on to the first byte */

struct played {
	int err;
	uint8_t bytes[LOTS];
	size_t length;
	char said[512]; /* on standard error */
	struct board_state state;
};

/* Plays @text on a new board; what it says of errors is captured. */
static void play_on(struct played *it, struct board *board, const char *text)
{
	FILE *script = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	char *bytes = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&bytes, &length);

	CU_ASSERT_PTR_NOT_NULL_FATAL(script);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	unit_capture();
	it->err = script_play(board, script, "test", out);
	unit_captured(it->said, sizeof(it->said));
	it->state = board_state(board);
	fclose(out);
	fclose(script);
	it->length = length < LOTS ? length : LOTS;
	memcpy(it->bytes, bytes, it->length);
	free(bytes);
}

static void play(struct played *it, const char *text)
{
	struct board *board;

	memset(it, 0, sizeof(*it));
	CU_ASSERT_EQUAL_FATAL(open_board(&board, &chip_current, SEED), 0);
	play_on(it, board, text);
	board_close(board);
}

static void test_session(void)
{
	struct played it;

	play(&it, "0 say on\n2127 quit\n");
	CU_ASSERT_EQUAL(it.err, 0);
	CU_ASSERT_EQUAL(it.length, 0);
	play(&it, "0 say on\n2128 quit\n");
	CU_ASSERT_EQUAL(it.length, 1);
	CU_ASSERT_EQUAL(it.state.first_ms, FIRST);
	play(&it, "1000 say on\n50000 say off\n60000 say id\n60001 quit\n70000 say on\n");
	CU_ASSERT_EQUAL(it.err, 0);
	CU_ASSERT_EQUAL(it.length, 1 + (49000 - FIRST) / 128 + strlen(trng_identity));
	CU_ASSERT_EQUAL(it.state.time_ms, 60001);
	CU_ASSERT_EQUAL(it.state.on_ms, 1000);
	CU_ASSERT_FALSE(it.state.led);
}

/* Without quit the last line is the end; one without a newline is a line. */
static void test_end(void)
{
	struct played it;

	play(&it, "");
	CU_ASSERT_EQUAL(it.err, 0);
	CU_ASSERT_EQUAL(it.state.time_ms, 0);
	play(&it, "# a comment\n\n5 say on\n6000 none");
	CU_ASSERT_EQUAL(it.err, 0);
	CU_ASSERT_EQUAL(it.state.time_ms, 6000);
	CU_ASSERT_TRUE(it.length > 20);
}

static void test_escapes(void)
{
	struct played it;

	play(&it, "0 say x\\non\n1 quit\n");
	CU_ASSERT_TRUE(it.state.is_on);
	play(&it, "0 say x\\ton\\r\\n\n1 quit\n");
	CU_ASSERT_TRUE(it.state.is_on);
	play(&it, "0 say \\\\ on\n1 quit\n");
	CU_ASSERT_TRUE(it.state.is_on);
	play(&it, "0 say x on\n1 say  off\n1 quit\n");
	CU_ASSERT_FALSE(it.state.is_on);
	CU_ASSERT_EQUAL(it.state.words_heard, 2);
}

static void test_errors(void)
{
	static const struct {
		const char *script;
		int err;
		const char *place;
	} rows[] = {
		{ "x say on\n", -EINVAL, "test:1:" },
		{ "0 say on\n\n5\n", -EINVAL, "test:3:" },
		{ "-1 say on\n", -EINVAL, "test:1:" },
		{ "0 say \\q\n", -EINVAL, "test:1:" },
		{ "0 say \\", -EINVAL, "test:1:" },
		{ "10 say on\n9 say off\n", -ETIME, "test:2:" },
		{ "0 jump\n", -ENOENT, "test:1:" },
		{ "0 say\n", -ENOENT, "test:1:" },
		{ "0 stuck 3\n", -EINVAL, "test:1:" },
		{ "0 bias 7\n", -ERANGE, "test:1:" },
		{ "0 unplug\n", -ENOTSUP, "test:1:" },
		{ "0 replug\n", -ENOTSUP, "test:1:" },
		{ "99999999999999999999 quit\n", -ERANGE, "test:1:" },
	};
	struct played it;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		play(&it, rows[i].script);
		if (it.err != rows[i].err || !strstr(it.said, rows[i].place))
			CU_FAIL(rows[i].script);
		/* One sentence. */
		CU_ASSERT_PTR_EQUAL(strchr(it.said, '\n'), it.said + strlen(it.said) - 1);
	}
}

static void test_faults(void)
{
	struct played it;
	size_t zeros = 0;

	play(&it, "0 say on\n10000 lamp-off\n40000 fault none\n");
	CU_ASSERT_EQUAL(it.err, -ENOENT); /* `fault` is the console's */
	play(&it, "0 say on\n10000 lamp-off\n40000 quit\n");
	for (size_t i = 0; i < it.length; i++)
		zeros += it.bytes[i] == 0;
	CU_ASSERT_TRUE(zeros >= 30000 / 128 - 1);
	play(&it, "0 silence\n1 say on\n40000 quit\n");
	CU_ASSERT_EQUAL(it.length, 0);
	play(&it, "0 garbage 100\n1 quit\n");
	CU_ASSERT_EQUAL(it.length, 100);
}

/* What the receive buffer has no room for waits: nothing is lost of a long text. */
static void test_long_text(void)
{
	static char script[7000] = "0 say ";
	struct played it;

	memset(script + 6, 'x', 6000);
	strcpy(script + 6006, " onoffon\n3000 quit\n");
	play(&it, script);
	CU_ASSERT_EQUAL(it.err, 0);
	CU_ASSERT_EQUAL(it.state.words_heard, 3);
	CU_ASSERT_TRUE(it.length > 0);
}

static void test_full_disk(void)
{
	struct board *board;
	char text[] = "0 say on\n9000 quit\n", said[256];
	FILE *script = fmemopen(text, strlen(text), "r"), *full = fopen("/dev/full", "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(script);
	CU_ASSERT_PTR_NOT_NULL_FATAL(full);
	CU_ASSERT_EQUAL_FATAL(open_board(&board, &chip_current, SEED), 0);
	unit_capture();
	CU_ASSERT_EQUAL(script_play(board, script, "test", full), -ENOSPC);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "No space left"));
	board_close(board);
	fclose(script);
	fclose(full);
}

/* The n-th session gives the same bytes however long those before it were. */
static void test_sessions(void)
{
	struct played one, other;
	const size_t second = (49000 - FIRST) / 128;

	play(&one, "0 say on\n5000 say off\n10000 say on\n59000 quit\n");
	play(&other, "0 say on\n1000 say off\n1003 say on\n50003 quit\n");
	CU_ASSERT_EQUAL(other.length, 1 + second);
	CU_ASSERT_EQUAL(memcmp(one.bytes + one.length - other.length, other.bytes, other.length),
			0);
	play(&other, "7 say on\n49007 quit\n");
	CU_ASSERT_EQUAL(other.length, 1 + second);
	CU_ASSERT_NOT_EQUAL(memcmp(one.bytes + one.length - other.length, other.bytes, second), 0);
	/* A dark session powers nothing and is not counted. */
	play(&one, "0 say raw dark on\n5000 say off\n10000 say on\n59000 quit\n");
	CU_ASSERT_EQUAL(memcmp(one.bytes + one.length - other.length, other.bytes, other.length),
			0);
}

static void test_run(void)
{
	struct twin_options options = { .script = "/nonexistent/script",
					.board.chip = &chip_current };
	char said[256];

	unit_capture();
	CU_ASSERT_EQUAL(script_run(&options), -ENOENT);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "/nonexistent/script"));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a session, to the millisecond", test_session },
		{ "the end of a script", test_end },
		{ "escapes", test_escapes },
		{ "errors name line and reason", test_errors },
		{ "faults", test_faults },
		{ "a long text waits for room", test_long_text },
		{ "no room on the disk", test_full_disk },
		{ "sessions do not depend on each other", test_sessions },
		{ "a script that is not there", test_run },
	};

	return unit_run("script", tests, sizeof(tests) / sizeof(tests[0]));
}
