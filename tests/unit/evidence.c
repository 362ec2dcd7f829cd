/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evidence - records on the disk: whole, private, bounded, and never in the way. */
#include "fuse-trng/evidence.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char here[PATH_MAX - 200]; /* the working directory */
static char folder[PATH_MAX - 100];
static struct blackbox box;

static void remove_all(void)
{
	char command[PATH_MAX + 32];

	snprintf(command, sizeof(command), "rm -rf '%s/state'", here);
	if (system(command) != 0)
		abort();
}

static unsigned count_files(const char *suffix)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	unsigned count = 0;

	while (dir && (entry = readdir(dir)))
		count += strstr(entry->d_name, suffix) != NULL;
	if (dir)
		closedir(dir);
	return count;
}

static void read_file(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t len = file ? fread(text, 1, size - 1, file) : 0;

	CU_ASSERT_PTR_NOT_NULL(file);
	text[len] = '\0';
	if (file)
		fclose(file);
}

static unsigned mode_of(const char *path)
{
	struct stat st = { 0 };

	CU_ASSERT_EQUAL(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static struct evidence *open_writer(void)
{
	struct evidence *evidence = NULL;
	char state[PATH_MAX];

	snprintf(state, sizeof(state), "%s/state/below", here);
	CU_ASSERT_EQUAL_FATAL(evidence_open(&evidence, state), 0);
	return evidence;
}

static struct evidence_result wait_result(struct evidence *evidence)
{
	struct evidence_result result = { .error = 1 };
	struct pollfd polled = { .fd = evidence_fd(evidence), .events = POLLIN };

	while (!evidence_next(evidence, &result))
		CU_ASSERT_FATAL(poll(&polled, 1, 60000) == 1);
	return result;
}

static void new_alarm(const char *alarm)
{
	static const uint8_t bytes[40] = { 0xde, 0xad, 0xbe, 0xef };

	blackbox_stop(&box, "the next alarm came");
	blackbox_keep(&box, bytes, sizeof(bytes));
	blackbox_gap(&box, 7);
	blackbox_keep(&box, bytes, sizeof(bytes));
	blackbox_begin(&box, alarm, "fired=x\n", 1234, 5678);
}

/* At once with what was held, and again when it is complete. */
static void a_record_is_written_twice(void)
{
	struct evidence *evidence = open_writer();
	struct evidence_result first, second;
	char path[PATH_MAX];
	char text[EVIDENCE_TEXT_BYTES];
	uint8_t after[256];

	remove_all();
	new_alarm("repetition");
	evidence_write(evidence, &box, "profile=nodemcu\n");
	first = wait_result(evidence);
	CU_ASSERT_EQUAL(first.error, 0);
	CU_ASSERT_FALSE(first.is_again);
	CU_ASSERT_STRING_EQUAL(first.alarm, "repetition");
	CU_ASSERT_STRING_EQUAL(evidence_folder(evidence), folder);
	snprintf(path, sizeof(path), "%s/%s", folder, first.name);
	CU_ASSERT_EQUAL(mode_of(path), 0600);
	CU_ASSERT_EQUAL(mode_of(folder), 0700);
	read_file(path, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "alarm=repetition\nnumber="));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "profile=nodemcu\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "fired=x\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "stream_bytes=1234\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "before_bytes=40\nbefore_left_out_bytes=47\n"
					    "before=deadbeef0000"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "after_end=they are still coming\n"
					    "after_wanted_bytes=256\nafter_bytes=0\n"));
	memset(after, 0xa5, sizeof(after));
	CU_ASSERT_EQUAL(blackbox_wanted_bytes(&box), sizeof(after));
	blackbox_add(&box, after, sizeof(after));
	CU_ASSERT_EQUAL(blackbox_wanted_bytes(&box), 0);
	evidence_write(evidence, &box, "profile=nodemcu\n");
	second = wait_result(evidence);
	CU_ASSERT(second.is_again);
	CU_ASSERT_STRING_EQUAL(first.name, second.name);
	read_file(path, text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "after_end=complete\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nafter=a5a5a5a5"));
	CU_ASSERT_EQUAL(count_files(""), 3); /* with . and .. */
	evidence_close(evidence);
}

