/* SPDX-License-Identifier: GPL-3.0-or-later */
/* token: the file's grammar, changes seen at once, and new tokens added without harm to the old. */
#include "httpd/token_file.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* SHA-256 of "abc" (FIPS 180-2, B.1) and of "" (a secret that nobody may have). */
#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static char directory[200], file[220];

static void write_file(const char *text)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		CU_FAIL_FATAL("no file");
	close(fd);
}

static struct tokens *open_tokens(const char *text)
{
	struct tokens *tokens = NULL;

	write_file(text);
	CU_ASSERT_EQUAL_FATAL(tokens_open(&tokens, file), 0);
	return tokens;
}

static int parse(const char *text, size_t len, struct token_list *list, int *line, char reason[200])
{
	struct text why;

	text_init(&why, reason, 200);
	return token_list_parse(list, text, len, line, &why);
}

static void good_lines(void)
{
	static const char text[] = "# who has what\n"
				   "\n"
				   "  \t\n"
				   "alice reader 0 " ABC "\n"
				   "  B.o_b-2\toperator  9223372036854775807 " EMPTY " \r\n"
				   "#end";
	struct token_list list = { 0 };
	char reason[200];
	int line = 0;

	CU_ASSERT_EQUAL_FATAL(parse(text, sizeof(text) - 1, &list, &line, reason), 0);
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	CU_ASSERT_STRING_EQUAL(list.items[0].name, "alice");
	CU_ASSERT_EQUAL(list.items[0].role, ROLE_READER);
	CU_ASSERT_EQUAL(list.items[0].bits_per_day, 0);
	CU_ASSERT_EQUAL(list.items[0].hash[0], 0xba);
	CU_ASSERT_EQUAL(list.items[0].hash[31], 0xad);
	CU_ASSERT_STRING_EQUAL(list.items[1].name, "B.o_b-2");
	CU_ASSERT_EQUAL(list.items[1].role, ROLE_OPERATOR);
	CU_ASSERT_EQUAL(list.items[1].bits_per_day, INT64_MAX);
	CU_ASSERT_PTR_EQUAL(token_list_find(&list, "B.o_b-2"), &list.items[1]);
	CU_ASSERT_PTR_NULL(token_list_find(&list, "bob"));
	token_list_free(&list);
	CU_ASSERT_EQUAL(parse("", 0, &list, &line, reason), 0);
	CU_ASSERT_EQUAL(list.count, 0);
	token_list_free(&list);
}

static void bad_lines(void)
{
	static const struct {
		const char *line, *word;
	} rows[] = {
		{ "alice reader 0", "NAME ROLE" },
		{ "alice reader 0 " ABC " more", "NAME ROLE" },
		{ "alice none 0 " ABC, "role" },
		{ "alice Reader 0 " ABC, "role" },
		{ "alice reader -1 " ABC, "bits" },
		{ "alice reader 1e3 " ABC, "bits" },
		{ "alice reader 9223372036854775808 " ABC, "bits" },
		{ "alice reader 0 " ABC "0", "hash" },
		{ "alice reader 0 BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
		  "hash" },
		{ "alice reader 0 ba7816", "hash" },
		{ "al/ce reader 0 " ABC, "name" },
		{ "certificate reader 0 " ABC, "name" },
		{ "a23456789012345678901234567890123 reader 0 " ABC, "name" },
		{ "first reader 0 " ABC, "above" },
	};
	char text[400], reason[200];
	struct token_list list = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int line = 0;

		snprintf(text, sizeof(text), "first reader 0 " ABC "\n\n%s\nlast reader 0 " ABC,
			 rows[i].line);
		CU_ASSERT_EQUAL(parse(text, strlen(text), &list, &line, reason), -EINVAL);
		CU_ASSERT_EQUAL(line, 3);
		CU_ASSERT_PTR_NOT_NULL(strstr(reason, rows[i].word));
		CU_ASSERT_PTR_NULL(list.items);
	}
}

