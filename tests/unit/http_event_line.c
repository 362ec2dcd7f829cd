/* SPDX-License-Identifier: GPL-3.0-or-later */
/* event_line: lines as the daemon writes them, and lines that nobody should have written; follow:
 * the file that they are in, as it grows and is cut. */
#include "httpd/event_line.h"

#include "httpd/follow.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define AT          "2026-11-21T14:38:09.123Z"
#define AT_MS       1795271889123

/* From a block of its very size, so that a sanitizer sees the first byte too many. */
static int parse_n(struct event_line *line, const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);
	int ret;

	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	memcpy(copy, text, len);
	ret = event_line_parse(line, copy, len);
	free(copy);
	return ret;
}

static int parse(struct event_line *line, const char *text)
{
	return parse_n(line, text, strlen(text));
}

/* The JSON text of @line; *@type as event_line_json() has it. For free(3). */
static char *dump(const struct event_line *line, const char **type)
{
	json_t *json = event_line_json(line, type);
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	return text;
}

static void check_json(const struct event_line *line, const char *type, const char *json)
{
	const char *is = "";
	char *text = dump(line, &is);

	CU_ASSERT_STRING_EQUAL(is, type);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	if (strcmp(text, json) != 0)
		printf("%s\n", text);
	CU_ASSERT_STRING_EQUAL(text, json);
	free(text);
}

/* ---- what the daemon writes ---- */

static void test_state(void)
{
	struct event_line line;

	CU_ASSERT_EQUAL(parse(&line, AT " state=running from=starting "
					"reason=\"start-up tests passed\""),
			0);
	CU_ASSERT_STRING_EQUAL(line.time, AT);
	CU_ASSERT_EQUAL(line.at_ms, AT_MS);
	CU_ASSERT_STRING_EQUAL(line.state, "running");
	CU_ASSERT_STRING_EQUAL(line.from, "starting");
	CU_ASSERT_STRING_EQUAL(line.reason, "start-up tests passed");
	CU_ASSERT_STRING_EQUAL(line.test, "");
	CU_ASSERT_STRING_EQUAL(line.text,
			       "state=running from=starting reason=\"start-up tests passed\"");
	check_json(&line, "state",
		   "{\"time\":\"" AT "\",\"state\":\"running\",\"from\":\"starting\","
		   "\"reason\":\"start-up tests passed\"}");
	CU_ASSERT_EQUAL(parse(&line, "1970-01-01T00:00:00.000Z state=standby from=absent "
				     "reason=\"\""),
			0);
	CU_ASSERT_EQUAL(line.at_ms, 0);
	CU_ASSERT_STRING_EQUAL(line.reason, "");
}

static void test_alarm(void)
{
	struct event_line line;

	CU_ASSERT_EQUAL(parse(&line, AT " alarm=total_failure count=2 max=5 stream_bytes=123456"),
			0);
	CU_ASSERT_STRING_EQUAL(line.test, "total_failure");
	CU_ASSERT_STRING_EQUAL(line.state, "");
	check_json(&line, "alarm",
		   "{\"time\":\"" AT "\",\"test\":\"total_failure\","
		   "\"text\":\"alarm=total_failure count=2 max=5 stream_bytes=123456\"}");
}

/* Neither a change of state nor an alarm: no event for a stream. */
static void test_others(void)
{
	struct event_line line;

	CU_ASSERT_EQUAL(parse(&line, AT " startup=failed test=repetition attempt=1"), -EINVAL);
	CU_ASSERT_EQUAL(parse(&line, AT " entropy_warning=1 symbols=16384 value=2 share=0.2820 "
					"least_share=0.2713 min_entropy_upper=1.8822 "
					"health_entropy=1.9 reason=\"a value came more often\""),
			-EINVAL);
	CU_ASSERT_EQUAL(parse(&line, AT " evidence=/x/alarms/1-lag.txt alarm=lag"), -EINVAL);
	CU_ASSERT_EQUAL(parse(&line, AT " evidence=none alarm=lag reason=\"state=full\""), -EINVAL);
	CU_ASSERT_EQUAL(parse(&line, AT " causality=proven state=x"), -EINVAL);
	CU_ASSERT_EQUAL(parse(&line, AT " anything else"), -EINVAL);
	CU_ASSERT_EQUAL(parse(&line, AT " "), -EINVAL);
	CU_ASSERT_EQUAL(parse(&line, AT), -EINVAL);
	CU_ASSERT_EQUAL(parse(&line, ""), -EINVAL);
	CU_ASSERT_EQUAL(parse(&line, " "), -EINVAL);
}

/* A reason may quote a word, as that of port "auto" does, or a path with a space. */
static void test_quotes(void)
{
	struct event_line line;

	CU_ASSERT_EQUAL(parse(&line, AT " state=absent from=running "
					"reason=\"port \"auto\" cannot find a nodemcu\""),
			0);
	CU_ASSERT_STRING_EQUAL(line.reason, "port \"auto\" cannot find a nodemcu");
	CU_ASSERT_EQUAL(parse(&line, AT " state=absent from=running "
					"reason=\"/tmp/a b=c/tty is gone\""),
			0);
	CU_ASSERT_STRING_EQUAL(line.reason, "/tmp/a b=c/tty is gone");
}

