/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * raw - the file of the untested symbols, as the line sends them.
 *
 * While it is open the source is diverted: symbols are tested and counted, but none comes to the
 * pool. What is read is one stretch of the stream without a gap; where one symbol is lost the read
 * ends with an error, and stays ended.
 */
#ifndef TRNG_FS_RAW_H
#define TRNG_FS_RAW_H

#include "fuse-trng/fs/nodes.h"

/** raw_open - divert the source. Return: 0; -EBUSY: somebody has it open; -ENOMEM. */
int raw_open(struct session *session, struct handle *handle);

/**
 * raw_read - symbols, packed, as soon as one byte is there.
 *
 * Replies: bytes; ENODATA: off, or switched off behind what was read; ENODEV: no port, or lost;
 * EIO: bytes were lost behind what was read (the reader was too slow, the board began anew), or the
 * page cache asks; EAGAIN: O_NONBLOCK and nothing yet; EINTR; ENOMEM.
 */
void raw_read(struct handle *handle, const struct request *request);

/** raw_poll - POLLIN when there are bytes, POLLIN | POLLERR where a read would fail. */
unsigned raw_poll(struct handle *handle, unsigned asked);

/** raw_release - the source is the pool's again. */
void raw_release(struct handle *handle);

/** raw_take - bytes have come while diverted. */
void raw_take(struct session *session, const uint8_t *bytes, size_t len_bytes);

/** raw_gap - what comes next does not follow what came last. */
void raw_gap(struct session *session);

/** raw_changed - the machine's state has changed. */
void raw_changed(struct session *session);

/** raw_close - answer those who wait with ENODEV. */
void raw_close(struct session *session);

#endif
