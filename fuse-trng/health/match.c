/* SPDX-License-Identifier: GPL-3.0-or-later */
/* match - count equal symbols with the compiler's portable vectors. */
#include "fuse-trng/health/match.h"

#include <string.h>

#define LANES 16

typedef uint8_t vector __attribute__((vector_size(LANES)));

static vector load(const uint8_t *symbols)
{
	vector v;

	memcpy(&v, symbols, sizeof(v));
	return v;
}

/* The sum of all lanes; each holds at most 64, so no 8-bit or 16-bit part overflows. */
static unsigned lane_sum(vector counts)
{
	const uint64_t even_bytes = 0x00ff00ff00ff00ff;
	uint64_t halves[2];
	uint64_t sum;

	memcpy(halves, &counts, sizeof(halves));
	sum = halves[0] + halves[1];
	sum = (sum & even_bytes) + (sum >> 8 & even_bytes);
	return (unsigned)(sum * 0x0001000100010001 >> 48);
}

unsigned match_pairs(const uint8_t *a, const uint8_t *b, size_t count)
{
	vector counts = { 0 };
	unsigned sum = 0;
	size_t i;

	for (i = 0; i + LANES <= count; i += LANES)
		counts -= (vector)(load(a + i) == load(b + i)); /* true is -1 */
	for (; i < count; i++)
		sum += a[i] == b[i];
	return sum + lane_sum(counts);
}

unsigned match_value(const uint8_t *symbols, uint8_t value, size_t count)
{
	vector wanted = (vector){ 0 } + value;
	vector counts = { 0 };
	unsigned sum = 0;
	size_t i;

	for (i = 0; i + LANES <= count; i += LANES)
		counts -= (vector)(load(symbols + i) == wanted);
	for (; i < count; i++)
		sum += symbols[i] == value;
	return sum + lane_sum(counts);
}
