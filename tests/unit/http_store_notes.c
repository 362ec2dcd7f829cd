/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store: what an earlier run left in the directory, and what others put there. */
#include "tests/unit/http_store_bed.h"
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static void test_restart(void)
{
	struct store_file first, second, latest, again;
	struct bed bed;

	bed_open(&bed);
	first = bed_make(&bed, OWNER, BITS_BIN, 5001);
	second = bed_make(&bed, "address:::1", BITS_TXT, 77);
	CU_ASSERT_STRING_EQUAL(bed_reopen_logged(&bed, 0), "");
	CU_ASSERT_EQUAL(store_find(bed.store, first.id, &again), 0);
	CU_ASSERT(!memcmp(&first, &again, sizeof(first)));
	CU_ASSERT_EQUAL(store_find(bed.store, second.id, &again), 0);
	CU_ASSERT(!memcmp(&second, &again, sizeof(second)));
	CU_ASSERT_EQUAL(store_latest(bed.store, OWNER, &latest), 0);
	CU_ASSERT_STRING_EQUAL(latest.id, first.id);
	/* Retention is that of this run. */
	bed.settings.most_bytes = 626;
	CU_ASSERT_STRING_EQUAL(bed_reopen_logged(&bed, 0), "");
	CU_ASSERT_EQUAL(bed_count(&bed), 2);
	bed_close(&bed);
}

/* What a process leaves that ends while two files grow. */
static void test_crash(void)
{
	struct store_file file, growing;
	struct bed bed;
	pid_t child;
	int status;

	bed_open(&bed);
	file = bed_make(&bed, OWNER, BITS_BIN, 5001);
	store_close(bed.store);
	bed.store = NULL;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		CU_ASSERT_EQUAL_FATAL(bed_reopen(&bed), 0);
		bed_put(bed_create(&bed, OWNER, BITS_BIN, 80000, &growing), 0, 5000);
		bed_put(bed_create(&bed, OWNER, BITS_TXT, 80, &growing), 0, 10);
		kill(getpid(), SIGKILL);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CU_ASSERT_EQUAL(bed_count(&bed), 4);
	CU_ASSERT_STRING_EQUAL(bed_reopen_logged(&bed, 0), "");
	CU_ASSERT_EQUAL(bed_count(&bed), 2);
	CU_ASSERT_EQUAL(bed_state(&bed, file.id), STORE_WHOLE);
	bed_close(&bed);
}

#define SHA "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NOTE(owner, source, form, bits, time, sha, job)                                            \
	"{\"owner\":" owner ",\"source\":" source ",\"form\":" form ",\"bits\":" bits              \
	",\"created_s\":" time ",\"finished_s\":" time ",\"sha256\":" sha ",\"is_job\":" job "}"

static const char *const bad_notes[] = {
	"",
	"{",
	"[]",
	"null",
	"\0\0\0\0",
	NOTE("\"a\"", "\"raw\"", "\"txt\"", "4", "1", "\"" SHA "\"", "false"),
	NOTE("\"\"", "\"random\"", "\"txt\"", "4", "1", "\"" SHA "\"", "false"),
	NOTE("\"a\\nb\"", "\"random\"", "\"txt\"", "4", "1", "\"" SHA "\"", "false"),
	NOTE("\"a\\u0000b\"", "\"random\"", "\"txt\"", "4", "1", "\"" SHA "\"", "false"),
	NOTE("\"" SHA SHA "\"", "\"random\"", "\"txt\"", "4", "1", "\"" SHA "\"", "false"),
	NOTE("1", "\"random\"", "\"txt\"", "4", "1", "\"" SHA "\"", "false"),
	NOTE("\"a\"", "\"random\"", "\"/../txt\"", "4", "1", "\"" SHA "\"", "false"),
	NOTE("\"a\"", "\"random\"", "\"txt\"", "0", "1", "\"" SHA "\"", "false"),
	NOTE("\"a\"", "\"random\"", "\"txt\"", "-4", "1", "\"" SHA "\"", "false"),
	NOTE("\"a\"", "\"random\"", "\"txt\"", "4.0", "1", "\"" SHA "\"", "false"),
	NOTE("\"a\"", "\"random\"", "\"txt\"", "99999999999999999999", "1", "\"" SHA "\"", "false"),
	NOTE("\"a\"", "\"random\"", "\"txt\"", "4", "-1", "\"" SHA "\"", "false"),
	NOTE("\"a\"", "\"random\"", "\"txt\"", "4", "9223372036854775807", "\"" SHA "\"", "false"),
	NOTE("\"a\"", "\"random\"", "\"txt\"", "4", "1", "\"" SHA "a\"", "false"),
	NOTE("\"a\"", "\"random\"", "\"txt\"", "4", "1", "\"../" SHA "\"", "false"),
	NOTE("\"a\"", "\"random\"", "\"txt\"", "4", "1", "\"" SHA "\"", "1"),
	"{\"owner\":\"a\"}",
};

