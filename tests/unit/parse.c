/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse: whole strings only, nothing guessed. */
#include "common/parse.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct u64_case {
	const char *string;
	uint64_t min, max;
	int ret;
	uint64_t value;
};

static void test_u64(void)
{
	static const struct u64_case cases[] = {
		{ "0", 0, 0, 0, 0 },
		{ "9600", 300, 9600, 0, 9600 },
		{ "007", 0, 10, 0, 7 },
		{ "18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", 0, UINT64_MAX, -ERANGE, 0 },
		{ "99999999999999999999999", 0, UINT64_MAX, -ERANGE, 0 },
		{ "299", 300, 9600, -ERANGE, 0 },
		{ "9601", 300, 9600, -ERANGE, 0 },
		{ "", 0, 9, -EINVAL, 0 },
		{ " 1", 0, 9, -EINVAL, 0 },
		{ "1 ", 0, 9, -EINVAL, 0 },
		{ "+1", 0, 9, -EINVAL, 0 },
		{ "-1", 0, 9, -EINVAL, 0 },
		{ "0x1", 0, 9, -EINVAL, 0 },
		{ "1k", 0, 9, -EINVAL, 0 },
		{ "1.0", 0, 9, -EINVAL, 0 },
		{ NULL, 0, 9, -EINVAL, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t out = 4711;

		CU_ASSERT_EQUAL(parse_u64(cases[i].string, cases[i].min, cases[i].max, &out),
				cases[i].ret);
		CU_ASSERT_EQUAL(out, cases[i].ret ? 4711 : cases[i].value);
	}
}

struct double_case {
	const char *string;
	double min, max;
	int ret;
	double value;
};

static void test_double(void)
{
	static const struct double_case cases[] = {
		{ "0.1", 0, 1, 0, 0.1 },
		{ "1e-3", 0, 1, 0, 0.001 },
		{ "1E+2", 0, 100, 0, 100 },
		{ ".5", 0, 1, 0, 0.5 },
		{ "2.", 0, 2, 0, 2 },
		{ "-1.5", -2, 0, 0, -1.5 },
		{ "1.1", 0, 1, -ERANGE, 0 },
		{ "-0.1", 0, 1, -ERANGE, 0 },
		{ "1e999", 0, 1e300, -ERANGE, 0 },
		{ "1e-999", 1e-9, 1, -ERANGE, 0 },
		{ "nan", 0, 1, -EINVAL, 0 },
		{ "inf", 0, 1, -EINVAL, 0 },
		{ "0x1p-1", 0, 1, -EINVAL, 0 },
		{ "0,1", 0, 1, -EINVAL, 0 },
		{ " 0.1", 0, 1, -EINVAL, 0 },
		{ "0.1 ", 0, 1, -EINVAL, 0 },
		{ "+0.1", 0, 1, -EINVAL, 0 },
		{ "--0.1", 0, 1, -EINVAL, 0 },
		{ "0.1.2", 0, 1, -EINVAL, 0 },
		{ "1e", 0, 1, -EINVAL, 0 },
		{ "1e+", 0, 1, -EINVAL, 0 },
		{ "1e5x", 0, 1e9, -EINVAL, 0 },
		{ ".", 0, 1, -EINVAL, 0 },
		{ "-", 0, 1, -EINVAL, 0 },
		{ "", 0, 1, -EINVAL, 0 },
		{ NULL, 0, 1, -EINVAL, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double out = 4711;

		CU_ASSERT_EQUAL(parse_double(cases[i].string, cases[i].min, cases[i].max, &out),
				cases[i].ret);
		CU_ASSERT_EQUAL(out, cases[i].ret ? 4711 : cases[i].value);
	}
}

/* splitmix64, enough to scatter cases. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void test_round_trip(void)
{
	uint64_t state = unit_seed();

	for (int i = 0; i < 10000; i++) {
		uint64_t value = next(&state) >> (next(&state) & 63), out = 0;
		char string[32];

		snprintf(string, sizeof(string), "%" PRIu64, value);
		if (parse_u64(string, value, value, &out) || out != value) {
			CU_FAIL("a number did not come back");
			fprintf(stderr, "%s\n", string);
			return;
		}
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "whole numbers", test_u64 },
		{ "decimal numbers", test_double },
		{ "every whole number comes back", test_round_trip },
	};

	return unit_run("parse", tests, sizeof(tests) / sizeof(tests[0]));
}
