/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware core: on, off and id, exact packing and timing, back-pressure, wrap-around. */
#include "tests/unit/core_bench.h"
#include "tests/unit/unit.h"

static void test_init(void)
{
	struct bench bench;
	struct trng_hal hal = bench_hal(&bench);
	struct trng_core core;

	bench_init(&bench, 0);
	CU_ASSERT_STRING_EQUAL(bench.powers, "0");
	CU_ASSERT_FALSE(trng_is_on(&bench.core));
	CU_ASSERT_EQUAL(wait_ms(&bench), TRNG_FOREVER_MS);
	memset(&core, 0x5a, sizeof(core));
	hal.rx = NULL;
	CU_ASSERT_EQUAL(trng_init(&core, &hal), TRNG_ERR_HAL);
	hal.rx = bench_rx, hal.tx = NULL;
	CU_ASSERT_EQUAL(trng_init(&core, &hal), TRNG_ERR_HAL);
	hal.tx = bench_tx, hal.millis = NULL;
	CU_ASSERT_EQUAL(trng_init(&core, &hal), TRNG_ERR_HAL);
	hal.millis = bench_millis, hal.adc_read = NULL;
	CU_ASSERT_EQUAL(trng_init(&core, &hal), TRNG_ERR_HAL);
	hal.adc_read = bench_adc_read, hal.power = NULL;
	CU_ASSERT_EQUAL(trng_init(&core, &hal), TRNG_ERR_HAL);
	for (size_t i = 0; i < sizeof(core); i++)
		CU_ASSERT_EQUAL(((const uint8_t *)&core)[i], 0x5a);
	CU_ASSERT_STRING_EQUAL(bench.powers, "0");
}

/* Text in one piece: how many words it holds, and whether the board is on after it. */
static void test_words(void)
{
	static const struct {
		const char *text;
		uint32_t words;
		bool is_on;
	} rows[] = {
		{ "on", 1, true },        { "off", 1, false },       { "onoff", 2, false },
		{ "offon", 2, true },     { "onoffon", 3, true },    { "on\r\noff\r\n", 2, false },
		{ "xon", 0, false },      { "xon on", 1, true },     { "onx off", 2, false },
		{ "idon", 2, true },      { "ididon", 3, true },     { "onononon", 4, true },
		{ "", 0, false },         { "offoffoff", 3, false }, { "rawcookedon", 3, true },
		{ "onrawoff", 3, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;

		bench_init(&bench, 77);
		say(&bench, rows[i].text);
		if (bench.core.words_heard != rows[i].words ||
		    trng_is_on(&bench.core) != rows[i].is_on)
			fail_at(rows[i].text);
		CU_ASSERT_EQUAL(bench_powered(&bench), rows[i].is_on ? 'B' : '0');
	}
}

/* A word may come in as many pieces as it has letters; the end of a pause is worth a poll. */
static void test_letters(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "o");
	CU_ASSERT_EQUAL(wait_ms(&bench), TRNG_PAUSE_MS);
	run(&bench, TRNG_PAUSE_MS - 1);
	CU_ASSERT_EQUAL(wait_ms(&bench), 1);
	say(&bench, "n");
	CU_ASSERT_TRUE(trng_is_on(&bench.core));
	spell(&bench, "off", 10);
	CU_ASSERT_FALSE(trng_is_on(&bench.core));
	say(&bench, "o");
	bench.now_ms += TRNG_PAUSE_MS + 5;
	CU_ASSERT_EQUAL(wait_ms(&bench), 0);
	trng_poll(&bench.core);
	CU_ASSERT_EQUAL(wait_ms(&bench), TRNG_FOREVER_MS);
	say(&bench, "n");
	CU_ASSERT_FALSE(trng_is_on(&bench.core));
}

