/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cutoff - binomial tails and critical values in long double (SP 800-90B 4.4.1, 4.4.2). */
#include "fuse-trng/health/cutoff.h"

#include <limits.h>
#include <math.h>

/* Terms below exp(-60) of what is asked for cannot change a result of 18 digits. */
#define NEGLIGIBLE_LOG (-60.0L)
/* A tail that equals alpha up to rounding counts as equal. */
#define TIE            1e-12L

/* ln P(X = k), for 0 < p < 1. */
static long double log_term(unsigned trials, double p, unsigned k)
{
	return lgammal(trials + 1.0L) - lgammal(k + 1.0L) - lgammal(trials - k + 1.0L) +
	       k * logl(p) + (trials - k) * log1pl(-(long double)p);
}

/* The same from @count up, for @count above the mean, where the terms only fall. */
static long double upper_sum(unsigned trials, double p, unsigned count)
{
	long double odds = p / (1.0L - p);
	long double term = expl(log_term(trials, p, count));
	long double sum = term;

	for (unsigned k = count; k < trials && term > sum * 1e-20L; k++) {
		term *= (trials - k) / (k + 1.0L) * odds;
		sum += term;
	}
	return sum;
}

double cutoff_tail(unsigned trials, double p, unsigned count)
{
	if (count == 0)
		return 1;
	if (count > trials || p <= 0)
		return 0;
	if (p >= 1)
		return 1;
	if (count > trials * p)
		return (double)upper_sum(trials, p, count);
	/* P(X <= count - 1) is an upper tail of the failures. */
	return (double)(1 - upper_sum(trials, 1 - p, trials - count + 1));
}

/* The first count above the mean so unlikely that all beyond it can be left out of a sum. */
static unsigned negligible_count(unsigned trials, double p, long double log_limit)
{
	unsigned low = (unsigned)ceil(trials * p);
	unsigned high = trials;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (log_term(trials, p, middle) < log_limit)
			high = middle;
		else
			low = middle + 1;
	}
	return high;
}

unsigned cutoff_binomial(unsigned trials, double p, double alpha)
{
	if (p >= 1)
		return trials + 1;

	/* In units of alpha, so that nothing underflows however small it is. */
	long double log_alpha = logl(alpha);
	long double odds = p / (1.0L - p);
	unsigned k = negligible_count(trials, p, log_alpha + NEGLIGIBLE_LOG);
	long double term = expl(log_term(trials, p, k) - log_alpha);
	long double sum = term;

	while (sum <= 1 + TIE && k > 0) {
		term *= k / ((trials - k + 1.0L) * odds);
		sum += term;
		k--;
	}
	return sum <= 1 + TIE ? 0 : k + 1;
}

unsigned cutoff_repetition(double entropy, double alpha)
{
	/* 21 / 1.4 is 15 and must not become 16 by its last binary digit. */
	double cutoff = 1 + ceil(-log2(alpha) / entropy - 1e-9);

	return cutoff < UINT_MAX ? (unsigned)cutoff : UINT_MAX;
}
