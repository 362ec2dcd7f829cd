/* SPDX-License-Identifier: GPL-3.0-or-later */
/* budget: what is drawn counts once, for its day, across restarts, and in whatever thread. */
#include "httpd/budget.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S UINT64_C(86400)
#define NOON  (20000 * DAY_S + DAY_S / 2)

static const struct token alice = { .name = "alice", .role = ROLE_READER, .bits_per_day = 1000 };
static const struct token bob = { .name = "bob", .role = ROLE_READER, .bits_per_day = 10 };
static const struct token free_one = { .name = "free", .role = ROLE_OPERATOR };

static char directory[200], file[220];

static struct budgets *open_budgets(const char *path)
{
	struct budgets *budgets = NULL;

	CU_ASSERT_EQUAL_FATAL(budgets_open(&budgets, path), 0);
	return budgets;
}

/* What @token has left at @now_s. */
static uint64_t left_of(struct budgets *budgets, const struct token *token, uint64_t now_s)
{
	uint64_t left = 12345;

	CU_ASSERT_EQUAL(budgets_take(budgets, token, 0, now_s, &left), 0);
	return left;
}

static void charges(void)
{
	struct budgets *budgets = open_budgets(NULL);
	uint64_t left;

	CU_ASSERT_EQUAL(budgets_take(budgets, &alice, 400, NOON, &left), 0);
	CU_ASSERT_EQUAL(left, 600);
	CU_ASSERT_EQUAL(budgets_take(budgets, &alice, 601, NOON, &left), -EDQUOT);
	CU_ASSERT_EQUAL(left, 600);
	CU_ASSERT_EQUAL(budgets_take(budgets, &alice, UINT64_MAX, NOON, &left), -EDQUOT);
	CU_ASSERT_EQUAL(left, 600);
	CU_ASSERT_EQUAL(budgets_take(budgets, &alice, 600, NOON, &left), 0);
	CU_ASSERT_EQUAL(left, 0);
	CU_ASSERT_EQUAL(budgets_take(budgets, &alice, 1, NOON, &left), -EDQUOT);
	CU_ASSERT_EQUAL(left_of(budgets, &bob, NOON), 10);
	CU_ASSERT_EQUAL(budgets_take(budgets, &free_one, UINT64_MAX, NOON, &left), 0);
	CU_ASSERT_EQUAL(left, UINT64_MAX);
	CU_ASSERT_EQUAL(budgets_save(budgets), 0);
	budgets_close(budgets);
	budgets_close(NULL);
}

/* A budget that was made smaller in the middle of the day. */
static void lowered(void)
{
	struct budgets *budgets = open_budgets(NULL);
	struct token less = alice;
	uint64_t left;

	CU_ASSERT_EQUAL(budgets_take(budgets, &alice, 900, NOON, &left), 0);
	less.bits_per_day = 800;
	CU_ASSERT_EQUAL(budgets_take(budgets, &less, 1, NOON, &left), -EDQUOT);
	CU_ASSERT_EQUAL(left, 0);
	less.bits_per_day = TOKEN_MOST_BITS;
	CU_ASSERT_EQUAL(budgets_take(budgets, &less, TOKEN_MOST_BITS - 900, NOON, &left), 0);
	CU_ASSERT_EQUAL(left, 0);
	budgets_close(budgets);
}