/* While it samples, what is due first decides: a reading, or the end of a pause. */
static void test_wait_while_on(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "onx");
	CU_ASSERT_EQUAL(wait_ms(&bench), TRNG_PAUSE_MS);
	run(&bench, TRNG_PAUSE_MS);
	CU_ASSERT_EQUAL(wait_ms(&bench), FIRST_READING_MS - TRNG_PAUSE_MS);
	run(&bench, FIRST_READING_MS - TRNG_PAUSE_MS - 5);
	say(&bench, "x");
	CU_ASSERT_EQUAL(wait_ms(&bench), 5);
	bench.now_ms += 5;
	CU_ASSERT_EQUAL(wait_ms(&bench), 0);
	trng_poll(&bench.core);
	CU_ASSERT_EQUAL(bench.readings, 1);
	CU_ASSERT_EQUAL(wait_ms(&bench), READING_MS);
	bench.now_ms += READING_MS + 1;
	CU_ASSERT_EQUAL(wait_ms(&bench), 0);
}

/* "trng VERSION BUILD\n". The core may have been built with another TRNG_BUILD than this file. */
static void test_identity(void)
{
	static const char start[] = "trng " TRNG_VERSION " ";
	const char *build = trng_identity + strlen(start);

	CU_ASSERT_NSTRING_EQUAL_FATAL(trng_identity, start, strlen(start));
	CU_ASSERT_EQUAL(strspn(TRNG_VERSION, "0123456789."), strlen(TRNG_VERSION));
	CU_ASSERT(strcspn(build, " \t\r\n\v\f") > 0);
	CU_ASSERT_EQUAL(strcspn(build, " \t\r\n\v\f"), strlen(build) - 1);
	CU_ASSERT_EQUAL(build[strlen(build) - 1], '\n');
}

static void test_id(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "id");
	expect_identity(&bench);
	CU_ASSERT_EQUAL(wait_ms(&bench), TRNG_FOREVER_MS);
	bench.output_length = 0;
	say(&bench, "onid");
	run(&bench, 100);
	CU_ASSERT_EQUAL(bench.output_length, 0);
	say(&bench, "off id\n");
	expect_identity(&bench);
	CU_ASSERT_EQUAL(bench.core.bytes_sent, 0); /* text is no part of the stream */
}

/* The answer waits for room, is given once, and never gets into the stream. */
static void test_id_back_pressure(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.room = 5;
	say(&bench, "id");
	say(&bench, "id");
	CU_ASSERT_EQUAL(bench.output_length, 5);
	CU_ASSERT_EQUAL(wait_ms(&bench), 1);
	bench.room = ENDLESS;
	run(&bench, 1);
	expect_identity(&bench);
	bench.room = 0;
	say(&bench, "id on");
	bench.room = ENDLESS;
	bench.output_length = 0;
	run(&bench, FIRST_BYTE_MS - 1);
	CU_ASSERT_EQUAL(bench.output_length, 0);
	run(&bench, 1);
	CU_ASSERT_EQUAL(bench.output_length, 1);
	CU_ASSERT_EQUAL(bench.core.bytes_dropped, 0);
}

static uint16_t replay(void *ctx)
{
	static const uint16_t codes[16] = { 0,   0,   0,   1,   1023, 1, 1, 1,
					    500, 501, 502, 500, 1,    2, 3, 2 };
	struct bench *bench = ctx;

	return codes[bench->readings++ % 16];
}

static uint16_t highest(void *ctx)
{
	((struct bench *)ctx)->readings++;
	return 1023;
}

