/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ideal - see ideal.h */
#include "evaluate/basic/ideal.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#define LARGE_MEAN 1e4 /* from here on a Poisson count is as good as normal */
#define FAR        12  /* standard deviations beyond which nothing is left to add */

static double first_of_interest(double mean)
{
	return fmax(0, floor(mean - FAR * sqrt(mean)));
}

/* That the greatest of @cells independent things exceeds what each exceeds with probability @q. */
static double any_exceeds(double cells, double q)
{
	return q < 1 ? -expm1(cells * log1p(-q)) : 1;
}

/* E(max) = sum over m of P(max > m) */
static double greatest_poisson(double cells, double mean)
{
	double m = first_of_interest(mean), sum = m, exceeds;

	do {
		exceeds = any_exceeds(cells, gsl_cdf_poisson_Q((unsigned)m, mean));
		sum += exceeds;
		m++;
	} while (m < mean || exceeds > 1e-9);
	return sum;
}

/* The same of standard normal deviates, by the trapezoidal rule. */
static double greatest_normal(double cells)
{
	const double step = 1.0 / 64;
	double sum = -FAR;

	for (double x = -FAR; x < FAR; x += step)
		sum += step * any_exceeds(cells, gsl_cdf_ugaussian_Q(x + step / 2));
	return sum;
}

double ideal_greatest(double cells, double total)
{
	double mean = total / cells;
	double greatest = mean < LARGE_MEAN ? greatest_poisson(cells, mean)
					    : mean + sqrt(mean) * greatest_normal(cells);

	return fmin(total, fmax(greatest, ceil(mean)));
}

/* E(c ln c) - mean ln mean for a Poisson count c; the series is that of c ln c around the mean. */
static double excess(double mean)
{
	double sum = 0, c = fmax(2, first_of_interest(mean)), last = mean + FAR * (sqrt(mean) + 2);

	if (mean >= LARGE_MEAN)
		return 0.5 + 1 / (12 * mean) + 1 / (12 * mean * mean);
	for (; c < last; c++)
		sum += gsl_ran_poisson_pdf((unsigned)c, mean) * c * log(c);
	return sum - mean * log(mean);
}

/* Counts that are independent have a total that varies, too: what that adds is taken away. */
double ideal_entropy_loss(double cells, double total)
{
	return (cells * excess(total / cells) - excess(total)) / (total * M_LN2);
}

/*
 * A run of r equal symbols is one of r - 1 successes among total - 1 trials "equals the one
 * before", of probability p = 1/values: longest runs of successes, Gordon, Schilling and Waterman
 * (1986).
 */
double ideal_longest_run(double values, double total)
{
	if (total < 2)
		return total;
	return 1 + fmax(0, (log((total - 1) * (1 - 1 / values)) + M_EULER) / log(values) - 0.5);
}

double ideal_run_p_value(double values, double total, double length)
{
	double runs = 1 + (total - length) * (1 - 1 / values); /* that might be so long */

	return length < 2 || runs < 0 ? 1 : -expm1(-runs * pow(values, 1 - length));
}

double ideal_z_p_value(double z, double count)
{
	return any_exceeds(count, 2 * gsl_cdf_ugaussian_Q(fabs(z)));
}
