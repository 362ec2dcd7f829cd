/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generator: when it is seeded, from what, and who comes first. */
#include "tests/unit/generator_bed.h"
#include "tests/unit/unit.h"

/* Nothing before it, and it is made of the pool's oldest bytes, no more than hold 384 bits. */
static void check_first_seed(bool is_conditioned)
{
	struct stage stage;
	uint8_t bytes[70000] = { 0 };
	size_t seed, size;

	stage_open(&stage, is_conditioned);
	seed = holding(&stage, 384);
	CU_ASSERT_EQUAL(generator_error(&stage.generator), -ENODEV);
	to_starting(stage.bed);
	follow(&stage);
	CU_ASSERT_EQUAL(generator_error(&stage.generator), -EAGAIN);
	CU_ASSERT_EQUAL(generator_deadline_ms(&stage.generator), UINT64_MAX);
	while (stage.generator.seeds == 0) {
		CU_ASSERT_FALSE(gives(&stage));
		CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG), 0);
		CU_ASSERT(in_account(&stage, LEDGER_SET_ASIDE) < seed);
		good(&stage, 1);
	}
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG), seed);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_SET_ASIDE), 0);
	for (size_t i = 0; i < stage.generator.draw.capacity_bytes; i++)
		CU_ASSERT_EQUAL(stage.generator.draw.bytes[i], 0);
	CU_ASSERT(gives(&stage));
	size = (size_t)random() % sizeof(bytes) + 1;
	CU_ASSERT_EQUAL(generator_give(&stage.generator, bytes, size), 0);
	CU_ASSERT_EQUAL(stage.generator.handed_bytes, 64 + size);
	for (size_t i = size; i < sizeof(bytes); i++)
		CU_ASSERT_EQUAL(bytes[i], 0);
	stage_close(&stage);
}

static void test_first_seed(void)
{
	check_first_seed(false);
}

static void test_conditioned(void)
{
	check_first_seed(true);
}

/* The poorest symbols that may be configured have their seeds as well. */
static void test_any_assessment(void)
{
	static const double assessed[] = { 1.9, 1, 0.1, 0.01, 0.001, 0.00025 };
	struct stage stage;

	for (size_t i = 0; i < sizeof(assessed) / sizeof(assessed[0]); i++) {
		stage_open_at(&stage, false, assessed[i]);
		start(&stage);
		while (stage.generator.seeds == 0)
			good(&stage, 1000);
		CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG), holding(&stage, 384));
		CU_ASSERT(gives(&stage));
		stage_close(&stage);
	}
}

static void test_routine(void)
{
	struct stage stage;
	uint64_t before;

	stage_open(&stage, false);
	start(&stage);
	settle(&stage);
	fill_pool(&stage, holding(&stage, 256));
	CU_ASSERT_EQUAL(generator_deadline_ms(&stage.generator), UINT64_MAX);
	pass(&stage, 2 * (uint64_t)GRACE_MS); /* not used: no seed, however long */
	CU_ASSERT_EQUAL(stage.generator.seeds, 1);
	CU_ASSERT_EQUAL(asks(&stage), 0);
	CU_ASSERT_EQUAL(stage.generator.seeds, 2);
	CU_ASSERT(gives(&stage));
	CU_ASSERT_EQUAL(generator_deadline_ms(&stage.generator), stage.bed->now_ms + RESEED_MS);
	fill_pool(&stage, holding(&stage, 256));
	before = in_account(&stage, LEDGER_DRBG);
	pass(&stage, RESEED_MS - 1);
	CU_ASSERT_EQUAL(stage.generator.seeds, 2);
	pass(&stage, 1);
	CU_ASSERT_EQUAL(stage.generator.seeds, 3);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG) - before, holding(&stage, 256));
	CU_ASSERT_EQUAL(generator_deadline_ms(&stage.generator), UINT64_MAX);
	stage_close(&stage);
}

/* The reader's bytes come one by one, and none goes to a routine seed; then it is overdue. */
static void test_readers_first(void)
{
	struct stage stage;
	struct reader first, second;
	uint64_t before;

	stage_open(&stage, false);
	start(&stage);
	settle(&stage);
	CU_ASSERT(gives(&stage));
	leave_in_pool(&stage, 0);
	before = in_account(&stage, LEDGER_DRBG);
	reads(&stage, &first, 256);
	pass(&stage, RESEED_MS);
	good(&stage, 100);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_SET_ASIDE), 0);
	CU_ASSERT_EQUAL(first.answers, 0);
	pass(&stage, GRACE_MS - RESEED_MS - 1);
	CU_ASSERT_EQUAL(generator_deadline_ms(&stage.generator), stage.bed->now_ms + 1);
	CU_ASSERT_PTR_EQUAL(stage.queue.last, &first.place);
	pass(&stage, 1); /* behind the first and before the second */
	reads(&stage, &second, 256);
	while (stage.generator.seeds == 1) {
		CU_ASSERT(first.answers == 1 || in_account(&stage, LEDGER_SET_ASIDE) == 0);
		good(&stage, 10);
	}
	CU_ASSERT_EQUAL(first.answers, 1);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG) - before, holding(&stage, 256));
	while (second.answers == 0)
		good(&stage, 100);
	stage_close(&stage);
}

