/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config_source - a configuration file's text, made safe for libConfuse's scanner. */
#ifndef TRNG_COMMON_CONFIG_SOURCE_H
#define TRNG_COMMON_CONFIG_SOURCE_H

#include <stddef.h>

#define CONFIG_SOURCE_MAX_BYTES (1 << 20)

/**
 * config_complain - one line on standard error: "WHERE:LINE: text", or "WHERE: text" for line 0.
 *
 * Control characters are shown as '?'.
 */
void config_complain(const char *where, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * config_source_read - read @path whole. Never blocks: only regular files and /dev/null are read.
 *
 * Complains on failure.
 * @text: on success NUL-terminated memory for free().
 * Return: 0; -ENOENT, -EACCES, -EISDIR, -EFBIG, ...; -EINVAL: neither file nor /dev/null.
 */
int config_source_read(const char *path, char **text, size_t *len_bytes);

/**
 * config_source_clean - blank the comments of @text and refuse what libConfuse 3.3 mistakes.
 *
 * That version counts the line of every comment twice, takes a file that ends within a comment or
 * a section for whole, and after an unknown octal escape or an open ${ scans on in the wrong
 * state. Complains with file and line.
 * Return: 0; -EINVAL: control characters, or a string, comment, ${ or { that nothing ends.
 */
int config_source_clean(const char *path, char *text, size_t len_bytes);

#endif
