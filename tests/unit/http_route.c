/* SPDX-License-Identifier: GPL-3.0-or-later */
/* route: the table of issue and documents, row by row, and what is in no row. */
#include "httpd/route.h"

#include "httpd/metrics.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define NUM         "/trng/randomNum/"

static const struct row {
	const char *path;
	const char *allow;
	const char *name; /* in metrics */
	enum role get, post, delete;
	bool is_page;
} rows[] = {
	{ NUM "getRandom", "GET, OPTIONS", NUM "getRandom", .get = ROLE_READER },
	{ NUM "init", "GET, OPTIONS", NUM "init", .get = ROLE_OPERATOR },
	{ NUM "shutdown", "GET, OPTIONS", NUM "shutdown", .get = ROLE_OPERATOR },
	{ NUM "restart", "GET, OPTIONS", NUM "restart", .get = ROLE_OPERATOR },
	{ NUM "generateTestdata", "GET, OPTIONS", NUM "generateTestdata", .get = ROLE_OPERATOR },
	{ NUM "downloadFile", "GET, OPTIONS", NUM "downloadFile", .get = ROLE_NONE },
	{ "/trng/status", "GET, HEAD, OPTIONS", "/trng/status", .get = ROLE_READER },
	{ "/trng/events", "GET, OPTIONS", "/trng/events", .get = ROLE_READER },
	{ "/trng/files", "GET, DELETE, OPTIONS", "/trng/files", .get = ROLE_READER,
	  .delete = ROLE_OPERATOR },
	{ "/trng/session", "GET, POST, DELETE, OPTIONS", "/trng/session", .get = ROLE_NONE },
	{ "/metrics", "GET, HEAD, OPTIONS", "/metrics", .get = ROLE_READER },
	{ "/healthz", "GET, HEAD, OPTIONS", "/healthz", .get = ROLE_NONE },
	{ "/openapi.json", "GET, HEAD, OPTIONS", "/openapi.json", .get = ROLE_NONE },
	{ "/", "GET, HEAD, OPTIONS", "page", .get = ROLE_NONE, .is_page = true },
	{ "/index.html", "GET, HEAD, OPTIONS", "page", .get = ROLE_NONE, .is_page = true },
	{ "/trng", "GET, HEAD, OPTIONS", "page", .get = ROLE_NONE, .is_page = true },
	{ "/metrics/", "GET, HEAD, OPTIONS", "page", .get = ROLE_NONE, .is_page = true },
	{ "/openapi.json.gz", "GET, HEAD, OPTIONS", "page", .get = ROLE_NONE, .is_page = true },
	{ "", "GET, HEAD, OPTIONS", "page", .get = ROLE_NONE, .is_page = true },
};

static bool has(const struct row *row, const char *method)
{
	char with_comma[16];

	snprintf(with_comma, sizeof(with_comma), "%s, ", method);
	return strstr(row->allow, with_comma) != NULL;
}

static void check_role(const struct row *row, const char *method, enum role role)
{
	bool is_known = false;
	const struct route *route = route_find(method, row->path, &is_known);

	CU_ASSERT(is_known);
	CU_ASSERT_PTR_NOT_NULL_FATAL(route);
	CU_ASSERT_PTR_NOT_NULL(route->handle);
	CU_ASSERT_EQUAL(route->role, role);
	CU_ASSERT_STRING_EQUAL(route->path ? route->path : row->path, row->path);
}

static void test_rows(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		check_role(&rows[i], "GET", rows[i].get);
		if (has(&rows[i], "HEAD"))
			check_role(&rows[i], "HEAD", rows[i].get);
		if (has(&rows[i], "POST"))
			check_role(&rows[i], "POST", rows[i].post);
		if (has(&rows[i], "DELETE"))
			check_role(&rows[i], "DELETE", rows[i].delete);
	}
}

