/* SPDX-License-Identifier: GPL-3.0-or-later */
/* selftest - a right battery passes it, a broken one fails it, and the report says so. */
#include "fuse-trng/health/budget.h"
#include "fuse-trng/selftest/faults.h"
#include "fuse-trng/selftest/good.h"
#include "fuse-trng/selftest/inject.h"
#include "fuse-trng/selftest/selftest.h"
#include "fuse-trng/selftest/verdict.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#define NEVER  1e-300 /* an alpha whose cutoff no source reaches */
#define ROUNDS 1000

static uint64_t seed;

static struct selftest_settings settings_of(unsigned symbol_bits)
{
	return (struct selftest_settings){
		.profile = "nodemcu",
		.health = { .symbol_bits = symbol_bits,
			    .health_entropy = 0.95 * symbol_bits,
			    .rate_symbol_s = 30,
			    .false_alarms_per_year = 0.1,
			    .total_failure_limit = 8 },
		.seed = seed,
		.rounds = ROUNDS,
	};
}

static void silence(struct progress *progress)
{
	progress_init(progress, NULL, "symbols");
}

static void run(const struct selftest_settings *settings, struct selftest *result)
{
	struct progress progress;

	silence(&progress);
	CU_ASSERT_EQUAL_FATAL(selftest_run(settings, &progress, result), 0);
}

static void report(const struct selftest_settings *settings, const struct selftest *result,
		   char *text, size_t size)
{
	FILE *out = fmemopen(text, size, "w");

	CU_ASSERT_FATAL(out != NULL);
	selftest_report(out, settings, result);
	fclose(out);
}

static void the_generator_is_the_published_one(void)
{
	struct good good = { .state = 1234567 }, other;
	uint8_t bytes[16];

	/* Known answers that go round with this generator for that state. */
	CU_ASSERT_EQUAL(good_next(&good), 6457827717110365317ULL);
	CU_ASSERT_EQUAL(good_next(&good), 3203168211198807973ULL);
	good.state = 1234567;
	good_fill(&good, bytes, sizeof(bytes));
	CU_ASSERT_EQUAL(bytes[0], 6457827717110365317ULL & 255);
	CU_ASSERT_EQUAL(bytes[7], 6457827717110365317ULL >> 56);
	for (uint64_t bound = 1; bound < 300; bound++)
		CU_ASSERT(good_below(&good, bound) < bound);
	CU_ASSERT(good_chance(&good, 1));
	CU_ASSERT_FALSE(good_chance(&good, 0));
	good_seed(&good, seed, 1);
	good_seed(&other, seed, 2);
	CU_ASSERT_NOT_EQUAL(good_next(&good), good_next(&other));
}

/* Every width; all faults by the test that is meant, all kinds after all others. */
static void a_right_battery_passes(void)
{
	for (unsigned bits = 1; bits <= 8; bits *= 2) {
		struct selftest_settings settings = settings_of(bits);
		struct selftest result;

		run(&settings, &result);
		for (unsigned test = 0; test < HEALTH_TESTS; test++) {
			const struct selftest_faults *faults = &result.faults[test];

			CU_ASSERT_EQUAL(faults->injected, INJECT_FAULTS);
			CU_ASSERT_EQUAL(faults->seen, INJECT_FAULTS);
			CU_ASSERT_EQUAL(faults->leaks, 0);
			CU_ASSERT(faults->delay_most <= faults->bound);
			CU_ASSERT(result.configured.rows[test].trials >= ROUNDS);
			CU_ASSERT(result.raised.rows[test].trials >= ROUNDS);
		}
		CU_ASSERT(selftest_has_passed(&settings, &result));
		/* What gates can hold back was held back: nothing of a run, a chunk or a start. */
		CU_ASSERT_EQUAL(result.faults[HEALTH_REPETITION].left_most_bytes, 0);
		CU_ASSERT_EQUAL(result.faults[HEALTH_STARTUP].left_most_bytes, 0);
		CU_ASSERT(result.faults[HEALTH_STARTUP].wiped_bytes > 0);
	}
}

/* One test that never fires: only its row fails. */
static void a_dead_test_fails_it(void)
{
	for (unsigned dead = 0; dead < HEALTH_TESTS; dead++) {
		struct selftest_settings settings = settings_of(2);
		double alphas[HEALTH_TESTS];
		struct selftest result;
		struct progress progress;

		settings.health.total_failure_limit = 0;
		budget_alphas(&settings.health, alphas);
		alphas[dead] = NEVER;
		settings.alphas = alphas;
		silence(&progress);
		CU_ASSERT_EQUAL_FATAL(inject_run(&settings, &progress, &result), 0);
		for (unsigned test = 0; test < HEALTH_TESTS; test++)
			CU_ASSERT_EQUAL(verdict_faults(&result.faults[test]), test != dead);
		CU_ASSERT_EQUAL(result.faults[dead].seen, 0);
	}
}

/* A cutoff that is one too high is late, and that is told from never. */
static void a_late_test_fails_it(void)
{
	struct selftest_settings settings = settings_of(2);
	double alphas[HEALTH_TESTS];
	struct selftest result;
	struct progress progress;

	budget_alphas(&settings.health, alphas);
	alphas[HEALTH_REPETITION] /= 4 * 4 * 4 * 4;
	settings.alphas = alphas;
	silence(&progress);
	CU_ASSERT_EQUAL_FATAL(inject_run(&settings, &progress, &result), 0);
	CU_ASSERT_FALSE(verdict_faults(&result.faults[HEALTH_REPETITION]));
}

