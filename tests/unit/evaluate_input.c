/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluate_input - files that grow and shrink, pipes in pieces, signals, and what was read of them.
 */
#include "evaluate/input.h"
#include "evaluate/interrupt.h"
#include "evaluate/samples.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char said[400];

/* A file in memory that can be opened again by the path. */
struct file {
	int fd;
	char path[40];
};

static struct file make_file(const void *bytes, size_t size_bytes)
{
	struct file file = { .fd = memfd_create("input", MFD_CLOEXEC) };

	if (file.fd < 0 || write(file.fd, bytes, size_bytes) != (ssize_t)size_bytes)
		abort();
	snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
	return file;
}

static int open_input(struct input *input, const char *path)
{
	struct text why;

	text_init(&why, said, sizeof(said));
	return input_open(input, path, &why);
}

static void explain(const struct input *input, int error)
{
	struct text why;

	text_init(&why, said, sizeof(said));
	input_explain(input, error, &why);
}

static void whole_file(void)
{
	struct file file = make_file("abc", 3);
	struct input input;
	char into[8], hash[INPUT_HASH_TEXT];

	CU_ASSERT_EQUAL_FATAL(open_input(&input, file.path), 0);
	CU_ASSERT(input.is_regular);
	CU_ASSERT_FALSE(input.is_endless);
	CU_ASSERT_EQUAL(input.expected_bytes, 3);
	CU_ASSERT_EQUAL(input_read(&input, into, 2), 2);
	CU_ASSERT_EQUAL(input_read(&input, into + 2, sizeof(into) - 2), 1);
	CU_ASSERT_NSTRING_EQUAL(into, "abc", 3);
	CU_ASSERT_EQUAL(input_read(&input, into, 1), 0);
	CU_ASSERT_EQUAL(input.read_bytes, 3);
	/* FIPS 180-4's example */
	CU_ASSERT_STRING_EQUAL(input_hash(&input, hash),
			       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	input_close(&input);
	input_close(&input);
	close(file.fd);
}

static void shrinks(void)
{
	struct file file = make_file("0123456789", 10);
	struct input input;
	char into[10];

	CU_ASSERT_EQUAL_FATAL(open_input(&input, file.path), 0);
	CU_ASSERT_EQUAL(input_skip(&input, 1), 0);
	CU_ASSERT_EQUAL(input_read(&input, into, 3), 3);
	CU_ASSERT_EQUAL(ftruncate(file.fd, 6), 0);
	CU_ASSERT_EQUAL(input_read(&input, into, sizeof(into)), -EIO);
	explain(&input, -EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, " shrank while it was read (6 of 10 bytes)"));
	input_close(&input);
	close(file.fd);
}

static void grows(void)
{
	struct file file = make_file("0123456789", 10);
	struct input input;
	char into[20];

	CU_ASSERT_EQUAL_FATAL(open_input(&input, file.path), 0);
	CU_ASSERT_EQUAL(input_read(&input, into, 3), 3);
	CU_ASSERT_EQUAL(write(file.fd, "xyz", 3), 3);
	CU_ASSERT_EQUAL(input_read(&input, into, sizeof(into)), 10);
	CU_ASSERT_NSTRING_EQUAL(into, "3456789xyz", 10);
	input_close(&input);
	close(file.fd);
}

static void skips(void)
{
	struct file file = make_file("0123456789", 10);
	struct input input;
	char into[20];

	CU_ASSERT_EQUAL_FATAL(open_input(&input, file.path), 0);
	CU_ASSERT_EQUAL(input_skip(&input, 7), 0);
	CU_ASSERT_EQUAL(input_read(&input, into, sizeof(into)), 3);
	CU_ASSERT_EQUAL(input.skipped_bytes, 7);
	CU_ASSERT_EQUAL(input.read_bytes, 3);
	input_close(&input);
	CU_ASSERT_EQUAL_FATAL(open_input(&input, file.path), 0);
	CU_ASSERT_EQUAL(input_skip(&input, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(input_read(&input, into, sizeof(into)), 0);
	CU_ASSERT_EQUAL(input.skipped_bytes, 10);
	input_close(&input);
	close(file.fd);
}

static void cannot_open(void)
{
	struct input input;

	CU_ASSERT_EQUAL(open_input(&input, "/"), -EISDIR);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "cannot open /: Is a directory; name a file"));
	CU_ASSERT_EQUAL(open_input(&input, "/nonexistent"), -ENOENT);
	CU_ASSERT_STRING_EQUAL(said, "cannot open /nonexistent: No such file or directory");
	CU_ASSERT_EQUAL(open_input(&input, ""), -ENOENT);
}