#define BAD_NOTES (sizeof(bad_notes) / sizeof(bad_notes[0]))

static void test_bad_notes(void)
{
	static const char good[] =
		NOTE("\"a\"", "\"random\"", "\"txt\"", "4", "1", "\"" SHA "\"", "true");
	struct store_file file;
	char expected[40];
	struct bed bed;

	CU_ASSERT_EQUAL(store_note_parse(good, strlen(good), &file), 0);
	CU_ASSERT_STRING_EQUAL(file.name, "trng-19700101-000001-4bit.txt");
	bed_open(&bed);
	for (unsigned i = 0; i < BAD_NOTES; i++) {
		bed_plant(&bed, bed_id(i), "json", bad_notes[i], strlen(bad_notes[i]));
		bed_plant(&bed, bed_id(i), "txt", "0110", 4);
	}
	snprintf(expected, sizeof(expected), ": %zu files", BAD_NOTES);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed_reopen_logged(&bed, 0), expected));
	for (unsigned i = 0; i < BAD_NOTES; i++)
		CU_ASSERT_EQUAL(store_find(bed.store, bed_id(i), &file), -ENOENT);
	CU_ASSERT_EQUAL(bed_count(&bed), 2 * BAD_NOTES);
	bed_close(&bed);
}

/* A note can neither name another file nor another id than its own. */
static void test_foreign_words(void)
{
	char *note = bed_note(bed_id(1), NULL, time(NULL)), text[1000];
	struct store_file file;
	struct bed bed;

	bed_open(&bed);
	CU_ASSERT_PTR_NOT_NULL_FATAL(note);
	snprintf(text, sizeof(text), "{\"id\":\"../../x\",\"name\":\"../../etc/passwd\\\"\",%s",
		 note + 1);
	free(note);
	bed_plant(&bed, bed_id(1), "json", text, strlen(text));
	bed_plant(&bed, bed_id(1), "txt", "0110", 4);
	CU_ASSERT_STRING_EQUAL(bed_reopen_logged(&bed, 0), "");
	CU_ASSERT_EQUAL(store_find(bed.store, bed_id(1), &file), 0);
	CU_ASSERT_PTR_NULL(strpbrk(file.name, "/\"\\"));
	bed_close(&bed);
}

static void test_huge_note(void)
{
	char *note = malloc(STORE_NOTE_MOST_BYTES + 1);
	char *real = bed_note(bed_id(1), NULL, time(NULL));
	struct store_file file;
	struct bed bed;

	CU_ASSERT_FATAL(note != NULL && real != NULL);
	bed_open(&bed);
	memset(note, ' ', STORE_NOTE_MOST_BYTES + 1);
	memcpy(note, real, strlen(real));
	for (unsigned i = 0; i < 2; i++) {
		bed_plant(&bed, bed_id(i), "json", note, STORE_NOTE_MOST_BYTES + i);
		bed_plant(&bed, bed_id(i), "txt", "0110", 4);
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(bed_reopen_logged(&bed, 0), ": 1 files"));
	CU_ASSERT_EQUAL(store_find(bed.store, bed_id(0), &file), 0);
	CU_ASSERT_EQUAL(store_find(bed.store, bed_id(1), &file), -ENOENT);
	free(note);
	free(real);
	bed_close(&bed);
}

/* A note without its file, and one whose file was cut, go; so does what it speaks of. */
static void test_damaged(void)
{
	char path[600];
	struct bed bed;

	bed_open(&bed);
	for (unsigned i = 0; i < 3; i++)
		bed_plant_file(&bed, i, time(NULL));
	bed_path(&bed, path, bed_id(0), "txt");
	CU_ASSERT_EQUAL(truncate(path, 3), 0);
	bed_path(&bed, path, bed_id(1), "txt");
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_STRING_EQUAL(bed_reopen_logged(&bed, 0), "");
	CU_ASSERT_EQUAL(bed_count(&bed), 2);
	CU_ASSERT_EQUAL(bed_state(&bed, bed_id(2)), STORE_WHOLE);
	bed_close(&bed);
}

