/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine, causality test - its states, results and timer; what it may not disturb. */
#include "firmware/twin/model.h"
#include "tests/unit/machine_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>

#define HOUR_MS  UINT64_C(3600000)
#define LEFT_MS  44000
#define TESTS_MS 34133 /* 1024 symbols of 2 bits at the nominal rate */

static void begin_proof(struct bed *bed)
{
	to_running(bed);
	bed->prove_left_ms = LEFT_MS;
	CU_ASSERT_EQUAL(command(bed, MACHINE_PROVE), MACHINE_PENDING);
	CU_ASSERT_EQUAL(bed->proves, 1);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
	bed->dones = 0;
}

/* The twin's cell, with a fault or MODEL_FAULTS. */
static void measure(struct bed *bed, enum model_fault fault, unsigned phases)
{
	uint16_t readings[CAUSALITY_READINGS];
	struct model model;

	model_init(&model, (uint64_t)random(), NULL);
	if (fault != MODEL_FAULTS)
		model_set_fault(&model, fault, 1);
	for (unsigned phase = 0; phase < phases; phase++) {
		bool is_lit = phase != CAUSALITY_DARK;

		model_power(&model, is_lit, is_lit && phase != CAUSALITY_STILL);
		for (unsigned i = 0; i < CAUSALITY_READINGS; i++)
			readings[i] = model_read(&model);
		model_power(&model, false, false);
		bed->now_ms += 11000;
		machine_powered(&bed->machine, false, bed->now_ms);
		machine_proving(&bed->machine, (enum causality_phase)phase, readings,
				LEFT_MS - 11000 * (phase + 1), bed->now_ms);
	}
}

/* The board is told on as usual and settles. */
static void start_again(struct bed *bed)
{
	machine_powered(&bed->machine, false, bed->now_ms);
	machine_powered(&bed->machine, true, bed->now_ms);
	bed->now_ms += 2000;
	machine_settled(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
}

static void expect_verdict(const struct bed *bed, enum causality_verdict verdict, const char *name)
{
	CU_ASSERT_EQUAL(bed->machine.proof.verdict, verdict);
	CU_ASSERT_EQUAL(bed->machine.proof.count, 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed->causality, name));
	CU_ASSERT_FALSE(bed->machine.proof.is_on);
}

static void proven(void)
{
	struct bed *bed = bed_open(5);

	begin_proof(bed);
	CU_ASSERT_EQUAL(machine_read_error(&bed->machine), 0); /* readers park */
	CU_ASSERT_EQUAL(bed->machine.pool.len_bytes, 0);
	measure(bed, MODEL_FAULTS, CAUSALITY_PHASES);
	start_again(bed);
	good_bytes(bed, 1);
	expect_verdict(bed, CAUSALITY_PROVEN, "causality=proven");
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
	CU_ASSERT_EQUAL(bed->dones, 0);
	good_bytes(bed, 255);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->dones, 1);
	CU_ASSERT_EQUAL(bed->done_result, 0);
	CU_ASSERT_EQUAL(bed->machine.alarms, 0);
	bed_close(bed);
}

/* Neither is an alarm. */
static void silenced_or_inconclusive(void)
{
	struct bed *bed = bed_open(1);

	begin_proof(bed);
	start_again(bed);
	good_bytes(bed, 256);
	expect_verdict(bed, CAUSALITY_SILENCED, "causality=silenced");
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->done_result, 0);
	bed_close(bed);

	bed = bed_open(1);
	begin_proof(bed);
	measure(bed, MODEL_FAN_OFF, CAUSALITY_PHASES);
	start_again(bed);
	good_bytes(bed, 256);
	expect_verdict(bed, CAUSALITY_INCONCLUSIVE, "causality=inconclusive");
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->machine.alarms, 0);
	bed_close(bed);
}

static void contradicted(void)
{
	struct bed *bed = bed_open(5);

	begin_proof(bed);
	measure(bed, MODEL_LAMP_ON, CAUSALITY_PHASES);
	start_again(bed);
	good_bytes(bed, 10);
	expect_verdict(bed, CAUSALITY_CONTRADICTED, "causality=contradicted");
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	CU_ASSERT_STRING_EQUAL(bed->machine.reason, "causality");
	CU_ASSERT_EQUAL(bed->machine.alarms, 1);
	CU_ASSERT_EQUAL(bed->dones, 1);
	CU_ASSERT_EQUAL(bed->done_result, -EIO);
	CU_ASSERT_EQUAL(command(bed, MACHINE_PROVE), -EBUSY);
	good_bytes(bed, 246); /* the ten are tested with them */
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->dones, 1);
	bed_close(bed);
}

