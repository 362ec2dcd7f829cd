/* SPDX-License-Identifier: GPL-3.0-or-later */
/* connection - every connection there is, and the end of those that only hold a place. */
#ifndef TRNG_HTTPD_CONNECTION_H
#define TRNG_HTTPD_CONNECTION_H

#include "httpd/address.h"
#include "httpd/guard.h"
#include "httpd/limits.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* The socket context of libmicrohttpd. */
struct connection {
	struct address address;
	int fd;
	bool is_counted;                    /* by its address; a proxy comes for many */
	bool is_over_limit;                 /* its address has more than it may have */
	bool is_judged, is_certified;       /* of libmicrohttpd's thread: its client certificate */
	bool is_busy;                       /* under lock: a whole request is being answered */
	uint64_t idle_since_ms;             /* under lock: accepted, or the last answer was sent */
	struct connection *previous, *next; /* under lock */
};

struct connections {
	pthread_mutex_t lock;
	struct connection *first;
	unsigned count;
	struct limits *limits;
	const struct guard
		*guard; /* who knows the proxies: they come for many, and no limit is theirs */
};

void connections_init(struct connections *connections, struct limits *limits,
		      const struct guard *guard);
void connections_finish(struct connections *connections);

/** connections_notify - a connection begins or ends; @context: of its socket. */
void connections_notify(struct connections *connections, struct MHD_Connection *connection,
			void **context, enum MHD_ConnectionNotificationCode code);

/** connections_begin, connections_end_request - a whole request has come; its answer is sent. */
void connections_begin(struct connections *connections, struct connection *connection);
void connections_end_request(struct connections *connections, struct connection *connection);

/**
 * connections_sweep - shut every connection down that has not sent a whole header in time.
 *
 * libmicrohttpd only ends those on which nothing moves: a byte now and then would hold a place for
 * ever.
 */
void connections_sweep(struct connections *connections, unsigned header_timeout_s);

/** connections_count - how many there are. */
unsigned connections_count(struct connections *connections);

#endif
