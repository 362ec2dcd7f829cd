/* SPDX-License-Identifier: GPL-3.0-or-later */
/* multi_mmc_bits - the Markov models of 6.3.9 for bits: a context is an index. */
#include "evaluate/sp800_90b/multi_mmc.h"

#include <errno.h>
#include <stdlib.h>

/* The counts of order d begin at 2^d; an index is the context's bits after a 1. */
#define TOP (1u << MMC_ORDERS)

/*
 * What followed the contexts. Orders 1 to 15 have fewer than MMC_MAX_ENTRIES: ones - zeros say all;
 * it is 2 (ones - zeros) + 1, and 0 where nothing followed yet. Order 16 can get full; of its pairs
 * only those that came before are counted: 4 (ones - zeros) + 2 (ones are counted) + (zeros are
 * counted).
 */
struct bit_models {
	unsigned entries; /* of order 16 */
	int64_t followed[2 * TOP];
};

/* Orders 1 to @longest (below 16). Return: those that are right; @made: those that predict. */
static unsigned predict_any(struct bit_models *models, unsigned context, unsigned longest,
			    unsigned next, unsigned *made)
{
	unsigned hits = 0;

	*made = 0;
	for (unsigned d = 1; d <= longest; d++) {
		const unsigned place = 1u << d;
		int64_t *followed = &models->followed[place | (context & (place - 1))];

		if (*followed) {
			hits |= (unsigned)((*followed > 0) == next) << (d - 1);
			*made |= 1u << (d - 1);
			*followed += next ? 2 : -2;
		} else {
			*followed = next ? 3 : -1;
		}
	}
	return hits;
}

/* The same where order 15 knows the context, and so do all below: as good as always, and fast. */
static inline unsigned predict_known(struct bit_models *models, unsigned context, unsigned next)
{
	const int64_t step = next ? 2 : -2;
	unsigned zeros = 0; /* who predict a 0; equal counts predict the greater value, 1 */

#pragma GCC unroll 15
	for (unsigned d = 1; d < MMC_ORDERS; d++) {
		const unsigned place = 1u << d;
		int64_t *followed = &models->followed[place | (context & (place - 1))];

		zeros |= (unsigned)((uint64_t)*followed >> 63) << (d - 1);
		*followed += step;
	}
	return next ? ~zeros & (TOP / 2 - 1) : zeros;
}

/* Order 16. Return: whether it predicted 0 or 1; 2: nothing. */
static inline unsigned predict_top(struct bit_models *models, unsigned context, unsigned next)
{
	int64_t *followed = &models->followed[TOP | context];
	const int64_t before = *followed;
	const unsigned is_new = !(before >> next & 1);
	const int64_t is_counted = !is_new | (models->entries < MMC_MAX_ENTRIES);

	models->entries += is_new & (unsigned)is_counted;
	*followed = (before | is_counted << next) + is_counted * (next ? 4 : -4);
	return before & 3 ? before >= 0 : 2;
}

/* One bit after the last @longest (up to 16) in @context; bit d - 1 of @hit and @made: order d. */
static void predict_bit(struct bit_models *models, unsigned context, unsigned longest,
			unsigned next, unsigned *hit, unsigned *made)
{
	if (models->followed[TOP / 2 | (context & (TOP / 2 - 1))]) {
		*hit = predict_known(models, context, next);
		*made = TOP / 2 - 1;
	} else {
		*hit = predict_any(models, context, longest < MMC_ORDERS ? longest : MMC_ORDERS - 1,
				   next, made);
	}
	if (longest < MMC_ORDERS)
		return;
	const unsigned top = predict_top(models, context, next);

	*hit |= (unsigned)(top == next) << (MMC_ORDERS - 1);
	*made |= (unsigned)(top < 2) << (MMC_ORDERS - 1);
}

/* 16 x 16 bits, in each quarter of the words: bit i of word j goes to bit j of word i. */
static void transpose(uint64_t word[static MMC_ORDERS])
{
	static const uint64_t low[] = { 0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F,
					0x00FF00FF00FF00FF };

	for (unsigned level = 0; level < 4; level++) {
		const unsigned width = 1u << level;

		for (unsigned i = 0; i < MMC_ORDERS; i++) {
			if (i & width)
				continue;
			uint64_t swap = (word[i] >> width ^ word[i + width]) & low[level];

			word[i] ^= swap << width;
			word[i + width] ^= swap;
		}
	}
}

int mmc_judge_bits(const struct symbols *bits, struct scoreboard *board)
{
	struct bit_models *models = calloc(1, sizeof(*models));
	unsigned context = 0;

	if (!models)
		return -ENOMEM;
	for (uint64_t done = 0; done < bits->count; done += STEPS) {
		uint64_t hit[MMC_ORDERS] = { 0 }, made[MMC_ORDERS] = { 0 };
		uint64_t left = bits->count - done;

		for (unsigned step = 0; step < STEPS && step < left; step++) {
			const uint64_t i = done + step;
			const unsigned next = bits->value[i], quarter = step & 48;
			unsigned hits, predictions;

			predict_bit(models, context, i < MMC_ORDERS ? (unsigned)i : MMC_ORDERS,
				    next, &hits, &predictions);
			context = (context << 1 | next) & (TOP - 1);
			hit[step % 16] |= (uint64_t)hits << quarter;
			made[step % 16] |= (uint64_t)predictions << quarter;
		}
		transpose(hit);
		transpose(made);
		scoreboard_feed(board, hit, made);
	}
	free(models);
	return 0;
}