/* It counts as any alarm does, and the last allowed one latches. */
static void contradicted_latches(void)
{
	struct bed *bed = bed_open(1);

	begin_proof(bed);
	measure(bed, MODEL_LAMP_ON, CAUSALITY_PHASES);
	start_again(bed);
	good_bytes(bed, 1000);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	CU_ASSERT_EQUAL(bed->dones, 1);
	CU_ASSERT_EQUAL(bed->done_result, -EIO);
	CU_ASSERT_EQUAL(machine_read_error(&bed->machine), -EIO);
	CU_ASSERT_EQUAL(bed->machine.pool.len_bytes, 0);
	bed_close(bed);
}

/* At once; the board starts later, and its tests are those of an alarm. */
static void bytes_after_off(void)
{
	struct bed *bed = bed_open(5);

	begin_proof(bed);
	bed->now_ms += 600;
	machine_stray(&bed->machine, bed->now_ms);
	expect_verdict(bed, CAUSALITY_CONTRADICTED, "reason=\"bytes came after off\"");
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	CU_ASSERT_EQUAL(bed->done_result, -EIO);
	machine_stray(&bed->machine, bed->now_ms); /* says nothing new */
	machine_proving(&bed->machine, CAUSALITY_DARK, NULL, 1000, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.alarms, 1);
	machine_powered(&bed->machine, true, bed->now_ms);
	machine_settled(&bed->machine, bed->now_ms);
	good_bytes(bed, 256);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->machine.proof.count, 1);
	bed_close(bed);
}

/* The verdict stands whatever the start-up tests say, and they say it as always. */
static void startup_fails(void)
{
	struct bed *bed = bed_open(5);

	begin_proof(bed);
	measure(bed, MODEL_FAULTS, CAUSALITY_PHASES);
	start_again(bed);
	stuck_bytes(bed, 100);
	expect_verdict(bed, CAUSALITY_PROVEN, "causality=proven");
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	CU_ASSERT_EQUAL(bed->done_result, -EIO);
	bed_close(bed);
}

/* Each step has the time of an attempt, and no more. */
static void times_out(void)
{
	struct bed *bed = bed_open(5);

	begin_proof(bed);
	bed->now_ms += TIMEOUT_MS - 1;
	machine_tick(&bed->machine, bed->now_ms);
	measure(bed, MODEL_FAULTS, 1);
	CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), bed->now_ms + TIMEOUT_MS);
	bed->now_ms += TIMEOUT_MS - 1;
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
	bed->now_ms += 1;
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	CU_ASSERT_EQUAL(bed->done_result, -ETIMEDOUT);
	CU_ASSERT_STRING_EQUAL(bed->machine.reason, "timeout");
	CU_ASSERT_EQUAL(bed->machine.alarms, 1);
	CU_ASSERT_EQUAL(bed->power, MACHINE_POWER_CYCLE);
	/* Readings that come late are nobody's; bytes are tested as after any alarm. */
	measure(bed, MODEL_FAN_ON, CAUSALITY_PHASES);
	machine_stray(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	CU_ASSERT_EQUAL(bed->machine.proof.count, 0);
	machine_settled(&bed->machine, bed->now_ms);
	good_bytes(bed, 256);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	bed_close(bed);
}

/* Nobody asked for the test and nobody is there: the source comes back by itself, or fails as by
 * any alarms. */
static void times_out_unattended(void)
{
	struct bed *bed = bed_open(2);
	uint64_t due_ms;

	to_running(bed);
	proof_init(&bed->machine.proof, 1000);
	for (unsigned alarms = 1; alarms <= 2; alarms++) {
		due_ms = machine_deadlines(&bed->machine).prove_ms;
		CU_ASSERT(due_ms < UINT64_MAX);
		bed->now_ms = due_ms;
		machine_tick(&bed->machine, bed->now_ms);
		CU_ASSERT(bed->machine.proof.is_on);
		bed->now_ms = machine_deadlines(&bed->machine).attempt_ms;
		machine_tick(&bed->machine, bed->now_ms);
		CU_ASSERT_EQUAL(bed->machine.alarms, alarms);
		CU_ASSERT_EQUAL(bed->machine.state, alarms < 2 ? MACHINE_ALARM : MACHINE_FAILED);
		if (alarms == 2)
			break;
		machine_settled(&bed->machine, bed->now_ms);
		good_bytes(bed, 256);
		CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	}
	bed_close(bed);
}

