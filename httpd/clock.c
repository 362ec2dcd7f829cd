/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clock - time as the server uses it. */
#include "httpd/clock.h"

#include <time.h>

uint64_t clock_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t clock_now_s(void)
{
	return (uint64_t)time(NULL);
}

const char *clock_iso(int64_t at_s, char text[CLOCK_ISO_BYTES])
{
	time_t at = (time_t)at_s;
	struct tm utc;

	if (!gmtime_r(&at, &utc) || !strftime(text, CLOCK_ISO_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc))
		text[0] = '\0';
	return text;
}
