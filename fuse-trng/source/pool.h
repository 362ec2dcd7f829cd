/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pool - tested bytes waiting for readers: a ring in locked memory, each byte handed out once. */
#ifndef TRNG_SOURCE_POOL_H
#define TRNG_SOURCE_POOL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define POOL_MIN_BYTES 256 /* a read of up to 256 bytes must be served whole */

struct pool {
	uint8_t *ring; /* locked memory, owned */
	size_t capacity_bytes;
	size_t head; /* index of the oldest byte */
	size_t len_bytes;
};

/**
 * pool_open - an empty pool of @capacity_bytes (at least POOL_MIN_BYTES).
 * Return: 0; -ENOMEM.
 */
int pool_open(struct pool *pool, size_t capacity_bytes);

/** pool_close - wipe and release; fine on zeroed memory. */
void pool_close(struct pool *pool);

/**
 * pool_put - append bytes; what does not fit is left out, the newest first.
 * Return: bytes stored.
 */
size_t pool_put(struct pool *pool, const uint8_t *bytes, size_t len_bytes);

/**
 * pool_peek - show the oldest @len_bytes (at most what is there) without taking them.
 *
 * @iov: filled with one or two pieces of the ring, valid until the next call on @pool.
 * Return: number of pieces.
 */
int pool_peek(const struct pool *pool, size_t len_bytes, struct iovec iov[2]);

/** pool_drop - wipe and forget the oldest @len_bytes (at most what is there). */
void pool_drop(struct pool *pool, size_t len_bytes);

/** pool_wipe - wipe and forget everything. */
void pool_wipe(struct pool *pool);

#endif
