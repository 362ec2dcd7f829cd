/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store: full disks, full tables, bad directories, and many threads. */
#include "tests/unit/http_store_bed.h"
#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>

static void test_directory(void)
{
	struct store *other = NULL;
	struct bed bed;

	bed_open(&bed);
	unit_capture();
	int ret = store_open(&other, &bed.settings);
	char text[1000];
	unit_captured(text, sizeof(text));
	CU_ASSERT_EQUAL(ret, -EBUSY);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "another server"));
	CU_ASSERT_PTR_NULL(other);
	CU_ASSERT_EQUAL(chmod(bed.directory, 0755), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed_reopen_logged(&bed, 0), "0700"));
	CU_ASSERT_EQUAL(chmod(bed.directory, 0777), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed_reopen_logged(&bed, -EPERM), bed.directory));
	bed.settings.directory = "/dev/null";
	CU_ASSERT_PTR_NOT_NULL(
		strstr(bed_reopen_logged(&bed, -ENOTDIR), "/dev/null: Not a directory"));
	bed.settings.directory = "/nonexistent/files";
	CU_ASSERT_PTR_NOT_NULL(
		strstr(bed_reopen_logged(&bed, -ENOENT), "/nonexistent/files: No such"));
	bed_close(&bed);
}

/* A table that is full: what is too many stays where it is, and the oldest goes for a new one. */
static void test_full_table(void)
{
	int64_t now_s = time(NULL);
	struct store_file made, file;
	struct bed bed;

	bed_open(&bed);
	bed.settings.most_age_s = 1u << 20;
	for (unsigned i = 0; i < STORE_MOST_FILES; i++)
		bed_plant_file(&bed, i, now_s - STORE_MOST_FILES + i);
	CU_ASSERT_STRING_EQUAL(bed_reopen_logged(&bed, 0), "");
	made = bed_make(&bed, OWNER, BITS_BIN, 8);
	CU_ASSERT_EQUAL(bed_state(&bed, made.id), STORE_WHOLE);
	CU_ASSERT_EQUAL(store_find(bed.store, bed_id(0), &file), -ENOENT);
	CU_ASSERT_EQUAL(bed_state(&bed, bed_id(1)), STORE_WHOLE);
	CU_ASSERT_EQUAL(bed_count(&bed), 2 * STORE_MOST_FILES);
	bed_plant_file(&bed, 0, now_s);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed_reopen_logged(&bed, 0), ": 1 files"));
	CU_ASSERT_EQUAL(bed_count(&bed), 2 * STORE_MOST_FILES + 2);
	bed_close(&bed);
}

/* As many as may grow at once, and one more. */
static void test_all_growing(void)
{
	struct store_writer **writers = calloc(STORE_MOST_FILES, sizeof(*writers)), *more = NULL;
	struct rlimit limit, wide;
	struct store_file file;
	struct bed bed;

	getrlimit(RLIMIT_NOFILE, &limit);
	wide = limit;
	wide.rlim_cur = limit.rlim_max;
	if (wide.rlim_max < STORE_MOST_FILES + 100 || setrlimit(RLIMIT_NOFILE, &wide)) {
		printf("so many files cannot be opened here: not tested\n");
		free(writers);
		return;
	}
	bed_open(&bed);
	for (unsigned i = 0; i < STORE_MOST_FILES; i++)
		writers[i] = bed_create(&bed, OWNER, BITS_BIN, 8, &file);
	CU_ASSERT_EQUAL(store_create(bed.store, OWNER, "random", BITS_BIN, 8, &more, &file),
			-EMFILE);
	CU_ASSERT_PTR_NULL(more);
	CU_ASSERT_EQUAL(bed_count(&bed), STORE_MOST_FILES);
	store_mark_job(writers[0]);
	store_abandon(writers[0], "failed, and goes for the next");
	writers[0] = bed_create(&bed, OWNER, BITS_BIN, 8, &file);
	for (unsigned i = 0; i < STORE_MOST_FILES; i++)
		store_abandon(writers[i], NULL);
	free(writers);
	setrlimit(RLIMIT_NOFILE, &limit);
	CU_ASSERT_EQUAL(bed_count(&bed), 0);
	bed_close(&bed);
}

