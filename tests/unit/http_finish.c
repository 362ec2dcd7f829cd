/* SPDX-License-Identifier: GPL-3.0-or-later */
/* finish: while the disk takes its time the caller goes on, and learns the end from a descriptor. */
#include "httpd/finish.h"
#include "tests/unit/http_store_bed.h"

#include <poll.h>

/* The disk: a flush that began says so, and ends when it is told. */
static int begun[2], may_end[2];
static int flush_error;

int fdatasync(int fd)
{
	char byte = 0;

	(void)fd;
	if (write(begun[1], &byte, 1) != 1 || read(may_end[0], &byte, 1) != 1)
		abort();
	errno = flush_error;
	return flush_error ? -1 : 0;
}

static void disk_open(int error)
{
	flush_error = error;
	CU_ASSERT_EQUAL_FATAL(pipe(begun), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(may_end), 0);
}

static void disk_close(void)
{
	for (int i = 0; i < 2; i++) {
		close(begun[i]);
		close(may_end[i]);
	}
}

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, timeout_ms) == 1;
}

static struct store_writer *all_but_finished(struct bed *bed, struct store_file *file)
{
	static const uint8_t bytes[2] = { 0xab, 0xcd };
	struct store_writer *writer = NULL;

	CU_ASSERT_EQUAL_FATAL(
		store_create(bed->store, OWNER, "random", BITS_BIN, 16, &writer, file), 0);
	CU_ASSERT_EQUAL_FATAL(store_put(writer, bytes, sizeof(bytes)), 0);
	return writer;
}

static void test_slow_disk(void)
{
	struct finish finish;
	struct store_file file;
	struct bed bed;
	int fd;

	disk_open(0);
	bed_open(&bed);
	fd = finish_begin(&finish, all_but_finished(&bed, &file));
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_TRUE(is_readable(begun[0], 60000));
	CU_ASSERT_FALSE(is_readable(fd, 0));
	/* Others use the store meanwhile, and find the file as it was. */
	CU_ASSERT_EQUAL(store_find(bed.store, file.id, &file), 0);
	CU_ASSERT_EQUAL(file.state, STORE_GROWING);
	CU_ASSERT_EQUAL(write(may_end[1], "", 1), 1);
	CU_ASSERT_TRUE(is_readable(fd, 60000));
	CU_ASSERT_EQUAL(finish_wait(&finish), 0);
	CU_ASSERT_EQUAL(finish.file.state, STORE_WHOLE);
	CU_ASSERT_STRING_EQUAL(finish.file.id, file.id);
	close(fd);
	bed_close(&bed);
	disk_close();
}

/* The watcher may let go of its descriptor before the end. */
static void test_failing_disk(void)
{
	struct finish finish;
	struct store_file file;
	struct bed bed;
	int fd;

	disk_open(EIO);
	bed_open(&bed);
	fd = finish_begin(&finish, all_but_finished(&bed, &file));
	CU_ASSERT_FATAL(fd >= 0);
	close(fd);
	CU_ASSERT_EQUAL(write(may_end[1], "", 1), 1);
	CU_ASSERT_EQUAL(finish_wait(&finish), -EIO);
	CU_ASSERT_EQUAL(store_find(bed.store, file.id, &file), -ENOENT);
	bed_close(&bed);
	disk_close();
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a slow disk", test_slow_disk },
		{ "a disk that fails", test_failing_disk },
	};

	return unit_run("http_finish", tests, sizeof(tests) / sizeof(tests[0]));
}