static void devices(void)
{
	struct input input;
	char into[3] = "xx";

	CU_ASSERT_EQUAL_FATAL(open_input(&input, "/dev/zero"), 0);
	CU_ASSERT(input.is_endless);
	CU_ASSERT_FALSE(input.is_regular);
	CU_ASSERT_EQUAL(input_read(&input, into, 2), 2);
	CU_ASSERT_EQUAL(into[0], 0);
	input_close(&input);
	/* The kernel says 0 or 4096 bytes of what has fewer or more. */
	CU_ASSERT_EQUAL_FATAL(open_input(&input, "/proc/self/status"), 0);
	CU_ASSERT_EQUAL(input_read(&input, into, 2), 2);
	input_close(&input);
}

/* ---- pipes ---- */

static void *write_slowly(void *ctx)
{
	int fd = *(int *)ctx;

	for (int i = 0; i < 5; i++) {
		if (write(fd, "abcd", 4) != 4)
			abort();
		sched_yield();
	}
	close(fd);
	return NULL;
}

static void count_ticks(void *ctx, uint64_t read_bytes)
{
	(void)read_bytes;
	++*(unsigned *)ctx;
}

/* In pieces, and O_NONBLOCK: a read waits until all is there, or the end. */
static void pipe_in_pieces(void)
{
	char path[40], into[40];
	unsigned ticks = 0;
	struct input input;
	pthread_t thread;
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_CLOEXEC), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	CU_ASSERT_EQUAL_FATAL(open_input(&input, path), 0);
	CU_ASSERT_EQUAL(input.expected_bytes, 0);
	fcntl(input.fd, F_SETFL, O_NONBLOCK);
	input.tick = count_ticks;
	input.ctx = &ticks;
	pthread_create(&thread, NULL, write_slowly, &fds[1]);
	CU_ASSERT_EQUAL(input_skip(&input, 6), 0);
	CU_ASSERT_EQUAL(input_read(&input, into, 7), 7);
	CU_ASSERT_NSTRING_EQUAL(into, "cdabcda", 7);
	CU_ASSERT_EQUAL(input_read(&input, into, sizeof(into)), 7);
	CU_ASSERT_EQUAL(input.read_bytes, 14);
	CU_ASSERT(ticks >= 4);
	pthread_join(thread, NULL);
	input_close(&input);
	close(fds[0]);
}

struct sender {
	pthread_t whom;
	int fd;
	pthread_barrier_t barrier;
};

/* The bytes end a read(2) that had begun just after the signal. */
static void *interrupt(void *ctx)
{
	struct sender *sender = ctx;

	pthread_barrier_wait(&sender->barrier);
	pthread_kill(sender->whom, SIGINT);
	if (write(sender->fd, "abc", 3) != 3)
		abort();
	return NULL;
}

/* What came before the signal is kept; nothing is read after it. */
static void signal_ends(void)
{
	struct sender sender = { .whom = pthread_self() };
	char path[40], into[8];
	struct input input;
	pthread_t thread;
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_CLOEXEC), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	CU_ASSERT_EQUAL_FATAL(open_input(&input, path), 0);
	sender.fd = fds[1];
	pthread_barrier_init(&sender.barrier, NULL, 2);
	pthread_create(&thread, NULL, interrupt, &sender);
	CU_ASSERT_EQUAL(write(fds[1], "xyz", 3), 3);
	CU_ASSERT_EQUAL(input_read(&input, into, 3), 3);
	interrupt_await();
	CU_ASSERT_FALSE(interrupt_came());
	pthread_barrier_wait(&sender.barrier);
	CU_ASSERT(input_read(&input, into, sizeof(into)) <= 3);
	CU_ASSERT(interrupt_came());
	CU_ASSERT(input.is_stopped);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(write(fds[1], "more", 4), 4);
	CU_ASSERT_EQUAL(input_read(&input, into, sizeof(into)), 0);
	interrupt_release();
	pthread_barrier_destroy(&sender.barrier);
	input_close(&input);
	close(fds[0]);
	close(fds[1]);
}

