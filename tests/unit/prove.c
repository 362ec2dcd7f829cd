/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of prove: which word comes next and when, and how bytes become readings. */
#include "fuse-trng/device/prove.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

static struct prove prove;

static enum prove_news hear(const void *bytes, size_t len_bytes)
{
	struct prove_report report;

	prove_hear(&prove, bytes, len_bytes, &report);
	return report.news;
}

static bool holds_readings(void)
{
	for (unsigned i = 0; i < PROVE_READINGS; i++)
		if (prove.readings[i])
			return true;
	return false;
}

/* From off, said at @at_ms, to the word after it. */
static void pass_the_watch(uint64_t at_ms, uint64_t silent_ms)
{
	CU_ASSERT_EQUAL(prove.stage, PROVE_OFF);
	CU_ASSERT_EQUAL(prove_deadline_ms(&prove), UINT64_MAX);
	prove_said_off(&prove, at_ms);
	CU_ASSERT_FALSE(holds_readings());
	CU_ASSERT_EQUAL(hear("late", 4), PROVE_NOTHING);
	CU_ASSERT_EQUAL(prove_deadline_ms(&prove), at_ms + silent_ms);
	CU_ASSERT_FALSE(prove_tick(&prove, at_ms + silent_ms - 1));
	CU_ASSERT_TRUE(prove_tick(&prove, at_ms + silent_ms));
	CU_ASSERT_EQUAL(prove_deadline_ms(&prove), at_ms + 2 * silent_ms);
	CU_ASSERT_FALSE(prove_tick(&prove, at_ms + 2 * silent_ms));
	CU_ASSERT_EQUAL(prove_deadline_ms(&prove), UINT64_MAX);
	CU_ASSERT_EQUAL(prove.stage, PROVE_QUIET);
}

static void begin(bool is_known)
{
	prove_begin(&prove, profile_find("nodemcu"), is_known);
}

static void begin_reading(void)
{
	begin(true);
	pass_the_watch(1000, 500);
	prove_says_on(&prove);
	CU_ASSERT_EQUAL(prove.stage, PROVE_READING);
}

/* Two bytes each, high first. Return: of the last. */
static enum prove_news hear_readings(const uint16_t *readings, unsigned count)
{
	enum prove_news news = PROVE_NOTHING;

	for (unsigned i = 0; i < count && news == PROVE_NOTHING; i++) {
		const uint8_t pair[] = { (uint8_t)(readings[i] >> 8), (uint8_t)readings[i] };

		news = hear(pair, sizeof(pair));
	}
	return news;
}

static void four_phases(void)
{
	static const char *const words[] = { "raw bright on", "raw dark on", "raw still on",
					     "raw bright on" };
	static uint8_t bytes[2 * PROVE_READINGS + 10];
	uint64_t left_ms = UINT64_MAX;

	begin(true);
	CU_ASSERT_EQUAL(prove_left_ms(&prove), 4 * (1000 + 2008 + 8192 + 40) + 1040);
	for (unsigned i = 0; i < PROVE_PHASES; i++) {
		struct prove_report report;

		pass_the_watch(100000 * (i + 1), 500);
		CU_ASSERT_STRING_EQUAL(prove_word(&prove), words[i]);
		prove_says_on(&prove);
		for (unsigned k = 0; k < PROVE_READINGS; k++) {
			bytes[2 * k] = 2;
			bytes[2 * k + 1] = (uint8_t)(k * 7 + i);
		}
		prove_hear(&prove, bytes, 2 * PROVE_READINGS - 1, &report);
		CU_ASSERT_EQUAL(report.news, PROVE_NOTHING);
		/* What comes with the last byte, or after it, is of no use. */
		prove_hear(&prove, bytes + 2 * PROVE_READINGS - 1, 11, &report);
		CU_ASSERT_EQUAL(report.news, PROVE_MEASURED);
		CU_ASSERT_EQUAL(report.phase, i);
		for (unsigned k = 0; k < PROVE_READINGS; k++)
			CU_ASSERT_EQUAL(report.readings[k], 512 + (uint8_t)(k * 7 + i));
		CU_ASSERT(report.left_ms < left_ms);
		left_ms = report.left_ms;
		CU_ASSERT_EQUAL(hear("more", 4), PROVE_NOTHING);
	}
	CU_ASSERT_EQUAL(left_ms, 1040);
	pass_the_watch(900000, 500);
	CU_ASSERT_PTR_NULL(prove_word(&prove));
	prove_says_on(&prove);
	CU_ASSERT_EQUAL(prove.stage, PROVE_IDLE);
	CU_ASSERT_FALSE(holds_readings());
}

/* It looks at its port each 1.6 s: so much later than another it must be silent. */
static void an_old_board(void)
{
	begin(false);
	CU_ASSERT_EQUAL(prove_left_ms(&prove), 4600 + 40);
	CU_ASSERT_PTR_NULL(prove_word(&prove));
	pass_the_watch(1000, 2100);
	CU_ASSERT_PTR_NULL(prove_word(&prove));
	prove_says_on(&prove);
	CU_ASSERT_EQUAL(prove.stage, PROVE_IDLE);
}