static void days(void)
{
	struct budgets *budgets = open_budgets(NULL);
	uint64_t left;

	CU_ASSERT_EQUAL(budgets_take(budgets, &bob, 10, 20001 * DAY_S - 1, &left), 0);
	CU_ASSERT_EQUAL(budgets_take(budgets, &bob, 1, 20001 * DAY_S - 1, &left), -EDQUOT);
	CU_ASSERT_EQUAL(budgets_take(budgets, &bob, 7, 20001 * DAY_S, &left), 0);
	CU_ASSERT_EQUAL(left, 3);
	/* The clock is set back over midnight and comes again: no new day. */
	CU_ASSERT_EQUAL(left_of(budgets, &bob, 20001 * DAY_S - 5), 3);
	CU_ASSERT_EQUAL(left_of(budgets, &bob, 20001 * DAY_S + 5), 3);
	/* It was years ahead: the right day is a new one. */
	CU_ASSERT_EQUAL(left_of(budgets, &bob, 30000 * DAY_S), 10);
	CU_ASSERT_EQUAL(budgets_take(budgets, &bob, 10, 30000 * DAY_S, &left), 0);
	CU_ASSERT_EQUAL(left_of(budgets, &bob, NOON), 10);
	CU_ASSERT_EQUAL(budgets_wait_s(20001 * DAY_S), DAY_S);
	CU_ASSERT_EQUAL(budgets_wait_s(20001 * DAY_S - 1), 1);
	CU_ASSERT_EQUAL(budgets_wait_s(NOON), DAY_S / 2);
	budgets_close(budgets);
}

static void returns(void)
{
	struct budgets *budgets = open_budgets(NULL);
	uint64_t left;

	budgets_take(budgets, &bob, 8, NOON, &left);
	budgets_return(budgets, "bob", 3, NOON);
	CU_ASSERT_EQUAL(left_of(budgets, &bob, NOON), 5);
	budgets_return(budgets, "bob", 3, NOON - DAY_S);
	CU_ASSERT_EQUAL(left_of(budgets, &bob, NOON), 5);
	budgets_return(budgets, "bob", UINT64_MAX, NOON);
	CU_ASSERT_EQUAL(left_of(budgets, &bob, NOON), 10);
	budgets_return(budgets, "nobody", 3, NOON);
	budgets_return(budgets, "free", 3, NOON);
	budgets_take(budgets, &bob, 8, NOON, &left);
	CU_ASSERT_EQUAL(left_of(budgets, &bob, NOON + DAY_S), 10);
	budgets_return(budgets, "bob", 8, NOON);
	CU_ASSERT_EQUAL(left_of(budgets, &bob, NOON + DAY_S), 10);
	budgets_close(budgets);
}

static unsigned files_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned count = 0;

	for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
		count += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

static void restarts(void)
{
	struct budgets *budgets = open_budgets(file);
	struct stat st, later;
	uint64_t left;

	CU_ASSERT_EQUAL(budgets_save(budgets), 0);
	CU_ASSERT_NOT_EQUAL(stat(file, &st), 0); /* nothing to write, nothing written */
	budgets_take(budgets, &alice, 123, NOON, &left);
	CU_ASSERT_EQUAL(budgets_save(budgets), 0);
	CU_ASSERT_EQUAL(stat(file, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(budgets_save(budgets), 0);
	CU_ASSERT_EQUAL(stat(file, &later), 0);
	CU_ASSERT_EQUAL(st.st_ino, later.st_ino);
	budgets_take(budgets, &bob, 9, NOON, &left);
	budgets_close(budgets);
	budgets = open_budgets(file);
	CU_ASSERT_EQUAL(left_of(budgets, &alice, NOON), 877);
	CU_ASSERT_EQUAL(left_of(budgets, &bob, NOON), 1);
	CU_ASSERT_EQUAL(left_of(budgets, &bob, NOON + DAY_S), 10);
	budgets_close(budgets);
	CU_ASSERT_EQUAL(files_in(directory), 1);
	unlink(file);
}

static void nonsense(void)
{
	static const char *const rows[] = {
		"",
		"{",
		"[]",
		"\xff\xfe",
		"{\"day\": 20000}",
		"{\"day\": -1, \"drawn\": {}}",
		"{\"day\": \"20000\", \"drawn\": {}}",
		"{\"day\": 20000, \"drawn\": []}",
		"{\"day\": 20000, \"drawn\": {\"alice\": -5}}",
		"{\"day\": 20000, \"drawn\": {\"alice\": 1.5}}",
		"{\"day\": 20000, \"drawn\": {\"alice\": 99999999999999999999}}",
		"{\"day\": 20000, \"drawn\": {\"alice\": 5, \"alice\": 6}}",
		"{\"day\": 20000, \"drawn\": {\"a-name-that-is-far-too-long-for-a-token\": 5}}",
	};
	char said[1000];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		FILE *stream = fopen(file, "w");
		struct budgets *budgets;

		CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
		fputs(rows[i], stream);
		fclose(stream);
		unit_capture();
		budgets = open_budgets(file);
		unit_captured(said, sizeof(said));
		CU_ASSERT_PTR_NOT_NULL(strstr(said, file));
		CU_ASSERT_EQUAL(left_of(budgets, &alice, NOON), 1000);
		budgets_close(budgets);
	}
	unlink(file);
}

/* The directory goes: saying so is all that is left, and the next save tries again. */
static void unwritable(void)
{
	char path[240], said[1000];
	struct budgets *budgets;
	uint64_t left;

	snprintf(path, sizeof(path), "%s/gone/budgets", directory);
	budgets = open_budgets(path);
	budgets_take(budgets, &bob, 5, NOON, &left);
	CU_ASSERT_EQUAL(budgets_save(budgets), -ENOENT);
	CU_ASSERT_EQUAL(budgets_save(budgets), -ENOENT);
	CU_ASSERT_EQUAL(left_of(budgets, &bob, NOON), 5);
	unit_capture();
	budgets_close(budgets);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, path));
}