/* The daemon cuts a line that is too long: its last quote is then missing. */
static void test_cut_line(void)
{
	struct event_line line;

	CU_ASSERT_EQUAL(parse(&line, AT " state=alarm from=running reason=\"half a"), 0);
	CU_ASSERT_STRING_EQUAL(line.reason, "half a");
}

/* What a reason says is no key of the line. */
static void test_keys_in_reason(void)
{
	struct event_line line;
	const char *type = "";

	CU_ASSERT_EQUAL(parse(&line,
			      AT " state=absent from=running "
				 "reason=\"/dev/x alarm=repetition from=y state=z is gone\""),
			0);
	CU_ASSERT_STRING_EQUAL(line.state, "absent");
	CU_ASSERT_STRING_EQUAL(line.from, "running");
	free(dump(&line, &type));
	CU_ASSERT_STRING_EQUAL(type, "state");
}

/* ---- what nobody should have written ---- */

static void test_times(void)
{
	static const char *const times[] = {
		"2026-11-21",
		"2026-11-21T14:38:09Z",
		"2026-11-21T14:38:09.123",
		"2026-11-21T14:38:09.123ZZ",
		"2026-11-21T14:38:09.123Z\r",
		"\r2026-11-21T14:38:09.123Z",
		"\t2026-11-21T14:38:09.123Z",
		"2026-11-21T14:38:09.-12Z",
		"+026-11-21T14:38:09.123Z",
		"2026-+1-21T14:38:09.123Z",
		"2026-11-\v1T14:38:09.123Z",
		"20261-1-1T14:38:09.123Z",
		"2026-11-21T14:38:09.1234Z",
		"2026-11-21t14:38:09.123z",
		"aaaa-11-21T14:38:09.123Z",
		"9999999999999999999999999999999Z",
		"-",
		"",
	};
	char text[128];

	for (size_t i = 0; i < COUNT(times); i++) {
		struct event_line line;
		int ret;

		snprintf(text, sizeof(text), "%s state=running from=starting reason=\"\"",
			 times[i]);
		ret = parse(&line, text);
		if (ret != -EINVAL)
			printf("time taken: \"%s\"\n", times[i]);
		CU_ASSERT_EQUAL(ret, -EINVAL);
	}
}

static void test_lengths(void)
{
	char text[2 * EVENT_LINE_BYTES];
	struct event_line line;

	memset(text, 'x', sizeof(text));
	memcpy(text, AT " state=", sizeof(AT) + 6);
	CU_ASSERT_EQUAL(parse_n(&line, text, EVENT_LINE_BYTES - 1), 0);
	CU_ASSERT_EQUAL(strlen(line.state), sizeof(line.state) - 1);
	CU_ASSERT_EQUAL(parse_n(&line, text, EVENT_LINE_BYTES), -EINVAL);
	CU_ASSERT_EQUAL(parse_n(&line, text, sizeof(text)), -EINVAL);
	for (size_t len = 0; len < 64; len++) {
		int expected = len > sizeof(AT) + 6 ? 0 : -EINVAL;

		CU_ASSERT_EQUAL(parse_n(&line, text, len), expected);
	}
	memset(text, 'x', sizeof(text));
	CU_ASSERT_EQUAL(parse_n(&line, text, 100), -EINVAL);
	text[40] = ' '; /* a time of 40 bytes */
	CU_ASSERT_EQUAL(parse_n(&line, text, 100), -EINVAL);
}

static void test_nul(void)
{
	static const char text[] = AT " state=running\0 from=starting";
	struct event_line line;

	CU_ASSERT_EQUAL(parse_n(&line, text, sizeof(text) - 1), -EINVAL);
}

/* A stream is told what can be told; what is no UTF-8 does not silence the whole line. */
static void test_bytes(void)
{
	struct event_line line;
	const char *type = "";
	char *text;

	CU_ASSERT_EQUAL(parse(&line, AT " state=absent from=running "
					"reason=\"/dev/tty\xff is gone\\\t\x01\""),
			0);
	text = dump(&line, &type);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"state\":\"absent\""));
	free(text);
}

/* A reason that is cut is cut between characters. */
static void test_long_reason(void)
{
	char text[EVENT_LINE_BYTES];
	struct event_line line;
	const char *type = "";
	char *json;

	for (size_t shift = 0; shift < 2; shift++) {
		int len = snprintf(text, sizeof(text), AT " state=absent from=running reason=\"%s",
				   shift ? "x" : "");

		while ((size_t)len < 400) {
			text[len++] = '\xc3';
			text[len++] = '\xa4';
		}
		CU_ASSERT_EQUAL(parse_n(&line, text, (size_t)len), 0);
		json = dump(&line, &type);
		CU_ASSERT_PTR_NOT_NULL_FATAL(json);
		CU_ASSERT_PTR_NOT_NULL(strstr(json, "\xc3\xa4\xc3\xa4"));
		free(json);
	}
}

