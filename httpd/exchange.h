/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exchange - one request and its answer.
 *
 * Made when the headers have come, ended when libmicrohttpd has sent the answer or given up. A
 * handler either answers at once (reply.h), or gives a task to the hub and suspends; the hub's
 * thread then answers and resumes. While it is suspended nobody but the task touches it.
 */
#ifndef TRNG_HTTPD_EXCHANGE_H
#define TRNG_HTTPD_EXCHANGE_H

#include "httpd/guard.h"
#include "httpd/query.h"
#include "httpd/server.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#define EXCHANGE_MOST_URL_BYTES  4096
#define EXCHANGE_MOST_BODY_BYTES 4096
#define EXCHANGE_HEADERS         10 /* that are looked at */
#define EXCHANGE_CODE_GONE                                                                         \
	499 /* the client left before its answer: seen in log and metrics only                     \
	     */

struct route;

struct exchange {
	struct server *server;
	struct MHD_Connection *mhd;
	struct connection *connection;
	const char *method, *version; /* libmicrohttpd's memory, for as long as the request */
	char *path;                   /* owned */
	const struct route *route;    /* NULL: the request did not get so far */
	struct guard_headers headers;
	char *joined[EXCHANGE_HEADERS]; /* owned: a header that came in several lines, as one */
	bool is_ambiguous;              /* a header that may come once came twice */
	unsigned lengths;               /* times that the body's length was told */
	struct caller caller;
	bool has_credential; /* or sent none; false: one that is nobody's */
	struct query query;
	char *body; /* owned */
	size_t body_bytes;
	bool is_over_long; /* the URL */
	bool has_nul;      /* in the path, which is then not what it seems */
	bool is_whole;     /* all of it has come, and the checks have run */
	bool is_suspended;
	bool is_page; /* answered by a file of the page: other security headers */

	struct MHD_Response *response; /* owned; what is to be sent */
	unsigned code;
	uint64_t body_out_bytes;
	uint64_t bits;         /* that the caller is given */
	bool is_urandom;       /* and where they are from */
	uint64_t charged_bits; /* of his budget; given back if he gets none */
	uint64_t charged_s;
	uint64_t left_bits; /* of his budget; UINT64_MAX: none */
	char file[STORE_NAME_BYTES];
	uint64_t started_ms;
};

/** exchange_begin - a request's first line has come; @uri as sent. Return: the exchange, or NULL.
 */
void *exchange_begin(void *cls, const char *uri, struct MHD_Connection *mhd);

/** exchange_handle, exchange_completed - what libmicrohttpd is told to call; @cls: struct server.
 */
enum MHD_Result exchange_handle(void *cls, struct MHD_Connection *mhd, const char *url,
				const char *method, const char *version, const char *upload,
				size_t *upload_bytes, void **context);
void exchange_completed(void *cls, struct MHD_Connection *mhd, void **context,
			enum MHD_RequestTerminationCode why);

/** exchange_notify - a connection begins or ends. */
void exchange_notify(void *cls, struct MHD_Connection *mhd, void **context,
		     enum MHD_ConnectionNotificationCode code);

/** exchange_accept - whether a new connection is let in at all. */
enum MHD_Result exchange_accept(void *cls, const struct sockaddr *address, socklen_t len);

/**
 * exchange_can_wait - false: answered with 555, because the daemon answers nobody at present.
 * For handlers, before they suspend.
 */
bool exchange_can_wait(struct exchange *exchange);

/** exchange_suspend - hand @task over; the answer comes from the hub. In a handler only, as its
 * last act. */
void exchange_suspend(struct exchange *exchange, struct task *task);

/** exchange_resume - the task is over: send what it has answered (503 if nothing). On the hub's
 * thread. */
void exchange_resume(struct exchange *exchange);

/** exchange_socket - of the client, for hub_watch_client(). */
int exchange_socket(const struct exchange *exchange);

/** exchange_owner - who the caller's files and progress belong to: "token:NAME" or
 * "address:ADDRESS". */
void exchange_owner(const struct exchange *exchange, char owner[STORE_OWNER_BYTES]);

#endif
