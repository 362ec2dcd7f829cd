/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * link_bench - a link on a pty whose master is a scripted board, and a clock that the test turns.
 *
 * run_to() serves the link at each of its deadlines and also one millisecond before, and writes
 * down what the board heard and what was called back, each with its time since opening.
 */
#ifndef TRNG_TESTS_UNIT_LINK_BENCH_H
#define TRNG_TESTS_UNIT_LINK_BENCH_H

#include "fuse-trng/device/link.h"
#include "tests/unit/board.h"

#include <CUnit/CUnit.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>

#define START_MS 1000000u /* the clock does not begin at 0 */

/*
 * How much the link has said and the board not yet heard: a pty passes it on when the kernel finds
 * time, so nobody can tell silence from delay by looking at the master.
 */
static size_t bench_said_bytes;

ssize_t write(int fd, const void *bytes, size_t len_bytes)
{
	ssize_t written = syscall(SYS_write, fd, bytes, len_bytes);

	if (written > 0 && fd > STDERR_FILENO && isatty(fd))
		bench_said_bytes += (size_t)written;
	return written;
}

struct bench {
	size_t dropped_bytes; /* that were no symbols */
	struct board board;
	char link_path[64]; /* symbolic link that a replugged board gets again */
	struct link *link;
	uint64_t now_ms;     /* since START_MS */
	char story[4096];    /* "id@2500 up@0 ..." */
	uint8_t bytes[8192]; /* what came through */
	size_t len_bytes;
	void (*on_bytes)(struct bench *bench);
	void (*on_up)(struct bench *bench);
	void (*on_powered)(struct bench *bench, bool is_on);
	void (*on_proving)(struct bench *bench, const struct prove_report *report);
	const char *answer; /* what the board says to id, NULL: nothing */
};

__attribute__((format(printf, 2, 3))) static inline void tell(struct bench *bench,
							      const char *format, ...)
{
	size_t len = strlen(bench->story);
	va_list args;

	va_start(args, format);
	vsnprintf(bench->story + len, sizeof(bench->story) - len, format, args);
	va_end(args);
	len = strlen(bench->story);
	snprintf(bench->story + len, sizeof(bench->story) - len, "@%" PRIu64 " ", bench->now_ms);
}

static inline void on_up(void *ctx, uint64_t now_ms)
{
	struct bench *bench = ctx;

	CU_ASSERT_EQUAL(now_ms, START_MS + bench->now_ms);
	tell(bench, "up");
	if (bench->on_up)
		bench->on_up(bench);
}

static inline void on_down(void *ctx, int error, const char *why, uint64_t now_ms)
{
	(void)now_ms;
	CU_ASSERT(error < 0);
	CU_ASSERT(*why != '\0');
	tell(ctx, "down(%s)",
	     strstr(why, "gone")          ? "gone"
	     : strstr(why, "there is no") ? "none"
	     : strstr(why, "in use")      ? "busy"
					  : why);
}

static inline void on_identified(void *ctx, uint64_t now_ms)
{
	struct bench *bench = ctx;

	CU_ASSERT_EQUAL(now_ms, START_MS + bench->now_ms);
	tell(bench, "%s", identity_state_name(link_identity(bench->link)->state));
}

static inline void on_powered(void *ctx, bool is_on, uint64_t now_ms)
{
	struct bench *bench = ctx;

	(void)now_ms;
	tell(bench, is_on ? "POWERED" : "UNPOWERED");
	if (bench->on_powered)
		bench->on_powered(bench, is_on);
}

static inline void on_settled(void *ctx, uint64_t now_ms)
{
	(void)now_ms;
	tell(ctx, "SETTLED");
}

static inline void on_bytes(void *ctx, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms)
{
	struct bench *bench = ctx;

	(void)now_ms;
	CU_ASSERT_FATAL(bench->len_bytes + len_bytes <= sizeof(bench->bytes));
	memcpy(bench->bytes + bench->len_bytes, bytes, len_bytes);
	bench->len_bytes += len_bytes;
	if (bench->on_bytes)
		bench->on_bytes(bench);
}

/* What a proof tells; the readings themselves are prove.c's tests' business. */
static inline void on_proving(void *ctx, const struct prove_report *report, uint64_t now_ms)
{
	static const char *const news[] = {
		[PROVE_NOTHING] = "nothing",
		[PROVE_MEASURED] = "MEASURED",
		[PROVE_GARBLED] = "GARBLED",
		[PROVE_STRAY] = "STRAY",
	};
	struct bench *bench = ctx;

	(void)now_ms;
	tell(bench, "%s", news[report->news]);
	if (bench->on_proving)
		bench->on_proving(bench, report);
}

/* --- the bench ------------------------------------------------------------------------------- */

static inline void serve(struct bench *bench, int patience_ms);

/* The board's ear: what it heard goes into the story, and id is answered if it is that kind. */
static inline void listen_to_link(struct bench *bench)
{
	char word[64];
	size_t len = 0;

	while (len < bench_said_bytes) {
		size_t part = board_hear(&bench->board, word + len, sizeof(word) - len,
					 BOARD_PATIENCE_MS);

		CU_ASSERT_FATAL(part > 0);
		len += part;
	}
	if (!len)
		return;
	bench_said_bytes = 0;
	tell(bench, "%s", word);
	if (bench->answer && !strcmp(word, "id")) {
		CU_ASSERT(board_say(&bench->board, bench->answer, strlen(bench->answer)));
		serve(bench, BOARD_PATIENCE_MS);
	}
}

