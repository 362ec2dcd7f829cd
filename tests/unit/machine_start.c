/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine, start - phase, symbols and seconds left of a start; since when a state lasts. */
#include "tests/unit/machine_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>

#define TESTS_S (1024 * 2 / 60.0) /* 1024 symbols of 2 bits at the nominal rate */

static void check(const struct bed *bed, const char *phase, unsigned symbols, double eta_s)
{
	struct machine_start start = machine_start(&bed->machine, bed->now_ms);

	CU_ASSERT_STRING_EQUAL(start.phase, phase);
	CU_ASSERT_EQUAL(start.symbols, symbols);
	CU_ASSERT_DOUBLE_EQUAL(start.eta_s, eta_s, 1e-6);
}

/* Six bytes of which the last fires, whatever came before them. */
static void fire(struct bed *bed)
{
	const uint8_t other = 0xff;

	machine_bytes(&bed->machine, &other, 1, bed->now_ms);
	stuck_bytes(bed, 6);
}

static void not_on_the_way(void)
{
	static void (*const reach[])(struct bed *) = { to_standby, to_running, to_failed,
						       to_absent };

	for (unsigned i = 0; i < sizeof(reach) / sizeof(reach[0]); i++) {
		struct bed *bed = bed_open(5);

		check(bed, "", 0, -1);
		reach[i](bed);
		check(bed, "", 0, -1);
		bed_close(bed);
	}
}

/* The seconds stand still until the board was told, then go down with the clock, not below what
 * the tests need. */
static void settles(void)
{
	struct bed *bed = bed_open(5);

	to_standby(bed);
	command(bed, MACHINE_INIT);
	check(bed, "settling", 0, 2 + TESTS_S);
	bed->now_ms += 5000;
	check(bed, "settling", 0, 2 + TESTS_S);
	machine_powered(&bed->machine, true, bed->now_ms);
	check(bed, "settling", 0, 2 + TESTS_S);
	bed->now_ms += 500;
	check(bed, "settling", 0, 1.5 + TESTS_S);
	CU_ASSERT_DOUBLE_EQUAL(machine_eta_s(&bed->machine, 1, bed->now_ms), 1.5 + TESTS_S, 1e-6);
	bed->now_ms += 2500;
	check(bed, "settling", 0, TESTS_S);
	machine_settled(&bed->machine, bed->now_ms);
	check(bed, "testing", 0, TESTS_S);
	bed_close(bed);
}

/* A restart tells off first: the old `on` is no beginning. */
static void settles_again(void)
{
	struct bed *bed = bed_open(5);

	to_running(bed);
	bed->now_ms += 100000;
	command(bed, MACHINE_RESTART);
	check(bed, "settling", 0, 2 + TESTS_S);
	machine_powered(&bed->machine, false, bed->now_ms);
	bed->now_ms += 4600;
	check(bed, "settling", 0, 2 + TESTS_S);
	machine_powered(&bed->machine, true, bed->now_ms);
	bed->now_ms += 1000;
	check(bed, "settling", 0, 1 + TESTS_S);
	bed_close(bed);
}

/* Bursts of @burst bytes at @bit_s until it runs. Return: worst error of the foretold end, as a
 * share of the whole wait, from @from_s seconds on; the seconds never go up after that. */
static double worst_error(unsigned burst, double bit_s, double from_s)
{
	struct bed *bed = bed_open(5);
	double last_s = 1e9, worst_s = 0, whole_s = 1024 * 2 / bit_s;
	uint64_t start_ms;
	unsigned fed = 0;

	to_starting(bed);
	start_ms = bed->now_ms;
	while (bed->machine.state == MACHINE_STARTING) {
		double now_s = (double)(++bed->now_ms - start_ms) / 1000;
		struct machine_start start;

		for (; now_s >= (fed + burst) * 8 / bit_s; fed += burst)
			good_bytes(bed, burst);
		start = machine_start(&bed->machine, bed->now_ms);
		if (*start.phase == '\0' || now_s < from_s)
			continue;
		CU_ASSERT(start.eta_s <= last_s + 0.05); /* arrivals are in whole ms */
		CU_ASSERT_EQUAL(start.symbols, fed * 4);
		last_s = start.eta_s;
		worst_s = fmax(worst_s, fabs(start.eta_s - (whole_s - now_s)));
	}
	bed_close(bed);
	return worst_s / whole_s;
}

