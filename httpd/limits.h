/* SPDX-License-Identifier: GPL-3.0-or-later */
/* limits - how many connections and requests a second one address may have. */
#ifndef TRNG_HTTPD_LIMITS_H
#define TRNG_HTTPD_LIMITS_H

#include "httpd/address.h"

#include <stdbool.h>
#include <stdint.h>

struct limits_settings {
	unsigned connections;    /* of one address; 0: no limit */
	unsigned requests_per_s; /* of one address, on average; 0: no limit */
	/* Else loopback is exempt. */
	bool limits_loopback_connections, limits_loopback_requests;
};

struct limits;

/** limits_open, limits_close. Return: 0, -ENOMEM. All functions are safe from any thread. */
int limits_open(struct limits **limits, const struct limits_settings *settings);
void limits_close(struct limits *limits);

/** limits_is_crowded - whether @address has twice what it may: one more is not even told so. */
bool limits_is_crowded(struct limits *limits, const struct address *address);

/**
 * limits_connect - @address has one connection more.
 * Return: 0; -EMFILE: and that is more than it may have (it is counted all the same, so that
 *         limits_disconnect() matches every call). An address beyond what the table holds is
 *         never refused for lack of memory: it shares the count of its hash.
 */
int limits_connect(struct limits *limits, const struct address *address);
void limits_disconnect(struct limits *limits, const struct address *address);

/**
 * limits_request - one request of @address: a bucket of two seconds' requests that fills steadily.
 * Return: 0; else the whole seconds after which there is room again, at least 1.
 */
unsigned limits_request(struct limits *limits, const struct address *address, uint64_t now_ms);

#endif
