/* SPDX-License-Identifier: GPL-3.0-or-later */
/* random - the file of health-tested true random bytes. */
#ifndef TRNG_FS_RANDOM_H
#define TRNG_FS_RANDOM_H

#include "fuse-trng/fs/nodes.h"

/** random_open - a place in the line, which it does not stand in yet. */
int random_open(struct session *session, struct handle *handle);

/**
 * random_read - bytes, now or when its turn comes.
 *
 * Replies: bytes; EIO: an alarm, or the page cache asks (splice, mmap); ENODATA: off; ENODEV: no
 *          port; EAGAIN: O_NONBLOCK and nothing yet; EINTR: interrupted with nothing due; ENOMEM.
 */
void random_read(struct handle *handle, const struct request *request);

/** random_poll - POLLIN when bytes are set aside, POLLIN | POLLERR where a read would fail. */
unsigned random_poll(struct handle *handle, unsigned asked);

/** random_release - give the place in the line back. */
void random_release(struct handle *handle);

/** random_size - 32: neither empty nor large; see docs. */
size_t random_size(struct session *session, const struct handle *handle);

/** random_changed - the machine's state has changed: answer those who wait as if they came now. */
void random_changed(struct session *session);

#endif
