/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * inject - faults through the whole pipeline, one after the other without a new start of it: tests,
 * hold-back, gate and pool, with every byte that comes out held against what went in.
 */
#ifndef TRNG_SELFTEST_INJECT_H
#define TRNG_SELFTEST_INJECT_H

#include "fuse-trng/selftest/selftest.h"

#define INJECT_CYCLES 2                              /* each gives ... */
#define INJECT_FAULTS (INJECT_CYCLES * HEALTH_TESTS) /* ... so many of each kind */

/**
 * inject_run - INJECT_FAULTS faults for each test, in an order in which every kind of fault comes
 * after every kind of alarm, its own included: that a test sees it shows that the alarm before has
 * left it alive.
 *
 * A total failure limit that even a source which meets the claim exceeds every few chunks sees all
 * that other tests are for; then the limit that follows from the claim stands in for it.
 *
 * Return: 0, whatever was seen; -EINVAL, -ENOMEM as health_open().
 */
int inject_run(const struct selftest_settings *settings, struct progress *progress,
	       struct selftest *result);

#endif
