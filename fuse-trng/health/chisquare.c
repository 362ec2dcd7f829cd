/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chisquare - shares of the start-up symbols (AIS 20/31 PTG.2.1; SP 800-90B 4.3). */
#include "fuse-trng/health/chisquare.h"

#include <math.h>

#define MAX_VALUES 256

/* z^a e^-z / gamma(a + 1): what the upper tail at z gains from two more degrees of freedom. */
static long double tail_step(long double a, long double z)
{
	return expl(a * logl(z) - z - lgammal(a + 1));
}

double chisquare_tail(unsigned df, double noncentrality, double x)
{
	if (x <= 0)
		return 1;

	long double z = x / 2.0L;
	long double mean = noncentrality / 2.0L;
	long double a = df % 2 ? 0.5L : 1;
	long double central = df % 2 ? erfcl(sqrtl(z)) : expl(-z);
	long double sum = 0;

	for (; a < df / 2.0L; a++)
		central += tail_step(a, z);
	if (noncentrality <= 0)
		return (double)central;
	for (unsigned j = 0;; j++, a++) {
		long double weight = expl(j * logl(mean) - mean - lgammal(j + 1.0L));

		sum += weight * central;
		if (j > mean && weight <= sum * 1e-15L)
			return (double)sum;
		central += tail_step(a, z);
	}
}

double chisquare_critical(unsigned df, double noncentrality, double alpha)
{
	double low = 0;
	double high = df + noncentrality;

	while (chisquare_tail(df, noncentrality, high) > alpha)
		high *= 2;
	for (unsigned i = 0; i < 48; i++) {
		double middle = (low + high) / 2;

		if (chisquare_tail(df, noncentrality, middle) > alpha)
			low = middle;
		else
			high = middle;
	}
	return high;
}

double chisquare_noncentrality(unsigned symbols, unsigned symbol_bits, double entropy)
{
	double p = exp2(-entropy);
	double full = floor(exp2(entropy));
	double rest = 1 - full * p;
	double squares = full * p * p + rest * rest;

	return fmax(0, symbols * (exp2(symbol_bits) * squares - 1));
}

double chisquare_statistic(const uint8_t *symbols, size_t count, unsigned symbol_bits)
{
	unsigned counts[MAX_VALUES] = { 0 };
	double expected = (double)count / (1u << symbol_bits);
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		counts[symbols[i]]++;
	for (unsigned value = 0; value < 1u << symbol_bits; value++)
		sum += (counts[value] - expected) * (counts[value] - expected) / expected;
	return sum;
}
