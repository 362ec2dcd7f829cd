/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine - every state, every command, every event, with an injected clock and line. */
#include "tests/unit/machine_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>

/* The table of docs/DESIGN.md: what each state answers to a read and to each word. */
static const struct {
	enum machine_state state;
	void (*reach)(struct bed *bed);
	int read_error;
	int answer[MACHINE_COMMANDS];
	enum machine_state then[MACHINE_COMMANDS];
} answers[] = {
	{ MACHINE_STANDBY,
	  to_standby,
	  -ENODATA,
	  { MACHINE_PENDING, -EALREADY, -EALREADY, -ENODATA },
	  { MACHINE_STARTING, MACHINE_STANDBY, MACHINE_STANDBY, MACHINE_STANDBY } },
	{ MACHINE_STARTING,
	  to_starting,
	  0,
	  { MACHINE_PENDING, MACHINE_PENDING, MACHINE_PENDING, -EBUSY },
	  { MACHINE_STARTING, MACHINE_STANDBY, MACHINE_STARTING, MACHINE_STARTING } },
	{ MACHINE_RUNNING,
	  to_running,
	  0,
	  { -EALREADY, MACHINE_PENDING, MACHINE_PENDING, MACHINE_PENDING },
	  { MACHINE_RUNNING, MACHINE_STANDBY, MACHINE_STARTING, MACHINE_STARTING } },
	{ MACHINE_ALARM,
	  to_alarm,
	  -EIO,
	  { -EBUSY, MACHINE_PENDING, MACHINE_PENDING, -EBUSY },
	  { MACHINE_ALARM, MACHINE_STANDBY, MACHINE_STARTING, MACHINE_ALARM } },
	{ MACHINE_FAILED,
	  to_failed,
	  -EIO,
	  { MACHINE_PENDING, MACHINE_PENDING, MACHINE_PENDING, -EIO },
	  { MACHINE_STARTING, MACHINE_STANDBY, MACHINE_STARTING, MACHINE_FAILED } },
	{ MACHINE_ABSENT,
	  to_absent,
	  -ENODEV,
	  { -ENODEV, 0, -ENODEV, -ENODEV },
	  { MACHINE_ABSENT, MACHINE_ABSENT, MACHINE_ABSENT, MACHINE_ABSENT } },
};

static void every_state_answers(void)
{
	for (unsigned i = 0; i < MACHINE_STATES; i++) {
		for (unsigned word = 0; word < MACHINE_COMMANDS; word++) {
			struct bed *bed = bed_open(5);

			answers[i].reach(bed);
			CU_ASSERT_EQUAL(bed->machine.state, answers[i].state);
			CU_ASSERT_EQUAL(machine_read_error(&bed->machine), answers[i].read_error);
			CU_ASSERT_EQUAL(command(bed, (enum machine_command)word),
					answers[i].answer[word]);
			CU_ASSERT_EQUAL(bed->machine.state, answers[i].then[word]);
			bed_close(bed);
		}
	}
}

static void results_of_init(void)
{
	struct bed *bed = bed_open(5);

	to_running(bed);
	CU_ASSERT_EQUAL(bed->dones, 1);
	bed_close(bed);

	bed = bed_open(5);
	to_failed(bed);
	CU_ASSERT_EQUAL(bed->done_result, -EIO);
	bed_close(bed);

	bed = bed_open(5);
	to_starting(bed);
	machine_port_down(&bed->machine, "pulled", bed->now_ms);
	CU_ASSERT_EQUAL(bed->done_result, -ENODEV);
	bed_close(bed);

	bed = bed_open(5);
	to_starting(bed);
	CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), bed->now_ms + TIMEOUT_MS);
	machine_tick(&bed->machine, bed->now_ms + TIMEOUT_MS - 1);
	CU_ASSERT_EQUAL(bed->dones, 0);
	machine_tick(&bed->machine, bed->now_ms + TIMEOUT_MS);
	CU_ASSERT_EQUAL(bed->done_result, -ETIMEDOUT);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	bed_close(bed);

	bed = bed_open(5);
	to_starting(bed);
	command(bed, MACHINE_RESTART);
	CU_ASSERT_EQUAL(bed->done_result, -ECANCELED);
	CU_ASSERT_EQUAL(bed->power, MACHINE_POWER_CYCLE);
	bed_close(bed);
}

/* One failed start-up is repeated on fresh symbols, with a time limit of its own. */
static void startup_has_two_attempts(void)
{
	struct bed *bed = bed_open(5);

	to_starting(bed);
	bed->now_ms += 1000;
	stuck_bytes(bed, 6);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
	CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), bed->now_ms + TIMEOUT_MS);
	good_bytes(bed, 255);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
	good_bytes(bed, 2);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	bed_close(bed);
}