/* The oldest go; files of others, and a name that only looks like ours, stay. */
static void their_number_is_bounded(void)
{
	struct evidence *evidence = open_writer();
	char path[PATH_MAX];
	static const char *const others[] = { "note.txt", "20260101T000000Z.txt", "2026.part" };

	remove_all();
	for (unsigned i = 0; i < EVIDENCE_FILES + 7; i++) {
		new_alarm("silence");
		evidence_write(evidence, &box, "");
		CU_ASSERT_EQUAL(wait_result(evidence).error, 0);
		for (unsigned k = 0; i == 0 && k < 3; k++) {
			snprintf(path, sizeof(path), "%s/%s", folder, others[k]);
			close(open(path, O_CREAT | O_WRONLY, 0600));
		}
		snprintf(path, sizeof(path), "%s/20000101T000000Z-0001-x.txt.part", folder);
		close(open(path, O_CREAT | O_WRONLY, 0600));
	}
	CU_ASSERT_EQUAL(count_files("silence"), EVIDENCE_FILES);
	new_alarm("silence");
	evidence_write(evidence, &box, "");
	CU_ASSERT_EQUAL(wait_result(evidence).error, 0);
	CU_ASSERT_EQUAL(count_files(""), EVIDENCE_FILES + 2 + 3);
	evidence_close(evidence);
}

/* A clock that was set back makes the newest record look like the oldest: it stays. */
static void the_newest_stays(void)
{
	const struct timespec early = { .tv_sec = 1000 };
	char name[EVIDENCE_NAME_BYTES], path[PATH_MAX];

	evidence_disk_name(name, &early, 7, "lag");
	CU_ASSERT_STRING_EQUAL(name, "19700101T001640Z-0007-lag.txt");
	CU_ASSERT_EQUAL(evidence_disk_write(folder, name, "text", 4), 0);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	CU_ASSERT_EQUAL(count_files("-silence.txt"), EVIDENCE_FILES - 1);
}

/* What cannot be written takes the place of nothing: all that may be there stay. */
static void a_failure_removes_none(void)
{
	struct evidence *evidence = open_writer();
	struct rlimit before, small = { 100, 100 };

	remove_all();
	for (unsigned i = 0; i < EVIDENCE_FILES; i++) {
		new_alarm("silence");
		evidence_write(evidence, &box, "");
		CU_ASSERT_EQUAL(wait_result(evidence).error, 0);
	}
	getrlimit(RLIMIT_FSIZE, &before);
	small.rlim_max = before.rlim_max;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &small), 0);
	evidence_write(evidence, &box, "");
	CU_ASSERT_EQUAL(wait_result(evidence).error, -EFBIG);
	new_alarm("lag");
	evidence_write(evidence, &box, "");
	CU_ASSERT_EQUAL(wait_result(evidence).error, -EFBIG);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
	CU_ASSERT_EQUAL(count_files("-silence.txt"), EVIDENCE_FILES);
	CU_ASSERT_EQUAL(count_files(""), EVIDENCE_FILES + 2);
	evidence_close(evidence);
}

/* A full disk, as a limit of file sizes: nothing is left behind, and the next one works. */
static void a_full_disk_is_told(void)
{
	struct evidence *evidence = open_writer();
	struct evidence_result result;
	struct rlimit before, small = { 100, 100 };

	remove_all();
	getrlimit(RLIMIT_FSIZE, &before);
	small.rlim_max = before.rlim_max;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &small), 0);
	new_alarm("lag");
	evidence_write(evidence, &box, "");
	result = wait_result(evidence);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
	CU_ASSERT_EQUAL(result.error, -EFBIG);
	CU_ASSERT_STRING_EQUAL(result.alarm, "lag");
	CU_ASSERT_EQUAL(count_files(""), 2);
	evidence_write(evidence, &box, "");
	result = wait_result(evidence);
	CU_ASSERT_EQUAL(result.error, 0);
	CU_ASSERT(result.is_again);
	evidence_close(evidence);
}

