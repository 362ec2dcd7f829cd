/* SPDX-License-Identifier: GPL-3.0-or-later */
/* opener - finds and opens a link's port, again and again with back-off, and says why not. */
#ifndef TRNG_DEVICE_OPENER_H
#define TRNG_DEVICE_OPENER_H

#include "fuse-trng/device/port.h"
#include "fuse-trng/device/profile.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define OPENER_WHY_SIZE (PATH_MAX + 256) /* a sentence that names the path */

struct opener {
	char path[PATH_MAX]; /* in use, or tried last */
	uint64_t up_ms;      /* when it was opened */
	uint64_t retry_ms;   /* no attempt sooner */
	unsigned backoff_ms;
	char why[OPENER_WHY_SIZE]; /* it is not open, as last told; "" while it is */
};

/** opener_init - the first attempt may be made at once. */
void opener_init(struct opener *opener);

/**
 * opener_try - find the port that is @configured (a path, or "auto"), and open it.
 *
 * @port:    owned by the caller; untouched on failure.
 * @is_news: on failure, whether opener->why differs from what was told last.
 * Return:   0; or -errno as port_open() and find_port() give, and retry_ms is set.
 */
int opener_try(struct opener *opener, const char *configured, const struct profile *profile,
	       struct port **port, bool *is_news, uint64_t now_ms);

/** opener_lost - the port is gone: opener->why says so, retry_ms when to try again. */
void opener_lost(struct opener *opener, uint64_t now_ms);

#endif
