/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts a bit string into hex numbers, and shifts it into the files of test data. */
#include "httpd/bits.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

uint64_t bits_bytes(uint64_t bits)
{
	return bits / 8 + (bits % 8 != 0);
}

static uint64_t hex_digits(uint64_t bits)
{
	return bits / 4 + (bits % 4 != 0);
}

uint64_t bits_json_bytes(uint64_t bits, uint64_t quantity)
{
	/* Each number has two quotes and a comma, but the last has no comma. */
	return quantity ? quantity * (hex_digits(bits) + 3) + 1 : 2;
}

/* The @count bits (1 to 8) of @source from bit @at on. No byte is touched that holds none of them.
 */
static unsigned take(const uint8_t *source, uint64_t at, unsigned count)
{
	const uint8_t *from = source + at / 8;
	unsigned skip = at % 8;
	unsigned window = (unsigned)from[0] << 8;

	if (skip + count > 8)
		window |= from[1];
	return window >> (16 - skip - count) & ((1u << count) - 1);
}

static const char digits[] = "0123456789ABCDEF";

static char *put_byte(char *json, unsigned byte)
{
	json[0] = digits[byte >> 4];
	json[1] = digits[byte & 15];
	return json + 2;
}

/* A number is what 8 does not divide, in one or two digits, and then whole bytes. */
static char *put_number(char *json, const uint8_t *source, uint64_t at, uint64_t bits)
{
	unsigned head = bits % 8;
	uint64_t end = at + bits;

	if (head > 4)
		json = put_byte(json, take(source, at, head));
	else if (head > 0)
		*json++ = digits[take(source, at, head)];
	for (at += head; at < end; at += 8)
		json = put_byte(json, take(source, at, 8));
	return json;
}

void bits_json(uint64_t bits, uint64_t quantity, const uint8_t *source, char *json)
{
	*json++ = '[';
	for (uint64_t k = 0; k < quantity; k++) {
		if (k > 0)
			*json++ = ',';
		*json++ = '"';
		json = put_number(json, source, k * bits, bits);
		*json++ = '"';
	}
	*json = ']';
}

static const char *const form_names[] = { [BITS_BIN] = "bin", [BITS_TXT] = "txt" };
_Static_assert(sizeof(form_names) / sizeof(form_names[0]) == BITS_FORMS, "a form without a name");

const char *bits_form_name(enum bits_form form)
{
	assert(form < BITS_FORMS);
	return form_names[form];
}

int bits_form_parse(enum bits_form *form, const char *name)
{
	for (unsigned i = 0; i < BITS_FORMS; i++) {
		if (!strcmp(name, form_names[i])) {
			*form = (enum bits_form)i;
			return 0;
		}
	}
	return -EINVAL;
}

uint64_t bits_file_bytes(enum bits_form form, uint64_t bits)
{
	return form == BITS_TXT ? bits : bits_bytes(bits);
}

void bits_writer_init(struct bits_writer *writer, enum bits_form form, uint64_t bits)
{
	*writer = (struct bits_writer){
		.form = form,
		.bits_left = bits,
		.shift = form == BITS_BIN ? (8 - bits % 8) % 8 : 0,
	};
}

uint64_t bits_writer_wants(const struct bits_writer *writer)
{
	return bits_bytes(writer->bits_left);
}

/* Source and file have equally many bytes: the zero bits in front push out of the last byte just
 * those that do not belong to the number. */
static size_t put_bin(struct bits_writer *writer, const uint8_t *source, size_t len, uint8_t *out)
{
	unsigned shift = writer->shift;

	for (size_t i = 0; i < len; i++) {
		unsigned window = (unsigned)writer->carry << 8 | source[i];

		out[i] = (uint8_t)(window >> shift);
		writer->carry = source[i];
	}
	writer->carry &= (uint8_t)((1u << shift) - 1);
	return len;
}

static size_t put_txt(const uint8_t *source, uint64_t bits, uint8_t *out)
{
	for (uint64_t i = 0; i < bits; i++)
		out[i] = (uint8_t)('0' + (source[i / 8] >> (7 - i % 8) & 1));
	return (size_t)bits;
}

size_t bits_writer_put(struct bits_writer *writer, const uint8_t *source, size_t len_bytes,
		       uint8_t *out)
{
	uint64_t bits = writer->bits_left;
	size_t written;

	assert(len_bytes <= bits_writer_wants(writer));
	if (len_bytes <= bits / 8)
		bits = (uint64_t)len_bytes * 8;
	if (writer->form == BITS_TXT)
		written = put_txt(source, bits, out);
	else
		written = put_bin(writer, source, len_bytes, out);
	writer->bits_left -= bits;
	if (!writer->bits_left)
		writer->carry = 0;
	return written;
}
