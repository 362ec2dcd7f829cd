/* SPDX-License-Identifier: GPL-3.0-or-later */
/* access: a log that has grown to its limit, and a disk that has no room left. */
#include "tests/unit/http_access_bed.h"

#include <signal.h>
#include <sys/resource.h>

/* A log of @bytes that takes no room on the disk. */
static void bed_open_grown(struct bed *bed, off_t bytes)
{
	int fd;

	bed_make(bed);
	fd = open(bed->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(ftruncate(fd, bytes), 0);
	close(fd);
	CU_ASSERT_EQUAL_FATAL(access_open(&bed->access, bed->path), 0);
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

static void test_turn_over(void)
{
	struct bed bed;

	bed_open_grown(&bed, (off_t)ACCESS_MOST_BYTES - 10);
	access_write(bed.access, &bed.entry); /* over the limit, whole */
	CU_ASSERT(size_of(bed.old) > (off_t)ACCESS_MOST_BYTES);
	CU_ASSERT_EQUAL(size_of(bed.path), 0);
	access_write(bed.access, &bed.entry);
	access_write(bed.access, &bed.entry);
	CU_ASSERT_EQUAL(bed_lines_of(bed.path), 2);
	bed_close(&bed);
}

/* One old file is kept: of two full ones the older goes. */
static void test_turn_over_twice(void)
{
	struct bed bed;
	int fd;

	bed_open_grown(&bed, (off_t)ACCESS_MOST_BYTES);
	fd = open(bed.old, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_EQUAL(write(fd, "older\n", 6), 6);
	close(fd);
	access_write(bed.access, &bed.entry);
	CU_ASSERT(size_of(bed.old) > (off_t)ACCESS_MOST_BYTES);
	CU_ASSERT_EQUAL(size_of(bed.path), 0);
	bed_close(&bed);
}

/* Cannot be renamed: it is written on, and nobody is told at each line. */
static void test_no_turn_over(void)
{
	struct bed bed;
	off_t size;

	bed_open_grown(&bed, (off_t)ACCESS_MOST_BYTES);
	CU_ASSERT_EQUAL(mkdir(bed.old, 0700), 0);
	unit_capture();
	access_write(bed.access, &bed.entry);
	size = size_of(bed.path);
	access_write(bed.access, &bed.entry);
	CU_ASSERT_EQUAL(unit_captured(said, sizeof(said)), 0);
	CU_ASSERT(size_of(bed.path) > size);
	CU_ASSERT_EQUAL(rmdir(bed.old), 0);
	bed_close(&bed);
}

/* The file went away under its name, as when opening the new one has failed once: it comes back. */
static void test_turn_over_of_nothing(void)
{
	struct bed bed;

	bed_open_grown(&bed, (off_t)ACCESS_MOST_BYTES);
	CU_ASSERT_EQUAL(unlink(bed.path), 0);
	access_write(bed.access, &bed.entry);
	access_write(bed.access, &bed.entry);
	CU_ASSERT_EQUAL(bed_lines_of(bed.path), 1);
	bed_close(&bed);
}

/* /dev/null and /dev/stdout are nobody's to rename, however much went there. */
static void test_device(void)
{
	char path[4096];
	struct bed bed;
	struct stat st;

	bed_make(&bed);
	memset(path, '\xff', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	CU_ASSERT_EQUAL(symlink("/dev/null", bed.path), 0);
	CU_ASSERT_EQUAL_FATAL(access_open(&bed.access, bed.path), 0);
	bed.entry.path = path;
	for (uint64_t bytes = 0; bytes <= ACCESS_MOST_BYTES; bytes += 480)
		access_write(bed.access, &bed.entry);
	CU_ASSERT_EQUAL(lstat(bed.path, &st), 0);
	CU_ASSERT(S_ISLNK(st.st_mode));
	CU_ASSERT_EQUAL(size_of(bed.old), -1);
	bed_close(&bed);
}

static void test_full_disk(void)
{
	struct bed bed;

	bed_make(&bed);
	CU_ASSERT_EQUAL(symlink("/dev/full", bed.path), 0);
	CU_ASSERT_EQUAL_FATAL(access_open(&bed.access, bed.path), 0);
	unit_capture();
	for (int i = 0; i < 5; i++)
		access_write(bed.access, &bed.entry);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "No space left on device; requests go unlogged"));
	CU_ASSERT_EQUAL(strchr(said, '\n'), said + strlen(said) - 1); /* said once */
	access_reopen(bed.access);
	unit_capture();
	access_write(bed.access, &bed.entry); /* and once more after a reopening */
	CU_ASSERT(unit_captured(said, sizeof(said)) > 0);
	bed_close(&bed);
}

/* Room for a line and a half: what was written of the second is no beginning of the third. */
static void test_torn_line(void)
{
	struct rlimit before, limit;
	struct bed bed;
	char *text;
	off_t line;

	bed_open(&bed);
	signal(SIGXFSZ, SIG_IGN); /* as the server does */
	access_write(bed.access, &bed.entry);
	line = size_of(bed.path);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)(line + line / 2);
	unit_capture();
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (int i = 0; i < 3; i++)
		access_write(bed.access, &bed.entry);
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &before), 0);
	unit_captured(said, sizeof(said)); /* or not: the limit is on that file, too */
	CU_ASSERT_EQUAL(size_of(bed.path), line + line / 2);
	access_write(bed.access, &bed.entry);
	access_write(bed.access, &bed.entry);
	text = bed_read(bed.path);
	CU_ASSERT_EQUAL(text[line + line / 2], '\n');
	CU_ASSERT_EQUAL(bed_lines(text + line + line / 2 + 1), 2);
	free(text);
	bed_close(&bed);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a full log", test_turn_over },
		{ "a full log twice", test_turn_over_twice },
		{ "a full log that stays", test_no_turn_over },
		{ "a full log that is gone", test_turn_over_of_nothing },
		{ "a device", test_device },
		{ "a full disk", test_full_disk },
		{ "a torn line", test_torn_line },
	};

	return unit_run("http_access_full", tests, COUNT(tests));
}
