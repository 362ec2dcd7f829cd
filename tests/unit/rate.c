/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rate - the measured rate over the last minute, with an injected clock. */
#include "fuse-trng/source/rate.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>

static void nothing_in_the_first_second(void)
{
	struct rate rate;

	rate_start(&rate, 5000);
	rate_count(&rate, 1000, 5000);
	rate_count(&rate, 100, 5500);
	CU_ASSERT_EQUAL(rate_bit_s(&rate, 6000), 0);
	rate_count(&rate, 25, 5999);
	CU_ASSERT_EQUAL(rate_bit_s(&rate, 5999), 0);
	rate_count(&rate, 0, 6000);
	CU_ASSERT_DOUBLE_EQUAL(rate_bit_s(&rate, 6000), 1000, 1e-9);
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
	rate_count(&rate, 1, 0);
	rate_count(&rate, 1000000, 100);
	CU_ASSERT(rate_bit_s(&rate, 30000) > 0);
	CU_ASSERT_EQUAL(rate_bit_s(&rate, 100 + (RATE_SLOTS + 1) * RATE_SLOT_MS), 0);
	rate_count(&rate, 10, 10 * 24 * 3600 * 1000UL);
	CU_ASSERT(rate_bit_s(&rate, 10 * 24 * 3600 * 1000UL + 100) < 2);
	CU_ASSERT(rate_bit_s(&rate, 10 * 24 * 3600 * 1000UL + 100) > 0);
}

/* Bursts of 12 bytes each 1.6 s, as of the old sketch, are 60 bit/s from the second one on, in
 * between as well: nobody is refused, and no wait doubled, for what has not been sent yet. */
static void bursts(void)
{
	struct rate rate;

	rate_start(&rate, 0);
	for (uint64_t now = 900; now < 200000; now++) {
		if (now % 1600 == 900)
			rate_count(&rate, 12, now);
		CU_ASSERT_DOUBLE_EQUAL(rate_bit_s(&rate, now), now < 2500 ? 0 : 60, 1.6);
	}
}

/* What a wait is foretold by: @bit_s in bursts of @burst against 60. Return: since when, in ms
 * after the first burst, it is within a tenth of the truth for good. */
static uint64_t learns_within_ms(unsigned burst, double bit_s)
{
	struct rate rate;
	uint64_t from = 0;
	double sent = 0;

	rate_start(&rate, 0);
	for (uint64_t now = 0; now < 200000; now++) {
		for (; (double)now * bit_s / 8000 >= sent; sent += burst)
			rate_count(&rate, burst, now);
		if (fabs(rate_foreseen_bit_s(&rate, 60, now) / bit_s - 1) > 0.1)
			from = now + 1;
	}
	return from;
}

static void unlike_the_profile(void)
{
	CU_ASSERT_EQUAL(learns_within_ms(1, 60), 0);
	CU_ASSERT_EQUAL(learns_within_ms(12, 60), 0);
	CU_ASSERT(learns_within_ms(1, 6000) <= 1001);
	CU_ASSERT(learns_within_ms(64, 600000) <= 1001);
	CU_ASSERT(learns_within_ms(1, 6) <= 4000);
	CU_ASSERT(learns_within_ms(1, 30) <= 8000);
	CU_ASSERT(learns_within_ms(12, 30) <= 16000);
}

/* A flow that stops is foretold ever slower, while there is something to say it by. */
static void a_flow_that_stops(void)
{
	struct rate rate;
	double last = 60;

	rate_start(&rate, 0);
	CU_ASSERT_EQUAL(rate_foreseen_bit_s(&rate, 60, 100000), 60);
	for (uint64_t now = 0; now <= 20000; now += 100)
		rate_count(&rate, 1, now);
	for (uint64_t now = 20000; now < 60000; now += 100) {
		double foreseen = rate_foreseen_bit_s(&rate, 60, now);

		CU_ASSERT(now == 20000 || foreseen <= last);
		last = foreseen;
	}
	CU_ASSERT_DOUBLE_EQUAL(last, 200 * 8 / 59.9, 0.01);
}

static const struct unit_test tests[] = {
	{ "nothing in the first second", nothing_in_the_first_second },
	{ "board speed", board_speed },
	{ "forgets", forgets },
	{ "bursts", bursts },
	{ "unlike the profile", unlike_the_profile },
	{ "a flow that stops", a_flow_that_stops },
};

int main(void)
{
	return unit_run("rate", tests, sizeof(tests) / sizeof(tests[0]));
}
