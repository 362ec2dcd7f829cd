/* SPDX-License-Identifier: GPL-3.0-or-later */
/* symbols - see symbols.h */
#include "evaluate/core/symbols.h"

void symbols_unpack(const uint8_t *packed, unsigned width, uint64_t count, uint8_t *value)
{
	unsigned window = 0, have = 0;
	const unsigned mask = (1u << width) - 1;

	for (uint64_t i = 0; i < count; i++) {
		if (have < width) {
			window = (window << 8 | *packed++) & 0xFFFF;
			have += 8;
		}
		have -= width;
		value[i] = (uint8_t)(window >> have & mask);
	}
}

unsigned symbols_width(const uint8_t *value, uint64_t count)
{
	unsigned all = 1, width = 0;

	for (uint64_t i = 0; i < count; i++)
		all |= value[i];
	while (all >> width)
		width++;
	return width;
}
