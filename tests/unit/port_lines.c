/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of modem control lines: ioctl(2) is played by this program, so that a pty has some. What
 * counts is every state that the lines pass through: a NodeMCU resets while they differ.
 */
#include "tests/unit/link_bench.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/ioctl.h>

static struct {
	int lines;
	bool is_broken;
	char states[64]; /* "DR" both up, "D-", "-R", "--": one pair for each request that sets */
} modem;

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	int *lines;

	va_start(args, request);
	lines = va_arg(args, int *);
	va_end(args);
	if (request != TIOCMGET && request != TIOCMSET)
		return (int)syscall(SYS_ioctl, fd, request, lines);
	if (modem.is_broken) {
		errno = EIO;
		return -1;
	}
	if (request == TIOCMGET) {
		*lines = modem.lines;
		return 0;
	}
	modem.lines = *lines;
	strcat(modem.states, modem.lines & TIOCM_DTR ? "D" : "-");
	strcat(modem.states, modem.lines & TIOCM_RTS ? "R " : "- ");
	return 0;
}

static void begin_with_lines(struct bench *bench, const char *profile, int lines)
{
	modem.lines = lines;
	modem.is_broken = false;
	modem.states[0] = '\0';
	begin(plug(bench), bench->board.path, profile_find(profile));
}

static void switch_on_and_off(struct bench *bench)
{
	run_to(bench, 10000);
	power(bench, true);
	run_to(bench, 20000);
	power(bench, false);
	run_to(bench, 30000);
}

/* The kernel has raised both at opening: nothing is touched, so nothing resets. */
static void test_nodemcu(void)
{
	struct bench bench;

	begin_with_lines(&bench, "nodemcu", TIOCM_DTR | TIOCM_RTS | TIOCM_CTS);
	switch_on_and_off(&bench);
	CU_ASSERT_STRING_EQUAL(modem.states, "");
	finish(&bench);

	begin_with_lines(&bench, "nodemcu", TIOCM_DTR); /* held in reset by somebody before us */
	switch_on_and_off(&bench);
	CU_ASSERT_STRING_EQUAL(modem.states, "DR ");
	finish(&bench);
	CU_ASSERT_STRING_EQUAL(modem.states, "DR ");

	begin_with_lines(&bench, "nodemcu", 0); /* both at once, not one after the other */
	run_to(&bench, 100);
	CU_ASSERT_STRING_EQUAL(modem.states, "DR ");
	finish(&bench);
}

static void test_truerng(void)
{
	struct bench bench;

	begin_with_lines(&bench, "truerng", TIOCM_DTR | TIOCM_RTS);
	run_to(&bench, 100);
	CU_ASSERT_STRING_EQUAL(modem.states, "-R "); /* quiet until it is wanted */
	switch_on_and_off(&bench);
	CU_ASSERT_STRING_EQUAL(modem.states, "-R DR -R ");
	power(&bench, true);
	run_to(&bench, 40000);
	cycle(&bench);
	run_to(&bench, 50000);
	CU_ASSERT_STRING_EQUAL(modem.states, "-R DR -R DR -R DR ");
	finish(&bench);
	CU_ASSERT_STRING_EQUAL(modem.states, "-R DR -R DR -R DR -R ");
}

static void test_lines_left_alone(void)
{
	struct bench bench;

	begin_with_lines(&bench, "neug", TIOCM_RTS);
	switch_on_and_off(&bench);
	finish(&bench);
	CU_ASSERT_STRING_EQUAL(modem.states, "");
}

/* Lines that cannot be set are no reason to give up the port. */
static void test_broken_lines(void)
{
	struct bench bench;

	begin_with_lines(&bench, "truerng", 0);
	modem.is_broken = true;
	switch_on_and_off(&bench);
	expect(&bench, "up@0 POWERED@10000 UNPOWERED@20000");
	finish(&bench);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a NodeMCU is not reset", test_nodemcu },
		{ "a TrueRNG runs while DTR is up", test_truerng },
		{ "lines left alone", test_lines_left_alone },
		{ "lines that cannot be set", test_broken_lines },
	};

	return unit_run("port_lines", tests, sizeof(tests) / sizeof(tests[0]));
}