/* A battery that cries wolf: its false alarms are as many as its own alphas say, but good symbols
 * do not get far, and faults are seen by the wrong test. */
static void a_nervous_test_fails_it(void)
{
	struct selftest_settings settings = settings_of(2);
	double alphas[HEALTH_TESTS];
	struct selftest result;
	struct progress progress;

	budget_alphas(&settings.health, alphas);
	alphas[HEALTH_LAG] = 0.01;
	settings.alphas = alphas;
	silence(&progress);
	CU_ASSERT_EQUAL_FATAL(inject_run(&settings, &progress, &result), 0);
	CU_ASSERT_FALSE(verdict_faults(&result.faults[HEALTH_ONLINE]));
}

static void the_verdict_counts(void)
{
	struct selftest_rounds rounds = { 0 };
	struct selftest_faults faults = { .injected = 12, .seen = 12 };
	struct health_row *row = &rounds.rows[HEALTH_LAG];

	*row = (struct health_row){ .trials = SELFTEST_ROUNDS,
				    .alarms = 100,
				    .expected_alarms = 90 };
	CU_ASSERT(verdict_rounds(&rounds, HEALTH_LAG, SELFTEST_ROUNDS, VERDICT_ALARMS));
	CU_ASSERT_FALSE(verdict_rounds(&rounds, HEALTH_LAG, SELFTEST_ROUNDS + 1, VERDICT_ALARMS));
	row->expected_alarms = 40; /* 100 are then too many, and too few of 200 */
	CU_ASSERT_FALSE(verdict_rounds(&rounds, HEALTH_LAG, SELFTEST_ROUNDS, VERDICT_ALARMS));
	row->expected_alarms = 200;
	CU_ASSERT_FALSE(verdict_rounds(&rounds, HEALTH_LAG, SELFTEST_ROUNDS, VERDICT_ALARMS));
	row->alarms = 4;
	row->expected_alarms = 4;
	CU_ASSERT_FALSE(verdict_rounds(&rounds, HEALTH_LAG, SELFTEST_ROUNDS, VERDICT_ALARMS));
	CU_ASSERT(verdict_rounds(&rounds, HEALTH_LAG, SELFTEST_ROUNDS, 0));
	CU_ASSERT(verdict_faults(&faults));
	faults.leaks = 1;
	CU_ASSERT_FALSE(verdict_faults(&faults));
	faults = (struct selftest_faults){ .injected = 12, .seen = 11, .other = 1 };
	CU_ASSERT_FALSE(verdict_faults(&faults));
	faults = (struct selftest_faults){ .injected = 4, .seen = 4 };
	CU_ASSERT_FALSE(verdict_faults(&faults));
}

/* Same seed, same report; another seed, another; a failure is named. */
static void the_report_is_the_seeds(void)
{
	struct selftest_settings settings = settings_of(2);
	static char first[16384], second[16384];
	struct selftest result;

	run(&settings, &result);
	report(&settings, &result, first, sizeof(first));
	run(&settings, &result);
	report(&settings, &result, second, sizeof(second));
	CU_ASSERT_STRING_EQUAL(first, second);
	CU_ASSERT_PTR_NOT_NULL(strstr(first, "verdict: passed\n"));
	for (unsigned test = 0; test < HEALTH_TESTS; test++)
		CU_ASSERT_PTR_NOT_NULL(strstr(first, health_test_name((enum health_test)test)));
	settings.seed++;
	run(&settings, &result);
	report(&settings, &result, second, sizeof(second));
	CU_ASSERT_STRING_NOT_EQUAL(first, second);
	result.faults[HEALTH_LAG].seen--;
	result.faults[HEALTH_LAG].missed++;
	report(&settings, &result, second, sizeof(second));
	CU_ASSERT_PTR_NOT_NULL(strstr(second, "lag: 1 faults were not seen"));
	CU_ASSERT_PTR_NOT_NULL(strstr(second, "verdict: FAILED\n"));
}

/* A limit below what the claim allows would see all faults itself: another one stands in. */
static void a_contradictory_limit_is_replaced(void)
{
	struct selftest_settings settings = settings_of(2);
	struct selftest result;
	struct progress progress;

	settings.health.health_entropy = 1.3;
	settings.health.total_failure_limit = 6;
	silence(&progress);
	CU_ASSERT_EQUAL_FATAL(inject_run(&settings, &progress, &result), 0);
	CU_ASSERT(result.other_limit > 6);
	for (unsigned test = 0; test < HEALTH_TESTS; test++)
		CU_ASSERT(verdict_faults(&result.faults[test]));
}

static void bad_settings_are_refused(void)
{
	struct selftest_settings settings = settings_of(3);
	struct selftest result;
	struct progress progress;

	silence(&progress);
	CU_ASSERT(selftest_run(&settings, &progress, &result) < 0);
	CU_ASSERT(inject_run(&settings, &progress, &result) < 0);
}

static const struct unit_test tests[] = {
	{ "the generator is the published one", the_generator_is_the_published_one },
	{ "a right battery passes", a_right_battery_passes },
	{ "a dead test fails it", a_dead_test_fails_it },
	{ "a late test fails it", a_late_test_fails_it },
	{ "a nervous test fails it", a_nervous_test_fails_it },
	{ "the verdict counts", the_verdict_counts },
	{ "the report is the seed's", the_report_is_the_seeds },
	{ "a contradictory limit is replaced", a_contradictory_limit_is_replaced },
	{ "bad settings are refused", bad_settings_are_refused },
};

int main(void)
{
	seed = unit_seed();
	return unit_run("selftest", tests, sizeof(tests) / sizeof(tests[0]));
}
