/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lag - the lag prediction estimate, SP 800-90B 6.3.8: what came d symbols ago comes again. */
#include "evaluate/sp800_90b/estimators.h"

#include <errno.h>
#include <string.h>

#include "evaluate/sp800_90b/prediction.h"

#define LAGS 128

/*
 * The symbols bit by bit: each plane holds one bit of every symbol, in words of STEPS symbols, and
 * of those the newest three: as far as the greatest lag looks back.
 */
struct planes {
	unsigned width;
	uint64_t newest[8], before[8], first[8];
};

static void push_symbols(struct planes *planes, const uint8_t *value, unsigned count)
{
	for (unsigned bit = 0; bit < planes->width; bit++) {
		uint64_t word = 0;

		for (unsigned i = 0; i < count; i++)
			word |= (uint64_t)(value[i] >> bit & 1) << i;
		planes->first[bit] = planes->before[bit];
		planes->before[bit] = planes->newest[bit];
		planes->newest[bit] = word;
	}
}

/* Which of the newest symbols differ from those @lag (1..63) and 64 + @lag before them. */
static inline void compare_shifted(const struct planes *planes, unsigned lag, uint64_t *near,
				   uint64_t *far)
{
	*near = *far = 0;
	for (unsigned bit = 0; bit < planes->width; bit++) {
		uint64_t newest = planes->newest[bit], before = planes->before[bit];

		*near |= newest ^ (newest << lag | before >> (64 - lag));
		*far |= newest ^ (before << lag | planes->first[bit] >> (64 - lag));
	}
}

/* @hit[d - 1]: which of the newest symbols equal those d before them. */
static void compare_lags(const struct planes *planes, uint64_t hit[static LAGS])
{
	uint64_t near = 0, far = 0;

	for (unsigned lag = 1; lag < 64; lag++) {
		compare_shifted(planes, lag, &near, &far);
		hit[lag - 1] = ~near;
		hit[64 + lag - 1] = ~far;
	}
	near = far = 0;
	for (unsigned bit = 0; bit < planes->width; bit++) {
		near |= planes->newest[bit] ^ planes->before[bit];
		far |= planes->newest[bit] ^ planes->first[bit];
	}
	hit[64 - 1] = ~near;
	hit[128 - 1] = ~far;
}

/* Takes out the hits of the symbols from @done on that lie beyond either end of the data. */
static void clip_hits(uint64_t hit[static LAGS], uint64_t done, unsigned count)
{
	const uint64_t there = ~UINT64_C(0) >> (STEPS - count);

	for (unsigned lag = 1; lag <= LAGS; lag++) {
		uint64_t known = lag <= done       ? ~UINT64_C(0)
				 : lag - done < 64 ? ~UINT64_C(0) << (lag - done)
						   : 0;

		hit[lag - 1] &= known & there;
	}
}

int lag_estimate(const struct symbols *symbols, struct result *result)
{
	struct planes planes = { .width = symbols->width };
	struct scoreboard board;
	uint64_t hit[LAGS];

	result_init(result, "lag");
	if (prediction_is_short(result, symbols, 2))
		return 0;
	scoreboard_init(&board, LAGS);
	for (uint64_t done = 0; done < symbols->count; done += STEPS) {
		uint64_t left = symbols->count - done;
		unsigned count = left < STEPS ? (unsigned)left : STEPS;

		push_symbols(&planes, symbols->value + done, count);
		compare_lags(&planes, hit);
		if (done < LAGS || count < STEPS)
			clip_hits(hit, done, count);
		scoreboard_feed(&board, hit, NULL);
	}
	prediction_result(result, symbols, symbols->count - 1, &board.tally);
	return 0;
}