static void bytes(void)
{
	static const char nul[] = "alice reader 0 " ABC "\0\n";
	struct token_list list = { 0 };
	char reason[200], *text;
	int line = 0;

	CU_ASSERT_EQUAL(parse(nul, sizeof(nul) - 1, &list, &line, reason), -EINVAL);
	CU_ASSERT_EQUAL(line, 1);
	text = malloc(300);
	memset(text, ' ', 300);
	CU_ASSERT_EQUAL(parse(text, 300, &list, &line, reason), -EINVAL);
	text[0] = '#';
	CU_ASSERT_EQUAL(parse(text, 300, &list, &line, reason), 0);
	token_list_free(&list);
	free(text);
}

static void most(void)
{
	char *text = malloc((TOKEN_MOST + 1) * 100), reason[200];
	struct token_list list = { 0 };
	size_t len = 0, before = 0;
	int line = 0;

	for (int i = 0; i <= TOKEN_MOST; i++) {
		before = len;
		len += (size_t)sprintf(text + len, "n%d reader 0 " ABC "\n", i);
	}
	CU_ASSERT_EQUAL(parse(text, len, &list, &line, reason), -EINVAL);
	CU_ASSERT_EQUAL(line, TOKEN_MOST + 1);
	CU_ASSERT_EQUAL(parse(text, before, &list, &line, reason), 0);
	CU_ASSERT_EQUAL(list.count, TOKEN_MOST);
	token_list_free(&list);
	free(text);
}

static void finds(void)
{
	struct tokens *tokens =
		open_tokens("alice reader 7 " ABC "\nnobody operator 0 " EMPTY "\n");
	struct token found = { 0 };
	uint8_t other[TOKEN_HASH_BYTES] = { 0 };

	CU_ASSERT_EQUAL(tokens_find(tokens, "ab", &found), -ENOENT);
	CU_ASSERT_EQUAL(tokens_find(tokens, "abcd", &found), -ENOENT);
	CU_ASSERT_EQUAL(tokens_find(tokens, ABC, &found), -ENOENT);
	CU_ASSERT_EQUAL(tokens_find(tokens, "", &found), -ENOENT);
	CU_ASSERT_STRING_EQUAL(found.name, "");
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), 0);
	CU_ASSERT_STRING_EQUAL(found.name, "alice");
	CU_ASSERT_EQUAL(found.bits_per_day, 7);
	CU_ASSERT_EQUAL(tokens_find_name(tokens, "alice", found.hash, &found), 0);
	CU_ASSERT_EQUAL(tokens_find_name(tokens, "alice", other, &found), -ENOENT);
	CU_ASSERT_EQUAL(tokens_find_name(tokens, "bob", found.hash, &found), -ENOENT);
	tokens_close(tokens);
	tokens_close(NULL);
}

static void no_file(void)
{
	struct tokens *tokens = NULL;
	struct token found;

	CU_ASSERT_EQUAL_FATAL(tokens_open(&tokens, NULL), 0);
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), -ENOENT);
	tokens_close(tokens);
	unlink(file);
	CU_ASSERT_EQUAL_FATAL(tokens_open(&tokens, file), 0);
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), -ENOENT);
	write_file("alice reader 7 " ABC "\n"); /* the first token of a server that runs */
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), 0);
	unlink(file);
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), -ENOENT);
	tokens_close(tokens);
}

/* Rewritten in place with as many bytes, within one tick of the clock: seen all the same. */
static void changes(void)
{
	struct tokens *tokens = open_tokens("alice reader 7 " ABC "\n");
	struct token found;

	for (int i = 0; i < 200; i++) {
		write_file("alice reader 7 " EMPTY "\n");
		CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), -ENOENT);
		write_file("alice reader 8 " ABC "\n");
		CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), 0);
		CU_ASSERT_EQUAL(found.bits_per_day, 8);
	}
	tokens_close(tokens);
}

/* Until the file counts as quiet: its change is a second old, which no call can make it. */
static void wait_until_old(void)
{
	struct timespec now = { 0 }, pause = { .tv_nsec = 20000000 };
	struct stat st;

	if (stat(file, &st))
		CU_FAIL_FATAL("no file");
	while (now.tv_sec <= st.st_ctim.tv_sec + 1) {
		nanosleep(&pause, NULL);
		clock_gettime(CLOCK_REALTIME, &now);
	}
}

