/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rounds - good symbols through one battery until every test has had its trials. */
#ifndef TRNG_SELFTEST_ROUNDS_H
#define TRNG_SELFTEST_ROUNDS_H

#include "fuse-trng/selftest/selftest.h"

/**
 * rounds_configured - the battery with the settings' own cutoffs.
 *
 * Everything is fed as the daemon does it, but that a start-up's shares are judged on symbols of
 * their own. Return: 0; -EINVAL, -ENOMEM as health_open().
 */
int rounds_configured(const struct selftest_settings *settings, struct progress *progress,
		      struct selftest_rounds *result);

/**
 * rounds_raised - the same code claiming full entropy, with alphas that give each test some
 * hundred false alarms, of the widths where cutoffs are coarse at least ten.
 */
int rounds_raised(const struct selftest_settings *settings, struct progress *progress,
		  struct selftest_rounds *result);

#endif