/* Of a page, whether there is such a file comes before whether the method fits it. */
static void test_methods(void)
{
	static const char *const methods[] = { "GET",   "HEAD",    "POST",    "PUT",   "DELETE",
					       "PATCH", "OPTIONS", "CONNECT", "TRACE", "get",
					       "GETX",  "",        "G",       "GET ",  "\xff" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t j = 0; j < COUNT(methods); j++) {
			bool is_known = false;
			bool takes = (strcmp(methods[j], "OPTIONS") && methods[j][0] &&
				      has(&rows[i], methods[j])) ||
				     rows[i].is_page;

			CU_ASSERT_EQUAL(route_find(methods[j], rows[i].path, &is_known) != NULL,
					takes);
			CU_ASSERT(is_known);
		}
	}
}

static void test_allow(void)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		char data[80];
		struct text text;

		text_init(&text, data, sizeof(data));
		route_allow(rows[i].path, &text);
		CU_ASSERT_STRING_EQUAL(data, rows[i].allow);
		CU_ASSERT_FALSE(text.is_cut);
	}
}

/* What draws bits or changes state is not for a page of another site. */
static void test_own_site(void)
{
	static const struct {
		const char *method, *path;
	} own[] = {
		{ "GET", NUM "getRandom" },        { "GET", NUM "init" },
		{ "GET", NUM "shutdown" },         { "GET", NUM "restart" },
		{ "GET", NUM "generateTestdata" }, { "POST", "/trng/session" },
		{ "DELETE", "/trng/session" },     { "DELETE", "/trng/files" },
	};
	static const char *const methods[] = { "GET", "POST", "DELETE" };
	unsigned count = 0;
	bool is_known;

	for (size_t i = 0; i < COUNT(own); i++)
		CU_ASSERT(route_find(own[i].method, own[i].path, &is_known)->own_site);
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t j = 0; j < COUNT(methods); j++) {
			const struct route *route = route_find(methods[j], rows[i].path, &is_known);

			count += route && route->own_site;
		}
	}
	CU_ASSERT_EQUAL(count, COUNT(own)); /* and nothing else */
}

/* Below /trng/ there is no page. */
static void test_unknown(void)
{
	static const char *const paths[] = {
		"/trng/",
		"/trng/randomNum",
		"/trng/randomNum/",
		"/trng/randomNum/getrandom",
		"/trng/randomNum/getRandom/",
		"/trng/randomNum/getRandom2",
		"/trng/randomNum/getRando",
		"/trng/randomNum//getRandom",
		"/trng/randomnum/init",
		"/trng/status/",
		"/trng/Status",
		"/trng/../metrics",
		"/trng/\n",
		"/trng/index.html",
	};
	static const char *const methods[] = { "GET", "HEAD", "POST", "OPTIONS", "" };

	for (size_t i = 0; i < COUNT(paths); i++) {
		char data[80];
		struct text text;

		for (size_t j = 0; j < COUNT(methods); j++) {
			bool is_known = true;

			CU_ASSERT_PTR_NULL(route_find(methods[j], paths[i], &is_known));
			CU_ASSERT_FALSE(is_known);
		}
		text_init(&text, data, sizeof(data));
		route_allow(paths[i], &text);
		CU_ASSERT_STRING_EQUAL(data, "OPTIONS");
	}
}

/* Each row has a name of its own, and there are no others. */
static void test_names(void)
{
	unsigned count = 0;
	const char *const *names = route_names(&count);
	unsigned seen[METRICS_MOST_ROUTES] = { 0 };
	bool is_known;

	CU_ASSERT_FATAL(count > 2 && count <= METRICS_MOST_ROUTES);
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned number = route_number(route_find("GET", rows[i].path, &is_known));

		CU_ASSERT_FATAL(number < count);
		CU_ASSERT_STRING_EQUAL(names[number], rows[i].name);
		seen[number]++;
	}
	CU_ASSERT_EQUAL(route_number(NULL), count - 1);
	CU_ASSERT_STRING_EQUAL(names[count - 1], "none");
	for (unsigned i = 0; i < count - 2; i++)
		CU_ASSERT_EQUAL(seen[i], 1);
	CU_ASSERT_EQUAL(route_number(route_find("DELETE", "/trng/session", &is_known)),
			route_number(route_find("POST", "/trng/session", &is_known)));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each row", test_rows },         { "methods", test_methods },
		{ "Allow", test_allow },           { "own site", test_own_site },
		{ "unknown paths", test_unknown }, { "names", test_names },
	};

	return unit_run("http_route", tests, COUNT(tests));
}
