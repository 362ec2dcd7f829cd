/* SPDX-License-Identifier: GPL-3.0-or-later */
/* utf8 - text from outside made fit for JSON (RFC 3629, section 4). */
#include "httpd/utf8.h"

#include <stddef.h>

/* Of lead bytes: how many follow, and the range of the first that does. */
static const struct lead {
	unsigned char from, to, low, high;
	size_t follow;
} leads[] = {
	{ 0x01, 0x7f, 0, 0, 0 },       { 0xc2, 0xdf, 0x80, 0xbf, 1 }, { 0xe0, 0xe0, 0xa0, 0xbf, 2 },
	{ 0xe1, 0xec, 0x80, 0xbf, 2 }, { 0xed, 0xed, 0x80, 0x9f, 2 }, { 0xee, 0xef, 0x80, 0xbf, 2 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 3 }, { 0xf1, 0xf3, 0x80, 0xbf, 3 }, { 0xf4, 0xf4, 0x80, 0x8f, 3 },
};

/* Length of the character at @at; 0: it is none. */
static size_t length(const unsigned char *at)
{
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		const struct lead *lead = &leads[i];
		size_t len = 1;

		if (at[0] < lead->from || at[0] > lead->to)
			continue;
		if (lead->follow > 0 && (at[1] < lead->low || at[1] > lead->high))
			return 0;
		while (len <= lead->follow && at[len] >= 0x80 && at[len] <= 0xbf)
			len++;
		return len > lead->follow ? len : 0;
	}
	return 0;
}

void utf8_mend(char *text)
{
	while (*text) {
		size_t len = length((const unsigned char *)text);

		if (len == 0)
			*text = '?';
		text += len > 0 ? len : 1;
	}
}
