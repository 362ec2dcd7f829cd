/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine, alarms - what an alarm wipes, when it latches, and how a silent board is treated. */
#include "tests/unit/machine_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>

/* Readers and the pool of a source that stops running see nothing more of it. */
static void an_alarm_empties_the_pool(void)
{
	struct bed *bed = bed_open(5);

	to_running(bed);
	good_bytes(bed, 3000);
	CU_ASSERT(bed->machine.pool.len_bytes > 0);
	stuck_bytes(bed, 6);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	CU_ASSERT_EQUAL(bed->machine.pool.len_bytes, 0);
	CU_ASSERT_STRING_EQUAL(bed->machine.reason, "repetition");
	good_bytes(bed, 257);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->machine.alarms, 1);
	bed_close(bed);
}

/* At once, then after 1, 2, 4 s; the fifth alarm within the window latches. */
static void repeated_alarms_latch(void)
{
	struct bed *bed = bed_open(5);

	to_alarm(bed);
	for (unsigned i = 0; i < 3; i++) {
		stuck_bytes(bed, 100); /* the rest comes during the pause and is not tested */
		CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
		CU_ASSERT_EQUAL(bed->machine.alarms, 2 + i);
		CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), bed->now_ms + (1000UL << i));
		bed->now_ms += 1000UL << i;
		machine_tick(&bed->machine, bed->now_ms);
	}
	stuck_bytes(bed, 100);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	CU_ASSERT_EQUAL(bed->machine.alarms, 5);
	good_bytes(bed, 4096);
	CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), UINT64_MAX);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	CU_ASSERT_EQUAL(bed->machine.pool.len_bytes, 0);
	bed_close(bed);
}

static void alarms_far_apart_do_not_latch(void)
{
	struct bed *bed = bed_open(2);

	to_alarm(bed);
	for (int i = 0; i < 8; i++)
		good_bytes(bed, 4096); /* 327 chunks */
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	stuck_bytes(bed, 6);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	bed_close(bed);
}

static void strict_means_one(void)
{
	struct bed *bed = bed_open(1);

	to_running(bed);
	stuck_bytes(bed, 6);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	bed_close(bed);
}

/* A board that falls silent is told again; if that does not help, every try is one alarm more. */
static void silence_is_an_alarm(void)
{
	struct bed *bed = bed_open(5);

	to_running(bed);
	CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), bed->now_ms + SILENCE_MS);
	bed->now_ms += SILENCE_MS;
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	CU_ASSERT_STRING_EQUAL(bed->machine.reason, "silence");
	CU_ASSERT_EQUAL(bed->power, MACHINE_POWER_CYCLE);
	for (int i = 0; i < 40 && bed->machine.state == MACHINE_ALARM; i++) {
		bed->now_ms = machine_deadline_ms(&bed->machine);
		CU_ASSERT_FATAL(bed->now_ms != UINT64_MAX);
		machine_tick(&bed->machine, bed->now_ms);
		machine_settled(&bed->machine, bed->now_ms);
	}
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	CU_ASSERT_EQUAL(bed->machine.alarms, 5);
	bed_close(bed);
}

/* Whatever latches, nothing of the stream stays behind. */
static void a_latched_silence_wipes(void)
{
	struct bed *bed = bed_open(1);

	to_running(bed);
	good_bytes(bed, 50);
	CU_ASSERT(bed->machine.pipeline.held_bytes > 0);
	machine_tick(&bed->machine, bed->now_ms + SILENCE_MS);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	CU_ASSERT_EQUAL(bed->machine.pipeline.held_bytes, 0);
	bed_close(bed);
}

/* An alarm and a new start within one batch: whoever waits hears of the new bytes. */
static void a_start_after_an_alarm_is_told(void)
{
	struct bed *bed = bed_open(5);
	uint8_t bytes[806] = { 0 };

	to_running(bed);
	good_bytes(bed, 3700);
	for (size_t i = 6; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(random() >> 7);
	bed->readies = 0;
	machine_bytes(&bed->machine, bytes, sizeof(bytes), bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.alarms, 1);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->readies, 1);
	bed_close(bed);
}

static const struct unit_test tests[] = {
	{ "an alarm empties the pool", an_alarm_empties_the_pool },
	{ "repeated alarms latch", repeated_alarms_latch },
	{ "alarms far apart do not latch", alarms_far_apart_do_not_latch },
	{ "strict means one", strict_means_one },
	{ "silence is an alarm", silence_is_an_alarm },
	{ "a latched silence wipes", a_latched_silence_wipes },
	{ "a start after an alarm is told", a_start_after_an_alarm_is_told },
};

int main(void)
{
	srandom((unsigned)unit_seed());
	return unit_run("machine_alarms", tests, sizeof(tests) / sizeof(tests[0]));
}
