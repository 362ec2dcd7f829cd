/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict - which row of the self-test is as it must be. */
#include "fuse-trng/selftest/verdict.h"

#include "fuse-trng/health/chisquare.h"

/* P(X <= count) of a Poisson variable: a chi-square tail. */
static double poisson_at_most(uint64_t count, double mean)
{
	return chisquare_tail(2 * (unsigned)count + 2, 0, 2 * mean);
}

static bool is_as_expected(const struct health_row *row)
{
	if (poisson_at_most(row->alarms, row->expected_alarms) < VERDICT_BOUND)
		return false;
	return row->alarms == 0 ||
	       1 - poisson_at_most(row->alarms - 1, row->expected_alarms) >= VERDICT_BOUND;
}

bool verdict_rounds(const struct selftest_rounds *result, enum health_test test, uint64_t rounds,
		    unsigned alarms)
{
	const struct health_row *row = &result->rows[test];

	/* Fewer rounds than evaluators ask for need not have their alarms either. */
	if (rounds >= SELFTEST_ROUNDS && row->alarms < alarms)
		return false;
	return row->trials >= rounds && is_as_expected(row);
}

bool verdict_faults(const struct selftest_faults *faults)
{
	return faults->seen == faults->injected && faults->seen >= VERDICT_ALARMS &&
	       faults->leaks == 0;
}