/* Another command, or the loss of the port: no verdict, and what comes later is not taken for it.
 */
static void overtaken(void)
{
	static const enum machine_command words[] = { MACHINE_SHUTDOWN, MACHINE_RESTART };

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned phases = 0; phases <= CAUSALITY_PHASES; phases++) {
			struct bed *bed = bed_open(5);

			begin_proof(bed);
			measure(bed, MODEL_FAN_ON, phases);
			CU_ASSERT_EQUAL(command(bed, words[i]), MACHINE_PENDING);
			CU_ASSERT_EQUAL(bed->done_result, -ECANCELED);
			machine_powered(&bed->machine, false, bed->now_ms);
			if (words[i] == MACHINE_SHUTDOWN)
				CU_ASSERT_EQUAL(command(bed, MACHINE_INIT), MACHINE_PENDING);
			machine_powered(&bed->machine, true, bed->now_ms);
			machine_settled(&bed->machine, bed->now_ms);
			good_bytes(bed, 256);
			CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
			CU_ASSERT_EQUAL(bed->machine.proof.count, 0);
			bed_close(bed);
		}
	}
}

static void unplugged(void)
{
	struct bed *bed = bed_open(5);

	begin_proof(bed);
	measure(bed, MODEL_FAN_ON, 3);
	machine_port_down(&bed->machine, "pulled", bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ABSENT);
	CU_ASSERT_EQUAL(bed->done_result, -ENODEV);
	machine_port_up(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
	machine_powered(&bed->machine, true, bed->now_ms);
	machine_settled(&bed->machine, bed->now_ms);
	good_bytes(bed, 256);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->machine.proof.count, 0);
	bed_close(bed);
}

/* A line that cannot: nothing changes. */
static void refused(void)
{
	struct bed *bed = bed_open(5);
	unsigned powers;

	to_running(bed);
	powers = bed->powers;
	bed->prove_result = -EOPNOTSUPP;
	CU_ASSERT_EQUAL(command(bed, MACHINE_PROVE), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->powers, powers);
	bed->machine.ops.prove = NULL;
	CU_ASSERT_EQUAL(command(bed, MACHINE_PROVE), -EOPNOTSUPP);
	bed_close(bed);
}

/* Who asks during one waits for the same answer. */
static void joined(void)
{
	struct bed *bed = bed_open(5);
	uint64_t first, second, third;

	to_running(bed);
	machine_command(&bed->machine, MACHINE_PROVE, bed->now_ms, &first);
	CU_ASSERT_EQUAL(machine_command(&bed->machine, MACHINE_PROVE, bed->now_ms, &second),
			MACHINE_PENDING);
	CU_ASSERT_EQUAL(machine_command(&bed->machine, MACHINE_INIT, bed->now_ms, &third),
			MACHINE_PENDING);
	CU_ASSERT(first == second && second == third);
	CU_ASSERT_EQUAL(bed->proves, 1);
	bed_close(bed);
}

/* ---- by the clock ---- */

