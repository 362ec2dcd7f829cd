/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config: every kind of bad file, key and value gets one sentence and the right code. */
#include "tests/unit/config_load.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int load_override(struct config *config, const char *override)
{
	return load(config, NULL, &override, 1);
}

/* Whether the last load said exactly one line, starting so and containing that. */
static int said_one(const char *start, const char *part)
{
	const char *newline = strchr(said, '\n');
	int ok = newline && !newline[1] && !strncmp(said, start, strlen(start)) &&
		 strstr(said, part);

	if (!ok)
		fprintf(stderr, "expected one line \"%s...%s\", got: %s\n", start, part, said);
	return ok;
}

struct bad {
	const char *text;
	const char *start; /* of what is said */
	const char *part;
};

static const struct bad bad_values[] = {
	{ "baud_rate = fast\n", "conf:1: baud_rate: ", "\"fast\" is no whole number" },
	{ "\n\nbaud_rate = 299", "conf:3: baud_rate: ", "not between 300 and 4000000" },
	{ "# a\n/* b\n c */\nbaud_rate = 4000001\n", "conf:4: baud_rate: ", "not between" },
	{ "baud_rate = 0x100", "conf:1: baud_rate: ", "whole" },
	{ "baud_rate = 9600.5", "conf:1: baud_rate: ", "whole" },
	{ "baud_rate = -1", "conf:1: baud_rate: ", "whole" },
	{ "baud_rate = 99999999999999999999999", "conf:1: baud_rate: ", "not between" },
	{ "baud_rate = \"\"", "conf:1: baud_rate: ", "whole" },
	{ "port = \"\"", "conf:1: port: ", "empty" },
	{ "port = \"a\\x01b\"", "conf:1: port: ", "a\\x01b" },
	{ "autostart = maybe", "conf:1: autostart: ", "neither true nor false" },
	{ "autostart = 1", "conf:1: autostart: ", "neither true nor false" },
	{ "unavailable = wait", "conf:1: unavailable: ", "none of fail block" },
	{ "pool_capacity = 255", "conf:1: pool_capacity: ", "not between 256 and 67108864" },
	{ "pool_capacity = 67108865", "conf:1: pool_capacity: ", "not between" },
	{ "pool_capacity = 64k", "conf:1: pool_capacity: ", "whole" },
	{ "init_timeout_s = 0", "conf:1: init_timeout_s: ", "not between 1 and 86400" },
	{ "total_failure_limit = 100", "conf:1: total_failure_limit: ", "not between 1 and 99" },
	{ "total_failure_limit = 0", "conf:1: total_failure_limit: ", "not between" },
	{ "false_alarms_per_year = 0",
	  "conf:1: false_alarms_per_year: ", "not between 1e-09 and 1000" },
	{ "false_alarms_per_year = nan", "conf:1: false_alarms_per_year: ", "no decimal number" },
	{ "health_entropy = 9", "conf:1: health_entropy: ", "not between 0.1 and 8" },
	{ "assessed_entropy = 0", "conf:1: assessed_entropy: ", "not between" },
	{ "max_alarms = 1001", "conf:1: max_alarms: ", "not between" },
	{ "reseed_s = 0", "conf:1: reseed_s: ", "not between" },
	{ "drbg_grace_s = 86401", "conf:1: drbg_grace_s: ", "not between" },
	{ "conditioning = \"md5\"", "conf:1: conditioning: ", "is none of none sha256" },
	{ "alarm_window_chunks = 0", "conf:1: alarm_window_chunks: ", "not between" },
	{ "silence_ms = 0", "conf:1: silence_ms: ", "not between" },
	{ "rate_bit_s = 1e10", "conf:1: rate_bit_s: ", "not between" },
	{ "httpd {\nanonymous = everybody\n}",
	  "conf:2: anonymous: ", "none of auto none reader operator" },
	{ "httpd {\nlisten = {\"a\",\n\"\"}\n}", "conf:3: listen: ", "empty" },
	{ "health_entropy = 1\nassessed_entropy = 1.5", "conf:2: assessed_entropy: ", "exceeds" },
};

