/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log: one whole line, nothing forged, errno kept. */
#include "common/log.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_line(void)
{
	char out[200];

	log_open("unit", false, LOG_LEVEL_NOTICE);
	unit_capture();
	log_notice("port %s, %d baud", "/dev/x", 9600);
	log_error("second");
	unit_captured(out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "unit: port /dev/x, 9600 baud\nunit: second\n");
}

static void test_level(void)
{
	char out[200];

	log_open("unit", false, LOG_LEVEL_WARNING);
	unit_capture();
	log_debug("no");
	log_notice("no");
	log_warning("yes");
	unit_captured(out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "unit: yes\n");
}

static void test_forged(void)
{
	char out[200];

	log_open("unit", false, LOG_LEVEL_NOTICE);
	unit_capture();
	log_notice("a\nunit: b\033[2J\x7f%s", "\t\xc3\xa4");
	unit_captured(out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "unit: a?unit: b?[2J??\xc3\xa4\n");
}

static void test_long(void)
{
	char out[3000];
	char text[2000];
	size_t len;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_open("unit", false, LOG_LEVEL_NOTICE);
	unit_capture();
	log_notice("%s", text);
	len = unit_captured(out, sizeof(out));
	CU_ASSERT_EQUAL(len, 1000);
	CU_ASSERT(len > 0 && strchr(out, '\n') == out + len - 1);
}

static void test_errno(void)
{
	char out[200];

	log_open("unit", false, LOG_LEVEL_NOTICE);
	unit_capture();
	close(STDERR_FILENO);
	errno = EXDEV;
	log_notice("nobody hears");
	CU_ASSERT_EQUAL(errno, EXDEV);
	CU_ASSERT_EQUAL(unit_captured(out, sizeof(out)), 0);
}

static void test_journal(void)
{
	char out[200], stream[60];
	struct stat st;

	unit_capture();
	fstat(STDERR_FILENO, &st);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("unit", false, LOG_LEVEL_DEBUG);
	log_error("e");
	log_debug("d");
	unit_captured(out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "<3>unit: e\n<7>unit: d\n");

	unit_capture();
	log_open("unit", false, LOG_LEVEL_DEBUG);
	log_error("no longer that socket");
	unit_captured(out, sizeof(out));
	CU_ASSERT_STRING_EQUAL(out, "unit: no longer that socket\n");
	unsetenv("JOURNAL_STREAM");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a line", test_line },
		{ "levels", test_level },
		{ "control characters", test_forged },
		{ "a line too long", test_long },
		{ "errno is kept", test_errno },
		{ "the journal's prefix", test_journal },
	};

	return unit_run("log", tests, sizeof(tests) / sizeof(tests[0]));
}
