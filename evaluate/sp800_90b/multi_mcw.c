/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * multi_mcw - the multi most common in window prediction estimate, SP 800-90B 6.3.7: the most
 * common symbol of the last 63, 255, 1023 and 4095 comes next; of several the most recent.
 */
#include "evaluate/sp800_90b/estimators.h"

#include <errno.h>
#include <stdlib.h>

#include "evaluate/sp800_90b/prediction.h"

#define WINDOWS  4
#define SHORTEST 63
#define LONGEST  4095

static const unsigned window_size[WINDOWS] = { SHORTEST, 255, 1023, LONGEST };

struct window {
	unsigned size;
	unsigned count[256];           /* of each value in the window */
	unsigned holders[LONGEST + 1]; /* how many values have such a count */
	unsigned highest;              /* count */
	uint8_t leader;                /* the most recent value of the highest count */
};

/* The most recent value of the highest count in the window that ends with value[i]. */
static uint8_t find_leader(const struct window *window, const uint8_t *value, uint64_t i)
{
	while (window->count[value[i]] != window->highest)
		i--;
	return value[i];
}

static void change_count(struct window *window, unsigned value, unsigned by)
{
	window->holders[window->count[value]]--;
	window->count[value] += by;
	window->holders[window->count[value]]++;
}

/* Takes value[i] into the window, and for it the oldest out of a full one. */
static void slide(struct window *window, const uint8_t *value, uint64_t i)
{
	const uint8_t in = value[i];
	bool is_leader_less = false;

	if (i >= window->size) {
		const uint8_t out = value[i - window->size];

		is_leader_less = out == window->leader;
		change_count(window, out, -1U);
		if (!window->holders[window->highest])
			window->highest--;
	}
	change_count(window, in, 1);
	if (window->count[in] > window->highest)
		window->highest = window->count[in];
	if (window->count[in] == window->highest)
		window->leader = in;
	else if (is_leader_less)
		window->leader = find_leader(window, value, i);
}

/* The hits of one window's predictions for @count symbols from @done on. */
static uint64_t predict(struct window *window, const uint8_t *value, uint64_t done, unsigned count)
{
	uint64_t hit = 0;

	for (unsigned step = 0; step < count; step++) {
		uint64_t i = done + step;

		hit |= (uint64_t)(i >= window->size && window->leader == value[i]) << step;
		slide(window, value, i);
	}
	return hit;
}

/* The same for bits: the sizes are odd, so one value is the more common, and a single count tells.
 */
static uint64_t predict_bits(struct window *window, const uint8_t *bit, uint64_t done,
			     unsigned count)
{
	const unsigned size = window->size;
	unsigned ones = window->count[1];
	uint64_t hit = 0;

	for (unsigned step = 0; step < count; step++) {
		uint64_t i = done + step;

		if (i >= size) {
			hit |= (uint64_t)((2 * ones > size) == bit[i]) << step;
			ones -= bit[i - size];
		}
		ones += bit[i];
	}
	window->count[1] = ones;
	return hit;
}

static void judge(const struct symbols *symbols, struct window *windows, struct scoreboard *board)
{
	uint64_t hit[WINDOWS];

	for (uint64_t done = 0; done < symbols->count; done += STEPS) {
		uint64_t left = symbols->count - done;
		unsigned count = left < STEPS ? (unsigned)left : STEPS;

		for (unsigned i = 0; i < WINDOWS; i++)
			hit[i] = (symbols->width == 1 ? predict_bits : predict)(
				&windows[i], symbols->value, done, count);
		scoreboard_feed(board, hit, NULL);
	}
}

int multi_mcw_estimate(const struct symbols *symbols, struct result *result)
{
	struct scoreboard board;
	struct window *windows;

	result_init(result, "multi_mcw");
	if (prediction_is_short(result, symbols, LONGEST + 1))
		return 0;
	windows = calloc(WINDOWS, sizeof(*windows));
	if (!windows)
		return -ENOMEM;
	for (unsigned i = 0; i < WINDOWS; i++) {
		windows[i].size = window_size[i];
		windows[i].holders[0] = 256;
	}
	scoreboard_init(&board, WINDOWS);
	judge(symbols, windows, &board);
	free(windows);
	prediction_result(result, symbols, symbols->count - SHORTEST, &board.tally);
	return 0;
}
