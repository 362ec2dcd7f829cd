/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options of trng-httpd: every option, the operands of each action, what is refused. */
#include "tests/unit/unit.h"

/* Both daemons have an options_parse(): the one tested here comes with its source. */
#include "httpd/options.c"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_ARGUMENTS 200

static char said[4096]; /* what the last parse wrote to standard error */

/* Parses @line, cut at its blanks, behind the program's name. */
static int parse(struct options *options, const char *line)
{
	static char copy[4096];
	static char *argv[MOST_ARGUMENTS + 1];
	char *rest = copy, *word;
	int argc = 0;
	int ret;

	snprintf(copy, sizeof(copy), "trng-httpd%s%s", *line ? " " : "", line);
	while (argc < MOST_ARGUMENTS && (word = strsep(&rest, " ")))
		argv[argc++] = word;
	argv[argc] = NULL;
	optind = 0;
	unit_capture();
	ret = options_parse(options, argc, argv);
	unit_captured(said, sizeof(said));
	return ret;
}

static void test_defaults(void)
{
	struct options options;

	CU_ASSERT_EQUAL(parse(&options, ""), 0);
	CU_ASSERT_EQUAL(options.action, OPTIONS_RUN);
	CU_ASSERT_STRING_EQUAL(options.config_path, "/etc/trng/trng.conf");
	CU_ASSERT_FALSE(options.is_foreground);
	CU_ASSERT_FALSE(options.is_verbose);
	CU_ASSERT_EQUAL(options.override_count, 0);
	CU_ASSERT_EQUAL(options.operand_count, 0);
	CU_ASSERT_STRING_EQUAL(said, "");
}

static void test_all(void)
{
	struct options options;

	CU_ASSERT_EQUAL(parse(&options, "--config a --foreground -o b=c -o d= --verbose"), 0);
	CU_ASSERT_STRING_EQUAL(options.config_path, "a");
	CU_ASSERT(options.is_foreground);
	CU_ASSERT(options.is_verbose);
	CU_ASSERT_EQUAL_FATAL(options.override_count, 2);
	CU_ASSERT_STRING_EQUAL(options.overrides[0], "b=c");
	CU_ASSERT_STRING_EQUAL(options.overrides[1], "d=");
	CU_ASSERT_EQUAL(parse(&options, "-c a -f -v"), 0);
	CU_ASSERT_STRING_EQUAL(options.config_path, "a");
	CU_ASSERT(options.is_foreground && options.is_verbose);
}

static void test_actions(void)
{
	static const struct {
		const char *line;
		enum options_action action;
	} rows[] = {
		{ "--check-config", OPTIONS_CHECK_CONFIG },
		{ "--help", OPTIONS_HELP },
		{ "-h", OPTIONS_HELP },
		{ "--version", OPTIONS_VERSION },
		{ "-V", OPTIONS_VERSION },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct options options;

		CU_ASSERT_EQUAL(parse(&options, rows[i].line), 0);
		CU_ASSERT_EQUAL(options.action, rows[i].action);
	}
}

static void test_operands(void)
{
	struct options options;

	CU_ASSERT_EQUAL(parse(&options, "--new-token alice reader"), 0);
	CU_ASSERT_EQUAL(options.action, OPTIONS_NEW_TOKEN);
	CU_ASSERT_EQUAL_FATAL(options.operand_count, 2);
	CU_ASSERT_STRING_EQUAL(options.operands[0], "alice");
	CU_ASSERT_EQUAL(parse(&options, "--new-token alice -o httpd.tokens=t reader 5 -c x"), 0);
	CU_ASSERT_EQUAL_FATAL(options.operand_count, 3);
	CU_ASSERT_STRING_EQUAL(options.operands[2], "5");
	CU_ASSERT_STRING_EQUAL(options.overrides[0], "httpd.tokens=t");
	CU_ASSERT_EQUAL(parse(&options, "--self-signed d a b ::1 10.0.0.1"), 0);
	CU_ASSERT_EQUAL(options.action, OPTIONS_SELF_SIGNED);
	CU_ASSERT_EQUAL_FATAL(options.operand_count, 5);
	CU_ASSERT_STRING_EQUAL(options.operands[4], "10.0.0.1");
}

static void test_refused(void)
{
	static const struct {
		const char *line, *part;
	} rows[] = {
		{ "alice", "unexpected argument \"alice\"" },
		{ "--check-config x", "unexpected argument \"x\"" },
		{ "--help x", "unexpected argument" },
		{ "--new-token", "--new-token NAME ROLE" },
		{ "--new-token alice", "--new-token NAME ROLE" },
		{ "--new-token alice reader 5 6", "--new-token NAME ROLE" },
		{ "--self-signed d", "--self-signed DIRECTORY NAME" },
		{ "--list-ports", "unrecognized" },
		{ "-o", "requires an argument" },
		{ "--config", "requires an argument" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct options options;

		CU_ASSERT_EQUAL(parse(&options, rows[i].line), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, rows[i].part));
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "Try \"trng-httpd --help\".\n"));
	}
}

static void test_too_many(void)
{
	char line[4096] = "";
	struct options options;

	for (int i = 0; i < OPTIONS_MAX_OVERRIDES; i++)
		strcat(line, i ? " -o a=b" : "-o a=b");
	CU_ASSERT_EQUAL(parse(&options, line), 0);
	CU_ASSERT_EQUAL(options.override_count, OPTIONS_MAX_OVERRIDES);
	strcat(line, " -o a=b");
	CU_ASSERT_EQUAL(parse(&options, line), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "more than 64"));
}

/* What standard output gets from @print. */
static size_t printed(void (*print)(void), char *text, size_t size_bytes)
{
	char path[] = "/tmp/unit-http-options.XXXXXX";
	int file = mkstemp(path), kept = dup(STDOUT_FILENO);
	ssize_t len;

	CU_ASSERT_FATAL(file >= 0 && kept >= 0);
	unlink(path);
	fflush(stdout);
	dup2(file, STDOUT_FILENO);
	print();
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	len = pread(file, text, size_bytes - 1, 0);
	close(kept);
	close(file);
	text[len > 0 ? len : 0] = '\0';
	return len > 0 ? (size_t)len : 0;
}

static void test_help(void)
{
	char text[8192], name[64];

	CU_ASSERT(printed(options_print_help, text, sizeof(text)) < sizeof(text) - 1);
	for (size_t i = 0; long_options[i].name; i++) {
		snprintf(name, sizeof(name), "--%s", long_options[i].name);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, name));
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "curl "));
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		CU_ASSERT(strcspn(line, "\n") <= 90);
	printed(options_print_version, text, sizeof(text));
	CU_ASSERT_EQUAL(strncmp(text, "trng-httpd ", 11), 0);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "defaults", test_defaults },
		{ "all options", test_all },
		{ "actions", test_actions },
		{ "operands", test_operands },
		{ "what is refused", test_refused },
		{ "too many overrides", test_too_many },
		{ "help names every option", test_help },
	};

	return unit_run("http_options", tests, sizeof(tests) / sizeof(tests[0]));
}
