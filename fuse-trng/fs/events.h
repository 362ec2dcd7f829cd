/* SPDX-License-Identifier: GPL-3.0-or-later */
/* events - one line per change of state and alarm: an ordinary growing file. */
#ifndef TRNG_FS_EVENTS_H
#define TRNG_FS_EVENTS_H

#include <stddef.h>
#include <time.h>

#define EVENTS_MAX_BYTES                                                                           \
	(1024 * 1024) /* then the older half goes, as if the file were truncated                   \
		       */

struct session;
struct handle;
struct request;
struct text;

struct events {
	char *data; /* owned */
	size_t len_bytes;
	size_t size_bytes;
	struct timespec modified; /* time of the newest line */
};

/** events_add_time - append UTC as all of the mount's texts give it: 2026-11-21T17:57:11.123Z. */
void events_add_time(struct text *text, const struct timespec *time);

/** events_add - append "TIME LINE\n"; a line that finds no memory is left out. */
void events_add(struct events *events, const struct timespec *time, const char *line);

/** events_close - release; zeroed memory is fine. */
void events_close(struct events *events);

/** events_read, events_poll, events_size - the node; POLLIN while there is more than was read. */
void events_read(struct handle *handle, const struct request *request);
unsigned events_poll(struct handle *handle, unsigned asked);
size_t events_size(struct session *session, const struct handle *handle);

#endif
