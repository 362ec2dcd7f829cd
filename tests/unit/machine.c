/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine - every state, every command, every event, with an injected clock and line. */
#include "fuse-trng/source/machine.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 60000
#define SILENCE_MS 5000

struct bed {
	struct machine machine;
	uint64_t now_ms;
	enum machine_power power; /* last told */
	unsigned powers;
	unsigned changes;
	uint64_t done_ticket;
	int done_result;
	unsigned dones;
	char event[320];
};

static void on_power(void *ctx, enum machine_power power, uint64_t now_ms)
{
	struct bed *bed = ctx;

	(void)now_ms;
	bed->power = power;
	bed->powers++;
}

static void on_changed(void *ctx, uint64_t now_ms)
{
	(void)now_ms;
	((struct bed *)ctx)->changes++;
}

static void on_ready(void *ctx, uint64_t now_ms)
{
	(void)ctx, (void)now_ms;
}

static void on_done(void *ctx, uint64_t ticket, int result)
{
	struct bed *bed = ctx;

	bed->done_ticket = ticket;
	bed->done_result = result;
	bed->dones++;
}

static void on_event(void *ctx, const char *line)
{
	struct bed *bed = ctx;

	snprintf(bed->event, sizeof(bed->event), "%s", line);
}

static const struct machine_ops ops = { on_power, on_changed, on_ready, on_done, on_event };

static struct bed *bed_open(unsigned max_alarms)
{
	const struct machine_settings settings = {
		.health = { .symbol_bits = 2,
			    .health_entropy = 1.9,
			    .rate_symbol_s = 30,
			    .false_alarms_per_year = 0.001,
			    .total_failure_limit = 14 },
		.pool_capacity_bytes = 4096,
		.init_timeout_ms = TIMEOUT_MS,
		.settle_ms = 2000,
		.silence_ms = SILENCE_MS,
		.max_alarms = max_alarms,
		.alarm_window_chunks = 300,
		.rate_bit_s = 60,
	};
	struct bed *bed = calloc(1, sizeof(*bed));

	CU_ASSERT_FATAL(bed != NULL);
	bed->now_ms = 1000;
	CU_ASSERT_FATAL(machine_open(&bed->machine, &settings, &ops, bed, bed->now_ms) == 0);
	return bed;
}

static void bed_close(struct bed *bed)
{
	machine_close(&bed->machine);
	free(bed);
}

static void good_bytes(struct bed *bed, size_t len)
{
	uint8_t bytes[4096];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(random() >> 7);
	machine_bytes(&bed->machine, bytes, len, bed->now_ms);
}

static void stuck_bytes(struct bed *bed, size_t len)
{
	uint8_t bytes[4096] = { 0 };

	machine_bytes(&bed->machine, bytes, len, bed->now_ms);
}

static int command(struct bed *bed, enum machine_command word)
{
	uint64_t ticket = 0;

	return machine_command(&bed->machine, word, bed->now_ms, &ticket);
}

static void to_standby(struct bed *bed)
{
	machine_port_up(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STANDBY);
}

static void to_starting(struct bed *bed)
{
	to_standby(bed);
	CU_ASSERT_EQUAL(command(bed, MACHINE_INIT), MACHINE_PENDING);
	machine_powered(&bed->machine, true, bed->now_ms);
	machine_settled(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
}

static void to_running(struct bed *bed)
{
	to_starting(bed);
	good_bytes(bed, 256);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->done_result, 0);
}

static void to_alarm(struct bed *bed)
{
	to_running(bed);
	stuck_bytes(bed, 6);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
}

static void to_failed(struct bed *bed)
{
	to_starting(bed);
	stuck_bytes(bed, 100);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
}

static void to_absent(struct bed *bed)
{
	to_running(bed);
	machine_port_down(&bed->machine, "pulled", bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ABSENT);
}

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
	  { MACHINE_PENDING, -EALREADY, -EALREADY },
	  { MACHINE_STARTING, MACHINE_STANDBY, MACHINE_STANDBY } },
	{ MACHINE_STARTING,
	  to_starting,
	  0,
	  { MACHINE_PENDING, MACHINE_PENDING, MACHINE_PENDING },
	  { MACHINE_STARTING, MACHINE_STANDBY, MACHINE_STARTING } },
	{ MACHINE_RUNNING,
	  to_running,
	  0,
	  { -EALREADY, MACHINE_PENDING, MACHINE_PENDING },
	  { MACHINE_RUNNING, MACHINE_STANDBY, MACHINE_STARTING } },
	{ MACHINE_ALARM,
	  to_alarm,
	  -EIO,
	  { -EBUSY, MACHINE_PENDING, MACHINE_PENDING },
	  { MACHINE_ALARM, MACHINE_STANDBY, MACHINE_STARTING } },
	{ MACHINE_FAILED,
	  to_failed,
	  -EIO,
	  { MACHINE_PENDING, MACHINE_PENDING, MACHINE_PENDING },
	  { MACHINE_STARTING, MACHINE_STANDBY, MACHINE_STARTING } },
	{ MACHINE_ABSENT,
	  to_absent,
	  -ENODEV,
	  { -ENODEV, 0, -ENODEV },
	  { MACHINE_ABSENT, MACHINE_ABSENT, MACHINE_ABSENT } },
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
	CU_ASSERT_EQUAL(machine_deadline_ms(&bed->machine), UINT64_MAX);
	good_bytes(bed, 4096);
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
	{ "a second init joins", a_second_init_joins },
	{ "an alarm empties the pool", an_alarm_empties_the_pool },
	{ "repeated alarms latch", repeated_alarms_latch },
	{ "alarms far apart do not latch", alarms_far_apart_do_not_latch },
	{ "strict means one", strict_means_one },
	{ "silence is an alarm", silence_is_an_alarm },
	{ "goes back to where it was", goes_back_to_where_it_was },
	{ "announces waits", announces_waits },
	{ "autostart waits for the port", autostart_waits_for_the_port },
};

int main(void)
{
	srandom((unsigned)unit_seed());
	return unit_run("machine", tests, sizeof(tests) / sizeof(tests[0]));
}
