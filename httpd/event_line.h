/* SPDX-License-Identifier: GPL-3.0-or-later */
/* event_line - one line of the file `events`, understood. */
#ifndef TRNG_HTTPD_EVENT_LINE_H
#define TRNG_HTTPD_EVENT_LINE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define EVENT_LINE_BYTES 512

/* "TIME state=... from=... reason="..."" or "TIME alarm=TEST ..."; "" for what is not there. */
struct event_line {
	char time[32]; /* as written: UTC with milliseconds */
	int64_t at_ms; /* since the epoch */
	char state[16], from[16];
	char reason[200];
	char test[32];               /* of an alarm */
	char text[EVENT_LINE_BYTES]; /* what follows the time */
};

/** event_line_parse - @text has no newline. Return: 0, or -EINVAL for what is no such line. */
int event_line_parse(struct event_line *line, const char *text, size_t len_bytes);

/** event_line_json - what the event stream tells of it; @type gets "state" or "alarm". Return: the
 * caller's reference. */
json_t *event_line_json(const struct event_line *line, const char **type);

#endif
