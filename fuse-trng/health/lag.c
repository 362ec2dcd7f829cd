/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lag - s[i] = s[i-k] too often within 512 symbols, k = 1..32. */
#include "fuse-trng/health/lag.h"
#include "fuse-trng/health/cutoff.h"
#include "fuse-trng/health/match.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

void lag_init(struct lag *test, unsigned cutoff)
{
	test->cutoff = cutoff;
	lag_restart(test);
}

void lag_restart(struct lag *test)
{
	test->filled = 0;
	test->history = 0;
	memset(test->matches, 0, sizeof(test->matches));
}

static void close_window(struct lag *test)
{
	test->filled = 0;
	memset(test->matches, 0, sizeof(test->matches));
}

/* One symbol, compared only with symbols that the stream really had. */
static bool step(struct lag *test, const uint8_t *symbol)
{
	bool has_fired = false;

	for (unsigned k = 1; k <= test->history; k++) {
		test->matches[k - 1] += symbol[0] == *(symbol - k);
		has_fired |= test->matches[k - 1] >= test->cutoff;
	}
	if (test->history < LAG_MAX)
		test->history++;
	test->filled++;
	return has_fired;
}

static bool steps(struct lag *test, const uint8_t *symbols, size_t count, size_t *index)
{
	for (*index = 0; *index < count; ++*index)
		if (step(test, symbols + *index))
			return true;
	return false;
}

/* A whole segment with full history, one lag after the other; false: nothing was advanced,
 * because some lag reaches the cutoff in it. */
static bool add_segment(struct lag *test, const uint8_t *symbols, size_t count)
{
	unsigned matches[LAG_MAX];
	bool has_fired = false;

	for (unsigned k = 1; k <= LAG_MAX; k++) {
		matches[k - 1] = test->matches[k - 1] + match_pairs(symbols, symbols - k, count);
		has_fired |= matches[k - 1] >= test->cutoff;
	}
	if (has_fired)
		return false;
	memcpy(test->matches, matches, sizeof(matches));
	test->filled += (unsigned)count;
	return true;
}

size_t lag_feed(struct lag *test, const uint8_t *symbols, size_t count)
{
	for (size_t i = 0; i < count;) {
		bool is_warm = test->history == LAG_MAX;
		size_t left = is_warm ? LAG_WINDOW - test->filled : LAG_MAX - test->history;
		size_t length = left < count - i ? left : count - i;
		size_t at;

		if (!(is_warm && add_segment(test, symbols + i, length)) &&
		    steps(test, symbols + i, length, &at))
			return i + at;
		if (test->filled == LAG_WINDOW)
			close_window(test);
		i += length;
	}
	return count;
}

double lag_probability(unsigned cutoff, unsigned symbol_bits)
{
	return fmin(1, LAG_MAX * cutoff_tail(LAG_WINDOW, exp2(-(double)symbol_bits), cutoff));
}