static const struct bad bad_grammar[] = {
	{ "\nbaudrate = 9600", "conf:2: ", "baudrate" },
	{ "on_event = x", "conf:1: ", "on_event" },
	{ "httpd {\n port = 1\n}", "conf:2: ", "port" },
	{ "web {\n}", "conf:1: ", "web" },
	{ "port", "conf:1: ", "" },
	{ "port =\n", "conf:", "" },
	{ "port 5", "conf:1: ", "" },
	{ "port = {a}", "conf:1: ", "" },
	{ "port = a b", "conf:1: ", "" },
	{ "port += a", "conf:1: ", "" },
	{ "httpd = 1", "conf:1: ", "" },
	{ "httpd {\nlisten = {a\n", "conf:1: ", "that no } ends" },
	{ "httpd {\n", "conf:1: ", "that no } ends" },
	{ "\n}", "conf:2: ", "that no { opened" },
	{ "port = \"abc\nbaud_rate = 9600\n", "conf:1: ", "string that no quote ends" },
	{ "port = 'abc", "conf:1: ", "string that no quote ends" },
	{ "port = \"abc\\", "conf:1: ", "string that no quote ends" },
	{ "port = \"abc\\\"", "conf:1: ", "string that no quote ends" },
	{ "port = 'abc\\'", "conf:1: ", "string that no quote ends" },
	{ "a\n/* b\n", "conf:2: ", "comment that nothing ends" },
	{ "port = \"${A\"\nhttpd { }", "conf:1: ", "${ that no } ends" },
	{ "port = ${A\n", "conf:1: ", "${ that no } ends" },
	{ "port = \"\\999\"", "conf:1: ", "octal" },
	{ "port = a\fb", "conf:1: ", "control character" },
	{ "include(\"/etc/passwd\")", "conf:1: ", "include" },
};

static void expect_bad(const struct bad *bad, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct config config, untouched;

		memset(&config, 0x5a, sizeof(config));
		untouched = config;
		CU_ASSERT_EQUAL(load_text(&config, bad[i].text), -EINVAL);
		CU_ASSERT(said_one(bad[i].start, bad[i].part));
		CU_ASSERT_EQUAL(memcmp(&config, &untouched, sizeof(config)), 0);
	}
}

static void test_bad_values(void)
{
	expect_bad(bad_values, COUNT(bad_values));
}

static void test_bad_grammar(void)
{
	expect_bad(bad_grammar, COUNT(bad_grammar));
}

static void test_after_bad(void)
{
	struct config config;

	for (size_t i = 0; i < COUNT(bad_grammar); i++) {
		CU_ASSERT_EQUAL(load_text(&config, bad_grammar[i].text), -EINVAL);
		CU_ASSERT_EQUAL_FATAL(load_text(&config, "port = \"x\"\n"), 0);
		CU_ASSERT_STRING_EQUAL(config.port, "x");
		config_free(&config);
	}
}

static void test_bad_environment(void)
{
	struct config config;

	setenv("UNIT_BAUD", "fast", 1);
	CU_ASSERT_EQUAL(load_text(&config, "\nbaud_rate = ${UNIT_BAUD:-300}\n"), -EINVAL);
	CU_ASSERT(said_one("conf:2: baud_rate: ", "fast"));
	setenv("UNIT_BAUD", "a\nb", 1);
	CU_ASSERT_EQUAL(load_text(&config, "port = ${UNIT_BAUD}"), -EINVAL);
	CU_ASSERT(said_one("conf:1: port: ", "control character"));
	unsetenv("UNIT_BAUD");
}

static void test_lines(void)
{
	struct config config;

	CU_ASSERT_EQUAL(
		load_text(&config, "#\n#a\n//b\n/* c\n */ port = \"a\\\nb\"\nmax_alarms = x"),
		-EINVAL);
	CU_ASSERT(said_one("conf:7: max_alarms", "\"x\""));
}

static void test_binary(void)
{
	struct config config;
	unsigned char bytes[4096];
	uint64_t state = unit_seed();

	CU_ASSERT_EQUAL(load_bytes(&config, "port = a\n\0", 10), -EINVAL);
	CU_ASSERT(said_one("conf:2: ", "no text file"));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (unsigned char)(state >> 56);
	}
	CU_ASSERT_EQUAL(load_bytes(&config, bytes, sizeof(bytes)), -EINVAL);
	CU_ASSERT(said_one("conf:", ""));
}

