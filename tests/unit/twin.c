/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The twin over a real pty: what a host sees of a board, its cable and its faults. */
#include "firmware/twin/twin.h"
#include "tests/unit/twin_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 30000
#define SEED        11

/* A twin in a process of its own, its standard input and output, and the port as a host has it. */
struct fixture {
	char folder[64];
	char link[80];
	pid_t pid;
	int to, from;
	int port;
	char line[256]; /* its last answer */
};

static void be_twin(const struct twin_options *options, const int *pipes)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* also if a test ends in its middle */
	dup2(pipes[0], STDIN_FILENO);
	dup2(pipes[3], STDOUT_FILENO);
	for (int i = 0; i < 4; i++)
		close(pipes[i]);
	_exit(twin_run(options) ? EXIT_FAILURE : EXIT_SUCCESS);
}

static bool read_line(struct fixture *it)
{
	size_t length = 0;
	struct pollfd poll_fd = { it->from, POLLIN, 0 };

	while (length < sizeof(it->line) - 1 && poll(&poll_fd, 1, PATIENCE_MS) == 1 &&
	       read(it->from, it->line + length, 1) == 1 && it->line[length] != '\n')
		length++;
	it->line[length] = '\0';
	return length > 0;
}

static void launch(struct fixture *it, struct twin_options options)
{
	int pipes[4];

	options.link = it->link;
	options.board.seed = SEED;
	if (!options.board.chip)
		options.board.chip = &chip_current;
	CU_ASSERT_EQUAL_FATAL(pipe(pipes) | pipe(pipes + 2), 0);
	fflush(NULL);
	it->pid = fork();
	CU_ASSERT_FATAL(it->pid >= 0);
	if (it->pid == 0)
		be_twin(&options, pipes);
	close(pipes[0]);
	close(pipes[3]);
	it->to = pipes[1];
	it->from = pipes[2];
	it->port = -1;
}

static void make_folder(struct fixture *it)
{
	const char *base = getenv("TRNG_TMP");

	memset(it, 0, sizeof(*it));
	snprintf(it->folder, sizeof(it->folder), "%.40s/trng-twin.XXXXXX", base ? base : "/tmp");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(it->folder));
	snprintf(it->link, sizeof(it->link), "%s/port", it->folder);
}

static void open_port(struct fixture *it)
{
	it->port = open(it->link, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	CU_ASSERT_FATAL(it->port >= 0);
}

static void close_port(struct fixture *it)
{
	close(it->port);
	it->port = -1;
}

static void start(struct fixture *it, struct twin_options options)
{
	make_folder(it);
	launch(it, options);
	CU_ASSERT_TRUE_FATAL(read_line(it));
	CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(it->line, " ready"));
	open_port(it);
}

static int end(struct fixture *it)
{
	int status = -1;
	struct stat link;

	close_port(it);
	close(it->to);
	close(it->from);
	kill(it->pid, SIGTERM);
	waitpid(it->pid, &status, 0);
	CU_ASSERT_NOT_EQUAL(lstat(it->link, &link), 0);
	CU_ASSERT_EQUAL(rmdir(it->folder), 0);
	return status;
}

static const char *command(struct fixture *it, const char *text)
{
	CU_ASSERT_EQUAL_FATAL(dprintf(it->to, "%s\n", text), (int)strlen(text) + 1);
	CU_ASSERT_TRUE_FATAL(read_line(it));
	return it->line;
}

static unsigned long long status(struct fixture *it, const char *key)
{
	const char *found;
	char wanted[32];

	command(it, "status");
	snprintf(wanted, sizeof(wanted), "%s=", key);
	found = strstr(it->line, wanted);
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	return strtoull(found + strlen(wanted), NULL, 10);
}

static bool status_has(struct fixture *it, const char *pair)
{
	return strstr(command(it, "status"), pair) != NULL;
}

/* The order of events is what counts: the time only bounds a failure. */
static void wait_status(struct fixture *it, const char *pair)
{
	for (int i = 0; i < PATIENCE_MS / 2; i++) {
		if (status_has(it, pair))
			return;
		poll(NULL, 0, 2);
	}
	CU_FAIL(pair);
}

