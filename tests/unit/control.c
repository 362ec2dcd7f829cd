/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control - what counts as a command, byte by byte. */
#include "fuse-trng/fs/control.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <string.h>

#define GOOD(text, command)                                                                        \
	{                                                                                          \
		text, sizeof(text) - 1, 0, command                                                 \
	}
#define BAD(text)                                                                                  \
	{                                                                                          \
		text, sizeof(text) - 1, -EINVAL, MACHINE_INIT                                      \
	}

#define SPACES_60 "                                                            "

static const struct {
	const char *text;
	size_t len;
	int result;
	unsigned command;
} cases[] = {
	GOOD("init", MACHINE_INIT),
	GOOD("init\n", MACHINE_INIT),
	GOOD("  init  \n", MACHINE_INIT),
	GOOD("shutdown", MACHINE_SHUTDOWN),
	GOOD("restart \n", MACHINE_RESTART),
	GOOD(SPACES_60 "init", MACHINE_INIT), /* 64 bytes: the longest */
	BAD(SPACES_60 "init\n"),
	BAD(""),
	BAD("\n"),
	BAD("   \n"),
	BAD("init\n\n"),
	BAD("init\n "),
	BAD("\ninit"),
	BAD("Init"),
	BAD("ini"),
	BAD("initx"),
	BAD("init shutdown"),
	BAD("init\nshutdown\n"),
	BAD("init\0"),
	BAD("init\r\n"),
	BAD("\tinit"),
	BAD("\377\376\0\1"),
};

static void parses(void)
{
	unsigned command;

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		command = MACHINE_COMMANDS;
		CU_ASSERT_EQUAL(control_parse(cases[i].text, cases[i].len, &command),
				cases[i].result);
		CU_ASSERT_EQUAL(command, cases[i].result ? MACHINE_COMMANDS : cases[i].command);
	}
}

static void names_results(void)
{
	CU_ASSERT_STRING_EQUAL(control_result_name(0), "0");
	CU_ASSERT_STRING_EQUAL(control_result_name(-ETIMEDOUT), "ETIMEDOUT");
	CU_ASSERT_STRING_EQUAL(control_result_name(-EALREADY), "EALREADY");
	CU_ASSERT_STRING_EQUAL(control_result_name(-999999), "EIO");
}

static const struct unit_test tests[] = {
	{ "parses", parses },
	{ "names results", names_results },
};

int main(void)
{
	return unit_run("control", tests, sizeof(tests) / sizeof(tests[0]));
}
