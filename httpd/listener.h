/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listener - libmicrohttpd on each address that the server listens on. */
#ifndef TRNG_HTTPD_LISTENER_H
#define TRNG_HTTPD_LISTENER_H

#include "httpd/setup.h"
#include "httpd/tls.h"

#include <microhttpd.h>
#include <stdbool.h>

/* Memory of a connection for a request's line and headers: the limit of both. */
#define LISTENER_CONNECTION_BYTES 16384

/* Any callback but handle may be NULL. They are called on the addresses' threads. */
struct listener_settings {
	const struct setup_listen *listen;
	size_t listen_count;
	struct tls *tls;           /* NULL if no address speaks it; closed after the listener */
	unsigned most_connections; /* each address gets so many */
	unsigned idle_timeout_s;   /* a connection on which nothing moves ends after so long */
	MHD_AcceptPolicyCallback accept;
	void *(*request_line)(void *cls, const char *uri, struct MHD_Connection *connection);
	MHD_AccessHandlerCallback handle;
	MHD_RequestCompletedCallback completed;
	MHD_NotifyConnectionCallback connection;
	void *cls; /* of all five */
};

struct listener;

/**
 * listener_open - bind every address, then start one thread each (epoll, suspended connections).
 *
 * Complains in the log of the address that cannot be bound and says why. All signals stay blocked
 * in the threads. What libmicrohttpd has to say is logged as debugging; when it aborts the process,
 * as an error first.
 * Return: 0, -errno.
 */
int listener_open(struct listener **listener, const struct listener_settings *settings);

/** listener_address - number @index as bound (with the port that 0 became). */
const struct setup_listen *listener_address(const struct listener *listener, size_t index);

/**
 * listener_is_certified - whether this client showed a certificate that our authority signed.
 *
 * Only in a handler. It checks signatures each time: ask once a connection.
 */
bool listener_is_certified(struct MHD_Connection *connection);

/**
 * listener_quiesce - accept nobody any more: who comes is hung up on. The sockets are closed by
 * listener_close(). (MHD_quiesce_daemon() of 0.9.75 races with its own thread for the socket's
 * place in the epoll set, and the loser aborts the process.)
 */
void listener_quiesce(struct listener *listener);

/** listener_connections - how many there are now. Safe from any thread. */
unsigned listener_connections(const struct listener *listener);

/**
 * listener_close - end what connections there are, and the threads.
 *
 * After listener_quiesce(), when no connection is suspended any more: libmicrohttpd aborts on
 * those.
 * @listener may be NULL.
 */
void listener_close(struct listener *listener);

#endif
