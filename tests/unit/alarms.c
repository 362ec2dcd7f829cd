/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarms - the window that latches and the pauses between attempts. */
#include "fuse-trng/source/alarms.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>

static void latches_within_the_window(void)
{
	struct alarms alarms = { .max = 3, .window_chunks = 300 };

	CU_ASSERT_FALSE(alarms_add(&alarms, 10));
	CU_ASSERT_FALSE(alarms_add(&alarms, 20));
	CU_ASSERT_TRUE(alarms_add(&alarms, 310));
	alarms_clear(&alarms);
	CU_ASSERT_FALSE(alarms_add(&alarms, 310));
}

static void older_ones_do_not_count(void)
{
	struct alarms alarms = { .max = 3, .window_chunks = 300 };

	CU_ASSERT_FALSE(alarms_add(&alarms, 10));
	CU_ASSERT_FALSE(alarms_add(&alarms, 20));
	CU_ASSERT_FALSE(alarms_add(&alarms, 311));
	CU_ASSERT_TRUE(alarms_add(&alarms, 320));
	CU_ASSERT_FALSE(alarms_add(&alarms, 5000));
}

static void one_is_enough_when_strict(void)
{
	struct alarms alarms = { .max = 1, .window_chunks = 300 };

	CU_ASSERT_TRUE(alarms_add(&alarms, 0));
	CU_ASSERT_TRUE(alarms_add(&alarms, 100000));
}

static void pauses_double_up_to_a_minute(void)
{
	static const uint64_t expected_ms[] = { 1000,  2000,  4000,  8000, 16000,
						32000, 60000, 60000, 60000 };
	struct alarms alarms = { .max = 5, .window_chunks = 300 };

	for (unsigned i = 0; i < sizeof(expected_ms) / sizeof(expected_ms[0]); i++)
		CU_ASSERT_EQUAL(alarms_next_backoff_ms(&alarms), expected_ms[i]);
	alarms_clear(&alarms);
	CU_ASSERT_EQUAL(alarms_next_backoff_ms(&alarms), 1000);
}

static const struct unit_test tests[] = {
	{ "latches within the window", latches_within_the_window },
	{ "older ones do not count", older_ones_do_not_count },
	{ "one is enough when strict", one_is_enough_when_strict },
	{ "pauses double up to a minute", pauses_double_up_to_a_minute },
};

int main(void)
{
	return unit_run("alarms", tests, sizeof(tests) / sizeof(tests[0]));
}
