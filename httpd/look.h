/* SPDX-License-Identifier: GPL-3.0-or-later */
/* look - what the source is like now: status, metrics, health. */
#ifndef TRNG_HTTPD_LOOK_H
#define TRNG_HTTPD_LOOK_H

struct exchange;

/** look_status - GET /trng/status: the file as JSON. Codes: 200; 503 no daemon answers. */
void look_status(struct exchange *exchange);

/** look_metrics - GET /metrics. Codes: 200, also without a daemon: trng_up is 0 then. */
void look_metrics(struct exchange *exchange);

/** look_health - GET /healthz. Codes: 200 only while random bits are served; 503. */
void look_health(struct exchange *exchange);

#endif