static void test_packing(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.core.hal.adc_read = replay;
	say(&bench, "on");
	run(&bench, FIRST_BYTE_MS);
	CU_ASSERT_EQUAL(bench.output_length, 1);
	/* Sums 1, 1026, 2003, 8: symbols 1, 2, 3, 0. */
	CU_ASSERT_EQUAL(bench.output[0], 0x6c);
	bench.core.hal.adc_read = highest;
	run(&bench, BYTE_MS);
	CU_ASSERT_EQUAL(bench.output[1], 0); /* 4092, four times */
	bench_init(&bench, 0);
	bench.level = 1017;
	say(&bench, "on");
	run(&bench, FIRST_BYTE_MS + 99 * BYTE_MS);
	CU_ASSERT_EQUAL(bench.output_length, 100);
	for (uint32_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(bench.output[i], expected_byte(1017 + 16 * i));
}

static void expect_schedule(uint32_t start_ms)
{
	struct bench bench;

	bench_init(&bench, start_ms);
	say(&bench, "on");
	CU_ASSERT_EQUAL(trng_wait_ms(&bench.core, start_ms), FIRST_READING_MS);
	run(&bench, FIRST_BYTE_MS + 49 * BYTE_MS);
	CU_ASSERT_EQUAL(bench.output_length, 50);
	for (uint32_t i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(bench.output_ms[i] - start_ms, FIRST_BYTE_MS + i * BYTE_MS);
	CU_ASSERT_EQUAL(bench.readings, 50 * 16);
	CU_ASSERT_EQUAL(bench.core.readings_missed, 0);
	say(&bench, "off");
	run(&bench, 3000);
	CU_ASSERT_EQUAL(bench.output_length, 50);
	CU_ASSERT_STRING_EQUAL(bench.powers, "0B0");
}

static void test_timing(void)
{
	expect_schedule(0);
	expect_schedule(123456);
}

/* The clock passes 2^31 and 2^32 in the warm-up and between readings. */
static void test_wrap_around(void)
{
	for (uint32_t before = 0; before <= 5000; before += 250) {
		expect_schedule(UINT32_MAX - before);
		expect_schedule(UINT32_MAX / 2 - before);
	}
}

static void test_on_while_on(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "on");
	run(&bench, 1000);
	say(&bench, "on");
	run(&bench, FIRST_BYTE_MS - 1000 + 60);
	say(&bench, "on");
	run(&bench, BYTE_MS - 60);
	CU_ASSERT_EQUAL(bench.output_length, 2);
	CU_ASSERT_EQUAL(bench.output_ms[1], FIRST_BYTE_MS + BYTE_MS);
	CU_ASSERT_STRING_EQUAL(bench.powers, "0B");
	say(&bench, "off off");
	CU_ASSERT_STRING_EQUAL(bench.powers, "0B0");
}

/* Half a byte is no byte: after off and on the packing starts anew, wherever it was. */
static void test_off_in_mid_byte(void)
{
	for (uint32_t readings = 1; readings < 16; readings++) {
		struct bench bench;

		bench_init(&bench, 0);
		say(&bench, "on");
		run(&bench, TRNG_WARM_UP_MS + readings * READING_MS);
		CU_ASSERT_EQUAL(bench.readings, readings);
		say(&bench, "offon");
		bench.level = 300;
		run(&bench, FIRST_BYTE_MS);
		CU_ASSERT_EQUAL(bench.output_length, 1);
		CU_ASSERT_EQUAL(bench.output[0], expected_byte(300));
	}
}

/* `off` that comes with the reading that would complete a byte comes first. */
static void test_off_in_time(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "on");
	run(&bench, FIRST_BYTE_MS - 1);
	bench.now_ms++;
	say(&bench, "off");
	CU_ASSERT_EQUAL(bench.readings, 15);
	CU_ASSERT_EQUAL(bench.output_length, 0);
}

/* A byte without room is lost and counted; the next one is whole and on time. */
static void test_back_pressure(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.level = 9;
	bench.room = 2;
	say(&bench, "on");
	run(&bench, FIRST_BYTE_MS + 4 * BYTE_MS);
	CU_ASSERT_EQUAL(bench.output_length, 2);
	CU_ASSERT_EQUAL(bench.core.bytes_sent, 2);
	CU_ASSERT_EQUAL(bench.core.bytes_dropped, 3);
	CU_ASSERT_EQUAL(wait_ms(&bench), READING_MS); /* nothing waits for room */
	bench.room = ENDLESS;
	run(&bench, BYTE_MS);
	CU_ASSERT_EQUAL(bench.output_length, 3);
	CU_ASSERT_EQUAL(bench.output[2], expected_byte(9 + 5 * 16));
	CU_ASSERT_EQUAL(bench.output_ms[2], FIRST_BYTE_MS + 5 * BYTE_MS);
}