/* Honest within some per cent, and it only goes down: at the nominal rate, beside it, with bursts
 * of the old sketch; and where the rate is quite another one, once that can be seen. */
static void counts_down(void)
{
	CU_ASSERT(worst_error(1, 60, 0) < 0.01);
	CU_ASSERT(worst_error(1, 62.5, 0) < 0.05);
	CU_ASSERT(worst_error(1, 57.5, 0) < 0.05);
	CU_ASSERT(worst_error(12, 60, 0) < 0.06);
	CU_ASSERT(worst_error(1, 30, 5) < 0.01);
	CU_ASSERT(worst_error(12, 30, 10) < 0.06);
	CU_ASSERT(worst_error(1, 600, 1.5) < 0.01);
	CU_ASSERT(worst_error(1, 120, 4) < 0.02);
}

/* An attempt that failed begins anew, with what the flow has taught of the rate. */
static void a_second_attempt(void)
{
	struct bed *bed = bed_open(5);

	to_starting(bed);
	for (int i = 0; i < 200; i++) {
		good_bytes(bed, 1);
		bed->now_ms += 64;
	}
	check(bed, "testing", 800, 56 * 0.064);
	fire(bed);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
	CU_ASSERT_EQUAL(machine_start(&bed->machine, bed->now_ms).symbols, 0);
	CU_ASSERT_DOUBLE_EQUAL(machine_start(&bed->machine, bed->now_ms).eta_s, 256 * 0.064, 0.6);
	bed_close(bed);
}

/* After an alarm: the tests at once, then pauses; a silent board settles first. */
static void pauses_after_alarms(void)
{
	struct bed *bed = bed_open(5);

	to_running(bed);
	fire(bed);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	check(bed, "testing", 0, TESTS_S);
	good_bytes(bed, 10);
	check(bed, "testing", 40, TESTS_S * 984 / 1024);
	stuck_bytes(bed, 100);
	check(bed, "pausing", 0, 1 + TESTS_S);
	bed->now_ms += 400;
	check(bed, "pausing", 0, 0.6 + TESTS_S);
	bed->now_ms += 600;
	machine_tick(&bed->machine, bed->now_ms);
	check(bed, "testing", 0, TESTS_S);
	good_bytes(bed, 256);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	check(bed, "", 0, -1);
	bed_close(bed);
}

static void a_silent_board_settles(void)
{
	struct bed *bed = bed_open(5);

	to_running(bed);
	bed->now_ms += SILENCE_MS;
	machine_tick(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	check(bed, "settling", 0, 2 + TESTS_S);
	machine_powered(&bed->machine, true, bed->now_ms);
	bed->now_ms += TIMEOUT_MS;
	machine_tick(&bed->machine, bed->now_ms); /* no attempt came to an end: a pause */
	check(bed, "pausing", 0, 1 + TESTS_S);
	bed->now_ms += 1000;
	machine_tick(&bed->machine, bed->now_ms);
	check(bed, "settling", 0, 2 + TESTS_S);
	bed_close(bed);
}

static void states_have_a_beginning(void)
{
	struct bed *bed = bed_open(5);

	CU_ASSERT_EQUAL(bed->machine.state_ms, bed->now_ms);
	bed->now_ms += 10;
	machine_port_down(&bed->machine, "still no port", bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state_ms, bed->now_ms - 10);
	to_starting(bed);
	CU_ASSERT_EQUAL(bed->machine.state_ms, bed->now_ms);
	bed->now_ms += 500;
	command(bed, MACHINE_RESTART); /* the same state goes on */
	CU_ASSERT_EQUAL(bed->machine.state_ms, bed->now_ms - 500);
	machine_settled(&bed->machine, bed->now_ms);
	good_bytes(bed, 256);
	CU_ASSERT_EQUAL(bed->machine.state_ms, bed->now_ms);
	bed_close(bed);
}

static const struct unit_test tests[] = {
	{ "not on the way", not_on_the_way },
	{ "settles", settles },
	{ "settles again", settles_again },
	{ "counts down", counts_down },
	{ "a second attempt", a_second_attempt },
	{ "pauses after alarms", pauses_after_alarms },
	{ "a silent board settles", a_silent_board_settles },
	{ "states have a beginning", states_have_a_beginning },
};

int main(void)
{
	srandom((unsigned)unit_seed());
	return unit_run("machine_start", tests, sizeof(tests) / sizeof(tests[0]));
}
