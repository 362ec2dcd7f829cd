/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shares and min-entropy: what they are about, when they are renewed, and what forgets them. */
#include "fuse-trng/health/health.h"

#include "fuse-trng/health/most_common.h"
#include "fuse-trng/health/online.h"
#include "tests/unit/health_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NEVER        1e-300

/* A battery, a count of its own of everything that it was fed, and what must be told of it. */
struct bed {
	struct health *health;
	unsigned bits;
	uint64_t symbols;             /* with a predecessor: those that windows count */
	uint32_t open[HEALTH_VALUES]; /* of the open long window */
	struct health_entropy told;
	bool is_empty;
};

static struct bed *bed_open(unsigned bits)
{
	const struct health_settings settings = {
		.symbol_bits = bits,
		.health_entropy = bits,
		.rate_symbol_s = 30,
		.false_alarms_per_year = 0.1,
		.total_failure_limit = HEALTH_CHUNK_BYTES,
	};
	struct bed *bed = calloc(1, sizeof(*bed));

	CU_ASSERT_FATAL(bed != NULL);
	bed->health = open_with(&settings, NEVER);
	bed->bits = bits;
	bed->told.values = 1u << bits;
	bed->is_empty = true;
	return bed;
}

static void bed_close(struct bed *bed)
{
	health_close(bed->health);
	free(bed);
}

static void forget(struct bed *bed)
{
	bed->symbols = 0;
	bed->is_empty = true;
	memset(bed->open, 0, sizeof(bed->open));
	bed->told.symbols = 0;
	bed->told.is_warning = false;
}

/* The next look at or after @symbols, in the stream's own count. */
static uint64_t look_after(const struct bed *bed, uint64_t symbols)
{
	static const uint64_t early[] = { 8192, 16384, 32768, 65536, 131072 };

	for (unsigned i = 0; bed->bits <= 2 && i < COUNT(early); i++)
		if (early[i] >= symbols)
			return early[i];
	return (symbols + ONLINE_LONG - 1) / ONLINE_LONG * ONLINE_LONG;
}

static void look(struct bed *bed)
{
	struct most_common estimate =
		most_common_estimate(bed->open, bed->told.values, bed->told.shares);

	bed->told.symbols = bed->symbols < ONLINE_LONG ? (unsigned)bed->symbols : ONLINE_LONG;
	bed->told.min_entropy = estimate.min_entropy;
	bed->told.min_entropy_upper = estimate.min_entropy_upper;
	bed->told.least_share = estimate.least_share;
	bed->told.is_warning =
		bed->told.symbols >= 10000 && estimate.least_share > 1.0 / bed->told.values;
}

static void count(struct bed *bed, unsigned symbol)
{
	if (bed->is_empty) {
		bed->is_empty = false;
		return;
	}
	bed->open[symbol]++;
	bed->symbols++;
	if (look_after(bed, bed->symbols) == bed->symbols)
		look(bed);
	if (bed->symbols % ONLINE_LONG == 0)
		memset(bed->open, 0, sizeof(bed->open));
}

/* A little uneven, so that a value taken for another would show. */
static uint8_t next_byte(void)
{
	uint8_t byte = (uint8_t)(model_prng_next(&prng) >> 40);

	return below(20) == 0 ? (uint8_t)(byte & 0x55) : byte;
}

static void feed(struct bed *bed, size_t len_bytes)
{
	uint8_t bytes[HEALTH_BATCH_BYTES];
	enum health_test fired;

	for (size_t i = 0; i < len_bytes; i++) {
		bytes[i] = next_byte();
		for (unsigned shift = 8; shift > 0; shift -= bed->bits)
			count(bed,
			      (unsigned)bytes[i] >> (shift - bed->bits) & ((1u << bed->bits) - 1));
	}
	CU_ASSERT_EQUAL_FATAL(health_feed(bed->health, bytes, len_bytes, &fired), len_bytes);
}

static void feed_symbols(struct bed *bed, uint64_t symbols)
{
	for (uint64_t left = symbols * bed->bits / 8; left > 0;) {
		size_t len = left < HEALTH_BATCH_BYTES ? (size_t)left : HEALTH_BATCH_BYTES;

		feed(bed, len);
		left -= len;
	}
}

/* What is told now, to the last bit, is what the last look must have told. */
static void check(const struct bed *bed)
{
	struct health_entropy figures = bed->told;

	health_entropy_figures(bed->health, &figures);
	CU_ASSERT_EQUAL(figures.next_symbols, look_after(bed, bed->symbols + 1) - bed->symbols);
	figures.next_symbols = bed->told.next_symbols;
	CU_ASSERT(memcmp(&figures, &bed->told, sizeof(figures)) == 0);
}

/* To the byte after @symbols of the stream's windows, looking at every byte. */
static void feed_to(struct bed *bed, uint64_t symbols)
{
	while (bed->symbols < symbols) {
		feed(bed, 1);
		check(bed);
	}
}

/* Byte by byte over two looks: nothing but the countdown moves between them. */
static void nothing_between_looks(void)
{
	for (unsigned w = 0; w < COUNT(widths); w++) {
		struct bed *bed = bed_open(widths[w]);
		uint64_t first = look_after(bed, 1);

		check(bed);
		feed_to(bed, first - 1);
		CU_ASSERT_EQUAL(bed->symbols, first - 1); /* the stream's first is in no window */
		CU_ASSERT_EQUAL(bed->told.symbols, 0);
		feed_to(bed, first + 1);
		CU_ASSERT_EQUAL(bed->told.symbols, first);
		feed_to(bed, 2 * first + 1);
		CU_ASSERT_EQUAL(bed->told.symbols, first == ONLINE_LONG ? first : 2 * first);
		bed_close(bed);
	}
}

