/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pool - tested bytes waiting for readers. */
#include "fuse-trng/source/pool.h"

#include "common/secret.h"

#include <errno.h>
#include <string.h>

int pool_open(struct pool *pool, size_t capacity_bytes)
{
	uint8_t *ring = secret_alloc(capacity_bytes);

	if (!ring)
		return -ENOMEM;
	*pool = (struct pool){ .ring = ring, .capacity_bytes = capacity_bytes };
	return 0;
}

void pool_close(struct pool *pool)
{
	secret_free(pool->ring, pool->capacity_bytes);
	*pool = (struct pool){ 0 };
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The first piece of the @len bytes that start at @index; the rest wraps to the ring's start. */
static size_t until_wrap(const struct pool *pool, size_t index, size_t len)
{
	return min_size(len, pool->capacity_bytes - index);
}

size_t pool_put(struct pool *pool, const uint8_t *bytes, size_t len_bytes)
{
	size_t len = min_size(len_bytes, pool->capacity_bytes - pool->len_bytes);
	size_t tail = (pool->head + pool->len_bytes) % pool->capacity_bytes;
	size_t first = until_wrap(pool, tail, len);

	memcpy(pool->ring + tail, bytes, first);
	memcpy(pool->ring, bytes + first, len - first);
	pool->len_bytes += len;
	return len;
}

int pool_peek(const struct pool *pool, size_t len_bytes, struct iovec iov[2])
{
	size_t len = min_size(len_bytes, pool->len_bytes);
	size_t first = until_wrap(pool, pool->head, len);

	if (len == 0)
		return 0;
	iov[0] = (struct iovec){ .iov_base = pool->ring + pool->head, .iov_len = first };
	iov[1] = (struct iovec){ .iov_base = pool->ring, .iov_len = len - first };
	return first < len ? 2 : 1;
}

void pool_drop(struct pool *pool, size_t len_bytes)
{
	size_t len = min_size(len_bytes, pool->len_bytes);
	size_t first = until_wrap(pool, pool->head, len);

	secret_wipe(pool->ring + pool->head, first);
	secret_wipe(pool->ring, len - first);
	pool->head = (pool->head + len) % pool->capacity_bytes;
	pool->len_bytes -= len;
}

void pool_wipe(struct pool *pool)
{
	pool_drop(pool, pool->len_bytes);
}
