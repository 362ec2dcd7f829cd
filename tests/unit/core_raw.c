/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware core: raw readings, on their milliseconds and without room. */
#include "tests/unit/core_bench.h"
#include "tests/unit/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The @index-th reading since the first one, as it was sent. */
static void expect_reading(const struct bench *bench, size_t index, unsigned level, uint32_t at_ms)
{
	const uint8_t *pair = bench->output + 2 * index;

	CU_ASSERT(bench->output_length >= 2 * index + 2);
	CU_ASSERT_EQUAL(pair[0], level % 1024 >> 8);
	CU_ASSERT_EQUAL(pair[1], level % 1024 & 0xff);
	CU_ASSERT_EQUAL(bench->output_ms[2 * index], at_ms);
	CU_ASSERT_EQUAL(bench->output_ms[2 * index + 1], at_ms);
}

static void expect_raw_schedule(uint32_t start_ms)
{
	struct bench bench;

	bench_init(&bench, start_ms);
	bench.level = 700;
	say(&bench, "rawon");
	CU_ASSERT_EQUAL(wait_ms(&bench), FIRST_READING_MS);
	run(&bench, FIRST_READING_MS - 1);
	CU_ASSERT_EQUAL(bench.output_length, 0);
	run(&bench, 1 + 599 * READING_MS);
	CU_ASSERT_EQUAL(bench.output_length, 1200);
	for (uint32_t i = 0; i < 600; i++)
		expect_reading(&bench, i, 700 + i, start_ms + FIRST_READING_MS + i * READING_MS);
	CU_ASSERT_EQUAL(bench.core.bytes_sent, 1200);
	CU_ASSERT_EQUAL(bench.core.bytes_dropped, 0);
	CU_ASSERT_EQUAL(bench.core.readings_missed, 0);
	CU_ASSERT_EQUAL(wait_ms(&bench), READING_MS);
	say(&bench, "off");
	run(&bench, 3000);
	CU_ASSERT_EQUAL(bench.output_length, 1200);
	CU_ASSERT_EQUAL(wait_ms(&bench), TRNG_FOREVER_MS);
}

static void test_timing(void)
{
	expect_raw_schedule(0);
	expect_raw_schedule(123456);
}

/* The clock passes 2^31 and 2^32 in the warm-up and between readings. */
static void test_wrap_around(void)
{
	for (uint32_t before = 0; before <= 7000; before += 500) {
		expect_raw_schedule(UINT32_MAX - before);
		expect_raw_schedule(UINT32_MAX / 2 - before);
	}
}

/* The readings are those of which symbols would have been made. */
static void test_same_readings(void)
{
	struct bench raw, cooked;

	bench_init(&raw, 0);
	bench_init(&cooked, 0);
	raw.level = cooked.level = 1000;
	say(&raw, "raw on");
	say(&cooked, "on");
	run(&raw, FIRST_BYTE_MS + 9 * BYTE_MS);
	run(&cooked, FIRST_BYTE_MS + 9 * BYTE_MS);
	CU_ASSERT_EQUAL(raw.output_length, 320);
	CU_ASSERT_EQUAL(cooked.output_length, 10);
	for (size_t i = 0; i < 10; i++) {
		uint8_t byte = 0;

		for (size_t symbol = 0; symbol < 4; symbol++) {
			unsigned sum = 0;

			for (size_t at = 32 * i + 8 * symbol; at < 32 * i + 8 * symbol + 8; at += 2)
				sum += raw.output[at] * 256u + raw.output[at + 1];
			byte = (uint8_t)((unsigned)byte << 2 | (sum & 3));
		}
		CU_ASSERT_EQUAL(cooked.output[i], byte);
	}
}

static uint16_t ends(void *ctx)
{
	static const uint16_t codes[] = { 0, 1023, 255, 256, 511, 512, 767, 768 };
	struct bench *bench = ctx;

	return codes[bench->readings++ % 8];
}

