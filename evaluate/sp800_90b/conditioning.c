/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conditioning - the entropy that leaves a conditioning component: SP 800-90B, 3.1.5. */
#include "evaluate/sp800_90b/assess.h"

#include <errno.h>
#include <math.h>

#define MAX_BITS                 ((uint64_t)1 << 32)
#define LIMIT_NOT_VETTED         0.999
#define FULL_ENTROPY_MARGIN_BITS 64 /* SP 800-90C */

/*
 * Output_Entropy() is -log2 of the greater of psi and omega. Both are 2^-n (1 + delta), with a
 * delta that is often far below what a double shows beside 1, or above all doubles: so log2(delta)
 * is computed.
 */
struct terms {
	double n_in, n, h_in;
	double share; /* P_low = (1 - 2^-h_in) / (2^n_in - 1) is 2^-n_in (1 - 2^-h_in share) */
};

static double exp2_minus_1(double x)
{
	return expm1(x * M_LN2);
}

static double log2_of_1_plus(double x)
{
	return log1p(x) / M_LN2;
}

/* log2(1 + 2^x), and log2 of that; neither overflows or underflows. */
static double log2_of_1_plus_exp2(double x)
{
	return x > 0 ? x + log2_of_1_plus(exp2(-x)) : log2_of_1_plus(exp2(x));
}

static double log2_log2_of_1_plus_exp2(double x)
{
	return x < -60 ? x - log2(M_LN2) : log2(log2_of_1_plus_exp2(x));
}

/*
 * psi = 2^(n_in - n) P_low + 2^-h_in: delta = 2^(n - h_in) (1 - 2^-n share). This is log2 of
 * the parenthesis: -1..0.
 */
static double psi_correction(const struct terms *terms)
{
	return log2_of_1_plus(-exp2(-terms->n) * terms->share);
}

/*
 * omega = (2^(n_in - n) + sqrt(2 n 2^(n_in - n) ln 2)) P_low: with r = sqrt(2 n 2^(n - n_in) ln 2),
 * delta = r - 2^-h_in share (1 + r). Where that is not positive, psi is the greater.
 */
static double omega_log2_delta(const struct terms *terms)
{
	double log2_r = (log2(2 * M_LN2 * terms->n) + terms->n - terms->n_in) / 2;
	double loss = terms->share * (exp2(-terms->h_in - log2_r) + exp2(-terms->h_in));

	return loss < 1 ? log2_r + log2_of_1_plus(-loss) : -INFINITY;
}

/* -log2(psi) in the form that is exact for it: next to 0, to h_in or to n. */
static double psi_entropy(const struct terms *terms)
{
	double correction = psi_correction(terms);
	double log2_delta = terms->n - terms->h_in + correction;

	if (terms->h_in < 1)
		return -log2_of_1_plus(exp2_minus_1(-terms->h_in) *
				       (1 + exp2(-terms->n) / exp2_minus_1(-terms->n_in)));
	if (log2_delta > 0)
		return terms->h_in - correction - log2_of_1_plus(exp2(-log2_delta));
	return terms->n - log2_of_1_plus_exp2(log2_delta);
}

/* 3.1.5.1.2. Return: h_out; and log2(n - h_out) in *@log2_deficit. */
static double output_entropy(const struct terms *terms, double *log2_deficit)
{
	double psi = terms->n - terms->h_in + psi_correction(terms),
	       omega = omega_log2_delta(terms);
	double h_out = psi >= omega ? psi_entropy(terms) : terms->n - log2_of_1_plus_exp2(omega);

	*log2_deficit = fmin(log2_log2_of_1_plus_exp2(fmax(psi, omega)), log2(terms->n));
	return h_out > 0 ? h_out : 0; /* omega may be above 1 */
}

static bool is_within_range(const struct conditioning *c)
{
	const uint64_t bits[] = { c->n_in_bits, c->n_out_bits, c->nw_bits };

	for (unsigned i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (bits[i] < 1 || bits[i] > MAX_BITS)
			return false;
	return c->h_in_bits >= 0 && c->h_in_bits <= (double)c->n_in_bits &&
	       (c->is_vetted || (c->h_per_bit >= 0 && c->h_per_bit <= 1));
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int conditioning_assess(struct conditioning *c)
{
	if (!is_within_range(c))
		return -EINVAL;
	const double n_in = (double)c->n_in_bits, n_out = (double)c->n_out_bits;
	/* No component is wider inside than its input (appendix E). */
	const uint64_t n = least(c->n_out_bits, least(c->nw_bits, c->n_in_bits));
	struct terms terms = { .n_in = n_in, .n = (double)n, .h_in = c->h_in_bits };

	terms.share = exp2_minus_1(c->h_in_bits - n_in) / exp2_minus_1(-n_in);
	c->h_out_bits = output_entropy(&terms, &c->log2_deficit);
	if (n < c->n_out_bits)
		c->log2_deficit = log2(n_out - c->h_out_bits);
	if (!c->is_vetted && c->h_out_bits > n_out * fmin(LIMIT_NOT_VETTED, c->h_per_bit)) {
		c->h_out_bits = n_out * fmin(LIMIT_NOT_VETTED, c->h_per_bit);
		c->log2_deficit = log2(n_out - c->h_out_bits);
	}
	c->is_full_entropy = c->is_vetted && n == c->n_out_bits &&
			     c->h_in_bits >= n_out + FULL_ENTROPY_MARGIN_BITS;
	return 0;
}
