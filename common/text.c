/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounded appends into the caller's memory. */
#include "common/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void text_init(struct text *text, char *data, size_t size_bytes)
{
	*text = (struct text){ .data = data, .size_bytes = size_bytes };
	data[0] = '\0';
}

static int cut(struct text *text)
{
	text->data[text->len_bytes] = '\0';
	text->is_cut = true;
	return -ENOSPC;
}

int text_add(struct text *text, const char *format, ...)
{
	size_t room = text->size_bytes - text->len_bytes;
	va_list args;
	int len;

	if (text->is_cut)
		return -ENOSPC;
	va_start(args, format);
	len = vsnprintf(text->data + text->len_bytes, room, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room)
		return cut(text);
	text->len_bytes += (size_t)len;
	return 0;
}

/* Return: bytes written to @out, which has room for 4. A backslash is escaped as well, so that
 * what is shown has one reading only. */
static size_t escape(char *out, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	if (byte >= ' ' && byte <= '~' && byte != '\\') {
		out[0] = (char)byte;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = digits[byte >> 4];
	out[3] = digits[byte & 15];
	return 4;
}

int text_add_escaped(struct text *text, const void *bytes, size_t len_bytes)
{
	const unsigned char *from = bytes;
	size_t end = text->len_bytes;
	char piece[4];

	if (text->is_cut)
		return -ENOSPC;
	for (size_t i = 0; i < len_bytes; i++) {
		size_t len = escape(piece, from[i]);

		if (len >= text->size_bytes - end)
			return cut(text);
		for (size_t j = 0; j < len; j++)
			text->data[end++] = piece[j];
	}
	text->data[end] = '\0';
	text->len_bytes = end;
	return 0;
}