/* No file may be longer than 10,000 bytes: that of a job fails with its reason. */
static void test_limit(void)
{
	struct rlimit limit, small;
	struct store_writer *writer;
	struct store_file file;
	struct bed bed;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	small = limit;
	small.rlim_cur = 10000;
	bed_open(&bed);
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int is_job = 0; is_job < 2; is_job++) {
		writer = bed_create(&bed, OWNER, BITS_BIN, 8 * 20000, &file);
		if (is_job)
			store_mark_job(writer);
		CU_ASSERT_EQUAL(bed_put(writer, 0, 7000), 0);
		CU_ASSERT_EQUAL(bed_put(writer, 7000, 7000), -EFBIG);
		CU_ASSERT_EQUAL(bed_put(writer, 7000, 1), -EFBIG);
		CU_ASSERT_EQUAL(store_finish(writer, &file), -EFBIG);
		CU_ASSERT_EQUAL(store_find(bed.store, file.id, &file), is_job ? 0 : -ENOENT);
		CU_ASSERT_EQUAL(bed_count(&bed), 0);
	}
	CU_ASSERT_EQUAL(file.state, STORE_FAILED);
	CU_ASSERT_STRING_EQUAL(file.reason, strerror(EFBIG));
	/* Too little for a note: the file itself was whole, but goes. */
	small.rlim_cur = 100;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &small), 0);
	writer = bed_create(&bed, OWNER, BITS_BIN, 8, &file);
	CU_ASSERT_EQUAL(bed_put(writer, 0, 1), 0);
	CU_ASSERT_EQUAL(store_finish(writer, &file), -EFBIG);
	CU_ASSERT_EQUAL(bed_count(&bed), 0);
	setrlimit(RLIMIT_FSIZE, &limit);
	bed_make(&bed, OWNER, BITS_BIN, 8 * 20000);
	bed_close(&bed);
}

/* On a disk of 17 MiB, of which 16 are spared. */
static void use_small_disk(struct bed *bed)
{
	struct store_writer *first, *second = NULL;
	struct store_file file;
	struct statvfs disk;
	uint8_t *filler;

	first = bed_create(bed, OWNER, BITS_TXT, 600 << 10, &file);
	CU_ASSERT_EQUAL(
		store_create(bed->store, OWNER, "random", BITS_TXT, 600 << 10, &second, &file),
		-ENOSPC);
	CU_ASSERT_EQUAL(
		store_create(bed->store, OWNER, "random", BITS_BIN, 5000 << 10, &second, &file),
		-ENOSPC);
	CU_ASSERT_PTR_NULL(second);
	second = bed_create(bed, OWNER, BITS_BIN, 600 << 10, &file);
	CU_ASSERT_EQUAL(bed_put(second, 0, store_wants(second)), 0);
	CU_ASSERT_EQUAL(store_finish(second, &file), 0);
	CU_ASSERT_EQUAL(bed_put(first, 0, 10000), 0);
	CU_ASSERT_EQUAL(statvfs(bed->directory, &disk), 0);
	filler = calloc(1, disk.f_bavail * disk.f_frsize);
	bed_plant(bed, "filler", "", filler, disk.f_bavail * disk.f_frsize);
	free(filler);
	store_mark_job(first);
	CU_ASSERT_EQUAL(bed_put(first, 10000, 60000), -ENOSPC);
	store_abandon(first, "the disk is full");
	CU_ASSERT_EQUAL(bed_count(bed), 3);
	CU_ASSERT_EQUAL(bed_state(bed, file.id), STORE_WHOLE);
}

/* In a mount namespace of its own, so that nothing stays mounted. */
static void test_small_disk(void)
{
	struct bed bed;
	pid_t child;
	int status;

	bed_prepare(&bed);
	CU_ASSERT_EQUAL(mkdir(bed.directory, 0700), 0);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		unsigned before = CU_get_number_of_failures();

		if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
		    mount("none", bed.directory, "tmpfs", 0, "size=17m,mode=0700"))
			_exit(77);
		CU_ASSERT_EQUAL_FATAL(bed_reopen(&bed), 0);
		use_small_disk(&bed);
		store_close(bed.store);
		_exit(CU_get_number_of_failures() == before ? 0 : 1);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		printf("no small disk can be mounted here: not tested\n");
	else
		CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
	bed_close(&bed);
}

