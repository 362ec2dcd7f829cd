/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session: a cookie lives as long as it is used, its token is there, and there is room. */
#include "httpd/session.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define DEF "cb8379ac2098aa165029e3938a51da0bcecfc008fd6795f401178647f96c5b34"

static struct tokens *tokens;
static int tokens_fd;

static void write_tokens(const char *text)
{
	if (ftruncate(tokens_fd, 0) || pwrite(tokens_fd, text, strlen(text), 0) < 0)
		CU_FAIL_FATAL("no file");
}

static struct sessions *open_sessions(void)
{
	struct sessions *sessions = NULL;

	write_tokens("alice reader 5 " ABC "\nbob operator 0 " DEF "\n");
	CU_ASSERT_EQUAL_FATAL(sessions_open(&sessions), 0);
	return sessions;
}

static void log_in(struct sessions *sessions, const char *secret, uint64_t now_s,
		   char id[SESSION_ID_BYTES])
{
	struct token token;

	CU_ASSERT_EQUAL_FATAL(tokens_find(tokens, secret, &token), 0);
	CU_ASSERT_EQUAL_FATAL(sessions_add(sessions, &token, now_s, id), 0);
}

static void comes_and_goes(void)
{
	char alice[SESSION_ID_BYTES], bob[SESSION_ID_BYTES];
	struct sessions *sessions = open_sessions();
	struct token found;

	log_in(sessions, "abc", 1000, alice);
	log_in(sessions, "def", 1000, bob);
	CU_ASSERT_EQUAL(strlen(alice), SESSION_ID_BYTES - 1);
	CU_ASSERT_EQUAL(strspn(alice, "0123456789abcdef"), SESSION_ID_BYTES - 1);
	CU_ASSERT_STRING_NOT_EQUAL(alice, bob);
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, alice, 1001, &found), 0);
	CU_ASSERT_STRING_EQUAL(found.name, "alice");
	CU_ASSERT_EQUAL(found.bits_per_day, 5);
	sessions_remove(sessions, alice);
	sessions_remove(sessions, alice);
	sessions_remove(sessions, "");
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, alice, 1001, &found), -ENOENT);
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, bob, 1001, &found), 0);
	CU_ASSERT_EQUAL(found.role, ROLE_OPERATOR);
	sessions_close(sessions);
	sessions_close(NULL);
}

static void strangers(void)
{
	struct sessions *sessions = open_sessions();
	char id[SESSION_ID_BYTES], wrong[SESSION_ID_BYTES + 1];
	struct token found;

	log_in(sessions, "abc", 1000, id);
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, "", 1000, &found), -ENOENT);
	for (size_t i = 0; i < SESSION_ID_BYTES - 1; i++) {
		strcpy(wrong, id);
		wrong[i] ^= 1;
		CU_ASSERT_EQUAL(sessions_find(sessions, tokens, wrong, 1000, &found), -ENOENT);
		strcpy(wrong, id);
		wrong[i] = '\0';
		CU_ASSERT_EQUAL(sessions_find(sessions, tokens, wrong, 1000, &found), -ENOENT);
	}
	snprintf(wrong, sizeof(wrong), "%s0", id);
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, wrong, 1000, &found), -ENOENT);
	memset(wrong, 0, sizeof(wrong)); /* what unused places hold */
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, wrong, 1000, &found), -ENOENT);
	sessions_close(sessions);
}

static void idles(void)
{
	struct sessions *sessions = open_sessions();
	char id[SESSION_ID_BYTES];
	uint64_t now_s = 1000;
	struct token found;

	log_in(sessions, "abc", now_s, id);
	for (int i = 0; i < 5; i++) {
		now_s += SESSION_IDLE_S - 1;
		CU_ASSERT_EQUAL(sessions_find(sessions, tokens, id, now_s, &found), 0);
	}
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, id, now_s - 500, &found), 0);
	now_s += SESSION_IDLE_S - 500;
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, id, now_s, &found), -ENOENT);
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, id, 1000, &found), -ENOENT);
	sessions_close(sessions);
}

/* The token is what it is now: removed, with another secret, or with another role. */
static void token_changes(void)
{
	struct sessions *sessions = open_sessions();
	char id[SESSION_ID_BYTES];
	struct token found;

	log_in(sessions, "abc", 1000, id);
	write_tokens("bob operator 0 " DEF "\n");
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, id, 1000, &found), -ENOENT);
	write_tokens("alice reader 5 " DEF "\n");
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, id, 1000, &found), -ENOENT);
	write_tokens("alice operator 6 " ABC "\n");
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, id, 1000, &found), 0);
	CU_ASSERT_EQUAL(found.role, ROLE_OPERATOR);
	CU_ASSERT_EQUAL(found.bits_per_day, 6);
	sessions_close(sessions);
}

static void full(void)
{
	static char ids[SESSION_MOST][SESSION_ID_BYTES];
	struct sessions *sessions = open_sessions();
	char more[SESSION_ID_BYTES];
	struct token found;
	size_t alive = 0;

	for (size_t i = 0; i < SESSION_MOST; i++)
		log_in(sessions, "abc", 1000 + i, ids[i]);
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, ids[0], 5000, &found), 0);
	log_in(sessions, "def", 5000, more);
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, more, 5000, &found), 0);
	CU_ASSERT_STRING_EQUAL(found.name, "bob");
	CU_ASSERT_EQUAL(sessions_find(sessions, tokens, ids[1], 5000, &found), -ENOENT);
	for (size_t i = 0; i < SESSION_MOST; i++)
		alive += sessions_find(sessions, tokens, ids[i], 5000, &found) == 0;
	CU_ASSERT_EQUAL(alive, SESSION_MOST - 1);
	sessions_close(sessions);
}

static void *use(void *arg)
{
	struct sessions *sessions = arg;
	uintptr_t good = 0;

	for (int i = 0; i < 300; i++) {
		char id[SESSION_ID_BYTES];
		struct token found;

		log_in(sessions, "abc", 1000, id);
		good += sessions_find(sessions, tokens, id, 1000, &found) == 0;
		sessions_remove(sessions, id);
		good += sessions_find(sessions, tokens, id, 1000, &found) == -ENOENT;
	}
	return (void *)good;
}

static void threads(void)
{
	struct sessions *sessions = open_sessions();
	pthread_t thread[4];

	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, use, sessions), 0);
	for (int i = 0; i < 4; i++) {
		void *good;

		pthread_join(thread[i], &good);
		CU_ASSERT_EQUAL((uintptr_t)good, 600);
	}
	sessions_close(sessions);
}

static const struct unit_test tests[] = {
	{ "comes and goes", comes_and_goes }, { "strangers", strangers }, { "idles", idles },
	{ "token changes", token_changes },   { "full", full },           { "threads", threads },
};

int main(void)
{
	char path[40];
	int ret;

	tokens_fd = memfd_create("tokens", MFD_CLOEXEC);
	fchmod(tokens_fd, 0600);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", tokens_fd);
	if (tokens_fd < 0 || tokens_open(&tokens, path))
		return 1;
	ret = unit_run("http_session", tests, sizeof(tests) / sizeof(tests[0]));
	tokens_close(tokens);
	return ret;
}
