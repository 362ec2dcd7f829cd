/* SPDX-License-Identifier: GPL-3.0-or-later */
/* urandom - the file of the DRBG's output: as much as anybody wants, once it is seeded. */
#ifndef TRNG_FS_URANDOM_H
#define TRNG_FS_URANDOM_H

#include "fuse-trng/fs/nodes.h"

#define URANDOM_MOST_BYTES (1024 * 1024) /* of one reply */

/**
 * urandom_read - bytes at once; before the first seed, when it is there.
 *
 * Generated straight into the memory that the kernel copies from, which is wiped afterwards.
 * Replies: bytes, as many as were asked for; EIO: the source has failed and the grace is over, or
 *          the page cache asks (splice, mmap); ENODEV: the same without a port; EAGAIN: O_NONBLOCK
 *          and no seed yet; EINTR; ENOMEM.
 */
void urandom_read(struct handle *handle, const struct request *request);

/** urandom_poll - POLLIN once it is seeded, POLLIN | POLLERR where a read would fail. */
unsigned urandom_poll(struct handle *handle, unsigned asked);

/** urandom_changed - the generator has been seeded, or the machine's state has changed. */
void urandom_changed(struct session *session);

/** urandom_close - answer those who wait with ENODEV; wipe and release the reply's memory. */
void urandom_close(struct session *session);

#endif
