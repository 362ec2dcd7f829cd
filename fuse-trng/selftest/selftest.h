/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * selftest - evidence that the health tests do what they are for, as configured and as built: a
 * million rounds of good symbols for each test, then faults at the symbol input.
 *
 * Needs no device. What evaluators ask for: NIST SP 800-90B (January 2018) 4.3 and 4.4 with the
 * validation programme's "at least 1 million rounds of simulation for each simulated health test
 * ... at least five health test failures"; AIS 20/31 PTG.2.1 to PTG.2.5. The same seed and the same
 * settings give the same report.
 */
#ifndef TRNG_SELFTEST_SELFTEST_H
#define TRNG_SELFTEST_SELFTEST_H

#include "common/progress.h"
#include "fuse-trng/health/health.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SELFTEST_ROUNDS 1000000 /* of each test: fewer are no evidence */

struct selftest_settings {
	const char *profile; /* only named in the report */
	const char *config;  /* the file, NULL: none */
	struct health_settings health;
	uint64_t seed;
	uint64_t rounds; /* good trials of each test, in the units of status; 1 or more */
	/* NULL, or alphas of a battery that is not as configured: a self-test that passes it is
	 * broken. For tests. */
	const double *alphas;
};

/* Good symbols through one battery. */
struct selftest_rounds {
	struct health_row rows[HEALTH_TESTS];
	uint64_t symbols;          /* through the tests of the stream */
	uint64_t startups_symbols; /* through the start-up test's shares */
	bool is_cut;               /* alarms left too few whole windows for all rounds */
};

/* Faults of one kind. Delays in symbols from the fault's first one, in steps of a byte. */
struct selftest_faults {
	unsigned injected;
	unsigned seen;        /* by the test that is meant, before its bound */
	unsigned other;       /* by another test first ... */
	enum health_test who; /* ... this one, the newest */
	unsigned missed;
	uint64_t delay_least, delay_most, delay_sum; /* of those seen */
	uint64_t bound;                              /* most that is waited for, symbols */
	uint64_t wiped_bytes;                        /* held at the alarms, of all injections */
	uint64_t left_most_bytes; /* faulty bytes that had passed the gate, most of one fault */
	unsigned leaks; /* bytes out of place: held ones that came out, or were not wiped */
};

struct selftest {
	struct selftest_rounds configured; /* the battery as it would run */
	struct selftest_rounds raised; /* alphas raised until every test gives alarms to count */
	/* 0, or the limit of the total failure test that part 3 had instead of the settings' one:
	 * see inject_run(). */
	unsigned other_limit;
	struct selftest_faults faults[HEALTH_TESTS];
};

/**
 * selftest_run - all of it; seconds to a minute, shown on @progress.
 * Return: 0, whatever was found; -EINVAL, -ENOMEM as health_open().
 */
int selftest_run(const struct selftest_settings *settings, struct progress *progress,
		 struct selftest *result);

/** selftest_has_passed - whether every row of the report is as it must be. */
bool selftest_has_passed(const struct selftest_settings *settings, const struct selftest *result);

/** selftest_report - plain text for a person. */
void selftest_report(FILE *out, const struct selftest_settings *settings,
		     const struct selftest *result);

#endif
