/* SPDX-License-Identifier: GPL-3.0-or-later */
/* health_bed - settings and random numbers for the battery's unit programs. */
#ifndef TRNG_TESTS_UNIT_HEALTH_BED_H
#define TRNG_TESTS_UNIT_HEALTH_BED_H

#include "firmware/twin/model.h"
#include "fuse-trng/health/health.h"

#include <CUnit/CUnit.h>

static const unsigned widths[] = { 1, 2, 4, 8 };
static struct model_prng prng;

static inline unsigned below(unsigned bound)
{
	return (unsigned)(model_prng_next(&prng) >> 33) % bound;
}

static inline struct health_settings nodemcu(unsigned bits)
{
	return (struct health_settings){
		.symbol_bits = bits,
		.health_entropy = 0.95 * bits,
		.rate_symbol_s = 60.0 / bits,
		.false_alarms_per_year = 0.1,
		.total_failure_limit = 6,
	};
}

static inline struct health *open_with(const struct health_settings *settings, double alpha)
{
	double alphas[HEALTH_TESTS];
	struct health *health = NULL;

	for (unsigned i = 0; i < HEALTH_TESTS; i++)
		alphas[i] = alpha;
	CU_ASSERT_EQUAL_FATAL(health_open_at(&health, settings, alphas), 0);
	return health;
}

#endif
