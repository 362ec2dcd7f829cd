/* SPDX-License-Identifier: GPL-3.0-or-later */
/* follow - the growing file `events`, read line by line. */
#ifndef TRNG_HTTPD_FOLLOW_H
#define TRNG_HTTPD_FOLLOW_H

#include "httpd/event_line.h"
#include "httpd/vfile.h"

#include <stdbool.h>
#include <stddef.h>

#define FOLLOW_LINE_BYTES 4096

/* Zeroed with fd -1: not open. */
struct follow {
	int fd;
	bool has_been_open; /* or looked for in vain */
	size_t len_bytes;
	char text[FOLLOW_LINE_BYTES]; /* the line that is not whole yet */
};

/**
 * follow_open - what happened before we came is no news; what a daemon that came later has written
 * is: the first opening goes to the end, later ones to the beginning.
 * Return: 0; -errno of vfile_open().
 */
int follow_open(struct follow *follow, const struct vfile *vfile);

/**
 * follow_read - @take each new line.
 * Return: 0; -errno: the daemon has gone; close.
 */
int follow_read(struct follow *follow, void (*take)(void *ctx, const struct event_line *line),
		void *ctx);

/** follow_told - bytes of the file whose lines have been taken; SIZE_MAX while it is closed. */
size_t follow_told(const struct follow *follow);

/** follow_close - a closed one is fine. */
void follow_close(struct follow *follow);

#endif