/* Bytes nobody waits for are enough for a part: the rest comes when the reader has been served. */
static void test_routine_in_parts(void)
{
	struct stage stage;
	struct reader reader;
	size_t part;

	stage_open(&stage, false);
	start(&stage);
	settle(&stage);
	CU_ASSERT(gives(&stage));
	fill_pool(&stage, 10);
	part = (size_t)random() % 10 + 1;
	leave_in_pool(&stage, part);
	pass(&stage, RESEED_MS);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_SET_ASIDE), part);
	reads(&stage, &reader, 256);
	while (reader.answers == 0) {
		CU_ASSERT_EQUAL(in_account(&stage, LEDGER_SET_ASIDE), part);
		good(&stage, 1);
	}
	while (stage.generator.seeds == 1)
		good(&stage, 10);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG),
			holding(&stage, 384) + holding(&stage, 256));
	stage_close(&stage);
}

static void test_on_command(void)
{
	struct stage stage;
	struct reader reader;
	uint64_t before;

	stage_open(&stage, false);
	CU_ASSERT_EQUAL(asks(&stage), -ENODEV);
	to_standby(stage.bed);
	follow(&stage);
	CU_ASSERT_EQUAL(asks(&stage), -ENODATA);
	CU_ASSERT_EQUAL(command(stage.bed, MACHINE_INIT), MACHINE_PENDING);
	machine_powered(stage.machine, true, stage.bed->now_ms);
	machine_settled(stage.machine, stage.bed->now_ms);
	follow(&stage);
	CU_ASSERT_EQUAL(asks(&stage), 0);
	CU_ASSERT(stage.generator.is_forced);
	until_running(&stage);
	settle(&stage);
	CU_ASSERT_EQUAL(stage.generator.seeds, 1); /* the first one is what was asked for */
	leave_in_pool(&stage, 0);
	before = in_account(&stage, LEDGER_DRBG);
	reads(&stage, &reader, 100);
	CU_ASSERT_EQUAL(asks(&stage), 0);
	CU_ASSERT(stage.generator.is_forced);
	while (stage.generator.seeds == 1)
		good(&stage, 10);
	CU_ASSERT_EQUAL(reader.answers, 1);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG) - before, holding(&stage, 256));
	CU_ASSERT_FALSE(stage.generator.is_forced);
	alarm_behind(&stage, 64);
	CU_ASSERT_EQUAL(asks(&stage), -EIO);
	stage_close(&stage);
}

/* A seed that is half there when a test fires is dropped, and the next is all anew. */
static void test_alarm_in_the_middle(void)
{
	struct stage stage;
	size_t part = 1;

	stage_open(&stage, false);
	start(&stage);
	settle(&stage);
	fill_pool(&stage, part);
	leave_in_pool(&stage, part);
	CU_ASSERT_EQUAL(asks(&stage), 0);
	good(&stage, 10);
	alarm_behind(&stage, 20);
	CU_ASSERT_FALSE(stage.generator.draw.is_parked);
	CU_ASSERT_EQUAL(stage.generator.draw.needed_bytes, 0);
	CU_ASSERT_EQUAL(stage.generator.seeds, 1);
	CU_ASSERT(gives(&stage));
	until_running(&stage);
	settle(&stage);
	CU_ASSERT_EQUAL(stage.generator.seeds, 2);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG),
			holding(&stage, 384) + holding(&stage, 256));
	stage_close(&stage);
}

static void test_closed(void)
{
	struct generator generator = { 0 };

	generator_close(&generator);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "first seed", test_first_seed },
		{ "conditioned", test_conditioned },
		{ "any assessment", test_any_assessment },
		{ "routine", test_routine },
		{ "readers first", test_readers_first },
		{ "routine in parts", test_routine_in_parts },
		{ "on command", test_on_command },
		{ "alarm in the middle", test_alarm_in_the_middle },
		{ "closed", test_closed },
	};

	srandom((unsigned)unit_seed());
	return unit_run("generator", tests, sizeof(tests) / sizeof(tests[0]));
}
