/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bzip2_length - see bzip2_length.h */
#include "evaluate/sp800_90b/bzip2_length.h"

#include <assert.h>
#include <bzlib.h>
#include <errno.h>
#include <string.h>

#define BLOCK_100K 5
#define CHUNK_SYMBOLS                                                                              \
	8192 /* The text is made and compressed by the piece: it is never there as a whole. */
#define SPARE_BYTES 16384 /* of the compressed text; only its length is wanted */

void numerals_set(struct numerals *numerals, uint8_t symbol, uint8_t value)
{
	char *text = numerals->text[symbol];
	unsigned length = 0;

	if (value >= 100)
		text[length++] = (char)('0' + value / 100);
	if (value >= 10)
		text[length++] = (char)('0' + value / 10 % 10);
	text[length++] = (char)('0' + value % 10);
	text[length++] = ' ';
	numerals->length[symbol] = (uint8_t)length;
}

/* Return: the bytes written to @text, each number with a space behind it. */
static unsigned write_numbers(const struct numerals *numerals, const uint8_t *symbol,
			      uint64_t count, char *text)
{
	unsigned length = 0;

	for (uint64_t i = 0; i < count; i++) {
		memcpy(text + length, numerals->text[symbol[i]], 4);
		length += numerals->length[symbol[i]];
	}
	return length;
}

static void compress_all(bz_stream *stream, char *text, unsigned length, int action)
{
	char spare[SPARE_BYTES];
	int rc;

	stream->next_in = text;
	stream->avail_in = length;
	do {
		stream->next_out = spare;
		stream->avail_out = sizeof(spare);
		rc = BZ2_bzCompress(stream, action);
		assert(rc >= 0);
	} while (action == BZ_RUN ? stream->avail_in > 0 : rc != BZ_STREAM_END);
}

int bzip2_length(const struct numerals *numerals, const uint8_t *symbol, uint64_t count,
		 uint64_t *length_bytes)
{
	char text[4 * CHUNK_SYMBOLS];
	bz_stream stream = { 0 };

	if (BZ2_bzCompressInit(&stream, BLOCK_100K, 0, 0) != BZ_OK)
		return -ENOMEM;
	for (; count > CHUNK_SYMBOLS; count -= CHUNK_SYMBOLS, symbol += CHUNK_SYMBOLS)
		compress_all(&stream, text, write_numbers(numerals, symbol, CHUNK_SYMBOLS, text),
			     BZ_RUN);
	compress_all(&stream, text, write_numbers(numerals, symbol, count, text) - 1, BZ_FINISH);
	*length_bytes = (uint64_t)stream.total_out_hi32 << 32 | stream.total_out_lo32;
	BZ2_bzCompressEnd(&stream);
	return 0;
}
