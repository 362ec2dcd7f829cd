/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict - which row of the self-test is as it must be. */
#ifndef TRNG_SELFTEST_VERDICT_H
#define TRNG_SELFTEST_VERDICT_H

#include "fuse-trng/selftest/selftest.h"

#define VERDICT_ALARMS 5    /* failures that evaluators want to see of each test */
#define VERDICT_BOUND  1e-6 /* counts of alarms less likely than this on either side fail */

/**
 * verdict_rounds - @test had @rounds trials and at least @alarms alarms, and as many as theory
 * says.
 *
 * Formula: both tails of the Poisson distribution of the expected alarms are above VERDICT_BOUND.
 */
bool verdict_rounds(const struct selftest_rounds *result, enum health_test test, uint64_t rounds,
		    unsigned alarms);

/** verdict_faults - all were seen by the test that is meant, five at least, and nothing leaked. */
bool verdict_faults(const struct selftest_faults *faults);

#endif
