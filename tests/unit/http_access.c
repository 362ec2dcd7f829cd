/* SPDX-License-Identifier: GPL-3.0-or-later */
/* access: one line a request, of one form, whoever sent it and whatever he sent. */
#include "tests/unit/http_access_bed.h"

#include <errno.h>
#include <pthread.h>

static void test_line(void)
{
	struct bed bed;
	char *text, *tail;

	bed_open(&bed);
	access_write(bed.access, &bed.entry);
	text = bed_read(bed.path);
	CU_ASSERT_EQUAL(bed_lines(text), 1);
	CU_ASSERT(!strncmp(text, "192.0.2.1 - - [", 15));
	tail = strstr(text, " +0000] ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(tail);
	CU_ASSERT_STRING_EQUAL(tail, " +0000] \"GET /trng/randomNum/getRandom HTTP/1.1\" 200 36 "
				     "bits=128 file=- ms=3\n");
	free(text);
	bed_close(&bed);
}

static void test_fields(void)
{
	struct bed bed;
	char *text;

	bed_open(&bed);
	address_parse(&bed.address, "2001:db8::1");
	bed.entry.user = "lab.1_x-Y";
	bed.entry.file = "trng-20261121-143809-5000bit.bin";
	bed.entry.code = 555;
	bed.entry.body_bytes = bed.entry.bits = bed.entry.took_ms = UINT64_MAX;
	access_write(bed.access, &bed.entry);
	bed.address = (struct address){ 0 }; /* nobody's */
	access_write(bed.access, &bed.entry);
	text = bed_read(bed.path);
	CU_ASSERT_EQUAL(bed_lines(text), 2);
	CU_ASSERT(!strncmp(text, "2001:db8::1 - lab.1_x-Y [", 25));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n- - lab.1_x-Y ["));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\" 555 18446744073709551615 bits=18446744073709551615 "
					    "file=trng-20261121-143809-5000bit.bin "
					    "ms=18446744073709551615\n"));
	free(text);
	bed_close(&bed);
}

/* ---- what came from outside ---- */

static void check_shown(const char *foreign, const char *shown)
{
	struct bed bed;
	char expected[256];
	char *text;

	bed_open(&bed);
	bed.entry.method = bed.entry.path = bed.entry.version = foreign;
	access_write(bed.access, &bed.entry);
	text = bed_read(bed.path);
	CU_ASSERT_EQUAL(bed_lines(text), 1);
	snprintf(expected, sizeof(expected), "] \"%s %s %s\" 200 ", shown, shown, shown);
	if (!strstr(text, expected))
		printf("%s", text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, expected));
	free(text);
	bed_close(&bed);
}