static void strays(void)
{
	for (unsigned is_known = 0; is_known < 2; is_known++) {
		begin(is_known);
		prove_said_off(&prove, 1000);
		CU_ASSERT_TRUE(prove_tick(&prove, 5000));
		CU_ASSERT_EQUAL(hear("", 1), PROVE_STRAY);
		CU_ASSERT_EQUAL(prove.stage, PROVE_IDLE);

		begin(is_known); /* after the watch, before the word */
		pass_the_watch(1000, is_known ? 500 : 2100);
		CU_ASSERT_EQUAL(hear("x", 1), PROVE_STRAY);
	}
}

/* Who is held up looks for as long as if he had not been. */
static void a_host_held_up(void)
{
	begin(true);
	prove_said_off(&prove, 1000);
	CU_ASSERT_TRUE(prove_tick(&prove, 9000));
	CU_ASSERT_EQUAL(prove_deadline_ms(&prove), 9500);
}

/* ---- readings ---- */

static void check_readings(const uint16_t *readings)
{
	CU_ASSERT_EQUAL(memcmp(prove.readings, readings, PROVE_READINGS * sizeof(*readings)), 0);
}

static void draw(uint16_t *readings, unsigned low, unsigned span)
{
	for (unsigned i = 0; i < PROVE_READINGS; i++)
		readings[i] = (uint16_t)(low + (unsigned long)random() % span);
}

static void all_codes(void)
{
	uint16_t readings[PROVE_READINGS];

	for (unsigned i = 0; i < PROVE_READINGS; i++)
		readings[i] = (uint16_t)i;
	begin_reading();
	CU_ASSERT_EQUAL(hear_readings(readings, PROVE_READINGS), PROVE_MEASURED);
	check_readings(readings);
}

/* Whatever single byte is lost, the phase is measured again, and well. */
static void a_lost_byte(void)
{
	/* A bright light, a dark one of zeros and a few ones, one around 512. */
	static const struct {
		unsigned low, span;
	} lights[] = { { 580, 40 }, { 0, 2 }, { 0, 4 }, { 500, 24 }, { 256, 1 }, { 0, 1 } };

	for (unsigned i = 0; i < sizeof(lights) / sizeof(lights[0]); i++) {
		for (unsigned lost = 0; lost < 2 * PROVE_READINGS; lost += 1 + lost / 8) {
			uint16_t first[PROVE_READINGS], second[PROVE_READINGS];
			uint8_t bytes[2 * PROVE_READINGS];

			begin_reading();
			draw(first, lights[i].low, lights[i].span);
			draw(second, lights[i].low, lights[i].span);
			for (unsigned k = 0; k < PROVE_READINGS; k++) {
				bytes[2 * k] = (uint8_t)(first[k] >> 8);
				bytes[2 * k + 1] = (uint8_t)first[k];
			}
			CU_ASSERT_EQUAL(hear(bytes, lost), PROVE_NOTHING);
			CU_ASSERT_EQUAL(hear(bytes + lost + 1, sizeof(bytes) - lost - 1),
					PROVE_NOTHING);
			if (hear_readings(second, PROVE_READINGS) == PROVE_NOTHING)
				hear_readings(second, PROVE_READINGS);
			CU_ASSERT_EQUAL(prove.phase, PROVE_DARK);
			for (unsigned k = 0; k < PROVE_READINGS; k++)
				CU_ASSERT(prove.readings[k] <
					  lights[i].low + lights[i].span + (i == 4 ? 1 : 0));
		}
	}
}

/* A board that knows no readings sends symbols: no reading is made of them, and soon. */
static void symbols(void)
{
	uint8_t byte = 0;
	enum prove_news news = PROVE_NOTHING;
	unsigned count = 0;

	begin_reading();
	for (; news == PROVE_NOTHING && count < 200; count++) {
		byte = (uint8_t)(random() >> 9);
		news = hear(&byte, 1);
	}
	CU_ASSERT_EQUAL(news, PROVE_GARBLED);
	CU_ASSERT(count < 100);
	pass_the_watch(100000, 500);
	CU_ASSERT_PTR_NULL(prove_word(&prove));
}

static void stops(void)
{
	uint16_t readings[10] = { 600, 601 };

	prove_stop(&(struct prove){ 0 });
	begin_reading();
	hear_readings(readings, 10);
	prove_stop(&prove);
	CU_ASSERT_EQUAL(prove.readings[0], 0);
	CU_ASSERT_EQUAL(hear("anything", 8), PROVE_NOTHING);
	CU_ASSERT_PTR_NULL(prove_word(&prove));
	CU_ASSERT_EQUAL(prove_deadline_ms(&prove), UINT64_MAX);
	prove_said_off(&prove, 1);
	prove_says_on(&prove);
	CU_ASSERT_EQUAL(prove.stage, PROVE_IDLE);
}

static const struct unit_test tests[] = {
	{ "four phases", four_phases }, { "an old board", an_old_board },
	{ "strays", strays },           { "a host held up", a_host_held_up },
	{ "all codes", all_codes },     { "a lost byte", a_lost_byte },
	{ "symbols", symbols },         { "stops", stops },
};

int main(void)
{
	srandom((unsigned)unit_seed());
	return unit_run("prove", tests, sizeof(tests) / sizeof(tests[0]));
}