/* One turn of the loop at the present time; @patience_ms is for input that is on its way. */
static inline void serve(struct bench *bench, int patience_ms)
{
	short events;
	struct pollfd poll_fd = { .fd = link_fd(bench->link, &events) };

	poll_fd.events = events;
	poll(&poll_fd, 1, patience_ms);
	link_service(bench->link, poll_fd.revents, START_MS + bench->now_ms);
	listen_to_link(bench);
}

static inline void run_to(struct bench *bench, uint64_t until_ms)
{
	for (;;) {
		uint64_t due_ms = link_deadline_ms(bench->link);

		due_ms = due_ms > START_MS ? due_ms - START_MS : 0;
		if (due_ms > until_ms)
			break;
		if (due_ms > bench->now_ms + 1) {
			bench->now_ms = due_ms - 1;
			serve(bench, 0);
		}
		if (due_ms > bench->now_ms)
			bench->now_ms = due_ms;
		serve(bench, 0);
	}
	bench->now_ms = until_ms;
	serve(bench, 0);
}

static inline void say(struct bench *bench, const char *text)
{
	CU_ASSERT(board_say(&bench->board, text, strlen(text)));
	serve(bench, BOARD_PATIENCE_MS);
}

static inline void power(struct bench *bench, bool is_on)
{
	link_power(bench->link, is_on, START_MS + bench->now_ms);
}

static inline void cycle(struct bench *bench)
{
	link_cycle(bench->link, START_MS + bench->now_ms);
}

static inline enum identity_state state_of(const struct bench *bench)
{
	return link_identity(bench->link)->state;
}

static inline void expect(struct bench *bench, const char *story)
{
	size_t len = strlen(bench->story);

	if (len)
		bench->story[len - 1] = '\0';
	if (strcmp(bench->story, story) != 0)
		printf("\n  expected: %s\n  happened: %s\n", story, bench->story);
	CU_ASSERT_STRING_EQUAL(bench->story, story);
	bench->story[0] = '\0';
}

static inline void expect_bytes(struct bench *bench, const char *bytes)
{
	size_t before = SIZE_MAX;

	while (bench->len_bytes < strlen(bytes) && bench->len_bytes != before) {
		before = bench->len_bytes;
		serve(bench, BOARD_PATIENCE_MS);
	}
	CU_ASSERT_EQUAL(bench->len_bytes, strlen(bytes));
	CU_ASSERT_EQUAL(memcmp(bench->bytes, bytes, strlen(bytes)), 0);
	bench->len_bytes = 0;
}

static inline void on_dropped(void *ctx, size_t len_bytes)
{
	((struct bench *)ctx)->dropped_bytes += len_bytes;
}

static inline void begin(struct bench *bench, const char *port, const struct profile *profile)
{
	static const struct link_events events = { .up = on_up,
						   .down = on_down,
						   .identified = on_identified,
						   .powered = on_powered,
						   .settled = on_settled,
						   .dropped = on_dropped,
						   .bytes = on_bytes,
						   .proving = on_proving };
	struct link_settings settings = { .port = port, .profile = *profile };

	bench_said_bytes = 0;
	if (link_open(&bench->link, &settings, &events, bench))
		CU_FAIL_FATAL("link_open");
}

static struct bench *plug(struct bench *bench)
{
	*bench = (struct bench){ .now_ms = 0 };
	if (!board_plug(&bench->board))
		CU_FAIL_FATAL("no pty");
	return bench;
}

static inline void begin_nodemcu(struct bench *bench)
{
	begin(plug(bench), bench->board.path, profile_find("nodemcu"));
}

/* A board that is not asked for its identity: what comes of on and off alone. */
static inline void begin_unasked(struct bench *bench)
{
	struct profile profile = *profile_find("nodemcu");

	profile.word_id = NULL;
	begin(plug(bench), bench->board.path, &profile);
}

/* Opened, without the wait for the first word; nothing is expected of the closing. */
static inline void finish(struct bench *bench)
{
	link_close(bench->link, START_MS + bench->now_ms + 100000);
	board_unplug(&bench->board);
	if (*bench->link_path)
		unlink(bench->link_path);
}

/* The name goes as well: the kernel gives the pty's number to whoever asks next. */
static inline void unplug(struct bench *bench)
{
	if (*bench->link_path)
		unlink(bench->link_path);
	board_unplug(&bench->board);
}

/* A board whose link name survives replugging. */
static inline void name_board(struct bench *bench)
{
	if (!*bench->link_path)
		snprintf(bench->link_path, sizeof(bench->link_path), "/tmp/trng-link-%ld",
			 (long)getpid());
	unlink(bench->link_path);
	CU_ASSERT_EQUAL(symlink(bench->board.path, bench->link_path), 0);
}

/* "on" is 20 bits at 9600 baud, 2.08 ms, counted as 3; "off" 3.125 ms, counted as 4; "cooked bright
 * on" as 17. */

#endif