static void shutdown_ends_when_the_board_was_told(void)
{
	struct bed *bed = bed_open(5);

	to_running(bed);
	good_bytes(bed, 3000);
	CU_ASSERT(bed->machine.pool.len_bytes > 0);
	CU_ASSERT_EQUAL(command(bed, MACHINE_SHUTDOWN), MACHINE_PENDING);
	CU_ASSERT_EQUAL(bed->machine.pool.len_bytes, 0);
	CU_ASSERT_EQUAL(bed->power, MACHINE_POWER_OFF);
	CU_ASSERT_EQUAL(bed->dones, 1);
	machine_powered(&bed->machine, false, bed->now_ms);
	CU_ASSERT_EQUAL(bed->dones, 2);
	CU_ASSERT_EQUAL(bed->done_result, 0);
	bed_close(bed);
}

/* A port that takes no output cannot be told off: the command does not wait for ever. */
static void shutdown_times_out(void)
{
	struct bed *bed = bed_open(5);

	to_running(bed);
	CU_ASSERT_EQUAL(command(bed, MACHINE_SHUTDOWN), MACHINE_PENDING);
	CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), bed->now_ms + TIMEOUT_MS);
	machine_tick(&bed->machine, bed->now_ms + TIMEOUT_MS);
	CU_ASSERT_EQUAL(bed->done_result, -ETIMEDOUT);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STANDBY);
	CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), UINT64_MAX);
	bed_close(bed);
}

static void a_second_init_joins(void)
{
	struct bed *bed = bed_open(5);
	uint64_t first = 0, second = 0;

	to_standby(bed);
	machine_command(&bed->machine, MACHINE_INIT, bed->now_ms, &first);
	machine_command(&bed->machine, MACHINE_INIT, bed->now_ms, &second);
	CU_ASSERT_EQUAL(first, second);
	CU_ASSERT_EQUAL(bed->powers, 1);
	bed_close(bed);
}

static void goes_back_to_where_it_was(void)
{
	struct bed *bed = bed_open(5);

	to_absent(bed);
	machine_port_up(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
	machine_settled(&bed->machine, bed->now_ms);
	good_bytes(bed, 256);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	bed_close(bed);

	bed = bed_open(5);
	to_absent(bed);
	CU_ASSERT_EQUAL(command(bed, MACHINE_SHUTDOWN), 0);
	machine_port_up(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STANDBY);
	bed_close(bed);

	bed = bed_open(5);
	to_failed(bed);
	machine_port_down(&bed->machine, "pulled", bed->now_ms);
	machine_port_up(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
	bed_close(bed);
}

/* 34 s of start-up at 60 bit/s after 2 s of settling; later from the measured rate. */
static void announces_waits(void)
{
	struct bed *bed = bed_open(5);

	CU_ASSERT_EQUAL(machine_eta_s(&bed->machine, 1, bed->now_ms), -1);
	to_standby(bed);
	CU_ASSERT_EQUAL(command(bed, MACHINE_INIT), MACHINE_PENDING);
	CU_ASSERT_DOUBLE_EQUAL(machine_eta_s(&bed->machine, 1, bed->now_ms), 2 + 256 * 8 / 60.0,
			       1e-9);
	machine_settled(&bed->machine, bed->now_ms);
	for (int i = 0; i < 256; i++) {
		bed->now_ms += 64;
		good_bytes(bed, 1);
	}
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(machine_eta_s(&bed->machine, 200, bed->now_ms), 0);
	/* The chunk up to byte 300 leaves when the window up to byte 384 has closed. */
	CU_ASSERT_DOUBLE_EQUAL(machine_eta_s(&bed->machine, 201, bed->now_ms), 128 * 0.064, 0.05);
	bed_close(bed);
}

static void autostart_waits_for_the_port(void)
{
	struct bed *bed = bed_open(5);

	bed->machine.after_absence = MACHINE_STARTING;
	machine_port_up(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
	CU_ASSERT_EQUAL(command(bed, MACHINE_INIT), MACHINE_PENDING); /* joins */
	CU_ASSERT_EQUAL(bed->powers, 0);
	bed_close(bed);
}

static const struct unit_test tests[] = {
	{ "every state answers", every_state_answers },
	{ "results of init", results_of_init },
	{ "startup has two attempts", startup_has_two_attempts },
	{ "shutdown ends when the board was told", shutdown_ends_when_the_board_was_told },
	{ "shutdown times out", shutdown_times_out },
	{ "a second init joins", a_second_init_joins },
	{ "goes back to where it was", goes_back_to_where_it_was },
	{ "announces waits", announces_waits },
	{ "autostart waits for the port", autostart_waits_for_the_port },
};

int main(void)
{
	srandom((unsigned)unit_seed());
	return unit_run("machine", tests, sizeof(tests) / sizeof(tests[0]));
}
