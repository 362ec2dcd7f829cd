/* SPDX-License-Identifier: GPL-3.0-or-later */
/* events - one line per change of state and alarm. */
#include "fuse-trng/fs/events.h"

#include "common/text.h"
#include "fuse-trng/fs/nodes.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE_BYTES 4096
#define MAX_LINE_BYTES   512

/* Drop whole lines from the front until the younger half is left. */
static void drop_older_half(struct events *events)
{
	char *cut = memchr(events->data + events->len_bytes / 2, '\n', events->len_bytes / 2);
	size_t gone = cut ? (size_t)(cut + 1 - events->data) : events->len_bytes;

	events->len_bytes -= gone;
	memmove(events->data, events->data + gone, events->len_bytes);
}

static int make_room(struct events *events, size_t len)
{
	size_t size = events->size_bytes ? events->size_bytes * 2 : FIRST_SIZE_BYTES;
	char *data;

	if (events->len_bytes + len <= events->size_bytes)
		return 0;
	if (size > EVENTS_MAX_BYTES) {
		drop_older_half(events);
		return 0;
	}
	data = realloc(events->data, size);
	if (!data)
		return -1;
	events->data = data;
	events->size_bytes = size;
	return 0;
}

void events_add_time(struct text *text, const struct timespec *time)
{
	char stamp[32];
	struct tm utc;

	gmtime_r(&time->tv_sec, &utc);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
	text_add(text, "%s.%03ldZ", stamp, time->tv_nsec / 1000000);
}

void events_add(struct events *events, const struct timespec *time, const char *line)
{
	char buffer[MAX_LINE_BYTES];
	struct text text;

	text_init(&text, buffer, sizeof(buffer));
	events_add_time(&text, time);
	text_add(&text, " %s\n", line);
	if (make_room(events, text.len_bytes) < 0)
		return;
	memcpy(events->data + events->len_bytes, buffer, text.len_bytes);
	events->len_bytes += text.len_bytes;
	events->modified = *time;
}

void events_close(struct events *events)
{
	free(events->data);
	*events = (struct events){ 0 };
}

void events_read(struct handle *handle, const struct request *request)
{
	const struct events *events = &handle->session->events;
	size_t offset = (size_t)request->offset;
	size_t left = offset < events->len_bytes ? events->len_bytes - offset : 0;
	size_t len = left < request->size_bytes ? left : request->size_bytes;

	handle->cursor = offset + len;
	fuse_reply_buf(request->req, len ? events->data + offset : NULL, len);
}

unsigned events_poll(struct handle *handle, unsigned asked)
{
	size_t len = handle->session->events.len_bytes;

	(void)asked;
	/* Older lines went: what was read last says nothing about where it stands now. */
	if (handle->cursor > len)
		handle->cursor = 0;
	return handle->cursor < len ? POLLIN | POLLRDNORM : 0;
}

size_t events_size(struct session *session, const struct handle *handle)
{
	(void)handle;
	return session->events.len_bytes;
}