/* The looks of three long windows, by the symbols that they are about, and a byte at each. */
static void order_of_looks(void)
{
	static const unsigned narrow[] = {
		8192, 16384, 32768, 65536, 131072, 262144, 262144, 262144
	};

	for (unsigned w = 0; w < COUNT(widths); w++) {
		struct bed *bed = bed_open(widths[w]);
		const unsigned *about = widths[w] <= 2 ? narrow : narrow + 5;
		unsigned looks = widths[w] <= 2 ? 8 : 3;
		uint64_t at = 0;

		for (unsigned i = 0; i < looks; i++) {
			at = look_after(bed, at + 1);
			feed_symbols(bed, (at - bed->symbols - 1) / 8 * 8);
			check(bed);
			feed_to(bed, at + 8);
			CU_ASSERT_EQUAL(bed->told.symbols, about[i]);
		}
		CU_ASSERT_EQUAL(at, 3 * ONLINE_LONG);
		bed_close(bed);
	}
}

/* A long window's figures are of its own symbols: those of an uneven one before it are gone. */
static void long_windows_alone(void)
{
	const struct online_settings settings = { 1, 0.99, NEVER };
	struct online *test = calloc(1, sizeof(*test));
	uint8_t *symbols = calloc(2, ONLINE_LONG);

	CU_ASSERT_FATAL(symbols && test && online_open(test, &settings) == 0);
	for (unsigned i = 0; i < ONLINE_LONG; i++)
		symbols[ONLINE_LONG + i] = (uint8_t)(i % 2);
	for (unsigned i = 0; i < ONLINE_LONG; i += 4)
		symbols[i] = 1;
	CU_ASSERT_EQUAL(online_feed(test, symbols, ONLINE_LONG + 1, true), ONLINE_LONG + 1);
	CU_ASSERT_EQUAL(test->counts[1], ONLINE_LONG / 4 - 1); /* the first has no predecessor */
	CU_ASSERT_EQUAL(test->counts[0], ONLINE_LONG / 4 * 3 + 1);
	online_feed(test, symbols + ONLINE_LONG + 1, ONLINE_LONG - 1, false);
	CU_ASSERT_EQUAL(test->counts[1], ONLINE_LONG / 4 - 1);
	online_feed(test, symbols + ONLINE_LONG + 2, 1, false);
	CU_ASSERT_EQUAL(test->counts[0] + test->counts[1], ONLINE_LONG);
	CU_ASSERT(abs((int)test->counts[1] - (int)ONLINE_LONG / 2) <= 1);
	online_close(test);
	free(symbols);
	free(test);
}

/* A new stream knows nothing of the one before, and its looks begin anew. */
static void a_restart_forgets(void)
{
	for (unsigned w = 0; w < COUNT(widths); w++) {
		struct bed *bed = bed_open(widths[w]);

		feed_symbols(bed, ONLINE_LONG + 2 * ONLINE_SHORT + 8);
		check(bed);
		CU_ASSERT_EQUAL(bed->told.symbols, ONLINE_LONG);
		health_restart(bed->health);
		forget(bed);
		check(bed);
		feed_symbols(bed, ONLINE_SHORT + 8);
		check(bed);
		CU_ASSERT_EQUAL(bed->told.symbols, widths[w] <= 2 ? ONLINE_SHORT : 0);
		bed_close(bed);
	}
}

static void an_alarm_forgets(void)
{
	struct bed *bed = bed_open(2);
	const uint8_t stuck[HEALTH_BATCH_BYTES] = { 0 };
	enum health_test fired = HEALTH_TESTS;

	feed_symbols(bed, ONLINE_LONG + ONLINE_SHORT + 4);
	check(bed);
	CU_ASSERT(health_feed(bed->health, stuck, sizeof(stuck), &fired) < sizeof(stuck));
	CU_ASSERT(fired < HEALTH_TESTS);
	forget(bed);
	check(bed);
	bed_close(bed);
}

/* Also the alarm of the very window that the figures would have been renewed by. */
static void an_alarm_of_the_window_forgets(void)
{
	const struct online_settings settings = { 2, 0.25, 0x1p-20 };
	struct online *test = calloc(1, sizeof(*test));
	static uint8_t symbols[ONLINE_SHORT + 1];

	CU_ASSERT_FATAL(test && online_open(test, &settings) == 0);
	for (unsigned i = 0; i < COUNT(symbols); i++)
		symbols[i] = (uint8_t)below(4);
	CU_ASSERT_EQUAL(online_feed(test, symbols, COUNT(symbols), true), COUNT(symbols));
	CU_ASSERT_EQUAL(test->looked, ONLINE_SHORT);
	memset(symbols, 0, sizeof(symbols));
	CU_ASSERT_EQUAL(online_feed(test, symbols + 1, ONLINE_SHORT, false), ONLINE_SHORT - 1);
	online_restart(test); /* as health_feed() does */
	CU_ASSERT_EQUAL(test->looked, 0);
	CU_ASSERT_EQUAL(test->counts[0], 0);
	CU_ASSERT_EQUAL(online_until_look(test), ONLINE_SHORT);
	online_close(test);
	free(test);
}

static const struct unit_test tests[] = {
	{ "nothing between looks", nothing_between_looks },
	{ "order of looks", order_of_looks },
	{ "long windows alone", long_windows_alone },
	{ "a restart forgets", a_restart_forgets },
	{ "an alarm forgets", an_alarm_forgets },
	{ "an alarm of the window forgets", an_alarm_of_the_window_forgets },
};

int main(void)
{
	model_prng_seed(&prng, unit_seed());
	return unit_run("health_entropy", tests, COUNT(tests));
}
