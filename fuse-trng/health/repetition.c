/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repetition - so many equal symbols in a row and the source is stuck (SP 800-90B 4.4.1). */
#include "fuse-trng/health/repetition.h"

#include <math.h>

void repetition_init(struct repetition *test, unsigned cutoff)
{
	test->cutoff = cutoff;
	repetition_restart(test);
}

void repetition_restart(struct repetition *test)
{
	test->run = 0;
	test->last = 0;
}

size_t repetition_feed(struct repetition *test, const uint8_t *symbols, size_t count)
{
	unsigned run = test->run;
	uint8_t last = test->last;
	size_t i;

	for (i = 0; i < count; i++) {
		run = symbols[i] == last ? run + 1 : 1;
		last = symbols[i];
		if (run >= test->cutoff)
			break;
	}
	test->run = run;
	test->last = last;
	return i;
}

double repetition_probability(unsigned cutoff, unsigned symbol_bits)
{
	double values = exp2(symbol_bits);

	return (1 - 1 / values) * pow(values, 1 - (double)cutoff);
}