/* ---- symbols ---- */

static uint8_t *load(struct samples *samples, struct input *input, int expected)
{
	uint8_t *value = NULL;

	samples->input = input;
	if (!samples->limit)
		samples->limit = UINT64_MAX;
	CU_ASSERT_EQUAL(samples_load(samples, &value), expected);
	return value;
}

/* Any width: every bit is where it was, and bits that fill no symbol are left out. */
static void packed(void)
{
	enum { BYTES = 200003 };
	static uint8_t bytes[BYTES];
	struct file file;

	for (unsigned i = 0; i < BYTES; i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 24);
	file = make_file(bytes, BYTES);
	for (unsigned width = 1; width <= 8; width++) {
		struct samples samples = { .width = width, .is_packed = true };
		struct input input;
		unsigned wrong = 0;
		uint8_t *value;

		CU_ASSERT_EQUAL_FATAL(open_input(&input, file.path), 0);
		value = load(&samples, &input, 0);
		CU_ASSERT_EQUAL_FATAL(samples.count, BYTES * 8 / width);
		for (unsigned i = 0; i < samples.count * width; i++)
			wrong += (bytes[i / 8] >> (7 - i % 8) & 1) !=
				 (value[i / width] >> (width - 1 - i % width) & 1);
		CU_ASSERT_EQUAL(wrong, 0);
		free(value);
		input_close(&input);
	}
	close(file.fd);
}

/* No byte more than the symbols take is read. */
static void limit(void)
{
	static const uint8_t bytes[100000];
	struct file file = make_file(bytes, sizeof(bytes));
	struct samples samples = { .width = 3, .is_packed = true, .limit = 70001 };
	struct input input;
	uint8_t *value;

	CU_ASSERT_EQUAL_FATAL(open_input(&input, file.path), 0);
	value = load(&samples, &input, 0);
	CU_ASSERT_EQUAL(samples.count, 70001);
	CU_ASSERT_EQUAL(input.read_bytes, (70001 * 3 + 7) / 8);
	CU_ASSERT_EQUAL(samples_next(&samples, value, 1), 0);
	free(value);
	input_close(&input);
	close(file.fd);
}

static void too_wide(void)
{
	static uint8_t bytes[100000];
	struct samples samples = { .width = 2 };
	struct file file;
	struct input input;
	struct text why;

	bytes[70000] = 4;
	bytes[70001] = 255;
	file = make_file(bytes, sizeof(bytes));
	CU_ASSERT_EQUAL_FATAL(open_input(&input, file.path), 0);
	CU_ASSERT_PTR_NULL(load(&samples, &input, -EDOM));
	text_init(&why, said, sizeof(said));
	samples_explain(&samples, -EDOM, &why);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(said, ": symbol 70000 is 4, more than --width 2 has room for"));
	input_close(&input);
	samples = (struct samples){ .width = 0 };
	CU_ASSERT_EQUAL_FATAL(open_input(&input, file.path), 0);
	free(load(&samples, &input, 0));
	CU_ASSERT_EQUAL(samples.count, sizeof(bytes));
	input_close(&input);
	close(file.fd);
}

static void no_symbols(void)
{
	struct file file = make_file("", 0);
	struct samples samples = { .width = 8 };
	struct input input;

	CU_ASSERT_EQUAL_FATAL(open_input(&input, file.path), 0);
	free(load(&samples, &input, 0));
	CU_ASSERT_EQUAL(samples.count, 0);
	input_close(&input);
	close(file.fd);
}

static const struct unit_test tests[] = {
	{ "whole file", whole_file },
	{ "shrinks", shrinks },
	{ "grows", grows },
	{ "skips", skips },
	{ "cannot open", cannot_open },
	{ "devices", devices },
	{ "pipe in pieces", pipe_in_pieces },
	{ "signal ends", signal_ends },
	{ "packed", packed },
	{ "limit", limit },
	{ "too wide", too_wide },
	{ "no symbols", no_symbols },
};

int main(void)
{
	return unit_run("evaluate_input", tests, COUNT(tests));
}
