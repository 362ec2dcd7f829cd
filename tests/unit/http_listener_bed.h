/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_listener_bed - a server that answers "ok", and what its callbacks have seen. */
#ifndef TRNG_TESTS_UNIT_HTTP_LISTENER_BED_H
#define TRNG_TESTS_UNIT_HTTP_LISTENER_BED_H

#include "httpd/listener.h"
#include "tests/unit/http_tls_bed.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ANY_VERSION  "+VERS-TLS1.3:+VERS-TLS1.2"

static char said[4096]; /* what was logged meanwhile */

/* A server, and what its callbacks have seen. */
struct bed {
	struct setup_listen listen[3];
	struct listener_settings settings;
	struct listener *listener;
	struct tls *tls;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned started, closed, completed; /* under lock */
	bool refuses;                        /* under lock: whom the address policy sees */
	bool was_interruptible;              /* under lock: a thread took a signal */
	bool lost_context;                   /* under lock */
};

static inline enum MHD_Result bed_on_accept(void *cls, const struct sockaddr *address,
					    socklen_t len)
{
	struct bed *bed = cls;
	enum MHD_Result ret;

	(void)address;
	(void)len;
	pthread_mutex_lock(&bed->lock);
	ret = bed->refuses ? MHD_NO : MHD_YES;
	pthread_mutex_unlock(&bed->lock);
	return ret;
}

static inline void bed_look_at_signals(struct bed *bed)
{
	sigset_t blocked;

	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	if (!sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGHUP) ||
	    !sigismember(&blocked, SIGCHLD))
		bed->was_interruptible = true;
}

/* /certified answers "ok" or "no", everything else "ok". */
static inline enum MHD_Result bed_on_request(void *cls, struct MHD_Connection *connection,
					     const char *url, const char *method,
					     const char *version, const char *upload,
					     size_t *upload_bytes, void **context)
{
	static char ok[] = "ok", no[] = "no";
	struct bed *bed = cls;
	bool is_good = strcmp(url, "/certified") || listener_is_certified(connection);
	struct MHD_Response *response;
	enum MHD_Result ret;

	(void)method;
	(void)version;
	(void)upload;
	(void)upload_bytes;
	if (!*context) { /* the header alone: an answer now would end the connection */
		*context = bed;
		return MHD_YES;
	}
	pthread_mutex_lock(&bed->lock);
	bed_look_at_signals(bed);
	pthread_mutex_unlock(&bed->lock);
	response = MHD_create_response_from_buffer(2, is_good ? ok : no, MHD_RESPMEM_PERSISTENT);
	ret = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return ret;
}

static inline void bed_on_completed(void *cls, struct MHD_Connection *connection, void **context,
				    enum MHD_RequestTerminationCode code)
{
	struct bed *bed = cls;

	(void)connection;
	(void)context;
	(void)code;
	pthread_mutex_lock(&bed->lock);
	bed->completed++;
	pthread_mutex_unlock(&bed->lock);
}

static inline void bed_on_connection(void *cls, struct MHD_Connection *connection, void **context,
				     enum MHD_ConnectionNotificationCode code)
{
	struct bed *bed = cls;

	(void)connection;
	pthread_mutex_lock(&bed->lock);
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = bed;
		bed->started++;
	} else {
		bed->lost_context |= *context != bed;
		bed->closed++;
	}
	pthread_cond_broadcast(&bed->changed);
	pthread_mutex_unlock(&bed->lock);
}

static inline void bed_prepare(struct bed *bed, bool is_tls)
{
	*bed = (struct bed){ .lock = PTHREAD_MUTEX_INITIALIZER,
			     .changed = PTHREAD_COND_INITIALIZER };
	bed->settings = (struct listener_settings){ .listen = bed->listen,
						    .listen_count = 1,
						    .most_connections = 1000,
						    .idle_timeout_s = BED_BOUND_S,
						    .accept = bed_on_accept,
						    .handle = bed_on_request,
						    .completed = bed_on_completed,
						    .connection = bed_on_connection,
						    .cls = bed };
	bed->listen[0].is_tls = is_tls;
	CU_ASSERT_EQUAL(address_parse_port(&bed->listen[0].address, "127.0.0.1:0"), 0);
}

static inline void bed_open(struct bed *bed, bool is_tls, const char *client_ca)
{
	bed_prepare(bed, is_tls);
	if (is_tls)
		CU_ASSERT_EQUAL_FATAL(tls_open(&bed->tls, "server.pem", "server.key", client_ca),
				      0);
	bed->settings.tls = bed->tls;
	CU_ASSERT_EQUAL_FATAL(listener_open(&bed->listener, &bed->settings), 0);
}

static inline void bed_close(struct bed *bed)
{
	listener_quiesce(bed->listener);
	listener_close(bed->listener);
	tls_close(bed->tls);
	CU_ASSERT_EQUAL(bed->started, bed->closed);
	CU_ASSERT_FALSE(bed->was_interruptible);
	CU_ASSERT_FALSE(bed->lost_context);
}

static inline unsigned bed_port(const struct bed *bed, size_t index)
{
	return address_port(&listener_address(bed->listener, index)->address);
}

/* Until so many connections have ended. */
static inline bool bed_wait_closed(struct bed *bed, unsigned count)
{
	struct timespec until;
	int ret = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += BED_BOUND_S;
	pthread_mutex_lock(&bed->lock);
	while (bed->closed < count && ret == 0)
		ret = pthread_cond_timedwait(&bed->changed, &bed->lock, &until);
	pthread_mutex_unlock(&bed->lock);
	return ret == 0;
}

#endif
