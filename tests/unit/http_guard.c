/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard: who a caller is, from where, and with which role. */
#include "httpd/guard.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Of the secrets "abc" (reader) and "def" (operator). */
#define TOKENS                                                                                     \
	"alice reader 5 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"        \
	"bob operator 0 cb8379ac2098aa165029e3938a51da0bcecfc008fd6795f401178647f96c5b34\n"

static char *proxies[] = { (char[]){ "127.0.0.1" }, (char[]){ "10.0.0.0/8" } };

static struct guard *open_guard(const struct config_httpd *config)
{
	int fd = memfd_create("tokens", MFD_CLOEXEC);
	struct guard *guard = NULL;
	char path[40];

	if (fd < 0 || fchmod(fd, 0600) || write(fd, TOKENS, strlen(TOKENS)) < 0)
		CU_FAIL_FATAL("no tokens");
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
	CU_ASSERT_EQUAL_FATAL(guard_open(&guard, config, path), 0);
	return guard; /* the descriptor stays open: it is the file */
}

static struct caller identify(struct guard *guard, struct guard_headers headers, const char *peer,
			      int want)
{
	struct address address;
	struct caller caller;

	memset(&caller, 0x5a, sizeof(caller));
	CU_ASSERT_EQUAL_FATAL(address_parse(&address, peer), 0);
	CU_ASSERT_EQUAL(guard_identify(guard, &headers, &address, false, false, 1000, &caller),
			want);
	return caller;
}

static void anonymous(void)
{
	static const struct {
		enum config_anonymous rule;
		const char *peer, *forwarded_for;
		enum role role;
	} rows[] = {
		{ CONFIG_ANONYMOUS_AUTO, "127.0.0.1", NULL, ROLE_OPERATOR },
		{ CONFIG_ANONYMOUS_AUTO, "::1", NULL, ROLE_OPERATOR },
		{ CONFIG_ANONYMOUS_AUTO, "::ffff:127.0.0.1", NULL, ROLE_OPERATOR },
		{ CONFIG_ANONYMOUS_AUTO, "203.0.113.1", NULL, ROLE_NONE },
		{ CONFIG_ANONYMOUS_AUTO, "::1", "127.0.0.1", ROLE_NONE }, /* no proxy of ours */
		{ CONFIG_ANONYMOUS_AUTO, "203.0.113.1", "127.0.0.1", ROLE_NONE },
		{ CONFIG_ANONYMOUS_AUTO, "127.0.0.1", "203.0.113.1", ROLE_NONE },
		{ CONFIG_ANONYMOUS_AUTO, "127.0.0.1", "127.0.0.1", ROLE_OPERATOR },
		{ CONFIG_ANONYMOUS_AUTO, "10.0.0.1", "::1", ROLE_OPERATOR },
		{ CONFIG_ANONYMOUS_AUTO, "127.0.0.1", "", ROLE_NONE },
		{ CONFIG_ANONYMOUS_NONE, "127.0.0.1", NULL, ROLE_NONE },
		{ CONFIG_ANONYMOUS_READER, "127.0.0.1", NULL, ROLE_READER },
		{ CONFIG_ANONYMOUS_READER, "203.0.113.1", "127.0.0.1", ROLE_READER },
		{ CONFIG_ANONYMOUS_OPERATOR, "203.0.113.1", NULL, ROLE_OPERATOR },
	};
	struct config_httpd config = { .trusted_proxies = { proxies, COUNT(proxies) } };
	struct guard *guard = open_guard(&config);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct guard_headers headers = { .x_forwarded_for = rows[i].forwarded_for };
		struct caller caller;

		config.anonymous = rows[i].rule;
		caller = identify(guard, headers, rows[i].peer, 0);
		CU_ASSERT_EQUAL(caller.role, rows[i].role);
		CU_ASSERT_FALSE(caller.is_known);
		CU_ASSERT_STRING_EQUAL(caller.token.name, "");
		CU_ASSERT_STRING_EQUAL(caller.session, "");
	}
	guard_close(guard);
}

static void bearers(void)
{
	static const struct {
		const char *authorization, *name;
		enum role role;
	} rows[] = {
		{ "Bearer abc", "alice", ROLE_READER },
		{ "bearer  abc ", "alice", ROLE_READER },
		{ "BEARER\tdef", NULL, ROLE_NONE },
		{ "Bearer def", "bob", ROLE_OPERATOR },
		{ "Bearer", NULL, ROLE_NONE },
		{ "Bearer ", NULL, ROLE_NONE },
		{ "Bearer abc def", NULL, ROLE_NONE },
		{ "Bearer abcd", NULL, ROLE_NONE },
		{ "Bearerabc", NULL, ROLE_NONE },
		{ "Basic YWxpY2U6YWJj", NULL, ROLE_NONE },
		{ "abc", NULL, ROLE_NONE },
		{ "", NULL, ROLE_NONE },
	};
	struct config_httpd config = { .anonymous = CONFIG_ANONYMOUS_OPERATOR };
	struct guard *guard = open_guard(&config);
	char longest[GUARD_MOST_HEADER_BYTES + 20] = "Bearer ";

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct guard_headers headers = { .authorization = rows[i].authorization };
		struct caller caller =
			identify(guard, headers, "127.0.0.1", rows[i].name ? 0 : -EACCES);

		CU_ASSERT_EQUAL(caller.role, rows[i].role);
		CU_ASSERT_EQUAL(caller.is_known, rows[i].name != NULL);
		CU_ASSERT_STRING_EQUAL(caller.token.name, rows[i].name ? rows[i].name : "");
		CU_ASSERT(address_is_loopback(&caller.address));
	}
	memset(longest + 7, 'a', GUARD_MOST_HEADER_BYTES);
	identify(guard, (struct guard_headers){ .authorization = longest }, "::1", -EACCES);
	longest[GUARD_MOST_HEADER_BYTES] = '\0';
	identify(guard, (struct guard_headers){ .authorization = longest }, "::1", -EACCES);
	guard_close(guard);
}