/* Somebody else's folder, a link, a file in its place. */
static void a_bad_folder_is_told(void)
{
	struct evidence *evidence = open_writer();
	char state[PATH_MAX];

	remove_all();
	snprintf(state, sizeof(state), "%s/state", here);
	mkdir(state, 0700);
	close(open("state/below", O_CREAT | O_WRONLY, 0600));
	new_alarm("lag");
	evidence_write(evidence, &box, "");
	CU_ASSERT_EQUAL(wait_result(evidence).error, -ENOTDIR);
	unlink("state/below");
	mkdir("state/below", 0700);
	CU_ASSERT_EQUAL(symlink("/tmp", "state/below/alarms"), 0);
	evidence_write(evidence, &box, "");
	CU_ASSERT(wait_result(evidence).error < 0);
	unlink("state/below/alarms");
	mkdir("state/below/alarms", 0755);
	if (geteuid() == 0) {
		CU_ASSERT_EQUAL(chown("state/below/alarms", 12345, 0), 0);
		evidence_write(evidence, &box, "");
		CU_ASSERT_EQUAL(wait_result(evidence).error, -EPERM);
		CU_ASSERT_EQUAL(chown("state/below/alarms", 0, 0), 0);
	}
	evidence_write(evidence, &box, "");
	CU_ASSERT_EQUAL(wait_result(evidence).error, 0);
	CU_ASSERT_EQUAL(mode_of(folder), 0700);
	evidence_close(evidence);
}

/* More than the writer can take are lost and told, and closing writes what is left. */
static void a_slow_disk_loses_records(void)
{
	struct evidence *evidence = open_writer();
	struct evidence_result result;
	unsigned lost = 0, kept = 0;

	remove_all();
	for (unsigned i = 0; i < 200; i++) {
		new_alarm("online");
		evidence_write(evidence, &box, "");
		while (evidence_next(evidence, &result)) {
			CU_ASSERT(result.error == 0 || result.error == -EBUSY);
			lost += result.error != 0;
			kept += result.error == 0;
		}
	}
	evidence_close(evidence);
	CU_ASSERT(lost + kept <= 200);
	CU_ASSERT(count_files("online") >= 1);
	CU_ASSERT(count_files("online") <= EVIDENCE_FILES);
	CU_ASSERT_EQUAL(count_files(".part"), 0);
}

/* The largest record there can be fits. */
static void the_largest_fits(void)
{
	static char data[EVIDENCE_TEXT_BYTES], settings[2048], tests[HEALTH_SNAPSHOT_BYTES];
	const struct timespec time = { .tv_sec = 1 };
	static uint8_t bytes[BLACKBOX_BEFORE_BYTES + 100];
	struct blackbox large;
	struct text text;

	memset(settings, 's', sizeof(settings) - 1);
	memset(tests, 't', sizeof(tests) - 1);
	CU_ASSERT_EQUAL_FATAL(blackbox_open(&large, 8), 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	blackbox_keep(&large, bytes, 1000);
	blackbox_keep(&large, bytes, sizeof(bytes));
	blackbox_begin(&large, "total_failure", tests, UINT64_MAX, UINT64_MAX / 2);
	CU_ASSERT_EQUAL(large.before.len_bytes, BLACKBOX_BEFORE_BYTES);
	CU_ASSERT_EQUAL(large.before.left_out_bytes, 1100);
	CU_ASSERT_EQUAL(memcmp(large.before.bytes, bytes + 100, BLACKBOX_BEFORE_BYTES), 0);
	blackbox_add(&large, bytes, blackbox_wanted_bytes(&large));
	text_init(&text, data, sizeof(data));
	evidence_format(&text, &large, &time, settings);
	CU_ASSERT_FALSE(text.is_cut);
	blackbox_close(&large);
	blackbox_close(&large);
}

static const struct unit_test tests[] = {
	{ "a record is written twice", a_record_is_written_twice },
	{ "their number is bounded", their_number_is_bounded },
	{ "the newest stays", the_newest_stays },
	{ "a failure removes none", a_failure_removes_none },
	{ "a full disk is told", a_full_disk_is_told },
	{ "a bad folder is told", a_bad_folder_is_told },
	{ "a slow disk loses records", a_slow_disk_loses_records },
	{ "the largest fits", the_largest_fits },
};

int main(void)
{
	char template[] = "/tmp/trng-evidence.XXXXXX";
	int status;

	if (!mkdtemp(template) || chdir(template) < 0 || !getcwd(here, sizeof(here)))
		return EXIT_FAILURE;
	snprintf(folder, sizeof(folder), "%s/state/below/alarms", here);
	if (blackbox_open(&box, 2) < 0)
		return EXIT_FAILURE;
	status = unit_run("evidence", tests, sizeof(tests) / sizeof(tests[0]));
	remove_all();
	blackbox_close(&box);
	rmdir(here);
	return status;
}