static void test_ends_of_the_range(void)
{
	static const uint8_t expected[16] = {
		0, 0, 3, 255, 0, 255, 1, 0, 1, 255, 2, 0, 2, 255, 3, 0
	};
	struct bench bench;

	bench_init(&bench, 0);
	bench.core.hal.adc_read = ends;
	say(&bench, "raw on");
	run(&bench, FIRST_READING_MS + 7 * READING_MS);
	CU_ASSERT_EQUAL(bench.output_length, sizeof(expected));
	CU_ASSERT_EQUAL(memcmp(bench.output, expected, sizeof(expected)), 0);
}

/* Room for the high byte only: the low one follows when there is room, and is never lost. */
static void test_low_byte_waits(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.level = 600;
	bench.room = 1;
	say(&bench, "raw on");
	run(&bench, FIRST_READING_MS);
	CU_ASSERT_EQUAL(bench.output_length, 1);
	CU_ASSERT_EQUAL(bench.output[0], 2);
	CU_ASSERT_EQUAL(wait_ms(&bench), 1);
	run(&bench, 5);
	CU_ASSERT_EQUAL(bench.output_length, 1);
	bench.room = 1;
	run(&bench, 1);
	CU_ASSERT_EQUAL(bench.output_length, 2);
	CU_ASSERT_EQUAL(bench.output[1], 600 - 512);
	CU_ASSERT_EQUAL(wait_ms(&bench), 2); /* until the next reading */
	bench.room = ENDLESS;
	run(&bench, 2);
	expect_reading(&bench, 1, 601, FIRST_READING_MS + READING_MS);
	CU_ASSERT_EQUAL(bench.core.bytes_dropped, 0);
	CU_ASSERT_EQUAL(bench.core.bytes_sent, 4);
}

/* With a reading due sooner than room is asked for again, the reading decides. */
static void test_wait_with_low_byte(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.room = 1;
	say(&bench, "raw on");
	run(&bench, FIRST_READING_MS + 7);
	CU_ASSERT_EQUAL(wait_ms(&bench), 1);
	bench.now_ms++;
	CU_ASSERT_EQUAL(wait_ms(&bench), 0);
	trng_poll(&bench.core);
	CU_ASSERT_EQUAL(bench.core.bytes_dropped, 2);
	say(&bench, "x");
	CU_ASSERT_EQUAL(wait_ms(&bench), 1);
	bench.now_ms += TRNG_PAUSE_MS; /* and so does a pause that is over */
	CU_ASSERT_EQUAL(wait_ms(&bench), 0);
}

/* Still waiting when the next reading comes: that one is dropped whole, and the pairs stay pairs.
 */
static void test_reading_dropped_behind_low_byte(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.level = 254;
	bench.room = 1;
	say(&bench, "raw on");
	run(&bench, FIRST_READING_MS + 3 * READING_MS);
	CU_ASSERT_EQUAL(bench.readings, 4);
	CU_ASSERT_EQUAL(bench.output_length, 1);
	CU_ASSERT_EQUAL(bench.core.bytes_dropped, 6);
	bench.room = 2; /* the old low byte, and one byte more: a new high one */
	run(&bench, READING_MS);
	CU_ASSERT_EQUAL(bench.output_length, 3);
	CU_ASSERT_EQUAL(bench.output[0], 0);
	CU_ASSERT_EQUAL(bench.output[1], 254);
	CU_ASSERT_EQUAL(bench.output[2], 1); /* of 258 */
	bench.room = ENDLESS;
	run(&bench, READING_MS);
	CU_ASSERT_EQUAL(bench.output[3], 258 - 256);
	expect_reading(&bench, 2, 259, FIRST_READING_MS + 5 * READING_MS);
	CU_ASSERT_EQUAL(bench.core.bytes_dropped, 6);
}

/* Room comes in the very poll that takes the next reading: both go out. */
static void test_room_with_the_next_reading(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.level = 40;
	bench.room = 1;
	say(&bench, "raw on");
	run(&bench, FIRST_READING_MS + READING_MS - 1);
	bench.room = ENDLESS;
	run(&bench, 1);
	CU_ASSERT_EQUAL(bench.output_length, 4);
	CU_ASSERT_EQUAL(bench.output[1], 40);
	expect_reading(&bench, 1, 41, FIRST_READING_MS + READING_MS);
	CU_ASSERT_EQUAL(bench.core.bytes_dropped, 0);
}

