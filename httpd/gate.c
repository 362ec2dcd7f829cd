/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gate - what every request must pass before a handler sees it. */
#include "httpd/gate.h"

#include "httpd/clock.h"
#include "httpd/reply.h"
#include "httpd/route.h"

#include <string.h>

/* A check answers and returns false, or returns true. They run in the order of the table below. */
static bool check_stopping(struct exchange *exchange)
{
	if (!atomic_load(&exchange->server->is_stopping))
		return true;
	reply_error(exchange, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is stopping");
	reply_retry(exchange, 10);
	return false;
}

static bool check_headers(struct exchange *exchange)
{
	if (!exchange->headers.host && !strcmp(exchange->version, MHD_HTTP_VERSION_1_1)) {
		reply_error(exchange, MHD_HTTP_BAD_REQUEST, "HTTP/1.1 wants a Host");
		return false;
	}
	/* A proxy may have believed the other one: what follows is nobody's request (RFC
	 * 9112, 6.3). */
	if (exchange->lengths > 1) {
		reply_error(exchange, MHD_HTTP_BAD_REQUEST,
			    "Content-Length and Transfer-Encoding: one of them, once");
		reply_header(exchange, MHD_HTTP_HEADER_CONNECTION, "close");
		return false;
	}
	if (!exchange->is_ambiguous)
		return true;
	reply_error(
		exchange, MHD_HTTP_BAD_REQUEST,
		"Host, Origin, Referer, Sec-Fetch-Site, Authorization or Cookie is given twice");
	return false;
}

static bool check_host(struct exchange *exchange)
{
	if (guard_host_is_ours(exchange->server->guard, &exchange->headers))
		return true;
	reply_error(exchange, MHD_HTTP_MISDIRECTED_REQUEST,
		    "Host names another server; if it is a name of this one, list it in "
		    "httpd.server_names");
	return false;
}

static bool check_length(struct exchange *exchange)
{
	if (!exchange->is_over_long)
		return true;
	reply_error(exchange, MHD_HTTP_URI_TOO_LONG, "the URL is longer than %d bytes",
		    EXCHANGE_MOST_URL_BYTES);
	return false;
}

static bool check_connections(struct exchange *exchange)
{
	if (!exchange->connection->is_over_limit)
		return true;
	reply_error(exchange, MHD_HTTP_TOO_MANY_REQUESTS,
		    "more than %u connections from this address "
		    "(httpd.max_connections_per_address)",
		    exchange->server->config->max_connections_per_address);
	reply_retry(exchange, 1);
	return false;
}

static bool check_rate(struct exchange *exchange)
{
	unsigned wait_s =
		limits_request(exchange->server->limits, &exchange->caller.address, clock_now_ms());

	if (wait_s == 0)
		return true;
	reply_error(exchange, MHD_HTTP_TOO_MANY_REQUESTS,
		    "more than %u requests a second from this address (httpd.max_requests_per_s)",
		    exchange->server->config->max_requests_per_s);
	reply_retry(exchange, wait_s);
	return false;
}

static void add_preflight(struct exchange *exchange, const char *allow)
{
	if (!exchange->headers.origin ||
	    !guard_allows_origin(exchange->server->guard, &exchange->headers))
		return;
	reply_header(exchange, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_METHODS, "%s", allow);
	reply_header(exchange, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_HEADERS,
		     "Authorization, Content-Type, Range, Last-Event-ID");
	reply_header(exchange, MHD_HTTP_HEADER_ACCESS_CONTROL_MAX_AGE, "600");
}

static bool check_route(struct exchange *exchange)
{
	bool is_known;
	char allow[80];
	struct text text;

	exchange->route = route_find(exchange->method, exchange->path, &is_known);
	if (!is_known || exchange->has_nul) {
		reply_error(exchange, MHD_HTTP_NOT_FOUND,
			    "there is nothing at this path; /openapi.json lists what there is");
		return false;
	}
	text_init(&text, allow, sizeof(allow));
	route_allow(exchange->path, &text);
	if (!strcmp(exchange->method, MHD_HTTP_METHOD_OPTIONS)) {
		reply_empty(exchange, MHD_HTTP_NO_CONTENT);
		reply_header(exchange, MHD_HTTP_HEADER_ALLOW, "%s", allow);
		add_preflight(exchange, allow);
		return false;
	}
	if (exchange->route)
		return true;
	reply_error(exchange, MHD_HTTP_METHOD_NOT_ALLOWED, "this path takes %s", allow);
	reply_header(exchange, MHD_HTTP_HEADER_ALLOW, "%s", allow);
	return false;
}

static bool refuse_nobody(struct exchange *exchange, const char *why)
{
	reply_error(exchange, MHD_HTTP_UNAUTHORIZED, "%s", why);
	reply_header(exchange, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"trng\"");
	return false;
}

static bool check_credential(struct exchange *exchange)
{
	return exchange->has_credential || refuse_nobody(exchange, "this is nobody's token");
}

static bool check_role(struct exchange *exchange)
{
	const struct route *route = exchange->route;

	if (exchange->caller.role >= route->role)
		return true;
	if (exchange->caller.role == ROLE_NONE)
		return refuse_nobody(exchange, "a token is needed: Authorization: Bearer SECRET, "
					       "or a session by POST /trng/session");
	reply_error(exchange, MHD_HTTP_FORBIDDEN, "this takes the role %s; you are %s",
		    role_name(route->role), role_name(exchange->caller.role));
	return false;
}

static bool check_site(struct exchange *exchange)
{
	if (!exchange->route->own_site ||
	    guard_is_own_site(exchange->server->guard, &exchange->headers))
		return true;
	reply_error(exchange, MHD_HTTP_FORBIDDEN,
		    "the request was sent by the page of another site; if that is meant, list its "
		    "origin in httpd.cors_origins");
	return false;
}

static bool (*const checks[])(struct exchange *) = {
	check_stopping,    check_headers, check_host,       check_length, check_route,
	check_connections, check_rate,    check_credential, check_role,   check_site,
};

bool gate_passes(struct exchange *exchange)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (!checks[i](exchange))
			return false;
	return true;
}
