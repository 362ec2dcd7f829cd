/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bits - one bit string cut into numbers: as JSON text, and as the files of generateTestdata. */
#ifndef TRNG_HTTPD_BITS_H
#define TRNG_HTTPD_BITS_H

#include <stddef.h>
#include <stdint.h>

/** bits_bytes - source bytes that @bits bits take: ceil(bits / 8). */
uint64_t bits_bytes(uint64_t bits);

/** bits_json_bytes - length of what bits_json() writes, without a NUL. */
uint64_t bits_json_bytes(uint64_t bits, uint64_t quantity);

/**
 * bits_json - @quantity numbers of @bits bits each as a JSON array of uppercase hex strings.
 *
 * Number k is the bits k * bits ... (k + 1) * bits - 1 of @source, first bit most significant, with
 * zeros in front up to ceil(bits / 4) digits. What is left of the last byte is not used.
 * @source: bits_bytes(bits * quantity) bytes. @json: bits_json_bytes() bytes.
 * Cost: linear in the text.
 */
void bits_json(uint64_t bits, uint64_t quantity, const uint8_t *source, char *json);

enum bits_form {
	BITS_BIN, /* the number, big-endian, in ceil(n / 8) bytes: zero bits in front */
	BITS_TXT, /* n characters 0 and 1 */
	BITS_FORMS
};

/** bits_form_name - "bin", "txt". */
const char *bits_form_name(enum bits_form form);

/** bits_form_parse - Return: 0, or -EINVAL. */
int bits_form_parse(enum bits_form *form, const char *name);

/** bits_file_bytes - size of a file of @bits bits. */
uint64_t bits_file_bytes(enum bits_form form, uint64_t bits);

/* Turns source bytes into file bytes piece by piece: the first @bits bits of the source. */
struct bits_writer {
	enum bits_form form;
	uint64_t bits_left; /* to be put out */
	unsigned shift;     /* of BITS_BIN: zero bits in front */
	uint8_t carry;      /* of BITS_BIN: the low bits of the byte before; random, wipe */
};

void bits_writer_init(struct bits_writer *writer, enum bits_form form, uint64_t bits);

/** bits_writer_wants - source bytes that are still missing. */
uint64_t bits_writer_wants(const struct bits_writer *writer);

/**
 * bits_writer_put - the next @len_bytes of the source (no more than wanted).
 * @out: room for len_bytes (BITS_BIN) or 8 * len_bytes (BITS_TXT). Return: bytes written to @out.
 */
size_t bits_writer_put(struct bits_writer *writer, const uint8_t *source, size_t len_bytes,
		       uint8_t *out);

#endif
