/* SPDX-License-Identifier: GPL-3.0-or-later */
/* static - the files of the web page: from a folder, and from nowhere else. */
#ifndef TRNG_HTTPD_STATIC_H
#define TRNG_HTTPD_STATIC_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define STATIC_TAG_BYTES 72

struct static_file {
	int fd; /* the caller's to close */
	uint64_t size_bytes;
	const char *type;           /* of the content, with charset */
	char tag[STATIC_TAG_BYTES]; /* ETag with its quotes: changes when the file does */
	time_t modified;
};

/**
 * static_open - the file that the decoded URL path @path names below @folder; "/" is index.html.
 *
 * Only regular files with a known type by their name; no part of the path may be empty, begin with
 * a dot or hold a control character or backslash. No link is followed below the folder, so none
 * leads out of it. Never blocks on a FIFO (O_NONBLOCK).
 * @file: set on success only.
 * Return: 0; -ENOENT: no such file, whatever the reason; -EMFILE, -ENFILE, -ENOMEM.
 */
int static_open(struct static_file *file, const char *folder, const char *path);

/**
 * static_tag_matches - whether an If-None-Match header (NULL: none) holds @tag or "*".
 *
 * Standard: RFC 9110, 13.1.2; compared weakly, so that W/ does not count.
 * Return: 1 or 0; 0 from where the header is malformed.
 */
int static_tag_matches(const char *header, const char *tag);

#endif
