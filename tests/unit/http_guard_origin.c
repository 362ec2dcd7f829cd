/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard_origin: which hosts are ours, and whose page may command us or read our answers. */
#include "httpd/guard.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static char *names[] = { (char[]){ "trng.example" }, (char[]){ "Other.Example." } };
static char *origins[] = { (char[]){ "https://Page.example" },
			   (char[]){ "http://page.example:8080" } };

static const struct config_httpd rules = {
	.server_names = { names, COUNT(names) },
	.cors_origins = { origins, COUNT(origins) },
};

static struct guard *open_guard(void)
{
	struct guard *guard = NULL;

	CU_ASSERT_EQUAL_FATAL(guard_open(&guard, &rules, NULL), 0);
	return guard;
}

static void hosts(void)
{
	static const struct {
		const char *host;
		bool is_ours;
	} rows[] = {
		{ NULL, true },
		{ "localhost", true },
		{ "LOCALHOST:80", true },
		{ "localhost.", true },
		{ "127.0.0.1", true },
		{ "127.0.0.1:8000", true },
		{ "203.0.113.7:8000", true },
		{ "[::1]", true },
		{ "[::1]:8000", true },
		{ "[2001:DB8::1]:8443", true },
		{ "trng.example", true },
		{ "TRNG.example.:8443", true },
		{ "other.example", true },
		{ "page.example", false },
		{ "evil.example", false },
		{ "trng.example.evil.example", false },
		{ "xtrng.example", false },
		{ "", false },
		{ ".", false },
		{ "localhost..", false },
		{ ".localhost", false },
		{ "a..b", false },
		{ "localhost:", false },
		{ "localhost:0", false },
		{ "localhost:65536", false },
		{ "localhost:80:80", false },
		{ "localhost:8o", false },
		{ "localhost/", false },
		{ "localhost ", false },
		{ " localhost", false },
		{ "evil@localhost", false },
		{ "localhost,evil.example", false },
		{ "::1", false },
		{ "[::1", false },
		{ "::1]", false },
		{ "[::1].", false },
		{ "[::1]x:80", false },
		{ "[::1]:80x", false },
		{ "[localhost]", false },
		{ "[127.0.0.1]", false },
		{ "[]", false },
		{ "127.1", false },
		{ "0x7f000001", false },
		{ "2130706433", false },
		{ "loc\xc3\xa4lhost", false },
		{ "local\thost", false },
	};
	struct guard *guard = open_guard();
	char *longest = malloc(1 << 20);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct guard_headers headers = { .host = rows[i].host };

		bool is_right = guard_host_is_ours(guard, &headers) == rows[i].is_ours;

		CU_ASSERT(is_right);
		if (!is_right)
			printf("Host: %s\n", rows[i].host);
	}
	memset(longest, 'a', (1 << 20) - 1);
	longest[(1 << 20) - 1] = '\0';
	CU_ASSERT_FALSE(guard_host_is_ours(guard, &(struct guard_headers){ .host = longest }));
	free(longest);
	guard_close(guard);
	guard_close(NULL);
}

