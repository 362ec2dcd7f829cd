/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proportion - too many symbols equal to the window's first one (SP 800-90B 4.4.2). */
#include "fuse-trng/health/proportion.h"
#include "fuse-trng/health/cutoff.h"
#include "fuse-trng/health/match.h"

#include <math.h>

unsigned proportion_window(unsigned symbol_bits)
{
	return symbol_bits == 1 ? 1024 : 512;
}

void proportion_init(struct proportion *test, unsigned window, unsigned cutoff)
{
	test->window = window;
	test->cutoff = cutoff;
	proportion_restart(test);
}

void proportion_restart(struct proportion *test)
{
	test->filled = 0;
	test->matches = 0;
	test->first = 0;
}

/* Where among @symbols the count reaches the cutoff; the caller knows that it does. */
static size_t locate(const struct proportion *test, const uint8_t *symbols)
{
	unsigned matches = test->matches;
	size_t i = 0;

	for (;; i++) {
		matches += symbols[i] == test->first;
		if (matches >= test->cutoff)
			return i;
	}
}

size_t proportion_feed(struct proportion *test, const uint8_t *symbols, size_t count)
{
	for (size_t i = 0; i < count;) {
		size_t left = test->window - test->filled;
		size_t length = left < count - i ? left : count - i;

		if (test->filled == 0)
			test->first = symbols[i];
		unsigned matches = match_value(symbols + i, test->first, length);

		if (test->matches + matches >= test->cutoff)
			return i + locate(test, symbols + i);
		test->matches += matches;
		test->filled += (unsigned)length;
		if (test->filled == test->window)
			proportion_restart(test);
		i += length;
	}
	return count;
}

double proportion_probability(unsigned window, unsigned cutoff, unsigned symbol_bits)
{
	return cutoff_tail(window - 1, exp2(-(double)symbol_bits), cutoff - 1);
}
