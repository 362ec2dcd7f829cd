/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plot_bitmap - see plot.h: bits as a PNG (ISO/IEC 15948). Black and white, one bit per pixel, in
 * "stored" blocks of deflate (RFC 1951, 3.2.4): 8 KiB are not worth a compressor.
 */
#include "evaluate/report/plot.h"

#include <inttypes.h>
#include <string.h>

#define ROW_BITS   256
#define ROW_BYTES  (1 + ROW_BITS / 8) /* a byte for the filter: none */
#define MOST_ROWS  (EXHIBIT_BITMAP_BITS / ROW_BITS)
#define MOST_BYTES (MOST_ROWS * ROW_BYTES)

_Static_assert(MOST_BYTES < 65536, "one stored block holds the picture");

struct png {
	uint8_t byte[MOST_BYTES + 128];
	size_t size;
};

static void put(struct png *png, const void *bytes, size_t count)
{
	memcpy(png->byte + png->size, bytes, count);
	png->size += count;
}

static void put_u32(struct png *png, uint32_t value)
{
	uint8_t bytes[] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
			    (uint8_t)value };

	put(png, bytes, 4);
}

/* Annex D of PNG. */
static uint32_t crc_of(const uint8_t *bytes, size_t count)
{
	uint32_t crc = 0xFFFFFFFF;

	for (size_t i = 0; i < count; i++) {
		crc ^= bytes[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
	}
	return ~crc;
}

/* RFC 1950, 8.2. */
static uint32_t adler_of(const uint8_t *bytes, size_t count)
{
	uint32_t low = 1, high = 0;

	for (size_t i = 0; i < count; i++) {
		low = (low + bytes[i]) % 65521;
		high = (high + low) % 65521;
	}
	return high << 16 | low;
}

static size_t chunk_begin(struct png *png, const char *type)
{
	put_u32(png, 0); /* the length is known at the end */
	put(png, type, 4);
	return png->size;
}

static void chunk_end(struct png *png, size_t start)
{
	uint32_t len = (uint32_t)(png->size - start);

	for (unsigned i = 0; i < 4; i++)
		png->byte[start - 8 + i] = (uint8_t)(len >> (24 - 8 * i));
	put_u32(png, crc_of(png->byte + start - 4, len + 4));
}

static void put_header(struct png *png, uint32_t rows)
{
	/* 1 bit, grey, deflate, adaptive filters, not interlaced */
	static const uint8_t kind[] = { 1, 0, 0, 0, 0 };
	size_t start;

	put(png, "\x89PNG\r\n\x1a\n", 8);
	start = chunk_begin(png, "IHDR");
	put_u32(png, ROW_BITS);
	put_u32(png, rows);
	put(png, kind, sizeof(kind));
	chunk_end(png, start);
}

static void put_rows(struct png *png, const uint8_t *bits, uint32_t rows)
{
	uint16_t len = (uint16_t)(rows * ROW_BYTES);
	uint8_t block[] = { 0x78,
			    0x01,
			    1,
			    (uint8_t)len,
			    (uint8_t)(len >> 8),
			    (uint8_t)~len,
			    (uint8_t)(~len >> 8) };
	size_t start = chunk_begin(png, "IDAT"), first;

	put(png, block, sizeof(block));
	first = png->size;
	for (uint32_t row = 0; row < rows; row++) {
		put(png, "", 1);
		put(png, bits + row * (ROW_BITS / 8), ROW_BITS / 8);
	}
	put_u32(png, adler_of(png->byte + first, len));
	chunk_end(png, start);
}

static void put_base64(FILE *out, const struct png *png)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < png->size; i += 3) {
		uint32_t group = (uint32_t)png->byte[i] << 16 | (uint32_t)png->byte[i + 1] << 8 |
				 png->byte[i + 2];

		fputc(digits[group >> 18], out);
		fputc(digits[group >> 12 & 63], out);
		fputc(i + 1 < png->size ? digits[group >> 6 & 63] : '=', out);
		fputc(i + 2 < png->size ? digits[group & 63] : '=', out);
	}
}

void plot_bitmap(FILE *out, const struct exhibits *exhibits)
{
	uint32_t rows = exhibits->bitmap_bits / ROW_BITS;
	struct png png = { .size = 0 };

	if (!rows)
		return;
	put_header(&png, rows);
	put_rows(&png, exhibits->bitmap, rows);
	chunk_end(&png, chunk_begin(&png, "IEND"));
	fprintf(out,
		"<figure>\n<figcaption>The first bits<small>%" PRIu32
		" bits, 256 in a row, from the top left: white is 1, black is 0. An eye finds "
		"stripes and grain that many tests do not look for; that it finds none proves "
		"nothing.</small></figcaption>\n<img class=\"bits\" width=\"256\" height=\"%" PRIu32
		"\" alt=\"The first %" PRIu32
		" bits as black and white points\" src=\"data:image/png;base64,",
		rows * ROW_BITS, rows, rows * ROW_BITS);
	put_base64(out, &png);
	fputs("\">\n</figure>\n", out);
}