/* A file that has been quiet is not read again, and still every change is seen. */
static void quiet(void)
{
	struct timespec old[2] = { { .tv_sec = 1000000 }, { .tv_sec = 1000000 } };
	struct tokens *tokens = open_tokens("alice reader 7 " ABC "\n");
	struct token found;

	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), 0);
	CU_ASSERT_EQUAL(utimensat(AT_FDCWD, file, old, 0), 0);
	wait_until_old();
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), 0);
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), 0);
	write_file("alice reader 7 " EMPTY "\n");
	CU_ASSERT_EQUAL(utimensat(AT_FDCWD, file, old, 0), 0);
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), -ENOENT);
	tokens_close(tokens);
}

/* Nobody has a token while the file is bad; it is said once; and all is well again after. */
static void broken(void)
{
	struct tokens *tokens = open_tokens("alice reader 7 " ABC "\n");
	char said[1000];
	struct token found;

	unit_capture();
	write_file("alice reader 7 " ABC "\nbob\n");
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), -ENOENT);
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), -ENOENT);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(said, ":2: "));
	CU_ASSERT_PTR_NULL(strstr(strstr(said, ":2: ") + 1, ":2: "));
	write_file("alice reader 7 " ABC "\n");
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), 0);
	unlink(file);
	mkdir(file, 0700);
	unit_capture();
	CU_ASSERT_EQUAL(tokens_find(tokens, "abc", &found), -ENOENT);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "directory"));
	rmdir(file);
	tokens_close(tokens);
}

static void bad_start(void)
{
	struct tokens *tokens = NULL;
	char said[1000], want[240];

	write_file("\nalice\n");
	unit_capture();
	CU_ASSERT_EQUAL(tokens_open(&tokens, file), -EINVAL);
	CU_ASSERT_EQUAL(tokens_open(&tokens, directory), -EISDIR);
	CU_ASSERT_EQUAL(tokens_open(&tokens, "/dev/null"), -ENXIO);
	unit_captured(said, sizeof(said));
	snprintf(want, sizeof(want), "%s:2: ", file);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, want));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "/dev/null: no regular file"));
	CU_ASSERT_PTR_NULL(tokens);
	unlink(file);
	mkfifo(file, 0600);
	unit_capture();
	CU_ASSERT_EQUAL(tokens_open(&tokens, file), -ENXIO); /* and does not wait for a writer */
	unit_captured(said, sizeof(said));
	unlink(file);
}

static void mode_warning(void)
{
	static const struct {
		mode_t mode;
		bool is_warned;
	} rows[] = {
		{ 0600, false }, { 0640, false }, { 0660, false }, { 0644, true }, { 0602, true }
	};
	struct tokens *tokens = NULL;
	char said[1000];

	write_file("");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		chmod(file, rows[i].mode);
		unit_capture();
		CU_ASSERT_EQUAL(tokens_open(&tokens, file), 0);
		unit_captured(said, sizeof(said));
		CU_ASSERT_EQUAL(strstr(said, file) != NULL, rows[i].is_warned);
		tokens_close(tokens);
	}
	unlink(file);
}

static const struct unit_test tests[] = {
	{ "good lines", good_lines },
	{ "bad lines", bad_lines },
	{ "bytes", bytes },
	{ "most", most },
	{ "finds", finds },
	{ "no file", no_file },
	{ "changes", changes },
	{ "quiet", quiet },
	{ "broken", broken },
	{ "bad start", bad_start },
	{ "mode warning", mode_warning },
};

int main(void)
{
	const char *parent = getenv("TRNG_TMP");
	int ret;

	snprintf(directory, sizeof(directory), "%s/http_token.XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(directory))
		return EXIT_FAILURE;
	snprintf(file, sizeof(file), "%s/tokens", directory);
	ret = unit_run("http_token", tests, sizeof(tests) / sizeof(tests[0]));
	unlink(file);
	rmdir(directory);
	return ret;
}