static void test_no_file(void)
{
	struct config config;

	CU_ASSERT_EQUAL(load(&config, "missing", NULL, 0), -ENOENT);
	CU_ASSERT(said_one("missing: ", "No such file"));
	mkdir("directory", 0700);
	CU_ASSERT_EQUAL(load(&config, "directory", NULL, 0), -EISDIR);
	CU_ASSERT(said_one("directory: ", "directory"));
	rmdir("directory");
	mkfifo("fifo", 0600);
	CU_ASSERT_EQUAL(load(&config, "fifo", NULL, 0), -EINVAL);
	CU_ASSERT(said_one("fifo: ", "not a regular file"));
	unlink("fifo");
	CU_ASSERT_EQUAL(load(&config, "/dev/zero", NULL, 0), -EINVAL);
	CU_ASSERT_EQUAL_FATAL(load(&config, "/dev/null", NULL, 0), 0);
	config_free(&config);
}

static void test_unreadable(void)
{
	struct config config;
	int fd = open("unreadable", O_CREAT | O_WRONLY | O_CLOEXEC, 0);

	close(fd);
	if (geteuid() != 0) {
		CU_ASSERT_EQUAL(load(&config, "unreadable", NULL, 0), -EACCES);
		CU_ASSERT(said_one("unreadable: ", "Permission denied"));
	}
	unlink("unreadable");
}

static void test_huge(void)
{
	struct config config;
	char *line = malloc(1 << 20);
	int fd = open("huge", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	CU_ASSERT_EQUAL(ftruncate(fd, 100000000), 0);
	close(fd);
	CU_ASSERT_EQUAL(load(&config, "huge", NULL, 0), -EFBIG);
	CU_ASSERT(said_one("huge: ", "1 MiB"));
	unlink("huge");

	memset(line, 'a', 1 << 20);
	memcpy(line, "port = ", 7);
	CU_ASSERT_EQUAL(load_bytes(&config, line, 1 << 20), -EINVAL);
	CU_ASSERT(said_one("conf:1: port: ", "too long"));
	memset(line, '{', 1 << 19);
	memset(line + (1 << 19), '}', 1 << 19);
	CU_ASSERT_EQUAL(load_bytes(&config, line, 1 << 20), -EINVAL);
	free(line);
}

static void test_bad_overrides(void)
{
	static const struct bad bad[] = {
		{ "port", "-o port: ", "key=value" },
		{ "", "-o : ", "key=value" },
		{ "=1", "-o =1: ", "no such key" },
		{ "prot=1", "-o prot=1: ", "no such key" },
		{ "httpd.port=1", "-o httpd.port=1: ", "no such key" },
		{ "httpd=1", "-o httpd=1: ", "no such key" },
		{ "httpd.=1", "-o httpd.=1: ", "no such key" },
		{ "listen=1", "-o listen=1: ", "no such key" },
		{ "baud_rate=fast", "-o baud_rate=fast: ", "no whole number" },
		{ "baud_rate=1", "-o baud_rate=1: ", "not between" },
		{ "port=", "-o port=: ", "empty" },
		{ "httpd.listen=a,,b", "-o httpd.listen=a,,b: ", "empty" },
		{ "po\nrt=1", "-o po\\x0art=1: ", "no such key" },
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct config config;

		CU_ASSERT_EQUAL(load_override(&config, bad[i].text), -EINVAL);
		CU_ASSERT(said_one(bad[i].start, bad[i].part));
	}
}

static void test_override_checked_together(void)
{
	static const char *const overrides[] = { "assessed_entropy=2", "health_entropy=1.9" };
	struct config config;

	CU_ASSERT_EQUAL(load(&config, NULL, overrides, 2), -EINVAL);
	CU_ASSERT(said_one("-o: assessed_entropy: ", "exceeds"));
	CU_ASSERT_EQUAL_FATAL(load(&config, NULL, overrides, 1), 0);
	config_free(&config);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "bad values", test_bad_values },
		{ "bad grammar", test_bad_grammar },
		{ "a good file after a bad one", test_after_bad },
		{ "bad environment", test_bad_environment },
		{ "line numbers", test_lines },
		{ "binary files", test_binary },
		{ "what is no file", test_no_file },
		{ "no permission", test_unreadable },
		{ "huge files", test_huge },
		{ "bad overrides", test_bad_overrides },
		{ "overrides are checked together", test_override_checked_together },
	};
	const char *parent = getenv("TRNG_TMP");
	char directory[4096];
	int ret;

	snprintf(directory, sizeof(directory), "%s/unit-config-bad.XXXXXX",
		 parent ? parent : "/tmp");
	if (!mkdtemp(directory) || chdir(directory))
		return EXIT_FAILURE;
	ret = unit_run("config_bad", tests, COUNT(tests));
	return chdir("/") || rmdir(directory) ? EXIT_FAILURE : ret;
}
