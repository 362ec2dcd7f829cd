/* SPDX-License-Identifier: GPL-3.0-or-later */
/* records - what `events` says of the files of evidence: each is named once, when it is there. */
#include "fuse-trng/records.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char here[PATH_MAX - 200]; /* the working directory */
static char state[PATH_MAX - 100];
static struct blackbox box;
static char said[1024]; /* events, one after the other */

static void describe(void *ctx, struct text *text)
{
	(void)ctx;
	text_add(text, "profile=nodemcu\n");
}

static void event(void *ctx, const char *line)
{
	size_t len = strlen(said);

	(void)ctx;
	snprintf(said + len, sizeof(said) - len, "%s\n", line);
}

static const struct records_ops ops = { describe, event };

static void remove_all(void)
{
	char command[PATH_MAX + 32];

	snprintf(command, sizeof(command), "rm -rf '%s'", state);
	if (system(command) != 0)
		abort();
}

static void new_alarm(const char *alarm)
{
	blackbox_stop(&box, "the next alarm came");
	blackbox_begin(&box, alarm, "fired=x\n", 1234, 5678);
}

/* Hand the newest record over; wait until the disk has answered. */
static void keep(struct records *records)
{
	struct pollfd polled = { .fd = records_fd(records), .events = POLLIN };

	said[0] = '\0';
	records_keep(records, &box);
	CU_ASSERT_FATAL(poll(&polled, 1, 60000) == 1);
	records_service(records);
}

static bool names_a_file(const char *alarm)
{
	char path[PATH_MAX], rest[64];

	snprintf(rest, sizeof(rest), "-%s.txt alarm=%s\n", alarm, alarm);
	return sscanf(said, "evidence=%4095s", path) == 1 && access(path, R_OK) == 0 &&
	       strstr(said, rest) && strchr(said, '\n')[1] == '\0';
}

static void named_once(void)
{
	struct records records;

	records_open(&records, state, &ops, NULL);
	new_alarm("lag");
	keep(&records);
	CU_ASSERT(names_a_file("lag"));
	blackbox_stop(&box, "complete");
	keep(&records);
	CU_ASSERT_STRING_EQUAL(said, "");
	new_alarm("silence");
	keep(&records);
	CU_ASSERT(names_a_file("silence"));
	records_close(&records);
	remove_all();
}

/* The disk fails at the alarm and takes the record when it is complete. */
static void named_late(void)
{
	struct records records;

	close(open(state, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	records_open(&records, state, &ops, NULL);
	new_alarm("lag");
	keep(&records);
	CU_ASSERT_STRING_EQUAL(said, "evidence=none alarm=lag reason=\"Not a directory\"\n");
	unlink(state);
	blackbox_stop(&box, "complete");
	keep(&records);
	CU_ASSERT(names_a_file("lag"));
	records_close(&records);
	remove_all();
}

/* It fails twice, and it fails when the record is there without its last symbols. */
static void failure_is_told_once(void)
{
	struct records records;

	close(open(state, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	records_open(&records, state, &ops, NULL);
	new_alarm("lag");
	keep(&records);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "evidence=none alarm=lag "));
	keep(&records);
	CU_ASSERT_STRING_EQUAL(said, "");
	unlink(state);
	new_alarm("silence");
	keep(&records);
	CU_ASSERT(names_a_file("silence"));
	remove_all();
	close(open(state, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	keep(&records);
	CU_ASSERT_STRING_EQUAL(said, "");
	records_close(&records);
	unlink(state);
}

static const struct unit_test tests[] = {
	{ "named once", named_once },
	{ "named late", named_late },
	{ "failure is told once", failure_is_told_once },
};

int main(void)
{
	char template[] = "/tmp/trng-records.XXXXXX";
	int status;

	if (!mkdtemp(template) || chdir(template) < 0 || !getcwd(here, sizeof(here)))
		return EXIT_FAILURE;
	snprintf(state, sizeof(state), "%s/state", here);
	if (blackbox_open(&box, 2) < 0)
		return EXIT_FAILURE;
	status = unit_run("records", tests, sizeof(tests) / sizeof(tests[0]));
	blackbox_close(&box);
	rmdir(here);
	return status;
}
