/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secret - memory for random bytes and keys: locked, out of core dumps, wiped when given back. */
#ifndef TRNG_COMMON_SECRET_H
#define TRNG_COMMON_SECRET_H

#include <stddef.h>

/**
 * secret_alloc - zeroed pages of their own, locked into memory and excluded from core dumps.
 *
 * If locking is refused (RLIMIT_MEMLOCK), warns once per process and goes on unlocked.
 * Return: memory owned by the caller until secret_free(), or NULL with errno ENOMEM.
 */
void *secret_alloc(size_t size_bytes);

/** secret_free - wipe and unmap; @memory may be NULL. @size_bytes as given to secret_alloc(). */
void secret_free(void *memory, size_t size_bytes);

/** secret_wipe - zero @size_bytes in a way no compiler removes (explicit_bzero). */
void secret_wipe(void *memory, size_t size_bytes);

#endif
