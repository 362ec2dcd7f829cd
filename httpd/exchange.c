/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exchange - one request and its answer. */
#include "httpd/exchange.h"

#include "common/secret.h"
#include "httpd/clock.h"
#include "httpd/gate.h"
#include "httpd/reply.h"
#include "httpd/route.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- what the request says ---- */

static const struct header_place {
	const char *name;
	size_t offset; /* in struct guard_headers */
	bool is_list;  /* several lines are one, joined by commas (RFC 9110, 5.2); else only one may
			  come */
} header_places[] = {
#define PLACE(header, field, is_list)                                                              \
	{                                                                                          \
		header, offsetof(struct guard_headers, field), is_list                             \
	}
	PLACE("Host", host, false),
	PLACE("Origin", origin, false),
	PLACE("Referer", referer, false),
	PLACE("Sec-Fetch-Site", sec_fetch_site, false),
	PLACE("Authorization", authorization, false),
	PLACE("Cookie", cookie, false),
	PLACE("Forwarded", forwarded, true),
	PLACE("X-Forwarded-For", x_forwarded_for, true),
	PLACE("X-Forwarded-Proto", x_forwarded_proto, true),
	PLACE("X-Real-IP", x_real_ip, true),
#undef PLACE
};

_Static_assert(sizeof(header_places) / sizeof(header_places[0]) == EXCHANGE_HEADERS,
	       "room for all");

/* A line of it has been there: a proxy adds its own behind what it was sent. */
static void join(struct exchange *exchange, size_t i, const char **place, const char *value)
{
	char *joined;

	if (!header_places[i].is_list || asprintf(&joined, "%s, %s", *place, value) < 0) {
		exchange->is_ambiguous = true;
		return;
	}
	free(exchange->joined[i]);
	exchange->joined[i] = joined;
	*place = joined;
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name,
				   const char *value)
{
	struct exchange *exchange = cls;

	(void)kind;
	if (!strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) ||
	    !strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING))
		exchange->lengths++;
	for (size_t i = 0; i < EXCHANGE_HEADERS; i++) {
		const char **place = (const char **)(void *)((char *)&exchange->headers +
							     header_places[i].offset);

		if (strcasecmp(name, header_places[i].name) != 0)
			continue;
		if (*place)
			join(exchange, i, place, value ? value : "");
		else
			*place = value ? value : "";
	}
	return MHD_YES;
}

static enum MHD_Result take_param(void *cls, enum MHD_ValueKind kind, const char *name,
				  size_t name_len, const char *value, size_t value_len)
{
	(void)kind;
	query_add(cls, name, name_len, value, value_len);
	return MHD_YES;
}

/* Signatures are checked once a connection. */
static bool is_certified(struct exchange *exchange)
{
	struct connection *connection = exchange->connection;

	if (!connection->is_judged)
		connection->is_certified =
			exchange->server->tls && listener_is_certified(exchange->mhd);
	connection->is_judged = true;
	return connection->is_certified;
}

static bool is_tls(const struct exchange *exchange)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(exchange->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return info && info->tls_session;
}

/* ---- the request ---- */

/* Who calls comes first: limits count by the client's address, and the log names him. */
static void identify(struct exchange *exchange)
{
	MHD_get_connection_values(exchange->mhd, MHD_HEADER_KIND, take_header, exchange);
	exchange->has_credential =
		guard_identify(exchange->server->guard, &exchange->headers,
			       &exchange->connection->address, is_tls(exchange),
			       is_certified(exchange), clock_now_s(), &exchange->caller) == 0;
}

static void run(struct exchange *exchange)
{
	exchange->is_whole = true;
	connections_begin(&exchange->server->connections, exchange->connection);
	identify(exchange);
	if (!gate_passes(exchange))
		return;
	MHD_get_connection_values_n(exchange->mhd, MHD_GET_ARGUMENT_KIND, take_param,
				    &exchange->query);
	exchange->route->handle(exchange);
}

/* ---- life ---- */

/* libmicrohttpd decodes it to the end of a string. */
static bool has_nul(const char *uri)
{
	const char *nul = strstr(uri, "%00");

	return nul && nul < uri + strcspn(uri, "?");
}

void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *socket =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct exchange *exchange;

	if (!socket || !socket->socket_context)
		return NULL;
	exchange = calloc(1, sizeof(*exchange));
	if (!exchange)
		return NULL;
	exchange->server = cls;
	exchange->mhd = mhd;
	exchange->connection = socket->socket_context;
	exchange->left_bits = UINT64_MAX;
	exchange->started_ms = clock_now_ms();
	exchange->is_over_long = strlen(uri) > EXCHANGE_MOST_URL_BYTES;
	exchange->has_nul = has_nul(uri);
	return exchange;
}

static enum MHD_Result take_head(struct exchange *exchange, const char *url, const char *method,
				 const char *version)
{
	exchange->method = method;
	exchange->version = version;
	exchange->path = strdup(exchange->is_over_long ? "/" : url);
	return exchange->path ? MHD_YES : MHD_NO;
}