enum oddity { LINK, FIFO, FOLDER, ODDITIES };

static int make_odd(enum oddity oddity, const char *path)
{
	if (oddity == LINK)
		return symlink("aside", path);
	return oddity == FIFO ? mkfifo(path, 0600) : mkdir(path, 0700);
}

/* Something odd in the place of @suffix; what was there has been put aside. */
static void check_odd(enum oddity oddity, const char *suffix)
{
	char path[600], aside[600];
	bool is_ours = !strcmp(suffix, "json") || !strcmp(suffix, "txt");
	struct store_file file;
	struct bed bed;

	bed_open(&bed);
	bed_plant_file(&bed, 1, time(NULL));
	bed_path(&bed, path, bed_id(1), suffix);
	bed_path(&bed, aside, "aside", "");
	if (!is_ours)
		bed_plant(&bed, bed_id(1), suffix, "x", 1);
	CU_ASSERT_EQUAL(rename(path, aside), 0);
	CU_ASSERT_EQUAL(make_odd(oddity, path), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed_reopen_logged(&bed, 0), ": 1 files"));
	CU_ASSERT_EQUAL(store_find(bed.store, bed_id(1), &file), is_ours ? -ENOENT : 0);
	CU_ASSERT(bed_has(&bed, bed_id(1), suffix));
	CU_ASSERT_EQUAL(bed_count(&bed), is_ours ? 3 : 4);
	bed_close(&bed);
}

/* Links and whatever else is no file: neither read nor deleted, nor waited for. */
static void test_no_files(void)
{
	static const char *const suffixes[] = { "json", "txt", "part", "new" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		for (unsigned oddity = 0; oddity < ODDITIES; oddity++)
			check_odd((enum oddity)oddity, suffixes[i]);
}

/* What merely looks like ours, or not even that, is nobody's business. */
static void test_other_files(void)
{
	static const char *const names[] = {
		"README",
		".hidden",
		"0000000000000000000000000000000.part",
		"000000000000000000000000000000000.part",
		"0000000000000000000000000000000A.part",
		"00000000000000000000000000000001_part",
		"00000000000000000000000000000001",
		"00000000000000000000000000000001.",
		"00000000000000000000000000000001.partly",
		"00000000000000000000000000000001.txt",
		"00000000000000000000000000000001.json.part",
	};
	unsigned count = sizeof(names) / sizeof(names[0]);
	struct bed bed;

	bed_open(&bed);
	for (unsigned i = 0; i < count; i++)
		bed_plant(&bed, names[i], "", "x", 1);
	bed_plant(&bed, bed_id(2), "part", "x", 1);
	bed_plant(&bed, bed_id(3), "new", "x", 1);
	CU_ASSERT_STRING_EQUAL(bed_reopen_logged(&bed, 0), "");
	CU_ASSERT_EQUAL(bed_count(&bed), count);
	bed_close(&bed);
}

/* Those of the future count as of today, or the wrong clock of one day would keep them for ever. */
static void test_future(void)
{
	int64_t now_s = time(NULL);
	struct store_file file;
	struct bed bed;

	bed_open(&bed);
	bed_plant_file(&bed, 1, now_s + 1000000);
	bed_plant_file(&bed, 2, now_s - 2000);
	CU_ASSERT_STRING_EQUAL(bed_reopen_logged(&bed, 0), "");
	CU_ASSERT_EQUAL(store_find(bed.store, bed_id(2), &file), -ENOENT);
	CU_ASSERT_EQUAL(store_find(bed.store, bed_id(1), &file), 0);
	CU_ASSERT(file.finished_s >= now_s && file.finished_s < now_s + 1000000);
	bed_close(&bed);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a restart", test_restart },
		{ "a crash", test_crash },
		{ "notes that are none", test_bad_notes },
		{ "notes that say too much", test_foreign_words },
		{ "notes that are too long", test_huge_note },
		{ "damaged files", test_damaged },
		{ "links, pipes and folders", test_no_files },
		{ "files of others", test_other_files },
		{ "files of the future", test_future },
	};

	return unit_run("http_store_notes", tests, sizeof(tests) / sizeof(tests[0]));
}