static void sites(void)
{
	static const struct {
		const char *host, *origin, *site, *referer;
		bool is_own;
	} rows[] = {
		/* a program */
		{ "localhost", NULL, NULL, NULL, true },
		{ NULL, NULL, NULL, NULL, true },
		/* Origin decides, whatever the rest says */
		{ "localhost:8443", "https://localhost", NULL, NULL, true },
		{ "localhost:8443", "http://LOCALHOST:8000", "cross-site", NULL, true },
		{ "[::1]:8000", "http://[0:0::1]", NULL, NULL, true },
		{ "127.0.0.1", "http://127.0.0.1:9", "same-site", NULL, true },
		{ "trng.example.", "https://trng.example", NULL, NULL, true },
		{ "localhost", "http://127.0.0.1", NULL, NULL, false },
		{ "localhost", "http://evil.example", "same-origin", "http://localhost/", false },
		{ "localhost", "http://localhost.evil.example", NULL, NULL, false },
		{ "localhost", "http://evil.example#localhost", NULL, NULL, false },
		{ "localhost", "http://evil.example@localhost", NULL, NULL, false },
		{ "localhost", "http://localhost/", NULL, NULL, false },
		{ "localhost", "null", "same-origin", NULL, false },
		{ "localhost", "", NULL, NULL, false },
		{ "localhost", "localhost", NULL, NULL, false },
		{ "localhost", "ftp://localhost", NULL, NULL, false },
		{ "localhost", "http://", NULL, NULL, false },
		{ "localhost", "http://localhost http://evil.example", NULL, NULL, false },
		{ NULL, "http://localhost", NULL, NULL, false },
		{ "", "http://", NULL, NULL, false },
		/* those of cors_origins */
		{ "localhost", "https://page.example", "cross-site", NULL, true },
		{ "localhost", "HTTPS://PAGE.example:443", NULL, NULL, true },
		{ "localhost", "http://page.example:8080", NULL, NULL, true },
		{ NULL, "https://page.example", NULL, NULL, true },
		{ "localhost", "http://page.example", NULL, NULL, false },
		{ "localhost", "https://page.example:8080", NULL, NULL, false },
		/* without Origin: what the browser says */
		{ "localhost", NULL, "same-origin", NULL, true },
		{ "localhost", NULL, "none", "http://evil.example/", true },
		{ "localhost", NULL, "cross-site", NULL, false },
		{ "localhost", NULL, "same-site", NULL, false },
		{ "localhost", NULL, "", NULL, false },
		{ "localhost", NULL, "Same-Origin", NULL, false },
		{ "localhost", NULL, "cross-site", "http://evil.example/", false },
		{ "localhost", NULL, "cross-site", "https://page.example/x?y", true },
		{ "localhost", NULL, "same-site", "https://localhost:8443/x", true },
		/* an old browser: Referer alone */
		{ "localhost", NULL, NULL, "http://localhost:8000/#page", true },
		{ "localhost", NULL, NULL, "http://localhost", true },
		{ "localhost", NULL, NULL, "http://localhost?x", true },
		{ "localhost", NULL, NULL, "http://evil.example/localhost", false },
		{ "localhost", NULL, NULL, "http://evil.example?://localhost/", false },
		{ "localhost", NULL, NULL, "http://localhost\\@evil.example/", false },
		{ "localhost", NULL, NULL, "about:blank", false },
		{ "localhost", NULL, NULL, "", false },
	};
	struct guard *guard = open_guard();

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct guard_headers headers = { .host = rows[i].host,
						 .origin = rows[i].origin,
						 .sec_fetch_site = rows[i].site,
						 .referer = rows[i].referer };

		bool is_right = guard_is_own_site(guard, &headers) == rows[i].is_own;

		CU_ASSERT(is_right);
		if (!is_right)
			printf("row %zu\n", i);
		CU_ASSERT_EQUAL(guard_allows_origin(guard, &headers),
				rows[i].origin && rows[i].is_own);
	}
	guard_close(guard);
}

static void bad_rules(void)
{
	static const struct {
		const char *item, *key;
		size_t offset;
	} rows[] = {
#define NAMES   "httpd.server_names: ", offsetof(struct config_httpd, server_names)
#define ORIGINS "httpd.cors_origins: ", offsetof(struct config_httpd, cors_origins)
#define PROXIES "httpd.trusted_proxies: ", offsetof(struct config_httpd, trusted_proxies)
		{ "https://trng.example", NAMES },
		{ "trng.example:80", NAMES },
		{ "*", NAMES },
		{ "*.example", NAMES },
		{ "", NAMES },
		{ "*", ORIGINS },
		{ "null", ORIGINS },
		{ "page.example", ORIGINS },
		{ "https://page.example/", ORIGINS },
		{ "https://*.example", ORIGINS },
		{ "localhost", PROXIES },
		{ "10.0.0.0/33", PROXIES },
		{ "*", PROXIES },
	};
	char said[1000];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct config_httpd config = { 0 };
		char item[40], *items[] = { item, item };
		struct guard *guard = NULL;

		strcpy(item, rows[i].item);
		*(struct config_list *)((char *)&config + rows[i].offset) =
			(struct config_list){ items, 2 };
		unit_capture();
		CU_ASSERT_EQUAL(guard_open(&guard, &config, NULL), -EINVAL);
		unit_captured(said, sizeof(said));
		CU_ASSERT_PTR_NULL(guard);
		CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(said, rows[i].key));
		CU_ASSERT_PTR_NOT_NULL(strstr(strstr(said, rows[i].key) + 1, rows[i].key));
		CU_ASSERT_PTR_NOT_NULL(strstr(said, rows[i].item));
	}
}

static const struct unit_test tests[] = {
	{ "hosts", hosts },
	{ "sites", sites },
	{ "bad rules", bad_rules },
};

int main(void)
{
	return unit_run("http_guard_origin", tests, COUNT(tests));
}
