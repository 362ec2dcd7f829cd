/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libmicrohttpd on each address. A TLS session gets its credentials here, from `tls`, as soon as
 * its connection is known and before its handshake: those that libmicrohttpd could be given at
 * start can never be replaced.
 */
#include "httpd/listener.h"

#include "common/log.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

/* A client that has lost its power or its network is noticed after 60 + 4 * 15 s. */
#define KEEPALIVE_IDLE_S  60
#define KEEPALIVE_EVERY_S 15
#define KEEPALIVE_PROBES  4

struct server {
	struct setup_listen bound;
	int fd; /* until the daemon has it; -1 */
	struct MHD_Daemon *daemon;
};

struct listener {
	struct listener_settings settings;
	atomic_bool is_quiesced;
	atomic_uint connections;
	size_t count;
	struct server servers[];
};

/* ---- what libmicrohttpd calls ---- */

__attribute__((format(printf, 2, 0))) static void on_log(void *cls, const char *format,
							 va_list args)
{
	char text[500];

	(void)cls;
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	log_debug("libmicrohttpd: %s", text);
}

static void on_panic(void *cls, const char *file, unsigned line, const char *reason)
{
	(void)cls;
	log_error("libmicrohttpd gives up at %s:%u: %s", file, line, reason ? reason : "");
	abort();
}

static enum MHD_Result on_accept(void *cls, const struct sockaddr *address, socklen_t len)
{
	struct listener *listener = cls;
	const struct listener_settings *settings = &listener->settings;

	if (atomic_load(&listener->is_quiesced))
		return MHD_NO;
	return settings->accept ? settings->accept(settings->cls, address, len) : MHD_YES;
}

static gnutls_session_t session_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	return info ? info->tls_session : NULL;
}

static int fd_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* At the end the session's memory is free already, so `tls` is told of the descriptor alone. */
static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct listener *listener = cls;
	const struct listener_settings *settings = &listener->settings;
	bool has_started = code == MHD_CONNECTION_NOTIFY_STARTED;
	gnutls_session_t session = has_started ? session_of(connection) : NULL;

	if (has_started)
		atomic_fetch_add(&listener->connections, 1);
	else
		atomic_fetch_sub(&listener->connections, 1);
	if (session && tls_attach(settings->tls, session, fd_of(connection)) < 0)
		log_warning("no memory for a TLS session");
	if (settings->connection)
		settings->connection(settings->cls, connection, context, code);
	if (!has_started && settings->tls)
		tls_detach(settings->tls, fd_of(connection));
}

static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *connection)
{
	const struct listener_settings *settings = cls;

	return settings->request_line ? settings->request_line(settings->cls, uri, connection)
				      : NULL;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **context,
			 enum MHD_RequestTerminationCode code)
{
	const struct listener_settings *settings = cls;

	if (settings->completed)
		settings->completed(settings->cls, connection, context, code);
}

/* Of the credentials that libmicrohttpd insists on having, where tls_attach() failed. */
static int on_certificate(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
			  const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
			  gnutls_pcert_st **chain, unsigned *chain_len, gnutls_privkey_t *key)
{
	(void)session;
	(void)authorities;
	(void)count;
	(void)algorithms;
	(void)algorithm_count;
	(void)chain;
	(void)chain_len;
	(void)key;
	return -1;
}

/* ---- sockets ---- */

static const char *explain(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "another program listens there";
	case EADDRNOTAVAIL:
		return "no interface of this machine has that address";
	case EACCES:
		return "ports below 1024 need CAP_NET_BIND_SERVICE";
	default:
		return strerror(error);
	}
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

/* Accepted sockets inherit what is set here. */
static int prepare(int fd, int family)
{
	int ret = set(fd, SOL_SOCKET, SO_REUSEADDR, 1);

	if (ret == 0 && family == AF_INET6)
		ret = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (ret == 0)
		ret = set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	if (ret == 0)
		ret = set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	if (ret == 0)
		ret = set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S);
	return ret < 0 ? ret : set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
}

