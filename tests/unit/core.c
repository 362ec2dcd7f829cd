/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware core: words however they come, exact packing and timing, back-pressure, wrap-around. */
#include "firmware/core/trng_core.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <string.h>

#define IDENTITY      "trng " TRNG_VERSION " " TRNG_BUILD "\n"
#define FIRST_BYTE_MS 2128u
#define BYTE_MS       128u

/* A board made of arrays; time passes only in run(). */
struct bench {
	struct trng_core core;
	uint32_t now_ms;
	const uint8_t *input;
	size_t input_length;
	uint16_t level; /* the next reading; ADC codes count up from it */
	uint32_t readings;
	uint8_t output[512];
	uint32_t output_ms[512];
	size_t output_length;
	size_t room; /* bytes that tx still takes */
	bool led, fan;
	unsigned power_calls;
};

static uint32_t millis(void *ctx)
{
	return ((struct bench *)ctx)->now_ms;
}

static uint16_t adc_read(void *ctx)
{
	struct bench *bench = ctx;

	bench->readings++;
	return bench->level++ % 1024;
}

static void power(void *ctx, bool led, bool fan)
{
	struct bench *bench = ctx;

	bench->led = led;
	bench->fan = fan;
	bench->power_calls++;
}

static int rx(void *ctx)
{
	struct bench *bench = ctx;

	if (!bench->input_length)
		return -1;
	bench->input_length--;
	return *bench->input++;
}

static bool tx(void *ctx, uint8_t byte)
{
	struct bench *bench = ctx;

	if (!bench->room || bench->output_length == sizeof(bench->output))
		return false;
	bench->room--;
	bench->output_ms[bench->output_length] = bench->now_ms;
	bench->output[bench->output_length++] = byte;
	return true;
}

static void bench_init(struct bench *bench, uint32_t now_ms)
{
	const struct trng_hal hal = { millis, adc_read, power, rx, tx, bench };

	memset(bench, 0, sizeof(*bench));
	bench->now_ms = now_ms;
	bench->room = SIZE_MAX;
	bench->led = bench->fan = true;
	CU_ASSERT_EQUAL(trng_init(&bench->core, &hal), TRNG_OK);
}

/* Polls in every millisecond of @duration_ms, the first and the last. */
static void run(struct bench *bench, uint32_t duration_ms)
{
	trng_poll(&bench->core);
	while (duration_ms--) {
		bench->now_ms++;
		trng_poll(&bench->core);
	}
}

static void say_bytes(struct bench *bench, const void *bytes, size_t length)
{
	bench->input = bytes;
	bench->input_length = length;
	while (bench->input_length)
		trng_poll(&bench->core);
}

static void say(struct bench *bench, const char *text)
{
	say_bytes(bench, text, strlen(text));
}

static void test_init(void)
{
	struct trng_hal hal = { millis, adc_read, power, rx, tx, NULL };
	struct trng_core core;
	struct bench bench;

	bench_init(&bench, 0);
	CU_ASSERT_FALSE(bench.led || bench.fan || trng_is_on(&bench.core));
	CU_ASSERT_EQUAL(trng_wait_ms(&bench.core, 5), TRNG_FOREVER_MS);
	hal.rx = NULL;
	CU_ASSERT_EQUAL(trng_init(&core, &hal), TRNG_ERR_HAL);
	hal.rx = rx, hal.tx = NULL;
	CU_ASSERT_EQUAL(trng_init(&core, &hal), TRNG_ERR_HAL);
	hal.tx = tx, hal.millis = NULL;
	CU_ASSERT_EQUAL(trng_init(&core, &hal), TRNG_ERR_HAL);
	hal.millis = millis, hal.adc_read = NULL;
	CU_ASSERT_EQUAL(trng_init(&core, &hal), TRNG_ERR_HAL);
	hal.adc_read = adc_read, hal.power = NULL;
	CU_ASSERT_EQUAL(trng_init(&core, &hal), TRNG_ERR_HAL);
}

/* Text in one piece at one moment: how many words it holds, and whether the board is on after it.
 */