static void test_foreign(void)
{
	static const struct {
		const char *foreign, *shown;
	} rows[] = {
		{ "/a", "/a" },
		{ "", "" },
		{ "/\" 200 1 bits=9", "/%22%20200%201%20bits=9" },
		{ "/\n192.0.2.9 - - [", "/\\x0a192.0.2.9%20-%20-%20[" },
		{ "/\r\n", "/\\x0d\\x0a" },
		{ "/\\\"", "/\\x5c%22" },
		{ "/\x1b[2J", "/\\x1b[2J" },
		{ "/\t\v\x7f", "/\\x09\\x0b\\x7f" },
		{ "/\xc3\xa4\xff", "/\\xc3\\xa4\\xff" },
		{ "/%s%n%500d", "/%s%n%500d" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check_shown(rows[i].foreign, rows[i].shown);
}

/* All that one line can hold, each byte of it as long as it gets: the line still has its end, so
 * that nothing of the next caller's stands in it. */
static void test_longest(void)
{
	static const char bytes[] = { '\xff', '"', ' ', '\n', '\\', 'x' };
	char longest[4096];
	struct bed bed;
	char *text;

	bed_open(&bed);
	address_parse(&bed.address, "1111:2222:3333:4444:5555:6666:7777:8888");
	bed.entry.user = "abcdefghijklmnopqrstuvwxyz012345";
	bed.entry.file = "trng-urandom-20261121-143809-8589934592bit.bin";
	bed.entry.method = bed.entry.path = bed.entry.version = longest;
	bed.entry.body_bytes = bed.entry.bits = bed.entry.took_ms = UINT64_MAX;
	for (size_t i = 0; i < COUNT(bytes); i++) {
		memset(longest, bytes[i], sizeof(longest) - 1);
		longest[sizeof(longest) - 1] = '\0';
		access_write(bed.access, &bed.entry);
	}
	text = bed_read(bed.path);
	CU_ASSERT_EQUAL(bed_lines(text), COUNT(bytes));
	free(text);
	bed_close(&bed);
}

/* ---- the file ---- */

static void test_append(void)
{
	struct bed bed;
	struct stat st;
	mode_t before = umask(0);

	bed_open(&bed);
	umask(before);
	CU_ASSERT_EQUAL(stat(bed.path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	access_write(bed.access, &bed.entry);
	access_close(bed.access);
	CU_ASSERT_EQUAL_FATAL(access_open(&bed.access, bed.path), 0);
	access_write(bed.access, &bed.entry);
	CU_ASSERT_EQUAL(bed_lines_of(bed.path), 2);
	bed_close(&bed);
}

static void test_none(void)
{
	struct bed bed;

	bed_make(&bed);
	CU_ASSERT_EQUAL_FATAL(access_open(&bed.access, ""), 0);
	access_write(bed.access, &bed.entry);
	access_reopen(bed.access);
	access_write(bed.access, &bed.entry);
	bed_close(&bed); /* its folder is empty */
	access_close(NULL);
}

static void test_unwritable(void)
{
	struct bed bed;
	char path[256];

	bed_make(&bed);
	snprintf(path, sizeof(path), "%s/none/access.log", bed.folder);
	unit_capture();
	CU_ASSERT_EQUAL(access_open(&bed.access, path), -ENOENT);
	CU_ASSERT_EQUAL(access_open(&bed.access, bed.folder), -EISDIR);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "none/access.log: the access log cannot be written: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "httpd.access_log"));
	CU_ASSERT_EQUAL(mkfifo(bed.path, 0600), 0); /* that nobody reads: nothing waits for one */
	unit_capture();
	CU_ASSERT_EQUAL(access_open(&bed.access, bed.path), -ENXIO);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NULL(bed.access);
	bed_close(&bed);
}

static void test_reopen(void)
{
	struct bed bed;

	bed_open(&bed);
	access_write(bed.access, &bed.entry);
	CU_ASSERT_EQUAL(rename(bed.path, bed.old), 0);
	access_write(bed.access, &bed.entry); /* not asked yet: goes where the file went */
	CU_ASSERT_EQUAL(bed_lines_of(bed.old), 2);
	access_reopen(bed.access);
	access_write(bed.access, &bed.entry);
	CU_ASSERT_EQUAL(bed_lines_of(bed.old), 2);
	CU_ASSERT_EQUAL(bed_lines_of(bed.path), 1);
	bed_close(&bed);
}

static unsigned descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void test_reopen_fails(void)
{
	struct bed bed;
	unsigned before;

	bed_open(&bed);
	before = descriptors();
	CU_ASSERT_EQUAL(rename(bed.path, bed.old), 0);
	CU_ASSERT_EQUAL(mkdir(bed.path, 0700), 0);
	unit_capture();
	access_reopen(bed.access);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "the old file is written on"));
	access_write(bed.access, &bed.entry);
	CU_ASSERT_EQUAL(bed_lines_of(bed.old), 1);
	CU_ASSERT_EQUAL(rmdir(bed.path), 0);
	access_reopen(bed.access);
	access_write(bed.access, &bed.entry);
	CU_ASSERT_EQUAL(bed_lines_of(bed.path), 1);
	CU_ASSERT_EQUAL(descriptors(), before); /* and none was lost on the way */
	bed_close(&bed);
}

static void *write_many(void *arg)
{
	struct bed *bed = arg;

	for (int i = 0; i < 500; i++)
		access_write(bed->access, &bed->entry);
	return NULL;
}

static void test_threads(void)
{
	pthread_t thread[4];
	struct bed bed;

	bed_open(&bed);
	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, write_many, &bed), 0);
	for (int i = 0; i < 20; i++)
		access_reopen(bed.access);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	CU_ASSERT_EQUAL(bed_lines_of(bed.path), 2000);
	bed_close(&bed);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a line", test_line },
		{ "all fields", test_fields },
		{ "foreign text", test_foreign },
		{ "the longest line", test_longest },
		{ "appends", test_append },
		{ "none", test_none },
		{ "cannot be opened", test_unwritable },
		{ "opened anew", test_reopen },
		{ "opening anew fails", test_reopen_fails },
		{ "threads", test_threads },
	};

	return unit_run("http_access", tests, COUNT(tests));
}
