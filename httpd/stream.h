/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stream - /trng/events: server-sent events (WHATWG HTML, 9.2). */
#ifndef TRNG_HTTPD_STREAM_H
#define TRNG_HTTPD_STREAM_H

#include "httpd/event_line.h"
#include "httpd/snapshot.h"

#define STREAM_MOST       256   /* open at once */
#define STREAM_MOST_BYTES 65536 /* that a slow reader may leave unread; then his stream ends */

struct exchange;

/** stream_handle - GET /trng/events. Codes: 200; 400; 503 too many streams; 555 daemon hangs. */
void stream_handle(struct exchange *exchange);

/** stream_tell_line, stream_tell_second - what the hub calls, @server as context. */
void stream_tell_line(void *server, const struct event_line *line);
void stream_tell_second(void *server, const struct snapshot *snapshot);

#endif