static void wait_count(struct fixture *it, const char *key, unsigned long long least)
{
	for (int i = 0; i < PATIENCE_MS / 2; i++) {
		if (status(it, key) >= least)
			return;
		poll(NULL, 0, 2);
	}
	CU_FAIL(key);
}

static void say(struct fixture *it, const char *text)
{
	CU_ASSERT_EQUAL(write(it->port, text, strlen(text)), (ssize_t)strlen(text));
}

/* Return: how many of @size bytes came before the end or the patience. */
static size_t hear(struct fixture *it, uint8_t *bytes, size_t size, int patience_ms)
{
	size_t length = 0;

	while (length < size) {
		struct pollfd poll_fd = { it->port, POLLIN, 0 };
		ssize_t got;

		if (poll(&poll_fd, 1, patience_ms) != 1)
			break;
		got = read(it->port, bytes + length, size - length);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	return length;
}

/* What a host gets is what the board in memory says, byte for byte, at any speed. */
static void expect_stream(double speed, size_t size)
{
	static uint8_t got[50000], expected[50000];
	struct board *board = NULL;
	struct fixture it;

	CU_ASSERT_EQUAL_FATAL(open_board(&board, &chip_current, SEED), 0);
	board_hear(board, "on", 2);
	CU_ASSERT_EQUAL(board_read(board, expected, size), size);
	board_close(board);
	start(&it, (struct twin_options){ .speed = speed });
	CU_ASSERT_TRUE(status_has(&it, "power=off led=0 fan=0"));
	say(&it, "on");
	CU_ASSERT_EQUAL(hear(&it, got, size, PATIENCE_MS), size);
	CU_ASSERT_EQUAL(memcmp(got, expected, size), 0);
	CU_ASSERT_TRUE(status_has(&it, "power=on led=1 fan=1"));
	CU_ASSERT(status(&it, "time_ms") >= 2000 + 128 * size);
	CU_ASSERT_EQUAL(end(&it), 0);
}

static void test_stream(void)
{
	expect_stream(1000, 2000);
	expect_stream(0, 50000);
}

static void test_off_and_id(void)
{
	struct fixture it;
	uint8_t text[20];

	start(&it, (struct twin_options){ .speed = 1000 });
	say(&it, "id");
	CU_ASSERT_EQUAL(hear(&it, text, 5, PATIENCE_MS), 5);
	CU_ASSERT_EQUAL(memcmp(text, "trng ", 5), 0);
	say(&it, "on");
	wait_count(&it, "bytes", 100);
	say(&it, "off");
	wait_status(&it, "power=off led=0 fan=0");
	for (unsigned long long bytes = status(&it, "bytes"), at = status(&it, "time_ms");
	     status(&it, "time_ms") < at + 2000;)
		CU_ASSERT_EQUAL(status(&it, "bytes"), bytes);
	CU_ASSERT_EQUAL(status(&it, "words"), 3);
	CU_ASSERT_EQUAL(end(&it), 0);
}

static void test_unplug(void)
{
	struct fixture it;
	struct pollfd poll_fd;
	struct stat link;
	uint8_t byte;

	start(&it, (struct twin_options){ .speed = 1000 });
	say(&it, "on");
	CU_ASSERT_EQUAL(hear(&it, &byte, 1, PATIENCE_MS), 1);
	CU_ASSERT_STRING_EQUAL(command(&it, "unplug"), "ok");
	CU_ASSERT_NOT_EQUAL(lstat(it.link, &link), 0);
	poll_fd = (struct pollfd){ it.port, 0, 0 };
	CU_ASSERT_EQUAL(poll(&poll_fd, 1, PATIENCE_MS), 1);
	CU_ASSERT_TRUE(poll_fd.revents & POLLHUP);
	CU_ASSERT_EQUAL(write(it.port, "on", 2), -1);
	CU_ASSERT_TRUE(status_has(&it, "port=unplugged"));
	close_port(&it);
	CU_ASSERT_STRING_EQUAL(command(&it, "fault replug"), "ok");
	CU_ASSERT_STRING_EQUAL(command(&it, "replug"), "ok");
	CU_ASSERT_TRUE(status_has(&it, "power=off"));
	open_port(&it);
	say(&it, "on");
	CU_ASSERT_EQUAL(hear(&it, &byte, 1, PATIENCE_MS), 1);
	CU_ASSERT_STRING_EQUAL(command(&it, "unplug"), "ok");
	CU_ASSERT_STRING_EQUAL(command(&it, "heal"), "ok");
	close_port(&it);
	open_port(&it);
	CU_ASSERT_EQUAL(end(&it), 0);
}

/* What was said while the port was closed, and what nobody read before, is gone. */
static void expect_nothing_stale(struct fixture *it, bool pauses)
{
	uint8_t byte;

	wait_count(it, "bytes", status(it, "bytes") + 6000);
	CU_ASSERT_STRING_EQUAL(command(it, "silence"), "ok");
	close_port(it);
	if (pauses)
		wait_status(it, "port=closed");
	open_port(it);
	wait_status(it, "port=open");
	CU_ASSERT_EQUAL(hear(it, &byte, 1, 50), 0);
	CU_ASSERT_STRING_EQUAL(command(it, "heal"), "ok");
	CU_ASSERT_EQUAL(hear(it, &byte, 1, PATIENCE_MS), 1);
}

static void test_stale(void)
{
	struct fixture it;

	start(&it, (struct twin_options){ .speed = 10000 });
	say(&it, "on");
	expect_nothing_stale(&it, true);
	expect_nothing_stale(&it, false);
	close_port(&it);
	wait_status(&it, "port=closed");
	wait_count(&it, "bytes", status(&it, "bytes") + 1000);
	CU_ASSERT_STRING_EQUAL(command(&it, "silence"), "ok");
	open_port(&it);
	CU_ASSERT_EQUAL(hear(&it, (uint8_t[1]){ 0 }, 1, 50), 0);
	CU_ASSERT_EQUAL(end(&it), 0);
}

/* A shell's `printf on > port`: opened, written and closed before the twin looks. */
static void test_word_before_close(void)
{
	struct fixture it;

	start(&it, (struct twin_options){ .speed = 10 });
	say(&it, "on");
	close_port(&it);
	wait_status(&it, "power=on");
	wait_status(&it, "port=closed");
	open_port(&it);
	CU_ASSERT_TRUE(status_has(&it, "power=on"));
	CU_ASSERT_EQUAL(end(&it), 0);
}

/* Two opened it and one closes it: no hang-up, nothing flushed. */
static void test_two_openers(void)
{
	struct fixture it;
	uint8_t text[5];
	int second;

	start(&it, (struct twin_options){ .speed = 1 });
	second = open(it.link, O_RDWR | O_NOCTTY | O_NONBLOCK);
	CU_ASSERT(second >= 0);
	say(&it, "id");
	wait_status(&it, "words=1");
	close(second);
	CU_ASSERT_TRUE(status_has(&it, "port=open"));
	CU_ASSERT_EQUAL(hear(&it, text, sizeof(text), PATIENCE_MS), sizeof(text));
	CU_ASSERT_EQUAL(end(&it), 0);
}

static void test_legacy(void)
{
	struct fixture it;
	uint8_t burst[12];

	start(&it, (struct twin_options){ .speed = 50, .board.chip = &chip_legacy });
	wait_count(&it, "time_ms", status(&it, "time_ms") + 2500);
	say(&it, "id");
	wait_count(&it, "time_ms", status(&it, "time_ms") + 4600);
	CU_ASSERT_EQUAL(status(&it, "bytes"), 0);
	say(&it, "on");
	CU_ASSERT_EQUAL(hear(&it, burst, sizeof(burst), PATIENCE_MS), sizeof(burst));
	CU_ASSERT_EQUAL(status(&it, "bytes") % 12, 0);
	say(&it, "off");
	wait_status(&it, "power=off");
	CU_ASSERT_EQUAL(status(&it, "words"), 2);
	wait_count(&it, "time_ms", status(&it, "time_ms") + 4600);
	say(&it, "on");
	wait_status(&it, "power=on");
	close_port(&it);
	wait_status(&it, "port=closed");
	open_port(&it);
	wait_status(&it, "power=off"); /* opening resets */
	CU_ASSERT_EQUAL(end(&it), 0);
}

static void test_console(void)
{
	char line[400];
	struct fixture it;
	uint8_t junk[500], text[5];

	start(&it, (struct twin_options){
			   .speed = 1, .faults = { { FAULT_SILENCE, 0 } }, .fault_count = 1 });
	say(&it, "id");
	wait_status(&it, "words=1");
	CU_ASSERT_EQUAL(status(&it, "bytes"), 0);
	CU_ASSERT_STRING_EQUAL(command(&it, "fault garbage 500"), "ok");
	CU_ASSERT_EQUAL(hear(&it, junk, sizeof(junk), PATIENCE_MS), sizeof(junk));
	CU_ASSERT_STRING_EQUAL(command(&it, "flicker 119.95"), "ok");
	CU_ASSERT_PTR_NOT_NULL(strstr(command(&it, "rain"), "error: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(command(&it, "bias 7"), "error: "));
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	CU_ASSERT_PTR_NOT_NULL(strstr(command(&it, line), "error: "));
	CU_ASSERT_STRING_EQUAL(command(&it, "\r\n\nnone\r"), "ok");
	/* The end of standard input is not the end of the board. */
	close(it.to);
	say(&it, "id");
	CU_ASSERT_EQUAL(hear(&it, text, sizeof(text), PATIENCE_MS), sizeof(text));
	it.to = dup(it.from);
	CU_ASSERT_EQUAL(end(&it), 0);
}

static void test_quit(void)
{
	struct fixture it;
	struct stat link;
	int result;

	start(&it, (struct twin_options){ .speed = 1 });
	CU_ASSERT_EQUAL(write(it.to, "quit\n", 5), 5);
	CU_ASSERT_EQUAL(waitpid(it.pid, &result, 0), it.pid);
	CU_ASSERT_EQUAL(result, 0);
	CU_ASSERT_NOT_EQUAL(lstat(it.link, &link), 0);
	close(it.port);
	close(it.to);
	close(it.from);
	CU_ASSERT_EQUAL(rmdir(it.folder), 0);
}

/* A link is replaced, a file is not; and what is no longer ours is not removed. */
static void test_link(void)
{
	struct fixture it;
	struct stat found;
	int result = 0, fd;

	make_folder(&it);
	fd = open(it.link, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_EQUAL(write(fd, "precious", 8), 8);
	close(fd);
	CU_ASSERT_FATAL(freopen("/dev/null", "w", stderr) != NULL);
	launch(&it, (struct twin_options){ .speed = 1 });
	CU_ASSERT_EQUAL(waitpid(it.pid, &result, 0), it.pid);
	CU_ASSERT_EQUAL(WEXITSTATUS(result), 1);
	CU_ASSERT_EQUAL(lstat(it.link, &found), 0);
	CU_ASSERT_EQUAL(found.st_size, 8);
	close(it.to);
	close(it.from);
	CU_ASSERT_EQUAL(unlink(it.link), 0);
	CU_ASSERT_EQUAL(symlink("/nowhere", it.link), 0);
	launch(&it, (struct twin_options){ .speed = 1 });
	CU_ASSERT_TRUE(read_line(&it));
	open_port(&it);
	CU_ASSERT_EQUAL(unlink(it.link), 0);
	CU_ASSERT_EQUAL(symlink("/elsewhere", it.link), 0);
	CU_ASSERT_STRING_EQUAL(command(&it, "unplug"), "ok");
	CU_ASSERT_EQUAL(lstat(it.link, &found), 0);
	CU_ASSERT_EQUAL(unlink(it.link), 0);
	CU_ASSERT_EQUAL(end(&it), 0);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the stream, to the byte", test_stream },
		{ "off, id", test_off_and_id },
		{ "unplug, replug", test_unplug },
		{ "nothing stale after reopening", test_stale },
		{ "a word before a quick close", test_word_before_close },
		{ "two openers", test_two_openers },
		{ "a legacy board", test_legacy },
		{ "console", test_console },
		{ "quit", test_quit },
		{ "the link", test_link },
	};

	signal(SIGPIPE, SIG_IGN);
	return unit_run("twin", tests, sizeof(tests) / sizeof(tests[0]));
}