#define THREADS 16
#define ROUNDS  30

struct crowd {
	struct bed *bed;
	_Atomic unsigned wrong;
	_Atomic unsigned finished, canceled;
};

/* Deletes somebody's file, be it whole or not. */
static void steal(struct crowd *crowd, unsigned round)
{
	struct store_file *files;
	ssize_t count = store_list(crowd->bed->store, OWNER, &files);
	int ret = count > 0 ? store_delete(crowd->bed->store, files[round % (size_t)count].id) : 0;

	crowd->wrong += count < 0 || (ret && ret != -ENOENT);
	if (count > 0)
		free(files);
}

static void look_around(struct crowd *crowd, const char *id)
{
	struct store_file file;
	int fd = -1, ret = store_latest(crowd->bed->store, OWNER, &file);

	if (!ret)
		fd = store_open_file(crowd->bed->store, file.id);
	crowd->wrong += (ret && ret != -ENOENT) || (fd < 0 && fd != -ENOENT && fd != -1);
	if (fd >= 0)
		close(fd);
	ret = store_find(crowd->bed->store, id, &file);
	crowd->wrong += ret && ret != -ENOENT;
}

static void one_round(struct crowd *crowd, unsigned round)
{
	struct store_writer *writer;
	struct store_file file;
	int ret = store_create(crowd->bed->store, OWNER, "random", round % BITS_FORMS, 4001,
			       &writer, &file);

	if (ret) {
		crowd->wrong++;
		return;
	}
	if (round % 3 == 0)
		store_mark_job(writer);
	for (uint64_t at = 0; !ret && store_wants(writer) > 0; at += 167) {
		ret = bed_put(writer, at, store_wants(writer) < 167 ? store_wants(writer) : 167);
		look_around(crowd, file.id);
	}
	if (round % 4 == 1)
		steal(crowd, round);
	if (round % 7 == 2) {
		store_abandon(writer, "no more");
		return;
	}
	ret = store_finish(writer, &file);
	crowd->finished += !ret;
	crowd->canceled += ret == -ECANCELED;
	crowd->wrong += ret && ret != -ECANCELED;
	if (round % 5 == 3)
		store_expire(crowd->bed->store, time(NULL) - 10);
}

static void *work(void *cls)
{
	for (unsigned round = 0; round < ROUNDS; round++)
		one_round(cls, round);
	return NULL;
}

static void test_threads(void)
{
	pthread_t threads[THREADS];
	struct store_file *files;
	struct crowd crowd = { 0 };
	struct bed bed;
	unsigned whole = 0;
	ssize_t count;

	bed_prepare(&bed);
	bed.settings.most_bytes = 20 * 4001;
	CU_ASSERT_EQUAL_FATAL(bed_reopen(&bed), 0);
	crowd.bed = &bed;
	for (unsigned i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, work, &crowd), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(crowd.wrong, 0);
	CU_ASSERT(crowd.finished > 0);
	count = store_list(bed.store, OWNER, &files);
	for (ssize_t i = 0; i < count; i++) {
		CU_ASSERT_NOT_EQUAL(files[i].state, STORE_GROWING);
		whole += files[i].state == STORE_WHOLE;
	}
	free(files);
	CU_ASSERT(whole > 0);
	/* Nothing is left of all the others. */
	CU_ASSERT_EQUAL(bed_count(&bed), 2 * whole);
	CU_ASSERT_STRING_EQUAL(bed_reopen_logged(&bed, 0), "");
	count = store_list(bed.store, OWNER, &files);
	CU_ASSERT_EQUAL(count, (ssize_t)whole);
	free(files);
	bed_close(&bed);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "directories", test_directory },
		{ "a full table", test_full_table },
		{ "a table full of growing files", test_all_growing },
		{ "a limit of size", test_limit },
		{ "a small disk", test_small_disk },
		{ "many threads", test_threads },
	};

	return unit_run("http_store_disk", tests, sizeof(tests) / sizeof(tests[0]));
}