/* Hours of running: a pause of any other state does not count, another proof begins anew. */
static void by_the_clock(void)
{
	struct bed *bed = bed_open_proving(5, 2 * HOUR_MS);
	uint64_t due_ms;

	to_running(bed);
	CU_ASSERT(machine_deadline_ms(&bed->machine) <= bed->now_ms + SILENCE_MS);
	bed->now_ms += HOUR_MS;
	good_bytes(bed, 1); /* not silent */
	CU_ASSERT_EQUAL(command(bed, MACHINE_SHUTDOWN), MACHINE_PENDING);
	machine_powered(&bed->machine, false, bed->now_ms);
	bed->now_ms += 10 * HOUR_MS;
	CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), UINT64_MAX);
	CU_ASSERT_EQUAL(command(bed, MACHINE_INIT), MACHINE_PENDING);
	machine_powered(&bed->machine, true, bed->now_ms);
	machine_settled(&bed->machine, bed->now_ms);
	good_bytes(bed, 256);
	due_ms = bed->now_ms + HOUR_MS;
	bed->now_ms = due_ms - 1;
	good_bytes(bed, 1);
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->proves, 0);
	CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), due_ms);
	bed->now_ms = due_ms;
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->proves, 1);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
	CU_ASSERT_STRING_EQUAL(bed->machine.reason, "causality test is due");
	start_again(bed);
	good_bytes(bed, 256);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	bed->now_ms += HOUR_MS;
	good_bytes(bed, 1);
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->proves, 1);
	CU_ASSERT_EQUAL(command(bed, MACHINE_PROVE), MACHINE_PENDING); /* and two more hours */
	start_again(bed);
	good_bytes(bed, 256);
	bed->now_ms += 2 * HOUR_MS - 1;
	good_bytes(bed, 1);
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->proves, 2);
	bed->now_ms += 1;
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->proves, 3);
	bed_close(bed);
}

/* A line that will not now: the next try is one period later, not at once and for ever. */
static void not_now(void)
{
	struct bed *bed = bed_open_proving(5, HOUR_MS);

	to_running(bed);
	bed->prove_result = -EBUSY;
	bed->now_ms += HOUR_MS;
	good_bytes(bed, 1);
	machine_tick(&bed->machine, bed->now_ms);
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->proves, 1);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT(machine_deadline_ms(&bed->machine) > bed->now_ms);
	bed_close(bed);
}

/* ---- what it says of the time ---- */

static double eta_s(const struct bed *bed, const char *phase)
{
	struct machine_start start = machine_start(&bed->machine, bed->now_ms);

	CU_ASSERT_STRING_EQUAL(start.phase, phase);
	CU_ASSERT_EQUAL(start.symbols, 0);
	return start.eta_s;
}

static void counts_down(void)
{
	struct bed *bed = bed_open(5);
	const double rest_s = 2 + TESTS_MS / 1000.0;

	begin_proof(bed);
	CU_ASSERT_DOUBLE_EQUAL(eta_s(bed, "proving"), LEFT_MS / 1000.0 + rest_s, 0.001);
	CU_ASSERT_DOUBLE_EQUAL(machine_eta_s(&bed->machine, 1, bed->now_ms),
			       LEFT_MS / 1000.0 + rest_s, 0.001);
	bed->now_ms += 4000;
	CU_ASSERT_DOUBLE_EQUAL(eta_s(bed, "proving"), 40 + rest_s, 0.001);
	machine_proving(&bed->machine, CAUSALITY_DARK, NULL, 1040, bed->now_ms);
	CU_ASSERT_DOUBLE_EQUAL(eta_s(bed, "proving"), 1.04 + rest_s, 0.001);
	machine_powered(&bed->machine, false, bed->now_ms);
	bed->now_ms += 500;
	machine_powered(&bed->machine, true, bed->now_ms);
	CU_ASSERT_DOUBLE_EQUAL(eta_s(bed, "proving"), rest_s, 0.001);
	bed->now_ms += 2000;
	machine_settled(&bed->machine, bed->now_ms);
	CU_ASSERT_DOUBLE_EQUAL(eta_s(bed, "proving"), TESTS_MS / 1000.0, 0.001);
	good_bytes(bed, 1);
	CU_ASSERT_STRING_EQUAL(machine_start(&bed->machine, bed->now_ms).phase, "testing");
	bed_close(bed);
}

static const struct unit_test tests[] = {
	{ "proven", proven },
	{ "silenced or inconclusive", silenced_or_inconclusive },
	{ "contradicted", contradicted },
	{ "contradicted latches", contradicted_latches },
	{ "bytes after off", bytes_after_off },
	{ "start-up fails", startup_fails },
	{ "times out", times_out },
	{ "times out unattended", times_out_unattended },
	{ "times out unattended", times_out_unattended },
	{ "overtaken", overtaken },
	{ "unplugged", unplugged },
	{ "refused", refused },
	{ "joined", joined },
	{ "by the clock", by_the_clock },
	{ "not now", not_now },
	{ "counts down", counts_down },
};

int main(void)
{
	srandom((unsigned)unit_seed());
	return unit_run("machine_prove", tests, sizeof(tests) / sizeof(tests[0]));
}