/* Takes every other byte: room may come between two calls of one poll. */
static bool take_every_other(void *ctx, uint8_t byte)
{
	struct bench *bench = ctx;

	bench->room = bench->room ? 0 : 1;
	return bench_tx(ctx, byte);
}

/* The low byte was refused, and now there is room: it is still not the turn of a high one. */
static void test_room_between_two_calls(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.room = 1;
	say(&bench, "raw on");
	run(&bench, FIRST_READING_MS);
	bench.core.hal.tx = take_every_other;
	bench.room = 1;
	bench.now_ms += READING_MS;
	run(&bench, 0);
	CU_ASSERT_EQUAL(bench.output_length, 1);
	CU_ASSERT_EQUAL(bench.core.bytes_dropped, 2);
	run(&bench, 1);
	CU_ASSERT_EQUAL(bench.output_length, 2);
	CU_ASSERT_EQUAL(bench.output[1], 0);
}

static void test_no_room(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.room = 0;
	say(&bench, "raw on");
	run(&bench, FIRST_READING_MS + 9 * READING_MS);
	CU_ASSERT_EQUAL(bench.core.bytes_dropped, 20);
	CU_ASSERT_EQUAL(bench.core.bytes_sent, 0);
	CU_ASSERT_EQUAL(wait_ms(&bench), READING_MS); /* no high byte waits */
	bench.room = ENDLESS;
	run(&bench, READING_MS);
	expect_reading(&bench, 0, 10, FIRST_READING_MS + 10 * READING_MS);
}

/* A byte of room every @period_ms: what comes are whole readings, each once, in their order. */
static void expect_aligned(uint32_t period_ms)
{
	struct bench bench;
	int last = -1;

	bench_init(&bench, UINT32_MAX - 4000);
	bench.room = 0;
	say(&bench, "raw on");
	run(&bench, TRNG_WARM_UP_MS);
	for (uint32_t i = 0; i < 4000; i++) {
		if (i % period_ms == 0)
			bench.room = 1;
		run(&bench, 1);
	}
	CU_ASSERT(bench.output_length >= 2 * (4000 / (2 * period_ms + READING_MS)) - 2);
	for (size_t i = 0; i + 1 < bench.output_length; i += 2) {
		int reading = bench.output[i] * 256 + bench.output[i + 1];

		CU_ASSERT(reading > last && reading < 500);
		last = reading;
	}
	CU_ASSERT_EQUAL(bench.readings, 500);
	CU_ASSERT_EQUAL(bench.core.bytes_sent, bench.output_length);
	CU_ASSERT_EQUAL(bench.core.bytes_dropped + (bench.output_length + 1) / 2 * 2, 1000);
}

static void test_alignment(void)
{
	for (uint32_t period_ms = 1; period_ms <= 40; period_ms++)
		expect_aligned(period_ms);
}

/* `off` discards a low byte that waits; the next session, of either kind, begins at its start. */
static void test_off_in_mid_reading(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.level = 900;
	bench.room = 1;
	say(&bench, "raw on");
	run(&bench, FIRST_READING_MS + 3);
	say(&bench, "off");
	CU_ASSERT_EQUAL(wait_ms(&bench), TRNG_FOREVER_MS);
	bench.room = ENDLESS;
	run(&bench, 100);
	CU_ASSERT_EQUAL(bench.output_length, 1);
	bench.output_length = 0;
	bench.level = 300;
	bench.room = 1;
	say(&bench, "raw on");
	run(&bench, FIRST_READING_MS);
	CU_ASSERT_EQUAL(bench.output[0], 300 >> 8);
	bench.output_length = 0;
	bench.level = 20;
	bench.room = ENDLESS;
	say(&bench, "off on");
	run(&bench, FIRST_BYTE_MS);
	CU_ASSERT_EQUAL(bench.output_length, 1);
	CU_ASSERT_EQUAL(bench.output[0], expected_byte(20));
}

