/* SPDX-License-Identifier: GPL-3.0-or-later */
/* finish - the end of a file, in a thread of its own: a slow disk must not hold up the hub. */
#ifndef TRNG_HTTPD_FINISH_H
#define TRNG_HTTPD_FINISH_H

#include "httpd/store.h"

#include <pthread.h>

struct finish {
	struct store_writer *writer;
	struct store_file file; /* once it is over */
	int ret;                /* of store_finish() */
	int done_fd; /* an eventfd; the caller watches a copy, and may close it at any time */
	pthread_t thread;
};

/**
 * finish_begin - take @writer over and end its file.
 * Return: a descriptor that becomes readable when it is over, the caller's to watch and close;
 *         -errno: nothing has begun.
 */
int finish_begin(struct finish *finish, struct store_writer *writer);

/** finish_wait - Blocking: until it is over. Return: as store_finish(), with @finish->file. */
int finish_wait(struct finish *finish);

#endif
