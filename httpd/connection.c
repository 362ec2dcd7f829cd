/* SPDX-License-Identifier: GPL-3.0-or-later */
/* connection - every connection there is, and the end of those that only hold a place. */
#include "httpd/connection.h"

#include "httpd/clock.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#define LEFT_MS 1000 /* what the peer sent before it left is read by then */

void connections_init(struct connections *connections, struct limits *limits,
		      const struct guard *guard)
{
	*connections = (struct connections){ .limits = limits, .guard = guard };
	pthread_mutex_init(&connections->lock, NULL);
}

void connections_finish(struct connections *connections)
{
	pthread_mutex_destroy(&connections->lock);
}

static struct connection *add(struct connections *all, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *peer =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const union MHD_ConnectionInfo *socket =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct connection *entry = calloc(1, sizeof(*entry));

	if (!entry || !peer || !socket || address_from(&entry->address, peer->client_addr) < 0) {
		free(entry);
		return NULL;
	}
	entry->fd = socket->connect_fd;
	entry->is_counted = !guard_is_proxy(all->guard, &entry->address);
	entry->is_over_limit =
		entry->is_counted && limits_connect(all->limits, &entry->address) < 0;
	entry->idle_since_ms = clock_now_ms();
	pthread_mutex_lock(&all->lock);
	entry->next = all->first;
	if (all->first)
		all->first->previous = entry;
	all->first = entry;
	all->count++;
	pthread_mutex_unlock(&all->lock);
	return entry;
}

/* Called before the socket is closed: the sweep never sees a number that is somebody else's by now.
 */
static void remove_entry(struct connections *all, struct connection *entry)
{
	pthread_mutex_lock(&all->lock);
	*(entry->previous ? &entry->previous->next : &all->first) = entry->next;
	if (entry->next)
		entry->next->previous = entry->previous;
	all->count--;
	pthread_mutex_unlock(&all->lock);
	if (entry->is_counted)
		limits_disconnect(all->limits, &entry->address);
	free(entry);
}

void connections_notify(struct connections *connections, struct MHD_Connection *connection,
			void **context, enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = add(connections, connection);
	} else if (*context) {
		remove_entry(connections, *context);
		*context = NULL;
	}
}

void connections_begin(struct connections *connections, struct connection *connection)
{
	pthread_mutex_lock(&connections->lock);
	connection->is_busy = true;
	pthread_mutex_unlock(&connections->lock);
}

void connections_end_request(struct connections *connections, struct connection *connection)
{
	pthread_mutex_lock(&connections->lock);
	connection->is_busy = false;
	connection->idle_since_ms = clock_now_ms();
	pthread_mutex_unlock(&connections->lock);
}

/* Of bytes and the end of a connection that come together libmicrohttpd reads the bytes, and is
 * never told of the end: its epoll tells of changes, and this was one. */
static bool has_left(const struct connection *entry)
{
	struct pollfd peer = { .fd = entry->fd, .events = POLLRDHUP };

	return poll(&peer, 1, 0) == 1;
}

static bool is_over(const struct connection *entry, uint64_t now_ms, unsigned header_timeout_s)
{
	uint64_t idle_ms = now_ms - entry->idle_since_ms;

	return !entry->is_busy && (idle_ms >= (uint64_t)header_timeout_s * 1000 ||
				   (idle_ms >= LEFT_MS && has_left(entry)));
}

void connections_sweep(struct connections *connections, unsigned header_timeout_s)
{
	uint64_t now_ms;

	pthread_mutex_lock(&connections->lock);
	now_ms = clock_now_ms(); /* under lock: not before any idle_since_ms */
	for (struct connection *entry = connections->first; entry; entry = entry->next)
		if (is_over(entry, now_ms, header_timeout_s))
			shutdown(entry->fd, SHUT_RDWR);
	pthread_mutex_unlock(&connections->lock);
}

unsigned connections_count(struct connections *connections)
{
	unsigned count;

	pthread_mutex_lock(&connections->lock);
	count = connections->count;
	pthread_mutex_unlock(&connections->lock);
	return count;
}
