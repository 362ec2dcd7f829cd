/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query - the parameters of a URL that the API knows; all others are ignored. */
#ifndef TRNG_HTTPD_QUERY_H
#define TRNG_HTTPD_QUERY_H

#include "common/text.h"

#include <stddef.h>
#include <stdint.h>

enum query_key {
	QUERY_NUM_BITS,
	QUERY_QUANTITY,
	QUERY_FILETYPE,
	QUERY_SOURCE,
	QUERY_TAG,
	QUERY_ID,
	QUERY_SINCE,
	QUERY_KEYS
};

#define QUERY_TAG_BYTES  65
#define QUERY_TIME_BYTES 32

/* Values as decoded from the URL; NULL: not given. */
struct query {
	const char *value[QUERY_KEYS]; /* "" also for a name without a value */
	size_t len_bytes[QUERY_KEYS];  /* a value may hold a NUL */
	unsigned count[QUERY_KEYS];
};

/** query_add - one name and value of the URL. */
void query_add(struct query *query, const char *name, size_t name_len, const char *value,
	       size_t value_len);

/**
 * query_u64 - a whole number of @min to @max, decimal digits only; @fallback if not given.
 * @why: gets a sentence that names the parameter. Return: 0, or -EINVAL with *@out untouched.
 */
int query_u64(const struct query *query, enum query_key key, uint64_t min, uint64_t max,
	      uint64_t fallback, uint64_t *out, struct text *why);

/** query_word - a value that is given once at most and short; @fallback if not given. Return: as
 * query_u64(). */
int query_word(const struct query *query, enum query_key key, const char *fallback,
	       const char **out, struct text *why);

/** query_time - a time as `events` has it, or the beginning of one, since text of digits compares
 * alike; "" if not given. Return: as query_u64(). */
int query_time(const struct query *query, enum query_key key, char out[QUERY_TIME_BYTES],
	       struct text *why);

#endif