static void cookies(void)
{
	static const char *const good[] = { "trng_session=%s", "a=b; trng_session=%s; c=d",
					    "a=b;trng_session=%s;c", "  trng_session=%s  ",
					    "xtrng_session=no; trng_session=%s" };
	static const char *const bad[] = { "trng_session=%s0",
					   "trng_session=",
					   "xtrng_session=%s",
					   "trng_session= %s",
					   "trng_session=\"%s\"",
					   "TRNG_SESSION=%s",
					   "a=trng_session=%s",
					   "",
					   ";;;",
					   "trng_session" };
	struct config_httpd config = { .anonymous = CONFIG_ANONYMOUS_NONE };
	struct guard *guard = open_guard(&config);
	char id[SESSION_ID_BYTES], cookie[200];
	struct guard_headers headers = { .cookie = cookie };
	struct caller caller = { 0 };
	struct token token;

	CU_ASSERT_EQUAL(guard_log_in(guard, "wrong", 1000, &token, id), -EACCES);
	CU_ASSERT_EQUAL(guard_log_in(guard, "", 1000, &token, id), -EACCES);
	CU_ASSERT_EQUAL_FATAL(guard_log_in(guard, "def", 1000, &token, id), 0);
	CU_ASSERT_STRING_EQUAL(token.name, "bob");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(cookie, sizeof(cookie), bad[i], id);
		CU_ASSERT_FALSE(identify(guard, headers, "127.0.0.1", 0).is_known);
	}
	for (size_t i = 0; i < COUNT(good); i++) {
		snprintf(cookie, sizeof(cookie), good[i], id);
		caller = identify(guard, headers, "203.0.113.1", 0);
		CU_ASSERT(caller.is_known);
		CU_ASSERT_EQUAL(caller.role, ROLE_OPERATOR);
		CU_ASSERT_STRING_EQUAL(caller.session, id);
	}
#pragma GCC diagnostic pop
	headers.authorization = "Bearer abc"; /* outranks the cookie, for better or worse */
	caller = identify(guard, headers, "127.0.0.1", 0);
	CU_ASSERT_STRING_EQUAL(caller.token.name, "alice");
	CU_ASSERT_EQUAL(caller.role, ROLE_READER);
	guard_log_out(guard, &caller); /* came by no session: nothing to end */
	headers.authorization = "Bearer wrong";
	identify(guard, headers, "127.0.0.1", -EACCES);
	headers.authorization = NULL;
	caller = identify(guard, headers, "127.0.0.1", 0);
	CU_ASSERT(caller.is_known);
	guard_log_out(guard, &caller);
	CU_ASSERT_FALSE(identify(guard, headers, "127.0.0.1", 0).is_known);
	guard_close(guard);
}

static void certificates(void)
{
	static const struct config_httpd config = { .anonymous = CONFIG_ANONYMOUS_NONE };
	struct guard *guard = open_guard(&config);
	struct guard_headers headers = { 0 };
	struct address peer;
	struct caller caller;

	address_parse(&peer, "203.0.113.1");
	CU_ASSERT_EQUAL(guard_identify(guard, &headers, &peer, true, true, 1, &caller), 0);
	CU_ASSERT_EQUAL(caller.role, ROLE_OPERATOR);
	CU_ASSERT(caller.is_known && caller.is_secure);
	CU_ASSERT_STRING_EQUAL(caller.token.name, "certificate");
	CU_ASSERT_EQUAL(caller.token.bits_per_day, 0);
	headers.authorization = "Bearer abc";
	CU_ASSERT_EQUAL(guard_identify(guard, &headers, &peer, true, true, 1, &caller), 0);
	CU_ASSERT_STRING_EQUAL(caller.token.name, "alice");
	CU_ASSERT_EQUAL(caller.role, ROLE_OPERATOR);
	headers.authorization = "Bearer wrong";
	CU_ASSERT_EQUAL(guard_identify(guard, &headers, &peer, true, true, 1, &caller), -EACCES);
	CU_ASSERT_EQUAL(caller.role, ROLE_NONE);
	CU_ASSERT_FALSE(caller.is_known);
	guard_close(guard);
}

static const struct unit_test tests[] = {
	{ "anonymous", anonymous },
	{ "bearers", bearers },
	{ "cookies", cookies },
	{ "certificates", certificates },
};

int main(void)
{
	return unit_run("http_guard", tests, COUNT(tests));
}
