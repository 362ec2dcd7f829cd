/* SPDX-License-Identifier: GPL-3.0-or-later */
/* selftest - the parts in a row, and the verdict on each. */
#include "fuse-trng/selftest/selftest.h"

#include "fuse-trng/selftest/inject.h"
#include "fuse-trng/selftest/rounds.h"
#include "fuse-trng/selftest/verdict.h"

int selftest_run(const struct selftest_settings *settings, struct progress *progress,
		 struct selftest *result)
{
	int ret = rounds_configured(settings, progress, &result->configured);

	if (ret == 0)
		ret = rounds_raised(settings, progress, &result->raised);
	if (ret == 0) {
		progress->unit = "faults";
		ret = inject_run(settings, progress, result);
	}
	progress_end(progress);
	return ret;
}

bool selftest_has_passed(const struct selftest_settings *settings, const struct selftest *result)
{
	bool is_good = true;

	for (unsigned test = 0; test < HEALTH_TESTS; test++) {
		is_good &= verdict_rounds(&result->configured, test, settings->rounds, 0);
		is_good &= verdict_rounds(&result->raised, test, settings->rounds, VERDICT_ALARMS);
		is_good &= verdict_faults(&result->faults[test]);
	}
	return is_good;
}
