/* SPDX-License-Identifier: GPL-3.0-or-later */
/* route - THE table of what the server answers. */
#include "httpd/route.h"

#include "httpd/command.h"
#include "httpd/files.h"
#include "httpd/generate.h"
#include "httpd/login.h"
#include "httpd/look.h"
#include "httpd/numbers.h"
#include "httpd/page.h"
#include "httpd/stream.h"

#include <string.h>

#define RANDOM_NUM "/trng/randomNum/"

/* Rows of one path stand together. */
static const struct route routes[] = {
	{ "GET", RANDOM_NUM "getRandom", ROLE_READER, false, true, numbers_handle },
	{ "GET", RANDOM_NUM "init", ROLE_OPERATOR, false, true, command_handle },
	{ "GET", RANDOM_NUM "shutdown", ROLE_OPERATOR, false, true, command_handle },
	{ "GET", RANDOM_NUM "restart", ROLE_OPERATOR, false, true, command_handle },
	{ "GET", RANDOM_NUM "generateTestdata", ROLE_OPERATOR, false, true, generate_handle },
	/* An id is a right of its own, so the handler looks at the role. */
	{ "GET", RANDOM_NUM "downloadFile", ROLE_NONE, false, false, files_download },
	{ "GET", "/trng/status", ROLE_READER, true, false, look_status },
	{ "GET", "/trng/events", ROLE_READER, false, false, stream_handle },
	{ "GET", "/trng/files", ROLE_READER, false, false, files_list },
	{ "DELETE", "/trng/files", ROLE_OPERATOR, false, true, files_delete },
	{ "GET", "/trng/session", ROLE_NONE, false, false, login_show },
	{ "POST", "/trng/session", ROLE_NONE, false, true, login_begin },
	{ "DELETE", "/trng/session", ROLE_NONE, false, true, login_end },
	{ "GET", "/metrics", ROLE_READER, true, false, look_metrics },
	{ "GET", "/healthz", ROLE_NONE, true, false, look_health },
	{ "GET", "/openapi.json", ROLE_NONE, true, false, page_openapi },
	{ "GET", NULL, ROLE_NONE, true, false, page_handle },
};

#define ROUTES (sizeof(routes) / sizeof(routes[0]))

static const char *const names[] = {
	RANDOM_NUM "getRandom",
	RANDOM_NUM "init",
	RANDOM_NUM "shutdown",
	RANDOM_NUM "restart",
	RANDOM_NUM "generateTestdata",
	RANDOM_NUM "downloadFile",
	"/trng/status",
	"/trng/events",
	"/trng/files",
	"/trng/session",
	"/metrics",
	"/healthz",
	"/openapi.json",
	"page",
	"none",
};

#define NAMES (sizeof(names) / sizeof(names[0]))

/* Below /trng/ there is the API and no page: a mistyped path is an error, not a file. */
static bool is_of(const struct route *route, const char *path)
{
	return route->path ? !strcmp(route->path, path) : strncmp(path, "/trng/", 6) != 0;
}

static bool takes(const struct route *route, const char *method)
{
	/* Whether a page has that file comes first: without it, any method is a 404. */
	return !route->path || !strcmp(route->method, method) ||
	       (route->with_head && !strcmp(method, "HEAD"));
}

/* The first row that has the path; a page's file only if no other row has it. */
static const struct route *first_of(const char *path)
{
	for (size_t i = 0; i < ROUTES; i++)
		if (is_of(&routes[i], path))
			return &routes[i];
	return NULL;
}

static bool is_same_path(const struct route *a, const struct route *b)
{
	return a->path && b->path ? !strcmp(a->path, b->path) : a->path == b->path;
}

const struct route *route_find(const char *method, const char *path, bool *is_known)
{
	const struct route *first = first_of(path);

	*is_known = first != NULL;
	for (const struct route *route = first; route && route < routes + ROUTES; route++)
		if (is_same_path(route, first) && takes(route, method))
			return route;
	return NULL;
}

void route_allow(const char *path, struct text *text)
{
	const struct route *first = first_of(path);

	for (const struct route *route = first; route && route < routes + ROUTES; route++)
		if (is_same_path(route, first))
			text_add(text, "%s, %s", route->method, route->with_head ? "HEAD, " : "");
	text_add(text, "OPTIONS");
}

const char *const *route_names(unsigned *count)
{
	*count = NAMES;
	return names;
}

unsigned route_number(const struct route *route)
{
	for (unsigned i = 0; route && route->path && i < NAMES - 2; i++)
		if (!strcmp(names[i], route->path))
			return i;
	return route ? NAMES - 2 : NAMES - 1;
}
