/* SPDX-License-Identifier: GPL-3.0-or-later */
/* write_all - write(2) that ends when all is written. */
#ifndef TRNG_COMMON_WRITE_ALL_H
#define TRNG_COMMON_WRITE_ALL_H

#include <stddef.h>

/**
 * write_all - write @len_bytes to @fd, a file that blocks or waits for nobody, through EINTR and
 * short writes. Blocks as write(2) does.
 * Return: 0; -errno, with some of it written perhaps.
 */
int write_all(int fd, const void *bytes, size_t len_bytes);

#endif
