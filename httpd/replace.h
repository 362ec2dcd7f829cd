/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replace - a small file's new content, whole or not at all. */
#ifndef TRNG_HTTPD_REPLACE_H
#define TRNG_HTTPD_REPLACE_H

#include <stddef.h>
#include <sys/stat.h>

/**
 * replace_file - write @data beside @path, onto the disk, and rename it over @path.
 *
 * @like: owner, group and mode of the new file are made as in this; NULL: the caller's.
 * @mode: of the new file if @like is NULL, whatever the umask.
 * Return: 0; -errno: @path is as it was, and nothing is left beside it.
 */
int replace_file(const char *path, const void *data, size_t len_bytes, const struct stat *like,
		 mode_t mode);

#endif
