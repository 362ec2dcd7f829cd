/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parked - requests that are answered later, oldest first, or when they are interrupted. */
#ifndef TRNG_FS_PARKED_H
#define TRNG_FS_PARKED_H

#include <stddef.h>

struct fuse_req;
struct request;
struct parked_request;

/* Zeroed: none. */
struct parked_list {
	struct parked_request *first, *last;
	size_t count;
};

/**
 * parked_add - keep @request until somebody takes it.
 * Replies: EINTR: interrupted, before or while it is kept; ENOMEM.
 */
void parked_add(struct parked_list *list, const struct request *request);

/**
 * parked_take - the oldest, which the caller answers; @size_bytes: of its read or write.
 * Return: NULL: none is left.
 */
struct fuse_req *parked_take(struct parked_list *list, size_t *size_bytes);

/** parked_refuse - answer all with @error. */
void parked_refuse(struct parked_list *list, int error);

#endif
