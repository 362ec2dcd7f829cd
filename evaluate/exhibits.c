/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exhibits - see exhibits.h */
#include "evaluate/exhibits.h"

#include "evaluate/basic/summary.h"

#include <stdlib.h>
#include <string.h>

#define PIECE 4096

struct gallery {
	struct summary *summary;
	unsigned width;
	unsigned window, window_bits; /* of packed symbols: what is left of the last byte */
	uint8_t bitmap[EXHIBIT_BITMAP_BITS / 8];
	uint32_t bitmap_bits;
};

struct gallery *gallery_open(unsigned width)
{
	struct gallery *gallery = calloc(1, sizeof(*gallery));

	if (!gallery)
		return NULL;
	gallery->width = width;
	gallery->summary = summary_open(width);
	if (gallery->summary)
		return gallery;
	free(gallery);
	return NULL;
}

void gallery_close(struct gallery *gallery)
{
	if (gallery)
		summary_close(gallery->summary);
	free(gallery);
}

static void paint(struct gallery *gallery, unsigned value)
{
	for (unsigned bit = gallery->width; bit-- > 0;) {
		uint32_t at = gallery->bitmap_bits;

		if (at == EXHIBIT_BITMAP_BITS)
			return;
		gallery->bitmap[at / 8] |= (uint8_t)((value >> bit & 1) << (7 - at % 8));
		gallery->bitmap_bits++;
	}
}

void gallery_symbols(struct gallery *gallery, const uint8_t *value, uint64_t count)
{
	if (!gallery)
		return;
	for (uint64_t i = 0; i < count && gallery->bitmap_bits < EXHIBIT_BITMAP_BITS; i++)
		paint(gallery, value[i]);
	summary_feed(gallery->summary, value, count);
}

void gallery_bytes(struct gallery *gallery, const uint8_t *bytes, size_t count)
{
	uint8_t value[PIECE];
	unsigned values = 0;

	for (size_t i = 0; gallery && i < count; i++) {
		gallery->window = (gallery->window << 8 | bytes[i]) & 0xFFFF;
		gallery->window_bits += 8;
		while (gallery->window_bits >= gallery->width) {
			gallery->window_bits -= gallery->width;
			value[values++] = (uint8_t)(gallery->window >> gallery->window_bits &
						    ((1u << gallery->width) - 1));
		}
		if (values > PIECE - 8 || i + 1 == count) {
			gallery_symbols(gallery, value, values);
			values = 0;
		}
	}
}

void gallery_show(const struct gallery *gallery, struct exhibits *exhibits)
{
	*exhibits = (struct exhibits){ 0 };
	if (!gallery)
		return;
	exhibits->width = gallery->width;
	exhibits->symbols = summary_symbols(gallery->summary);
	for (unsigned value = 0; value < 1u << gallery->width; value++)
		exhibits->count[value] = summary_count(gallery->summary, value);
	for (unsigned lag = 1; lag <= EXHIBIT_LAGS && lag <= SUMMARY_LAGS; lag++)
		exhibits->correlation[lag - 1] = summary_lag_correlation(gallery->summary, lag);
	memcpy(exhibits->bitmap, gallery->bitmap, sizeof(exhibits->bitmap));
	exhibits->bitmap_bits = gallery->bitmap_bits;
}
