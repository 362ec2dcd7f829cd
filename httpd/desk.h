/* SPDX-License-Identifier: GPL-3.0-or-later */
/* desk - where requests that need not wait are served together, by one read of `random`. */
#ifndef TRNG_HTTPD_DESK_H
#define TRNG_HTTPD_DESK_H

#include "httpd/hub.h"

#include <stdbool.h>
#include <stdint.h>

/* Of the hub's thread. */
struct desk {
	int fd;                  /* `random`, or -1 */
	bool is_used;            /* fd was read from in an earlier turn */
	uint8_t *scratch;        /* random bytes; whoever has read wipes them */
	uint64_t pool_bytes;     /* in the daemon's pool, as we know until ... */
	uint64_t known_until_ms; /* ... monotonic */
};

/** desk_open, desk_close. Return: 0, -ENOMEM. */
int desk_open(struct desk *desk);
void desk_close(struct desk *desk);

/**
 * desk_read - up to @len bytes, 64 KiB at most, into the scratch.
 * Return: how many; -EAGAIN: none now, and fd has a place in the daemon's line; -errno.
 */
ssize_t desk_read(struct hub *hub, struct desk *desk, uint64_t len);

/** desk_give_place - after -EAGAIN: the descriptor, for whoever waits in that place. */
int desk_give_place(struct desk *desk);

/** desk_expects - what the pool has at least, if nobody else reads; 0: not known. */
uint64_t desk_expects(const struct hub *hub, const struct desk *desk);

/** desk_learn - what the pool has, from `status`: known for a second. */
void desk_learn(struct hub *hub, struct desk *desk);

#endif
