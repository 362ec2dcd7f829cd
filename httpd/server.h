/* SPDX-License-Identifier: GPL-3.0-or-later */
/* server - what every request needs to reach: one struct, filled by main.c. */
#ifndef TRNG_HTTPD_SERVER_H
#define TRNG_HTTPD_SERVER_H

#include "common/config.h"
#include "httpd/access.h"
#include "httpd/budget.h"
#include "httpd/connection.h"
#include "httpd/desk.h"
#include "httpd/guard.h"
#include "httpd/hub.h"
#include "httpd/limits.h"
#include "httpd/listener.h"
#include "httpd/metrics.h"
#include "httpd/setup.h"
#include "httpd/store.h"

#include <stdatomic.h>

struct server {
	const struct setup *setup;
	const struct config_httpd *config;
	unsigned init_timeout_s;
	unsigned most_connections; /* max_connections, or what descriptors there are for */
	struct tls *tls;
	struct limits *limits;
	struct guard *guard;
	struct budgets *budgets;
	struct store *store;
	struct metrics *metrics;
	struct access *access;
	struct connections connections;
	struct desk desk; /* of the hub's thread */
	struct hub *hub;
	struct listener *listener;
	_Atomic uint64_t waiting_bytes; /* memory promised to numbers, up to max_waiting_bytes */
	atomic_uint streams;
	atomic_bool is_stopping;
};

#endif
