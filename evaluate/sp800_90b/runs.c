/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * runs - see runs.h. Loops that count are cut into pieces whose count fits into a byte (sums of
 * products: 32 bits), so that the compiler can keep as many of them in a vector as there are lanes.
 */
#include "evaluate/sp800_90b/runs.h"

#include <stdbool.h>

#define PIECE           240   /* counted in a byte */
#define PRODUCTS        32768 /* 2^15 products below 2^16 are below 2^32 */
#define EXCURSION_BLOCK 64

/* count * (sum of i values) - i * total: for 2^32 values up to 2^70. */
__extension__ typedef __int128 deviation;

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t sum_of(const uint8_t *value, uint64_t count)
{
	uint32_t sum = 0;

	for (uint64_t i = 0; i < count; i++)
		sum += value[i];
	return sum;
}

/* The deviations, @count-fold, inside of a block that begins at @at; @greatest is kept up to date.
 */
static deviation scan_block(const uint8_t *value, uint64_t length, uint64_t count, uint64_t total,
			    deviation at, deviation *greatest)
{
	int64_t here = 0, highest = INT64_MIN, lowest = INT64_MAX;

	for (uint64_t i = 0; i < length; i++) {
		here += (int64_t)(count * value[i]) - (int64_t)total;
		highest = here > highest ? here : highest;
		lowest = here < lowest ? here : lowest;
	}
	if (at + highest > *greatest)
		*greatest = at + highest;
	if (-(at + lowest) > *greatest)
		*greatest = -(at + lowest);
	return at + here;
}

double excursion(const uint8_t *value, uint64_t count, uint64_t total, uint8_t highest)
{
	const uint64_t down = total, up = highest * count - total;
	const deviation reach = (deviation)EXCURSION_BLOCK * (down > up ? down : up);
	deviation at = 0, greatest = 0;

	for (uint64_t i = 0; i < count; i += EXCURSION_BLOCK) {
		const uint64_t length = least(EXCURSION_BLOCK, count - i);

		/* Most blocks begin too near to the mean to set a record, whatever is in them. */
		if ((at < 0 ? -at : at) + reach <= greatest)
			at += (deviation)count * sum_of(value + i, length) -
			      (deviation)length * total;
		else
			at = scan_block(value + i, length, count, total, at, &greatest);
	}
	return count ? (double)greatest / (double)count : 0;
}

/* Of a sequence of steps: whether the one from i goes on in the direction of that before it. */
static inline bool goes_on(const uint8_t *value, uint64_t i, uint8_t unused)
{
	(void)unused;
	return (value[i] <= value[i + 1]) == (value[i + 1] <= value[i + 2]);
}

static inline bool stays_on_side(const uint8_t *value, uint64_t i, uint8_t median)
{
	return (value[i] < median) == (value[i + 1] < median);
}

typedef bool link_test(const uint8_t *value, uint64_t i, uint8_t median);

/* How many of the links 0 to @links - 1 do not hold. */
static inline __attribute__((always_inline)) uint64_t breaks(link_test *holds, const uint8_t *value,
							     uint64_t links, uint8_t median)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < links; i += PIECE) {
		const uint64_t end = least(i + PIECE, links);
		uint8_t few = 0;

		for (uint64_t k = i; k < end; k++)
			few = (uint8_t)(few + !holds(value, k, median));
		sum += few;
	}
	return sum;
}

/*
 * The greatest number of links in a row that hold. A row that is longer than the @best so far and
 * begins at
 * @start holds at @start + @best: looked at from there back, most rows are given up after a link or
 * two. No link is looked at twice: those from @start to @known hold.
 */
static inline __attribute__((always_inline)) uint64_t
longest_row(link_test *holds, const uint8_t *value, uint64_t links, uint8_t median)
{
	uint64_t best = 0, start = 0, known = 0;

	while (start + best < links) {
		uint64_t i = start + best + 1;
		const uint64_t looked = i;

		while (i > known && holds(value, i - 1, median))
			i--;
		if (i > known) {
			start = i;
			known = looked;
			continue;
		}
		known = looked;
		while (known < links && holds(value, known, median))
			known++;
		best = known - start;
		start = known;
	}
	return best;
}

uint64_t directional_changes(const uint8_t *value, uint64_t count)
{
	return count < 3 ? 0 : breaks(goes_on, value, count - 2, 0);
}

uint64_t longest_directional_run(const uint8_t *value, uint64_t count)
{
	return count < 2 ? 0 : 1 + longest_row(goes_on, value, count - 2, 0);
}

uint64_t increases(const uint8_t *value, uint64_t count)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i + 1 < count; i += PIECE) {
		const uint64_t end = least(i + PIECE, count - 1);
		uint8_t few = 0;

		for (uint64_t k = i; k < end; k++)
			few = (uint8_t)(few + (value[k] <= value[k + 1]));
		sum += few;
	}
	return sum;
}

uint64_t median_changes(const uint8_t *value, uint64_t count, uint8_t median)
{
	return count < 2 ? 0 : breaks(stays_on_side, value, count - 1, median);
}

uint64_t longest_median_run(const uint8_t *value, uint64_t count, uint8_t median)
{
	return count < 1 ? 0 : 1 + longest_row(stays_on_side, value, count - 1, median);
}

struct collisions find_collisions(const uint8_t *value, uint64_t count)
{
	struct collisions found = { 0 };
	uint64_t last[256] = { 0 }; /* where each value was seen last, from 1 */
	uint64_t start = 1;

	/* Without a branch: no processor foresees a collision. */
	for (uint64_t i = 1; i <= count; i++) {
		const uint64_t is_hit = last[value[i - 1]] >= start, mask = 0 - is_hit;
		const uint64_t length = (i + 1 - start) & mask;

		last[value[i - 1]] = i;
		found.count += is_hit;
		found.greatest = length > found.greatest ? length : found.greatest;
		start ^= (start ^ (i + 1)) & mask;
	}
	found.symbols = start - 1;
	return found;
}

uint64_t periodicity(const uint8_t *value, uint64_t count, unsigned lag)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i + lag < count; i += PIECE) {
		const uint64_t end = least(i + PIECE, count - lag);
		uint8_t few = 0;

		for (uint64_t k = i; k < end; k++)
			few = (uint8_t)(few + (value[k] == value[k + lag]));
		sum += few;
	}
	return sum;
}

uint64_t covariance(const uint8_t *value, uint64_t count, unsigned lag)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i + lag < count; i += PRODUCTS) {
		const uint64_t end = least(i + PRODUCTS, count - lag);
		uint32_t some = 0;

		for (uint64_t k = i; k < end; k++)
			some += (uint16_t)(value[k] * value[k + lag]);
		sum += some;
	}
	return sum;
}
