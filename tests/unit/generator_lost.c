/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generator without a running source: how long it goes on, and which seeds count then. */
#include "tests/unit/generator_bed.h"
#include "tests/unit/unit.h"

static void test_grace(void)
{
	static const struct {
		void (*lose)(struct stage *stage);
		int error;
	} losses[] = { { lose_by_alarm, -EIO }, { lose_port, -ENODEV }, { shut_down, -EAGAIN } };
	struct stage stage;
	uint64_t before;

	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		stage_open(&stage, false);
		start(&stage);
		settle(&stage);
		losses[i].lose(&stage);
		CU_ASSERT_EQUAL(generator_deadline_ms(&stage.generator),
				stage.bed->now_ms + GRACE_MS);
		pass(&stage, GRACE_MS - 1);
		CU_ASSERT(gives(&stage));
		pass(&stage, 1);
		CU_ASSERT_FALSE(gives(&stage));
		CU_ASSERT_EQUAL(generator_error(&stage.generator), losses[i].error);
		CU_ASSERT_EQUAL(generator_deadline_ms(&stage.generator), UINT64_MAX);
		before = in_account(&stage, LEDGER_DRBG);
		come_back(&stage);
		settle(&stage);
		CU_ASSERT(gives(&stage));
		CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG) - before, holding(&stage, 384));
		stage_close(&stage);
	}
}

/* Back in time: it goes on, from a new seed on top of the old ones. */
static void test_back_in_time(void)
{
	struct stage stage;
	uint64_t before;

	stage_open(&stage, false);
	start(&stage);
	settle(&stage);
	lose_port(&stage);
	pass(&stage, GRACE_MS - 1);
	before = in_account(&stage, LEDGER_DRBG);
	come_back(&stage);
	settle(&stage);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG) - before, holding(&stage, 256));
	pass(&stage, GRACE_MS);
	CU_ASSERT(gives(&stage));
	stage_close(&stage);
}

/* No bytes come, in silence: nothing spins, and it ends as with any alarm. */
static void test_exhausted(void)
{
	struct stage stage;

	stage_open(&stage, false);
	start(&stage);
	settle(&stage);
	leave_in_pool(&stage, 0);
	CU_ASSERT(gives(&stage));
	CU_ASSERT_EQUAL(asks(&stage), 0);
	CU_ASSERT(stage.generator.is_forced);
	pass(&stage, SILENCE_MS - 1);
	CU_ASSERT(gives(&stage));
	pass(&stage, 1);
	machine_tick(stage.machine, stage.bed->now_ms);
	CU_ASSERT_EQUAL(stage.machine->state, MACHINE_ALARM);
	follow(&stage);
	pass(&stage, GRACE_MS - 1);
	CU_ASSERT(gives(&stage));
	pass(&stage, 1);
	CU_ASSERT_EQUAL(generator_error(&stage.generator), -EIO);
	stage_close(&stage);
}

/* ---- young seeds ---- */

/* A test fires when @len_bytes bytes have been tested since the first seed. */
static bool survives(size_t len_bytes)
{
	struct stage stage;
	bool has_seed;

	stage_open(&stage, false);
	start(&stage);
	while (stage.generator.seeds == 0)
		good(&stage, 1);
	alarm_behind(&stage, len_bytes);
	has_seed = gives(&stage);
	CU_ASSERT_EQUAL(generator_error(&stage.generator), has_seed ? 0 : -EIO);
	until_running(&stage);
	settle(&stage);
	CU_ASSERT(gives(&stage));
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG),
			holding(&stage, 384) + holding(&stage, has_seed ? 256 : 384));
	stage_close(&stage);
	return has_seed;
}

static void test_young_first(void)
{
	const size_t window = 512 * 2 / 8; /* symbols of two bits */

	CU_ASSERT_FALSE(survives(16));
	CU_ASSERT_FALSE(survives(window - 1));
	CU_ASSERT(survives(window));
	CU_ASSERT(survives(window + 1 + (size_t)random() % window));
}

/* The first has a good age, the newest has not: what was before it is in the state as well. */
static void test_young_on_top(void)
{
	struct stage stage;

	stage_open(&stage, false);
	start(&stage);
	settle(&stage);
	pass(&stage, GRACE_MS);
	fill_pool(&stage, holding(&stage, 256));
	CU_ASSERT_EQUAL(asks(&stage), 0);
	CU_ASSERT_EQUAL(stage.generator.seeds, 2);
	alarm_behind(&stage, 16);
	pass(&stage, GRACE_MS - 1);
	CU_ASSERT(gives(&stage));
	pass(&stage, 1);
	CU_ASSERT_FALSE(gives(&stage));
	stage_close(&stage);
}

/*
 * A source that comes back only to fail again: a seed that counts as none is no new beginning for
 * the grace, one that counts is.
 */
static void check_flapping(bool is_young)
{
	struct stage stage;

	stage_open(&stage, false);
	start(&stage);
	settle(&stage);
	lose_by_alarm(&stage);
	pass(&stage, GRACE_MS - 1000);
	until_running(&stage);
	while (stage.generator.seeds == 1)
		good(&stage, 1);
	if (!is_young)
		settle(&stage);
	CU_ASSERT_EQUAL(stage.generator.seeds, 2);
	alarm_behind(&stage, 16);
	pass(&stage, 999);
	CU_ASSERT(gives(&stage));
	pass(&stage, 1);
	CU_ASSERT_EQUAL(gives(&stage), !is_young);
	pass(&stage, GRACE_MS - 1001);
	CU_ASSERT_EQUAL(gives(&stage), !is_young);
	pass(&stage, 1);
	CU_ASSERT_FALSE(gives(&stage));
	stage_close(&stage);
}

static void test_flapping(void)
{
	check_flapping(true);
	check_flapping(false);
}

/* Running again, but the line is long: without a seed nothing has changed for the grace. */
static void test_back_without_a_seed(void)
{
	struct stage stage;
	struct reader reader;

	stage_open(&stage, false);
	start(&stage);
	settle(&stage);
	lose_by_alarm(&stage);
	machine_divert(stage.machine, true); /* nothing comes to the pool */
	until_running(&stage);
	reads(&stage, &reader, 256);
	good(&stage, 1000);
	CU_ASSERT_EQUAL(stage.generator.seeds, 1);
	pass(&stage, 2 * (uint64_t)GRACE_MS); /* a running source is no reason to end */
	CU_ASSERT(gives(&stage));
	stage.bed->machine.last_bytes_ms = stage.bed->now_ms;
	alarm_behind(&stage, 16);
	CU_ASSERT_FALSE(gives(&stage));
	CU_ASSERT_EQUAL(reader.error, EIO);
	machine_divert(stage.machine, false);
	stage_close(&stage);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "grace", test_grace },
		{ "back in time", test_back_in_time },
		{ "exhausted", test_exhausted },
		{ "young first", test_young_first },
		{ "young on top", test_young_on_top },
		{ "flapping", test_flapping },
		{ "back without a seed", test_back_without_a_seed },
	};

	srandom((unsigned)unit_seed());
	return unit_run("generator_lost", tests, sizeof(tests) / sizeof(tests[0]));
}
