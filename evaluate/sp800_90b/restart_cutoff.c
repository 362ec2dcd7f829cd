/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * restart_cutoff - see restart_cutoff.h
 *
 * The counts of the values in a row are multinomial, that is, Poisson with means n p_i on condition
 * that their sum is n. So the probability that none exceeds x is the coefficient n of the product
 * of all values' Poisson series cut behind x, over Pr(Poisson(n) = n). All terms are positive:
 * nothing cancels.
 */
#include "evaluate/sp800_90b/restart_cutoff.h"

#include "evaluate/sp800_90b/assess.h"

#include <math.h>
#include <string.h>

#define N RESTART_SAMPLES

struct series {
	double term[N + 1];
};

double restart_alpha(void)
{
	return -expm1(log1p(-RESTART_FALSE_ALARMS) / (RESTARTS + RESTART_SAMPLES));
}

/* Pr(Poisson(mean) = k) for k up to @cutoff, nothing beyond. */
static void poisson(struct series *series, double mean, unsigned cutoff)
{
	double log_term = -mean;

	memset(series, 0, sizeof(*series));
	if (!(mean > 0)) {
		series->term[0] = 1;
		return;
	}
	for (unsigned k = 0; k <= cutoff; k++) {
		series->term[k] = exp(log_term);
		log_term += log(mean) - log(k + 1);
	}
}

static void multiply(struct series *a, const struct series *b)
{
	struct series product = { 0 };

	for (unsigned i = 0; i <= N; i++)
		for (unsigned k = 0; a->term[i] > 0 && k <= N - i; k++)
			product.term[i + k] += a->term[i] * b->term[k];
	*a = product;
}

/* @product times @factor to the power of @times, by repeated squaring. */
static void multiply_power(struct series *product, struct series *factor, unsigned times)
{
	for (; times; times >>= 1) {
		if (times & 1)
			multiply(product, factor);
		const struct series same = *factor;

		if (times > 1)
			multiply(factor, &same);
	}
}

/* The values of a row: @often of probability @p each, @others that share the rest. */
struct claim {
	unsigned often, others;
	double p, p_other;
};

static struct claim claim_of(unsigned distinct, double h_initial)
{
	struct claim claim = { .p = exp2(-h_initial) };

	claim.often = (unsigned)(1 / claim.p);
	const double rest = 1 - claim.often * claim.p;

	if (distinct > claim.often)
		claim.others = distinct - claim.often;
	else
		claim.others = rest > 0;
	if (rest > 0)
		claim.p_other = rest / claim.others;
	return claim;
}

/* Pr(no value occurs more than @cutoff times). */
static double none_above(const struct claim *claim, unsigned cutoff)
{
	struct series product = { .term[0] = 1 }, factor;

	poisson(&factor, N * claim->p, cutoff);
	multiply_power(&product, &factor, claim->often);
	poisson(&factor, N * claim->p_other, cutoff);
	multiply_power(&product, &factor, claim->others);
	poisson(&factor, N, N);
	return product.term[N] / factor.term[N];
}

unsigned restart_cutoff(unsigned distinct, double h_initial)
{
	const struct claim claim = claim_of(distinct, h_initial);
	const double wanted = 1 - restart_alpha();
	unsigned below = 0, cutoff = N;

	while (cutoff - below > 1) {
		const unsigned middle = (below + cutoff) / 2;

		if (none_above(&claim, middle) >= wanted)
			cutoff = middle;
		else
			below = middle;
	}
	return cutoff;
}