static void test_off_comes_before_the_low_byte(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	bench.room = 1;
	say(&bench, "raw on");
	run(&bench, FIRST_READING_MS);
	bench.room = ENDLESS;
	say(&bench, "off id"); /* in one poll with the room */
	CU_ASSERT_EQUAL(bench.output_length, 1 + strlen(trng_identity));
	CU_ASSERT_NSTRING_EQUAL(bench.output + 1, trng_identity, strlen(trng_identity));
}

/* Half of a cooked byte is not the beginning of a raw one, nor the other way round. */
static void test_from_one_to_the_other(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "on");
	run(&bench, FIRST_READING_MS + 6 * READING_MS);
	say(&bench, "off raw on");
	bench.level = 77;
	run(&bench, FIRST_READING_MS);
	CU_ASSERT_EQUAL(bench.output_length, 2);
	CU_ASSERT_EQUAL(bench.output[1], 77);
	run(&bench, 6 * READING_MS);
	say(&bench, "off on");
	bench.output_length = 0;
	bench.level = 30;
	run(&bench, FIRST_BYTE_MS);
	CU_ASSERT_EQUAL(bench.output_length, 1);
	CU_ASSERT_EQUAL(bench.output[0], expected_byte(30));
}

/* All words but off, said while raw readings are on their way, change nothing of them. */
static void test_words_while_on(void)
{
	struct bench bench;

	bench_init(&bench, 0);
	say(&bench, "raw still on");
	run(&bench, FIRST_READING_MS + 3 * READING_MS);
	say(&bench, "cooked bright on id raw dark still on");
	run(&bench, 50 * READING_MS);
	CU_ASSERT_EQUAL(bench.output_length, 108);
	for (uint32_t i = 0; i < 54; i++)
		expect_reading(&bench, i, i, FIRST_READING_MS + i * READING_MS);
	CU_ASSERT_STRING_EQUAL(bench.powers, "0L");
	CU_ASSERT_EQUAL(bench.core.words_heard, 11);
}

/* Polled late: readings are skipped, never sent twice, and what comes is on the old schedule. */
static void test_late_polls(void)
{
	struct bench bench;

	bench_init(&bench, UINT32_MAX - FIRST_READING_MS - 30);
	say(&bench, "raw on");
	bench.now_ms += FIRST_READING_MS + 7;
	run(&bench, 0);
	run(&bench, 0);
	CU_ASSERT_EQUAL(bench.output_length, 2);
	bench.now_ms += 1 + 10 * READING_MS + 3;
	run(&bench, 0);
	CU_ASSERT_EQUAL(bench.output_length, 4);
	CU_ASSERT_EQUAL(bench.output[3], 1);
	CU_ASSERT_EQUAL(bench.core.readings_missed, 10);
	CU_ASSERT_EQUAL(wait_ms(&bench), READING_MS - 3);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "raw: every byte on its millisecond", test_timing },
		{ "raw: the clock wraps around", test_wrap_around },
		{ "raw: the readings that symbols are made of", test_same_readings },
		{ "raw: the ends of the range", test_ends_of_the_range },
		{ "room: the low byte waits", test_low_byte_waits },
		{ "room: asked for again in a millisecond", test_wait_with_low_byte },
		{ "room: a reading behind a low byte", test_reading_dropped_behind_low_byte },
		{ "room: together with the next reading", test_room_with_the_next_reading },
		{ "room: between two calls", test_room_between_two_calls },
		{ "room: none", test_no_room },
		{ "room: a byte now and then", test_alignment },
		{ "off in the middle of a reading", test_off_in_mid_reading },
		{ "off together with room", test_off_comes_before_the_low_byte },
		{ "from cooked to raw and back", test_from_one_to_the_other },
		{ "words while on", test_words_while_on },
		{ "polled late", test_late_polls },
	};

	return unit_run("core_raw", tests, COUNT(tests));
}