/* A folder in the file's place: nothing is left beside it. */
static void irreplaceable(void)
{
	struct budgets *budgets;
	char said[1000];
	uint64_t left;

	CU_ASSERT_EQUAL_FATAL(mkdir(file, 0700), 0);
	unit_capture();
	budgets = open_budgets(file);
	budgets_take(budgets, &bob, 5, NOON, &left);
	CU_ASSERT_EQUAL(budgets_save(budgets), -EISDIR);
	budgets_close(budgets);
	unit_captured(said, sizeof(said));
	CU_ASSERT_EQUAL(files_in(directory), 1);
	rmdir(file);
}

static void *draw(void *arg)
{
	struct budgets *budgets = arg;
	uintptr_t got = 0;
	uint64_t left;

	for (int i = 0; i < 500; i++) {
		got += budgets_take(budgets, &alice, 1, NOON, &left) == 0;
		if (i % 100 == 0)
			budgets_save(budgets);
	}
	return (void *)got;
}

static void threads(void)
{
	struct budgets *budgets = open_budgets(file);
	pthread_t thread[4];
	uintptr_t got = 0;

	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, draw, budgets), 0);
	for (int i = 0; i < 4; i++) {
		void *each;

		pthread_join(thread[i], &each);
		got += (uintptr_t)each;
	}
	CU_ASSERT_EQUAL(got, 1000);
	budgets_close(budgets);
	budgets = open_budgets(file);
	CU_ASSERT_EQUAL(left_of(budgets, &alice, NOON), 0);
	budgets_close(budgets);
	unlink(file);
}

static const struct unit_test tests[] = {
	{ "charges", charges },
	{ "lowered", lowered },
	{ "days", days },
	{ "returns", returns },
	{ "restarts", restarts },
	{ "nonsense", nonsense },
	{ "unwritable", unwritable },
	{ "irreplaceable", irreplaceable },
	{ "threads", threads },
};

int main(void)
{
	const char *parent = getenv("TRNG_TMP");
	int ret;

	snprintf(directory, sizeof(directory), "%s/http_budget.XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(directory))
		return EXIT_FAILURE;
	snprintf(file, sizeof(file), "%s/budgets", directory);
	ret = unit_run("http_budget", tests, sizeof(tests) / sizeof(tests[0]));
	rmdir(directory);
	return ret;
}
