/* SPDX-License-Identifier: GPL-3.0-or-later */
/* event_line - one line of the file `events`, understood. */
#include "httpd/event_line.h"

#include "httpd/utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* "2026-11-21T14:38:09.123Z" */
static int parse_time(struct event_line *line)
{
	static const char form[] = "0000-00-00T00:00:00.000Z";
	struct tm utc = { 0 };
	int ms;

	/* sscanf() alone takes signs and spaces. */
	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == '0' ? line->time[i] < '0' || line->time[i] > '9'
				   : line->time[i] != form[i])
			return -EINVAL;
	sscanf(line->time, "%4d-%2d-%2dT%2d:%2d:%2d.%3d", &utc.tm_year, &utc.tm_mon, &utc.tm_mday,
	       &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &ms);
	utc.tm_year -= 1900;
	utc.tm_mon -= 1;
	line->at_ms = (int64_t)timegm(&utc) * 1000 + ms;
	return 0;
}

/* The word after "KEY=" at the beginning of @text or after a space; "" if there
 * is none. */
static void take(const char *text, const char *key, char *out, size_t size)
{
	size_t key_len = strlen(key);
	const char *at = text;

	out[0] = '\0';
	while (at && (strncmp(at, key, key_len) != 0 || at[key_len] != '=')) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	if (at)
		snprintf(out, size, "%.*s", (int)strcspn(at + key_len + 1, " "), at + key_len + 1);
}

/* The reason is the last key: what it says, quotes and all, is its own up to
 * the last quote. */
static void take_reason(char *text, struct event_line *line)
{
	char *reason = strstr(text, " reason=\""), *end;

	if (!reason)
		return;
	*reason = '\0';
	reason += strlen(" reason=\"");
	end = strrchr(reason, '"');
	if (end)
		*end = '\0';
	snprintf(line->reason, sizeof(line->reason), "%s", reason);
	utf8_mend(line->reason); /* it may have been cut */
}

int event_line_parse(struct event_line *line, const char *text, size_t len_bytes)
{
	const char *space = memchr(text, ' ', len_bytes);
	char keys[EVENT_LINE_BYTES];

	*line = (struct event_line){ 0 };
	if (!space || (size_t)(space - text) >= sizeof(line->time) ||
	    memchr(text, '\0', len_bytes) || len_bytes >= EVENT_LINE_BYTES)
		return -EINVAL;
	snprintf(line->time, sizeof(line->time), "%.*s", (int)(space - text), text);
	snprintf(line->text, sizeof(line->text), "%.*s", (int)(text + len_bytes - (space + 1)),
		 space + 1);
	utf8_mend(line->text);
	memcpy(keys, line->text, sizeof(keys));
	take_reason(keys, line);
	/* What a line is, its first key says: that of an alarm's record names the alarm as well. */
	if (strncmp(keys, "alarm=", strlen("alarm=")) == 0)
		take(keys, "alarm", line->test, sizeof(line->test));
	if (strncmp(keys, "state=", strlen("state=")) == 0)
		take(keys, "state", line->state, sizeof(line->state));
	take(keys, "from", line->from, sizeof(line->from));
	if (!line->state[0] && !line->test[0])
		return -EINVAL;
	return parse_time(line);
}

static json_t *word(const char *text)
{
	json_t *json = json_string(text);

	return json ? json : json_string("?"); /* no UTF-8 */
}

json_t *event_line_json(const struct event_line *line, const char **type)
{
	if (line->test[0]) {
		*type = "alarm";
		return json_pack("{s:o, s:o, s:o}", "time", word(line->time), "test",
				 word(line->test), "text", word(line->text));
	}
	*type = "state";
	return json_pack("{s:o, s:o, s:o, s:o}", "time", word(line->time), "state",
			 word(line->state), "from", word(line->from), "reason", word(line->reason));
}