static void test_words(void)
{
	static const struct {
		const char *text;
		uint32_t words;
		bool is_on;
	} rows[] = {
		{ "on", 1, true },          { "off", 1, false },     { "onoff", 2, false },
		{ "offon", 2, true },       { "on\n", 1, true },     { "on\r\noff\r\n", 2, false },
		{ " \t\v\fon", 1, true },   { "xon", 0, false },     { "xon on", 1, true },
		{ "onx off", 2, false },    { "onxoff", 1, true },   { "o n", 0, false },
		{ "oon", 0, false },        { "ofon", 0, false },    { "o\non", 1, true },
		{ "ON", 0, false },         { "On on", 1, true },    { "of", 0, false },
		{ "idon", 2, true },        { "ididon", 3, true },   { "offf on", 2, true },
		{ "\xff\x80 on", 1, true }, { "onononon", 4, true }, { "", 0, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;

		bench_init(&bench, 77);
		say(&bench, rows[i].text);
		if (bench.core.words_heard != rows[i].words || bench.led != rows[i].is_on)
			CU_FAIL(rows[i].text);
		CU_ASSERT_EQUAL(bench.fan, bench.led);
	}
}

/* A word may come in as many pieces as it has letters. */
static void test_each_letter_on_its_own(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "o");
	run(&bench, TRNG_PAUSE_MS - 1);
	CU_ASSERT_EQUAL(trng_wait_ms(&bench.core, bench.now_ms), 1);
	say(&bench, "n");
	CU_ASSERT_TRUE(bench.led);
	say(&bench, "o");
	run(&bench, 10);
	say(&bench, "f");
	run(&bench, 10);
	say(&bench, "f");
	CU_ASSERT_FALSE(bench.led);
}

/* 200 ms without a byte end half a word and junk, also if nobody polled meanwhile. */
static void test_pause(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "o");
	bench.now_ms += TRNG_PAUSE_MS;
	say(&bench, "n");
	CU_ASSERT_FALSE(bench.led);
	bench.now_ms += TRNG_PAUSE_MS;
	say(&bench, "on");
	CU_ASSERT_TRUE(bench.led);
	say(&bench, "xx");
	bench.now_ms += TRNG_PAUSE_MS - 1;
	say(&bench, "off");
	CU_ASSERT_TRUE(bench.led);
	run(&bench, TRNG_PAUSE_MS);
	say(&bench, "off");
	CU_ASSERT_FALSE(bench.led);
	CU_ASSERT_EQUAL(trng_wait_ms(&bench.core, bench.now_ms), TRNG_FOREVER_MS);
}

static void test_junk(void)
{
	uint8_t junk[6003];
	struct bench bench;

	bench_init(&bench, 0);
	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = (uint8_t)(128 + i % 128);
	memcpy(junk + 3000, "onoffid", 7); /* words inside junk are junk */
	memcpy(junk + 6000, " on", 3);
	say_bytes(&bench, junk, 6000);
	CU_ASSERT_EQUAL(bench.core.words_heard, 0);
	bench_init(&bench, 0);
	say_bytes(&bench, junk, sizeof(junk));
	CU_ASSERT_EQUAL(bench.core.words_heard, 1);
	CU_ASSERT_TRUE(bench.led);
}

static void test_id(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "id");
	CU_ASSERT_EQUAL(bench.output_length, strlen(IDENTITY));
	CU_ASSERT_NSTRING_EQUAL(bench.output, IDENTITY, strlen(IDENTITY));
	bench.output_length = 0;
	say(&bench, "onid");
	run(&bench, 100);
	CU_ASSERT_EQUAL(bench.output_length, 0);
	say(&bench, "off id\n");
	CU_ASSERT_NSTRING_EQUAL(bench.output, IDENTITY, strlen(IDENTITY));
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
	CU_ASSERT_EQUAL(trng_wait_ms(&bench.core, bench.now_ms), 1);
	bench.room = SIZE_MAX;
	run(&bench, 1);
	CU_ASSERT_EQUAL(bench.output_length, strlen(IDENTITY));
	bench.room = 0;
	say(&bench, "id on");
	bench.room = SIZE_MAX;
	bench.output_length = 0;
	run(&bench, FIRST_BYTE_MS - 1);
	CU_ASSERT_EQUAL(bench.output_length, 0);
	run(&bench, 1);
	CU_ASSERT_EQUAL(bench.output_length, 1);
}

/* Of readings that count up by one: each symbol is the sum of four of them, modulo 4; first in the
 * top bits. */