/* Only the login takes a body, and a short one; what is longer is thrown away as it comes. */
static enum MHD_Result take_body(struct exchange *exchange, const char *upload,
				 size_t *upload_bytes)
{
	size_t room = EXCHANGE_MOST_BODY_BYTES + 1 - exchange->body_bytes;
	size_t len = *upload_bytes < room ? *upload_bytes : room;

	if (!exchange->body)
		exchange->body = calloc(1, EXCHANGE_MOST_BODY_BYTES + 2);
	if (!exchange->body)
		return MHD_NO;
	memcpy(exchange->body + exchange->body_bytes, upload, len);
	exchange->body_bytes += len;
	*upload_bytes = 0;
	return MHD_YES;
}

enum MHD_Result exchange_handle(void *cls, struct MHD_Connection *mhd, const char *url,
				const char *method, const char *version, const char *upload,
				size_t *upload_bytes, void **context)
{
	struct exchange *exchange = *context;

	(void)cls, (void)mhd;
	if (!exchange)
		return MHD_NO;
	if (!exchange->path)
		return take_head(exchange, url, method, version);
	if (*upload_bytes > 0)
		return take_body(exchange, upload, upload_bytes);
	if (!exchange->is_whole) {
		run(exchange);
		/* The hub may have answered by now: that is sent when we are called again. */
		if (exchange->is_suspended)
			return MHD_YES;
	}
	return reply_send(exchange);
}

static void log_and_count(struct exchange *exchange)
{
	const struct caller *caller = &exchange->caller;
	const struct access_entry entry = {
		.address = &caller->address,
		.user = caller->is_known ? caller->token.name : NULL,
		.method = exchange->method,
		.path = exchange->path,
		.version = exchange->version,
		.code = exchange->code,
		.body_bytes = exchange->body_out_bytes,
		.bits = exchange->bits,
		.file = exchange->file[0] ? exchange->file : NULL,
		.took_ms = clock_now_ms() - exchange->started_ms,
	};

	access_write(exchange->server->access, &entry);
	metrics_count(exchange->server->metrics, route_number(exchange->route), exchange->code,
		      exchange->bits, exchange->is_urandom);
}

void exchange_completed(void *cls, struct MHD_Connection *mhd, void **context,
			enum MHD_RequestTerminationCode why)
{
	struct exchange *exchange = *context;

	(void)cls, (void)mhd, (void)why;
	*context = NULL;
	if (!exchange)
		return;
	if (exchange->charged_bits > 0 && exchange->bits == 0)
		budgets_return(exchange->server->budgets, exchange->caller.token.name,
			       exchange->charged_bits, exchange->charged_s);
	if (exchange->is_whole)
		log_and_count(exchange);
	connections_end_request(&exchange->server->connections, exchange->connection);
	if (exchange->response)
		MHD_destroy_response(exchange->response);
	if (exchange->body)
		secret_wipe(exchange->body, EXCHANGE_MOST_BODY_BYTES);
	for (size_t i = 0; i < EXCHANGE_HEADERS; i++)
		free(exchange->joined[i]);
	free(exchange->body);
	free(exchange->path);
	free(exchange);
}

void exchange_notify(void *cls, struct MHD_Connection *mhd, void **context,
		     enum MHD_ConnectionNotificationCode code)
{
	struct server *server = cls;

	connections_notify(&server->connections, mhd, context, code);
}

enum MHD_Result exchange_accept(void *cls, const struct sockaddr *address, socklen_t len)
{
	struct server *server = cls;
	struct address peer;

	(void)len;
	if (connections_count(&server->connections) >= server->most_connections)
		return MHD_NO;
	/* Nobody takes all places: who has too many connections is told so by a 429, up to a
	 * point. */
	return address_from(&peer, address) == 0 && limits_is_crowded(server->limits, &peer)
		       ? MHD_NO
		       : MHD_YES;
}

bool exchange_can_wait(struct exchange *exchange)
{
	if (!hub_is_stuck(exchange->server->hub))
		return true;
	reply_error(exchange, 555,
		    "fuse-trng has not answered for seconds: it is stopped or hangs");
	return false;
}

void exchange_suspend(struct exchange *exchange, struct task *task)
{
	exchange->is_suspended = true;
	MHD_suspend_connection(exchange->mhd);
	hub_add(exchange->server->hub, task);
}

void exchange_resume(struct exchange *exchange)
{
	if (!exchange->response && exchange->code != EXCHANGE_CODE_GONE) {
		reply_error(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
			    atomic_load(&exchange->server->is_stopping)
				    ? "the server is stopping"
				    : "out of memory; try again");
		reply_retry(exchange, 10);
	}
	MHD_resume_connection(exchange->mhd);
}

int exchange_socket(const struct exchange *exchange)
{
	return exchange->connection->fd;
}

void exchange_owner(const struct exchange *exchange, char owner[STORE_OWNER_BYTES])
{
	char address[ADDRESS_TEXT_BYTES];

	if (exchange->caller.is_known)
		snprintf(owner, STORE_OWNER_BYTES, "token:%s", exchange->caller.token.name);
	else
		snprintf(owner, STORE_OWNER_BYTES, "address:%s",
			 address_format(&exchange->caller.address, false, address));
}
