/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tuples_suffix - common prefixes of neighbouring suffixes by a suffix array; see tuples.h. */
#include "evaluate/sp800_90b/tuples.h"

#include <divsufsort.h>
#include <divsufsort64.h>
#include <errno.h>
#include <stdlib.h>

/* Positions and lengths, in 4 bytes where that is enough. */
struct indices {
	int32_t *narrow; /* one of the two */
	int64_t *wide;
};

static bool indices_open(struct indices *indices, uint64_t count)
{
	*indices = (struct indices){ 0 };
	if (count <= INT32_MAX)
		indices->narrow = calloc(count, sizeof(*indices->narrow));
	else
		indices->wide = calloc(count, sizeof(*indices->wide));
	return indices->narrow || indices->wide;
}

static void indices_close(struct indices *indices)
{
	free(indices->narrow);
	free(indices->wide);
	*indices = (struct indices){ 0 };
}

static inline uint64_t get(const struct indices *indices, uint64_t i)
{
	return indices->narrow ? (uint64_t)indices->narrow[i] : (uint64_t)indices->wide[i];
}

static inline void put(struct indices *indices, uint64_t i, uint64_t value)
{
	if (indices->narrow)
		indices->narrow[i] = (int32_t)value;
	else
		indices->wide[i] = (int64_t)value;
}

static int sort_suffixes(const struct symbols *symbols, struct indices *order)
{
	int err = order->narrow
			  ? divsufsort(symbols->value, order->narrow, (saidx_t)symbols->count)
			  : divsufsort64(symbols->value, order->wide, (saidx64_t)symbols->count);

	return err ? -ENOMEM : 0; /* its other error is a bad argument */
}

/*
 * @order becomes the lengths that each suffix has in common with the one before it in that order.
 *
 * First, @before[p], the suffix before that at p in @order, becomes the length that both have in
 * common. Karkkainen, Manzini and Puglisi 2009: from one position to the next in the text this
 * length shrinks by at most one, so all of it takes linear time.
 */
static void measure(const struct symbols *symbols, struct indices *order, struct indices *before)
{
	const uint8_t *value = symbols->value;
	const uint64_t n = symbols->count, first = get(order, 0);
	uint64_t common = 0;

	for (uint64_t i = 1; i < n; i++)
		put(before, get(order, i), get(order, i - 1));
	for (uint64_t at = 0; at < n; at++) {
		uint64_t other = get(before, at), end = n - (at > other ? at : other);

		if (at == first) { /* none is before it */
			common = 0;
			continue;
		}
		while (common < end && value[at + common] == value[other + common])
			common++;
		put(before, at, common);
		common -= common > 0;
	}
	for (uint64_t i = 1; i < n; i++)
		put(order, i, get(before, get(order, i)));
}

int tuples_by_suffix(const struct symbols *symbols, struct tally *tally)
{
	struct indices order, before = { 0 };
	int err = indices_open(&order, symbols->count) ? sort_suffixes(symbols, &order) : -ENOMEM;

	if (!err && !indices_open(&before, symbols->count))
		err = -ENOMEM;
	if (!err) {
		measure(symbols, &order, &before);
		indices_close(&before); /* the tally may need the room */
		for (uint64_t i = 1; i < symbols->count; i++)
			tally_next(tally, get(&order, i));
	}
	indices_close(&order);
	indices_close(&before);
	return err;
}
