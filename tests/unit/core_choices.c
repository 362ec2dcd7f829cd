/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware core: what the words before `on` choose: raw or cooked; dark, still or bright. */
#include "tests/unit/core_bench.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Ends the warm-up and the first reading: two bytes are raw, none is cooked. */
static bool is_raw_after_warm_up(struct bench *bench)
{
	size_t before = bench->output_length;

	run(bench, FIRST_READING_MS);
	CU_ASSERT(bench->output_length == before || bench->output_length == before + 2);
	return bench->output_length != before;
}

static const struct {
	const char *text; /* from power-up */
	const char *powers;
	bool is_raw;
} choices[] = {
	{ "on", "0B", false },
	{ "raw on", "0B", true },
	{ "rawon", "0B", true },
	{ "cooked on", "0B", false },
	{ "dark on", "00", false },
	{ "still on", "0L", false },
	{ "bright on", "0B", false },
	{ "rawdarkon", "00", true },
	{ "darkrawon", "00", true },
	{ "rawstillon", "0L", true },
	{ "stillcookedon", "0L", false },
	{ "cookedbrighton", "0B", false },
	{ "cooked bright on", "0B", false },
	{ "raw\r\nstill\r\non\r\n", "0L", true },
	/* The last of each kind counts. */
	{ "rawcookedon", "0B", false },
	{ "cookedrawon", "0B", true },
	{ "darkstillbrighton", "0B", false },
	{ "brightstilldarkon", "00", false },
	{ "raw dark still cooked on", "0L", false },
	{ "rawrawdarkdarkon", "00", true },
	/* Neither off, nor id, nor junk, nor half a word takes a choice back. */
	{ "raw still off on", "0L", true },
	{ "raw dark id on", "00", true },
	{ "raw dark cookd brig on", "00", true },
	/* Junk chooses nothing. */
	{ "xraw xdark on", "0B", false },
	{ "rawx darkx on", "00", true }, /* heard before the x */
	{ "RAW ra w da rk on", "0B", false },
	/* While on it is too late, and nothing is kept for later. */
	{ "onrawdark", "0B", false },
	{ "on raw dark off on", "0B0B", false },
	{ "raw still on cooked bright off", "0L0", false },
	/* One `on` uses the choice up; one that changes nothing is none. */
	{ "raw dark on off on", "000B", false },
	{ "raw on off still on", "0B0L", false },
	{ "raw still on on off on", "0L0B", false },
	{ "still on off raw on", "0L0B", true },
	{ "raw dark on on", "00", true },
};

static void test_choices(void)
{
	for (size_t i = 0; i < COUNT(choices); i++) {
		struct bench bench;

		bench_init(&bench, 1000);
		say(&bench, choices[i].text);
		bench.output_length = 0; /* what id answered */
		if (strcmp(bench.powers, choices[i].powers) != 0)
			fail_at(choices[i].text);
		if (is_raw_after_warm_up(&bench) != choices[i].is_raw)
			fail_at(choices[i].text);
	}
}

/* The same texts, a letter at a time: 199 ms are no pause. */
static void test_choices_split(void)
{
	for (size_t i = 0; i < COUNT(choices); i++) {
		struct bench bench;

		bench_init(&bench, UINT32_MAX - 1000);
		spell(&bench, choices[i].text, TRNG_PAUSE_MS - 1);
		CU_ASSERT_STRING_EQUAL(bench.powers, choices[i].powers);
		CU_ASSERT_EQUAL(trng_is_on(&bench.core), strlen(choices[i].powers) % 2 == 0);
		say(&bench, "off");
	}
}

/* A choice has no end but its `on`: the next power-up, too, of course. */
static void test_choice_lasts(void)
{
	struct bench bench;
	struct trng_hal hal;

	bench_init(&bench, 0);
	say(&bench, "raw still");
	run(&bench, 10000);
	bench.now_ms += UINT32_C(0x90000000);
	say(&bench, "on");
	CU_ASSERT_STRING_EQUAL(bench.powers, "0L");
	CU_ASSERT_TRUE(is_raw_after_warm_up(&bench));
	bench_init(&bench, 0);
	hal = bench_hal(&bench);
	say(&bench, "raw still");
	CU_ASSERT_EQUAL(trng_init(&bench.core, &hal), TRNG_OK);
	say(&bench, "on");
	CU_ASSERT_STRING_EQUAL(bench.powers, "00B");
	CU_ASSERT_FALSE(is_raw_after_warm_up(&bench));
}

static void test_after_junk(void)
{
	uint8_t junk[6000];
	struct bench bench;

	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = (uint8_t)(i % 7 ? 33 + i % 223 : 'o');
	memcpy(junk + 3000, "rawdarkon", 9); /* words inside junk are junk */
	bench_init(&bench, 0);
	say_bytes(&bench, junk, sizeof(junk));
	CU_ASSERT_EQUAL(bench.core.words_heard, 0);
	say(&bench, " raw still on");
	CU_ASSERT_EQUAL(bench.core.words_heard, 3);
	CU_ASSERT_STRING_EQUAL(bench.powers, "0L");
	CU_ASSERT_TRUE(is_raw_after_warm_up(&bench));
	say_bytes(&bench, junk, sizeof(junk));
	bench.now_ms += TRNG_PAUSE_MS;
	say(&bench, "off");
	CU_ASSERT_STRING_EQUAL(bench.powers, "0L0");
}

/* LED and fan stay off for the whole session, and the readings come. */
static void test_dark(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "raw dark on");
	CU_ASSERT_TRUE(trng_is_on(&bench.core));
	run(&bench, FIRST_READING_MS + 99 * READING_MS);
	CU_ASSERT_EQUAL(bench.output_length, 200);
	say(&bench, "off");
	CU_ASSERT_FALSE(trng_is_on(&bench.core));
	CU_ASSERT_STRING_EQUAL(bench.powers, "000");
	say(&bench, "dark on");
	bench.level = 5;
	run(&bench, FIRST_BYTE_MS);
	CU_ASSERT_EQUAL(bench.output_length, 201);
	CU_ASSERT_EQUAL(bench.output[200], expected_byte(5));
}

/* An answer that waits for room lets choices be made, and is cut off by the `on` they are for. */
static void test_id_and_choices(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.room = 3;
	say(&bench, "id raw still");
	CU_ASSERT_EQUAL(bench.output_length, 3);
	bench.room = ENDLESS;
	run(&bench, 1);
	expect_identity(&bench);
	bench.output_length = 0;
	bench.room = 3;
	say(&bench, "id");
	say(&bench, "on");
	bench.room = ENDLESS;
	bench.level = 1023;
	CU_ASSERT_EQUAL(wait_ms(&bench), FIRST_READING_MS);
	run(&bench, FIRST_READING_MS - 1);
	CU_ASSERT_EQUAL(bench.output_length, 3); /* "trn", from before */
	run(&bench, 1);
	CU_ASSERT_EQUAL(bench.output_length, 5);
	CU_ASSERT_EQUAL(bench.output[3], 3);
	CU_ASSERT_EQUAL(bench.output[4], 255);
	CU_ASSERT_STRING_EQUAL(bench.powers, "0L");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "what each text starts", test_choices },
		{ "letter by letter", test_choices_split },
		{ "last until on, or power-up", test_choice_lasts },
		{ "after 6000 bytes of junk", test_after_junk },
		{ "dark: nothing powered, all sent", test_dark },
		{ "id while choosing", test_id_and_choices },
	};

	return unit_run("core_choices", tests, COUNT(tests));
}
