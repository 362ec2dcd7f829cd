/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics - what Prometheus is told: requests counted here, the source as `status` has it. */
#ifndef TRNG_HTTPD_METRICS_H
#define TRNG_HTTPD_METRICS_H

#include "httpd/snapshot.h"

#include <stdint.h>

#define METRICS_MOST_ROUTES 24
#define METRICS_TYPE        "text/plain; version=0.0.4; charset=utf-8"

struct metrics;

int metrics_open(struct metrics **metrics);
void metrics_close(struct metrics *metrics);

/** metrics_count - one request of route number @route ended with @code; @bits were given. Any
 * thread. */
void metrics_count(struct metrics *metrics, unsigned route, unsigned code, uint64_t bits,
		   bool is_urandom);

/** metrics_bits - @bits more were given, after the answer: a job's file is whole. Any thread. */
void metrics_bits(struct metrics *metrics, uint64_t bits, bool is_urandom);

/* What the server knows besides. */
struct metrics_now {
	const char *const *route_names;
	unsigned route_count;
	unsigned connections, waiting, streams;
};

/** metrics_render - the whole text, for free(3); NULL for lack of memory. */
char *metrics_render(struct metrics *metrics, const struct snapshot *snapshot,
		     const struct metrics_now *now, size_t *len_bytes);

#endif