/* Late by less than an interval: nothing is lost. By more: skipped, never two readings at once. */
static void test_late_polls(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "on");
	for (uint32_t i = 0; i < 16 * 20; i++) {
		bench.now_ms = FIRST_READING_MS + READING_MS * i + i % READING_MS;
		trng_poll(&bench.core);
		trng_poll(&bench.core);
	}
	CU_ASSERT_EQUAL(bench.readings, 16 * 20);
	CU_ASSERT_EQUAL(bench.output_length, 20);
	CU_ASSERT_EQUAL(bench.core.readings_missed, 0);
	bench.now_ms += 1000 - 7;
	run(&bench, 0);
	run(&bench, 0);
	CU_ASSERT_EQUAL(bench.readings, 16 * 20 + 1);
	CU_ASSERT_EQUAL(bench.core.readings_missed, 124);
	CU_ASSERT_EQUAL(wait_ms(&bench), READING_MS);
}

/* Held up for weeks, as long as the clock can tell before from after. */
static void test_very_late_poll(void)
{
	struct bench bench;

	bench_init(&bench, 5);
	say(&bench, "on");
	bench.now_ms += FIRST_READING_MS + UINT32_C(0x7fffffff);
	CU_ASSERT_EQUAL(wait_ms(&bench), 0);
	run(&bench, 0);
	CU_ASSERT_EQUAL(bench.readings, 1);
	CU_ASSERT_EQUAL(bench.core.readings_missed, UINT32_C(0x7fffffff) / READING_MS);
	CU_ASSERT_EQUAL(wait_ms(&bench), 1);
}

/* A port that sleeps as long as it may sends the same bytes at the same times as one that polls. */
static void test_sleeping_port(void)
{
	struct bench bench, sleeper;

	bench_init(&bench, UINT32_MAX - 3000);
	bench_init(&sleeper, UINT32_MAX - 3000);
	say(&bench, "on");
	say(&sleeper, "on");
	run(&bench, FIRST_BYTE_MS + 9 * BYTE_MS);
	for (unsigned polls = 0; polls < 160; polls++) {
		sleeper.now_ms += wait_ms(&sleeper);
		trng_poll(&sleeper.core);
	}
	CU_ASSERT_EQUAL(sleeper.now_ms, bench.now_ms);
	CU_ASSERT_EQUAL(sleeper.output_length, 10);
	CU_ASSERT_EQUAL(memcmp(sleeper.output, bench.output, 10), 0);
	CU_ASSERT_EQUAL(memcmp(sleeper.output_ms, bench.output_ms, 10 * sizeof(uint32_t)), 0);
}

/* Thousands of bytes at once do not keep the sampler from its work. */
static void test_flood(void)
{
	static const uint8_t flood[4096];
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "on");
	bench.input = flood;
	bench.input_length = sizeof(flood);
	run(&bench, 100);
	CU_ASSERT_EQUAL(bench.input_length, sizeof(flood) - 101 * 32);
	run(&bench, FIRST_BYTE_MS - 100);
	CU_ASSERT_EQUAL(bench.output_length, 1);
	CU_ASSERT_EQUAL(bench.output_ms[0], FIRST_BYTE_MS);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "init: off, and a whole HAL or none", test_init },
		{ "words: counted and obeyed", test_words },
		{ "words: letter by letter", test_letters },
		{ "wait: what is due first", test_wait_while_on },
		{ "id: name, version, build, newline", test_identity },
		{ "id: one line, only while off", test_id },
		{ "id: waits for room", test_id_back_pressure },
		{ "sampler: packing of known readings", test_packing },
		{ "sampler: every byte on its millisecond", test_timing },
		{ "sampler: the clock wraps around", test_wrap_around },
		{ "sampler: on while on changes nothing", test_on_while_on },
		{ "sampler: off in the middle of a byte", test_off_in_mid_byte },
		{ "sampler: off at the last moment", test_off_in_time },
		{ "sampler: no room to send", test_back_pressure },
		{ "sampler: polled late", test_late_polls },
		{ "sampler: polled very late", test_very_late_poll },
		{ "sampler: polled only when it wants", test_sleeping_port },
		{ "sampler: not starved by input", test_flood },
	};

	return unit_run("core", tests, sizeof(tests) / sizeof(tests[0]));
}
