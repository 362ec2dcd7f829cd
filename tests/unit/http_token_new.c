/* SPDX-License-Identifier: GPL-3.0-or-later */
/* token_new: a token added to the file without harm to what is there, by whomever at once. */
#include "httpd/token.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char directory[200], file[220];

static void write_file(const char *text)
{
	FILE *stream = fopen(file, "w");

	if (!stream || fputs(text, stream) < 0 || fclose(stream))
		CU_FAIL_FATAL("no file");
}

static void new_token(void)
{
	char first[TOKEN_SECRET_BYTES] = "", second[TOKEN_SECRET_BYTES] = "";
	struct tokens *tokens = NULL;
	struct token found;
	struct stat st;
	mode_t mask = umask(0077);

	unlink(file);
	CU_ASSERT_EQUAL_FATAL(token_new(file, "alice", ROLE_READER, 5, first), 0);
	umask(mask);
	CU_ASSERT_EQUAL(strlen(first), TOKEN_SECRET_BYTES - 1);
	stat(file, &st);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0640);
	CU_ASSERT_EQUAL_FATAL(tokens_open(&tokens, file), 0);
	chmod(file, 0600);
	CU_ASSERT_EQUAL(token_new(file, "bob", ROLE_OPERATOR, 0, second), 0);
	CU_ASSERT_STRING_NOT_EQUAL(first, second);
	stat(file, &st);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(tokens_find(tokens, first, &found), 0);
	CU_ASSERT_STRING_EQUAL(found.name, "alice");
	CU_ASSERT_EQUAL(found.role, ROLE_READER);
	CU_ASSERT_EQUAL(found.bits_per_day, 5);
	CU_ASSERT_EQUAL(tokens_find(tokens, second, &found), 0);
	CU_ASSERT_STRING_EQUAL(found.name, "bob");
	CU_ASSERT_EQUAL(found.role, ROLE_OPERATOR);
	tokens_close(tokens);
	unlink(file);
	CU_ASSERT_EQUAL(rmdir(directory), 0); /* nothing is left beside the file */
	mkdir(directory, 0700);
}

static void new_refused(void)
{
	char secret[TOKEN_SECRET_BYTES] = "as it was", said[1000], path[240];

	write_file("# mine\nalice reader 0 " ABC);
	CU_ASSERT_EQUAL(token_new(file, "alice", ROLE_READER, 0, secret), -EEXIST);
	CU_ASSERT_EQUAL(token_new(file, "", ROLE_READER, 0, secret), -EINVAL);
	CU_ASSERT_EQUAL(token_new(file, "a b", ROLE_READER, 0, secret), -EINVAL);
	CU_ASSERT_EQUAL(token_new(file, "a\nb", ROLE_READER, 0, secret), -EINVAL);
	CU_ASSERT_EQUAL(token_new(file, "certificate", ROLE_READER, 0, secret), -EINVAL);
	CU_ASSERT_EQUAL(token_new(file, "bob", ROLE_NONE, 0, secret), -EINVAL);
	CU_ASSERT_EQUAL(token_new(file, "bob", ROLE_READER, UINT64_MAX, secret), -EINVAL);
	snprintf(path, sizeof(path), "%s/gone/tokens", directory);
	CU_ASSERT_EQUAL(token_new(path, "bob", ROLE_READER, 0, secret), -ENOENT);
	CU_ASSERT_EQUAL(token_new(directory, "bob", ROLE_READER, 0, secret), -EISDIR);
	write_file("no line\n");
	unit_capture();
	CU_ASSERT_EQUAL(token_new(file, "bob", ROLE_READER, 0, secret), -EINVAL);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, ":1: "));
	CU_ASSERT_STRING_EQUAL(secret, "as it was");
	unlink(file);
}

/* Comments stay, a line that was not ended is, and a link stays a link. */
static void new_keeps(void)
{
	char secret[TOKEN_SECRET_BYTES], link[240], text[400] = "";
	struct stat st;
	FILE *stream;

	snprintf(link, sizeof(link), "%s/link", directory);
	CU_ASSERT_EQUAL(symlink(file, link), 0);
	write_file("# mine\nalice reader 0 " ABC);
	CU_ASSERT_EQUAL(token_new(link, "bob", ROLE_READER, 12, secret), 0);
	CU_ASSERT_EQUAL(lstat(link, &st), 0);
	CU_ASSERT(S_ISLNK(st.st_mode));
	stream = fopen(file, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	CU_ASSERT(fread(text, 1, sizeof(text) - 1, stream) > 0);
	fclose(stream);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "# mine\nalice reader 0 " ABC "\nbob reader 12 "));
	CU_ASSERT_PTR_NULL(strstr(text, secret));
	unlink(link);
	unlink(file);
}

/* Eight processes add ten each: the lock lets none get lost. */
static void new_at_once(void)
{
	struct tokens *tokens = NULL;
	char secret[TOKEN_SECRET_BYTES], name[28];
	int failed = 0, status;

	unlink(file);
	for (int i = 0; i < 8; i++) {
		if (fork())
			continue;
		for (int j = 0; j < 10; j++) {
			snprintf(name, sizeof(name), "n%d-%d", i, j);
			if (token_new(file, name, ROLE_READER, 0, secret))
				_exit(1);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		failed += status != 0;
	CU_ASSERT_EQUAL(failed, 0);
	CU_ASSERT_EQUAL_FATAL(tokens_open(&tokens, file), 0);
	for (int i = 0; i < 80; i++) {
		snprintf(name, sizeof(name), "n%d-%d", i / 10, i % 10);
		CU_ASSERT_EQUAL(token_new(file, name, ROLE_READER, 0, secret), -EEXIST);
	}
	tokens_close(tokens);
	unlink(file);
}

static const struct unit_test tests[] = {
	{ "a new token", new_token },
	{ "refused", new_refused },
	{ "keeps the rest", new_keeps },
	{ "many at once", new_at_once },
};

int main(void)
{
	const char *parent = getenv("TRNG_TMP");
	int ret;

	snprintf(directory, sizeof(directory), "%s/http_token_new.XXXXXX",
		 parent ? parent : "/tmp");
	if (!mkdtemp(directory))
		return EXIT_FAILURE;
	snprintf(file, sizeof(file), "%s/tokens", directory);
	ret = unit_run("http_token_new", tests, sizeof(tests) / sizeof(tests[0]));
	rmdir(directory);
	return ret;
}