static int bind_address(int fd, struct address *address)
{
	struct sockaddr_storage bound;
	socklen_t len = sizeof(bound);
	int ret = prepare(fd, address->to.any.sa_family);

	if (ret < 0)
		return ret;
	if (bind(fd, &address->to.any, address_len(address)) || listen(fd, BACKLOG) ||
	    getsockname(fd, (struct sockaddr *)&bound, &len))
		return -errno;
	return address_from(address, (struct sockaddr *)&bound);
}

static int bind_server(struct server *server)
{
	struct address *address = &server->bound.address;
	char text[ADDRESS_TEXT_BYTES];
	int ret;

	server->fd = socket(address->to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			    IPPROTO_TCP);
	ret = server->fd < 0 ? -errno : bind_address(server->fd, address);
	if (ret < 0)
		log_error("cannot listen on %s: %s", address_format(address, true, text),
			  explain(-ret));
	return ret;
}

/* ---- threads ---- */

static unsigned flags_of(const struct setup_listen *bound)
{
	unsigned flags =
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

	if (bound->is_tls)
		flags |= MHD_USE_TLS;
	if (bound->address.to.any.sa_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	return flags;
}

static struct MHD_Daemon *start_daemon(struct listener *listener, const struct server *server)
{
	struct listener_settings *settings = &listener->settings;

	/* The options of TLS are refused where it is not spoken: there the list ends before them.
	 */
	return MHD_start_daemon(
		flags_of(&server->bound), 0, on_accept, listener, settings->handle, settings->cls,
		MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, server->fd,
		MHD_OPTION_CONNECTION_LIMIT, settings->most_connections,
		MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_timeout_s,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LISTENER_CONNECTION_BYTES,
		MHD_OPTION_URI_LOG_CALLBACK, on_request_line, settings, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, settings, MHD_OPTION_NOTIFY_CONNECTION, on_connection, listener,
		server->bound.is_tls ? MHD_OPTION_HTTPS_PRIORITIES : MHD_OPTION_END, TLS_PRIORITIES,
		MHD_OPTION_HTTPS_CERT_CALLBACK, on_certificate, MHD_OPTION_END);
}

static int start_server(struct listener *listener, struct server *server)
{
	sigset_t all, kept;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &kept);
	server->daemon = start_daemon(listener, server);
	pthread_sigmask(SIG_SETMASK, &kept, NULL);
	/* On failure nothing tells whether libmicrohttpd has closed the socket already. To close it
	 * again might close another's; who cannot start ends soon, and it with him. */
	server->fd = -1;
	if (server->daemon)
		return 0;
	log_error("libmicrohttpd cannot start; --verbose tells more");
	return -EIO;
}

/* ---- public ---- */

int listener_open(struct listener **listener, const struct listener_settings *settings)
{
	struct listener *opened =
		calloc(1, sizeof(*opened) + settings->listen_count * sizeof(opened->servers[0]));
	int ret = 0;

	if (!opened)
		return -ENOMEM;
	opened->settings = *settings;
	MHD_set_panic_func(on_panic, NULL);
	for (; ret == 0 && opened->count < settings->listen_count; opened->count++) {
		opened->servers[opened->count].bound = settings->listen[opened->count];
		ret = bind_server(&opened->servers[opened->count]);
	}
	for (size_t i = 0; ret == 0 && i < opened->count; i++)
		ret = start_server(opened, &opened->servers[i]);
	if (ret < 0) {
		listener_close(opened);
		return ret;
	}
	*listener = opened;
	return 0;
}

const struct setup_listen *listener_address(const struct listener *listener, size_t index)
{
	return &listener->servers[index].bound;
}

bool listener_is_certified(struct MHD_Connection *connection)
{
	gnutls_session_t session = session_of(connection);

	return session && tls_is_certified(session);
}

void listener_quiesce(struct listener *listener)
{
	atomic_store(&listener->is_quiesced, true);
}

unsigned listener_connections(const struct listener *listener)
{
	return atomic_load(&listener->connections);
}

void listener_close(struct listener *listener)
{
	if (!listener)
		return;
	for (size_t i = 0; i < listener->count; i++) {
		if (listener->servers[i].daemon)
			MHD_stop_daemon(listener->servers[i].daemon);
		if (listener->servers[i].fd >= 0)
			close(listener->servers[i].fd);
	}
	free(listener);
}
