/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rate - the measured rate over the last minute, with an injected clock. */
#include "fuse-trng/source/rate.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>

static void nothing_in_the_first_second(void)
{
	struct rate rate;

	rate_start(&rate, 5000);
	rate_count(&rate, 100, 5500);
	CU_ASSERT_EQUAL(rate_bit_s(&rate, 5999), 0);
	CU_ASSERT_DOUBLE_EQUAL(rate_bit_s(&rate, 6000), 800, 1e-9);
}

/* A byte each 128 ms is 62.5 bit/s, seen at any moment of a long run. */
static void board_speed(void)
{
	struct rate rate;

	rate_start(&rate, 1);
	for (uint64_t now = 129; now < 1000000; now += 128) {
		rate_count(&rate, 1, now);
		if (now > 30000)
			CU_ASSERT_DOUBLE_EQUAL(rate_bit_s(&rate, now), 62.5, 0.5);
	}
}

/* What came more than a minute ago no longer counts; a pause shows. */
static void forgets(void)
{
	struct rate rate;

	rate_start(&rate, 0);
	rate_count(&rate, 1000000, 100);
	CU_ASSERT(rate_bit_s(&rate, 30000) > 0);
	CU_ASSERT_EQUAL(rate_bit_s(&rate, 100 + (RATE_SLOTS + 1) * RATE_SLOT_MS), 0);
	rate_count(&rate, 10, 10 * 24 * 3600 * 1000UL);
	CU_ASSERT(rate_bit_s(&rate, 10 * 24 * 3600 * 1000UL + 100) < 2);
	CU_ASSERT(rate_bit_s(&rate, 10 * 24 * 3600 * 1000UL + 100) > 0);
}

static const struct unit_test tests[] = {
	{ "nothing in the first second", nothing_in_the_first_second },
	{ "board speed", board_speed },
	{ "forgets", forgets },
};

int main(void)
{
	return unit_run("rate", tests, sizeof(tests) / sizeof(tests[0]));
}