/* ---- follow ---- */

struct seen {
	unsigned count;
	struct event_line last;
};

static void take(void *ctx, const struct event_line *line)
{
	struct seen *seen = ctx;

	seen->count++;
	seen->last = *line;
}

static struct follow open_memory(void)
{
	struct follow follow = { .fd = memfd_create("events", MFD_CLOEXEC) };

	CU_ASSERT_FATAL(follow.fd >= 0);
	return follow;
}

/* The writer's place is the file's end; the reader's is the descriptor's. */
static void append(const struct follow *follow, const char *text, size_t len)
{
	off_t end = lseek(follow->fd, 0, SEEK_CUR);
	off_t size = lseek(follow->fd, 0, SEEK_END);

	CU_ASSERT_EQUAL(pwrite(follow->fd, text, len, size), (ssize_t)len);
	lseek(follow->fd, end, SEEK_SET);
}

static void read_all(struct follow *follow, struct seen *seen)
{
	for (int i = 0; i < 64; i++)
		CU_ASSERT_EQUAL(follow_read(follow, take, seen), 0);
}

/* How long the whole lines of the first @len bytes are. */
static size_t whole_lines(const char *text, size_t len)
{
	const char *end = memrchr(text, '\n', len < strlen(text) ? len : strlen(text));

	return end ? (size_t)(end + 1 - text) : 0;
}

/* However the pieces come, each line comes once; and it is known which have. */
static void test_pieces(void)
{
	static const char lines[] =
		AT " state=starting from=standby reason=\"init\"\n"
		   "no line of ours\n\n" AT " alarm=lag count=1 max=5 stream_bytes=1\n";

	for (size_t piece = 1; piece < sizeof(lines); piece++) {
		struct follow follow = open_memory();
		struct seen seen = { 0 };

		for (size_t at = 0; at < sizeof(lines) - 1; at += piece) {
			size_t left = sizeof(lines) - 1 - at;

			append(&follow, lines + at, left < piece ? left : piece);
			CU_ASSERT_EQUAL(follow_read(&follow, take, &seen), 0);
			CU_ASSERT_EQUAL(follow_told(&follow), whole_lines(lines, at + piece));
		}
		CU_ASSERT_EQUAL(seen.count, 2);
		CU_ASSERT_STRING_EQUAL(seen.last.test, "lag");
		follow_close(&follow);
		follow_close(&follow);
		CU_ASSERT_EQUAL(follow.fd, -1);
	}
}

/* A line without an end neither fills the memory nor hides what follows it. */
static void test_endless_line(void)
{
	static const char line[] = "\n" AT " state=alarm from=running reason=\"lag\"\n";
	char filler[1000];
	struct follow follow = open_memory();
	struct seen seen = { 0 };

	memset(filler, 'x', sizeof(filler));
	for (int i = 0; i < 20; i++)
		append(&follow, filler, sizeof(filler));
	append(&follow, line, sizeof(line) - 1);
	read_all(&follow, &seen);
	CU_ASSERT_EQUAL(seen.count, 1);
	CU_ASSERT_STRING_EQUAL(seen.last.state, "alarm");
	follow_close(&follow);
}

/* The daemon drops the older half; then it goes on with lines that are news. */
static void test_cut_file(void)
{
	static const char line[] = AT " state=running from=starting reason=\"\"\n";
	struct follow follow = open_memory();
	struct seen seen = { 0 };

	for (int i = 0; i < 100; i++)
		append(&follow, line, sizeof(line) - 1);
	read_all(&follow, &seen);
	CU_ASSERT_EQUAL(seen.count, 100);
	CU_ASSERT_EQUAL(ftruncate(follow.fd, 50 * (off_t)(sizeof(line) - 1)), 0);
	read_all(&follow, &seen);
	append(&follow, line, sizeof(line) - 1);
	read_all(&follow, &seen);
	CU_ASSERT_EQUAL(seen.count, 101);
	follow_close(&follow);
}

static void test_gone(void)
{
	struct follow follow = { .fd = -1 };
	struct seen seen = { 0 };

	CU_ASSERT_EQUAL(follow_read(&follow, take, &seen), -EBADF);
	CU_ASSERT_EQUAL(follow_told(&follow), SIZE_MAX);
	CU_ASSERT_EQUAL(seen.count, 0);
	follow_close(&follow);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a change of state", test_state },
		{ "an alarm", test_alarm },
		{ "other lines", test_others },
		{ "a reason with quotes", test_quotes },
		{ "a line that was cut", test_cut_line },
		{ "keys in a reason", test_keys_in_reason },
		{ "what is no time", test_times },
		{ "lengths", test_lengths },
		{ "a NUL inside", test_nul },
		{ "what is no text", test_bytes },
		{ "a long reason", test_long_reason },
		{ "follow: pieces", test_pieces },
		{ "follow: a line without end", test_endless_line },
		{ "follow: a file that was cut", test_cut_file },
		{ "follow: a file that is gone", test_gone },
	};

	return unit_run("http_event_line", tests, COUNT(tests));
}