static uint8_t expected_byte(uint32_t first_reading)
{
	uint8_t byte = 0;

	for (unsigned symbol = 0; symbol < 4; symbol++) {
		uint32_t sum = 0;

		for (unsigned i = 0; i < 4; i++)
			sum += (first_reading + symbol * 4 + i) % 1024;
		byte = (uint8_t)((unsigned)byte << 2 | (sum & 3));
	}
	return byte;
}

static uint16_t replay(void *ctx)
{
	static const uint16_t codes[16] = { 0,   0,   0,   1,   1023, 1, 1, 1,
					    500, 501, 502, 500, 1,    2, 3, 2 };
	struct bench *bench = ctx;

	return codes[bench->readings++ % 16];
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
	CU_ASSERT_EQUAL(trng_wait_ms(&bench.core, start_ms), TRNG_WARM_UP_MS + TRNG_READING_MS);
	run(&bench, FIRST_BYTE_MS + 49 * BYTE_MS);
	CU_ASSERT_EQUAL(bench.output_length, 50);
	for (uint32_t i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(bench.output_ms[i] - start_ms, FIRST_BYTE_MS + i * BYTE_MS);
	CU_ASSERT_EQUAL(bench.readings, 50 * 16);
	CU_ASSERT_EQUAL(bench.core.readings_missed, 0);
	say(&bench, "off");
	run(&bench, 3000);
	CU_ASSERT_EQUAL(bench.output_length, 50);
	CU_ASSERT_FALSE(bench.led || bench.fan);
}

static void test_timing(void)
{
	expect_schedule(0);
	expect_schedule(123456);
}

/* The clock passes 2^31 and 2^32 in the warm-up, between readings, in a pause of the parser. */
static void test_wrap_around(void)
{
	struct bench bench;

	for (uint32_t before = 0; before <= 5000; before += 250) {
		expect_schedule(UINT32_MAX - before);
		expect_schedule(UINT32_MAX / 2 - before);
	}
	bench_init(&bench, UINT32_MAX - 50);
	say(&bench, "o");
	bench.now_ms += TRNG_PAUSE_MS - 1;
	say(&bench, "n");
	CU_ASSERT_TRUE(bench.led);
	bench_init(&bench, UINT32_MAX - 50);
	say(&bench, "x");
	bench.now_ms += TRNG_PAUSE_MS;
	say(&bench, "on");
	CU_ASSERT_TRUE(bench.led);
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
	CU_ASSERT_EQUAL(bench.power_calls, 2); /* init, on */
	say(&bench, "off off");
	CU_ASSERT_EQUAL(bench.power_calls, 3);
}

/* Half a byte is no byte: after off and on the packing starts anew. */
static void test_off_in_mid_byte(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "on");
	run(&bench, FIRST_BYTE_MS - 3 * TRNG_READING_MS);
	CU_ASSERT_EQUAL(bench.readings, 13);
	say(&bench, "offon");
	bench.level = 300;
	run(&bench, FIRST_BYTE_MS);
	CU_ASSERT_EQUAL(bench.output_length, 1);
	CU_ASSERT_EQUAL(bench.output[0], expected_byte(300));
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
	bench.room = SIZE_MAX;
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
		bench.now_ms = TRNG_WARM_UP_MS + TRNG_READING_MS * (i + 1) + i % TRNG_READING_MS;
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
	CU_ASSERT_EQUAL(trng_wait_ms(&bench.core, bench.now_ms), TRNG_READING_MS);
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
		{ "words: joined, with newline, in junk", test_words },
		{ "words: letter by letter", test_each_letter_on_its_own },
		{ "words: a pause ends what was begun", test_pause },
		{ "words: 6000 bytes of junk", test_junk },
		{ "id: one line, only while off", test_id },
		{ "id: waits for room", test_id_back_pressure },
		{ "sampler: packing of known readings", test_packing },
		{ "sampler: every byte on its millisecond", test_timing },
		{ "sampler: the clock wraps around", test_wrap_around },
		{ "sampler: on while on changes nothing", test_on_while_on },
		{ "sampler: off in the middle of a byte", test_off_in_mid_byte },
		{ "sampler: no room to send", test_back_pressure },
		{ "sampler: polled late", test_late_polls },
		{ "sampler: not starved by input", test_flood },
	};

	return unit_run("core", tests, sizeof(tests) / sizeof(tests[0]));
}
