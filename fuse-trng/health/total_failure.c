/* SPDX-License-Identifier: GPL-3.0-or-later */
/* total_failure - chunks of 100 bytes, as documented for this source (AIS 20/31 PTG.2.2). */
#include "fuse-trng/health/total_failure.h"
#include "fuse-trng/health/cutoff.h"
#include "fuse-trng/health/health.h"

#include <math.h>
#include <string.h>

#define VALUES 256

/* A power series in x, cut after x^100. */
struct series {
	long double c[HEALTH_CHUNK_BYTES + 1];
};

void total_failure_init(struct total_failure *test, unsigned limit)
{
	test->limit = limit;
	total_failure_restart(test);
}

void total_failure_restart(struct total_failure *test)
{
	test->filled_bytes = 0;
	memset(test->counts, 0, sizeof(test->counts));
}

size_t total_failure_feed(struct total_failure *test, const uint8_t *bytes, size_t len_bytes)
{
	for (size_t i = 0; i < len_bytes; i++) {
		if (++test->counts[bytes[i]] > test->limit)
			return i;
		if (++test->filled_bytes == HEALTH_CHUNK_BYTES)
			total_failure_restart(test);
	}
	return len_bytes;
}

double total_failure_bound(double byte_entropy, unsigned limit)
{
	double p = exp2(-byte_entropy);

	return fmin(1, cutoff_tail(HEALTH_CHUNK_BYTES, p, limit + 1) / p);
}

unsigned total_failure_limit(double byte_entropy, double alpha)
{
	unsigned limit = 0;

	while (total_failure_bound(byte_entropy, limit) > alpha)
		limit++; /* ends at 100: more than all is impossible */
	return limit;
}

static struct series square(const struct series *a)
{
	struct series product = { { 0 } };

	for (unsigned i = 0; i <= HEALTH_CHUNK_BYTES; i++)
		for (unsigned j = 0; i + j <= HEALTH_CHUNK_BYTES; j++)
			product.c[i + j] += a->c[i] * a->c[j];
	return product;
}

double total_failure_probability(unsigned limit)
{
	const long double rate = (long double)HEALTH_CHUNK_BYTES / VALUES;
	double bound = VALUES * cutoff_tail(HEALTH_CHUNK_BYTES, 1.0 / VALUES, limit + 1);
	struct series power = { { 0 } };

	if (bound < 1e-6)
		return bound;
	/* Poisson counts of mean 100/256, conditioned on 100 in all, are the multinomial counts;
	 * their series stays near 1 where the plain one would overflow. */
	for (unsigned j = 0; j <= limit && j <= HEALTH_CHUNK_BYTES; j++)
		power.c[j] = expl(j * logl(rate) - rate - lgammal(j + 1.0L));
	for (unsigned n = 1; n < VALUES; n *= 2)
		power = square(&power);
	const long double n = HEALTH_CHUNK_BYTES;
	long double all = expl(n * logl(n) - n - lgammal(n + 1));

	return (double)(1 - power.c[HEALTH_CHUNK_BYTES] / all);
}
