/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every health test driven to its exact cutoff: one short passes, at it fires, and again. */
#include "firmware/twin/model.h"
#include "fuse-trng/health/cutoff.h"
#include "fuse-trng/health/health.h"
#include "fuse-trng/health/lag.h"
#include "fuse-trng/health/online.h"
#include "fuse-trng/health/proportion.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALPHA        0x1p-20
#define NEVER        1e-300 /* an alpha so small that the other tests keep quiet */
#define LAG          7u

static const unsigned widths[] = { 1, 2, 4, 8 };

/* A stream of symbols, and how far it goes until the last hit. */
struct stream {
	uint8_t *symbols;
	size_t length;
	size_t last_hit;
};

struct drive {
	unsigned bits;
	unsigned window; /* of the online test */
	unsigned cutoff;
	struct model_prng prng;
};

typedef struct stream (*make_stream)(struct drive *drive, unsigned hits);

static unsigned below(struct drive *drive, unsigned bound)
{
	return (unsigned)(model_prng_next(&drive->prng) >> 33) % bound;
}

static unsigned values(const struct drive *drive)
{
	return 1u << drive->bits;
}

/* A symbol that is not @other. */
static uint8_t another(struct drive *drive, uint8_t other)
{
	return (uint8_t)((other + 1 + below(drive, values(drive) - 1)) % values(drive));
}

static struct stream new_stream(size_t length)
{
	struct stream stream = { calloc(length, 1), length, length - 1 };

	if (!stream.symbols)
		abort();
	return stream;
}

/* Which of @count places are hits: @hits of them, at random, the last place always. */
static uint8_t *choose(struct drive *drive, size_t count, unsigned hits)
{
	uint8_t *is_hit = calloc(count, 1);

	if (!is_hit)
		abort();
	is_hit[count - 1] = 1;
	for (unsigned left = hits - 1; left > 0;) {
		size_t place = below(drive, (unsigned)count - 1);

		left -= !is_hit[place];
		is_hit[place] = 1;
	}
	return is_hit;
}

static struct stream total_failure_stream(struct drive *drive, unsigned hits)
{
	unsigned per_byte = 8 / drive->bits;
	struct stream stream = new_stream((size_t)HEALTH_CHUNK_BYTES * per_byte);

	for (unsigned i = 0; i < HEALTH_CHUNK_BYTES; i++) {
		unsigned byte = i < HEALTH_CHUNK_BYTES - hits ? i : 0xa7;

		for (unsigned j = 0; j < per_byte; j++)
			stream.symbols[i * per_byte + j] =
				(uint8_t)(byte >> (8 - drive->bits * (j + 1)) &
					  (values(drive) - 1));
	}
	return stream;
}

static struct stream repetition_stream(struct drive *drive, unsigned hits)
{
	struct stream stream = new_stream(hits + 2);

	stream.symbols[0] = another(drive, 0);
	stream.symbols[hits + 1] = another(drive, 0);
	stream.last_hit = hits;
	return stream;
}

static struct stream proportion_stream(struct drive *drive, unsigned hits)
{
	struct stream stream = new_stream(proportion_window(drive->bits));
	uint8_t *is_hit = choose(drive, stream.length - 1, hits - 1);

	for (size_t i = 1; i < stream.length; i++)
		stream.symbols[i] = is_hit[i - 1] ? 0 : another(drive, 0);
	free(is_hit);
	return stream;
}

static struct stream lag_stream(struct drive *drive, unsigned hits)
{
	struct stream stream = new_stream(LAG_WINDOW);
	uint8_t *is_hit = choose(drive, LAG_WINDOW - LAG, hits);

	for (size_t i = 0; i < LAG_WINDOW; i++)
		if (i < LAG)
			stream.symbols[i] = (uint8_t)below(drive, values(drive));
		else if (is_hit[i - LAG])
			stream.symbols[i] = stream.symbols[i - LAG];
		else
			stream.symbols[i] = another(drive, stream.symbols[i - LAG]);
	free(is_hit);
	return stream;
}

/* Value 0 just @hits times among the symbols that have a predecessor. */
static struct stream share_stream(struct drive *drive, unsigned hits)
{
	struct stream stream = new_stream(drive->window + 1);
	uint8_t *is_hit = choose(drive, drive->window, hits);

	for (size_t i = 1; i < stream.length; i++)
		stream.symbols[i] = is_hit[i - 1] ? 0 : another(drive, 0);
	free(is_hit);
	return stream;
}

/* Value 1 after value 0 as often as its cutoff says for so many zeros, less what @hits is short
 * of the cutoff; everything else uniform. */
static struct stream pair_stream(struct drive *drive, unsigned hits)
{
	struct stream stream = new_stream(drive->window + 1);
	unsigned zeros = 0, pairs = 0, wanted;

	for (size_t i = 0; i < stream.length; i++)
		stream.symbols[i] = (uint8_t)below(drive, values(drive));
	for (size_t i = 1; i < stream.length; i++) {
		zeros += stream.symbols[i - 1] == 0;
		pairs += stream.symbols[i - 1] == 0 && stream.symbols[i] == 1;
	}
	wanted = cutoff_binomial(zeros, 1.0 / values(drive), ALPHA) + hits - drive->cutoff;
	while (pairs < wanted) {
		uint8_t *place = stream.symbols + below(drive, drive->window);
		bool is_free = place[0] == 0 && place[1] > 1;

		place[1] = is_free ? 1 : place[1];
		pairs += is_free;
	}
	return stream;
}

/* Symbols to bytes, the last one filled up with what repeats neither it nor a pattern. */
static uint8_t *pack(const struct drive *drive, const struct stream *stream, size_t *len_bytes)
{
	unsigned per_byte = 8 / drive->bits;
	uint8_t *bytes;

	*len_bytes = (stream->length + per_byte - 1) / per_byte;
	bytes = calloc(*len_bytes, 1);
	if (!bytes)
		abort();
	for (size_t i = 0; i < *len_bytes * per_byte; i++) {
		unsigned symbol = i < stream->length ? stream->symbols[i]
						     : !stream->symbols[stream->length - 1];

		bytes[i / per_byte] =
			(uint8_t)((unsigned)bytes[i / per_byte] << drive->bits | symbol);
	}
	return bytes;
}

/* Return: index of the byte that fired, or the length. */
static size_t feed(struct health *health, const uint8_t *bytes, size_t len_bytes,
		   enum health_test *fired)
{
	size_t at = 0;

	while (at < len_bytes) {
		size_t part =
			len_bytes - at < HEALTH_BATCH_BYTES ? len_bytes - at : HEALTH_BATCH_BYTES;
		size_t done = health_feed(health, bytes + at, part, fired);

		at += done;
		if (done < part)
			break;
	}
	return at;
}

/* Each time from the same numbers, so that both streams differ in nothing but their hits. */
static void check_hits(struct health *health, const struct drive *given, make_stream make,
		       unsigned hits, enum health_test test)
{
	struct drive drive = *given;
	struct stream stream = make(&drive, hits);
	enum health_test fired = HEALTH_TESTS;
	size_t len_bytes;
	uint8_t *bytes = pack(&drive, &stream, &len_bytes);
	uint64_t alarms = health_row(health, test).alarms;
	size_t at = feed(health, bytes, len_bytes, &fired);

	if (hits < drive.cutoff) {
		CU_ASSERT_EQUAL(at, len_bytes);
		CU_ASSERT_EQUAL(health_row(health, test).alarms, alarms);
		health_restart(health);
	} else {
		CU_ASSERT_EQUAL(at, stream.last_hit / (8 / drive.bits));
		CU_ASSERT_EQUAL(fired, test);
		CU_ASSERT_EQUAL(health_row(health, test).alarms, alarms + 1);
	}
	free(bytes);
	free(stream.symbols);
}

static struct health *open_one(unsigned bits, enum health_test test)
{
	const struct health_settings settings = {
		.symbol_bits = bits,
		.health_entropy = bits,
		.rate_symbol_s = 30,
		.false_alarms_per_year = 0.1,
		.total_failure_limit = test == HEALTH_TOTAL_FAILURE ? 6 : HEALTH_CHUNK_BYTES,
	};
	double alphas[HEALTH_TESTS];
	struct health *health = NULL;

	for (unsigned i = 0; i < HEALTH_TESTS; i++)
		alphas[i] = i == test ? ALPHA : NEVER;
	CU_ASSERT_EQUAL_FATAL(health_open_at(&health, &settings, alphas), 0);
	return health;
}

static void check_width(unsigned bits, enum health_test test, unsigned window, make_stream make)
{
	struct health *health = open_one(bits, test);
	struct drive drive = { .bits = bits, .window = window };
	unsigned online[2];

	model_prng_seed(&drive.prng, 2);
	health_online_cutoffs(health, online);
	drive.cutoff = (unsigned)health_row(health, test).cutoff;
	if (test == HEALTH_ONLINE)
		drive.cutoff = online[window == ONLINE_LONG];
	/* Twice: after the alarm every test is alive and on an empty stream. */
	for (unsigned round = 0; round < 2; round++) {
		check_hits(health, &drive, make, drive.cutoff - 1, test);
		check_hits(health, &drive, make, drive.cutoff, test);
	}
	health_close(health);
}

static void check_widths(enum health_test test, unsigned window, make_stream make)
{
	for (unsigned i = 0; i < COUNT(widths); i++)
		check_width(widths[i], test, window, make);
}

static void test_total_failure(void)
{
	check_widths(HEALTH_TOTAL_FAILURE, 0, total_failure_stream);
}

static void test_repetition(void)
{
	check_widths(HEALTH_REPETITION, 0, repetition_stream);
}

static void test_proportion(void)
{
	check_widths(HEALTH_PROPORTION, 0, proportion_stream);
}

static void test_lag(void)
{
	check_widths(HEALTH_LAG, 0, lag_stream);
}

static void test_shares(void)
{
	check_widths(HEALTH_ONLINE, ONLINE_SHORT, share_stream);
	check_widths(HEALTH_ONLINE, ONLINE_LONG, share_stream);
}

/* A pair of binary symbols cannot be raised without raising the share; the others can. */
static void test_pairs(void)
{
	for (unsigned i = 1; i < COUNT(widths); i++) {
		check_width(widths[i], HEALTH_ONLINE, ONLINE_SHORT, pair_stream);
		check_width(widths[i], HEALTH_ONLINE, ONLINE_LONG, pair_stream);
	}
}

/* The pairs across a window's border count in the later window; the lag test looks across, too. */
static void test_across_windows(void)
{
	struct health *health = open_one(8, HEALTH_LAG);
	unsigned cutoff = (unsigned)health_row(health, HEALTH_LAG).cutoff;
	uint8_t bytes[2 * LAG_WINDOW];
	enum health_test fired;

	/* Distinct neighbourhoods, then the first symbols of window two repeat those 20 before. */
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + i / 256);
	memcpy(bytes + LAG_WINDOW, bytes + LAG_WINDOW - 20, cutoff);
	CU_ASSERT_EQUAL(feed(health, bytes, sizeof(bytes), &fired), LAG_WINDOW + cutoff - 1);
	health_close(health);
}

/* Symbols before the stream's start match nothing, not even zero. */
static void test_lag_start(void)
{
	struct lag lag;
	uint8_t zeros[LAG_MAX + LAG_WINDOW] = { 0 };

	lag_init(&lag, LAG_WINDOW);
	CU_ASSERT_EQUAL(lag_feed(&lag, zeros + LAG_MAX, LAG_WINDOW), LAG_WINDOW);
	lag_init(&lag, LAG_WINDOW - 1);
	CU_ASSERT_EQUAL(lag_feed(&lag, zeros + LAG_MAX, LAG_WINDOW), LAG_WINDOW - 1);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "total failure at its cutoff", test_total_failure },
		{ "repetition count at its cutoff", test_repetition },
		{ "adaptive proportion at its cutoff", test_proportion },
		{ "lag at its cutoff", test_lag },
		{ "online, shares at their cutoffs", test_shares },
		{ "online, pairs at their cutoffs", test_pairs },
		{ "lag across windows", test_across_windows },
		{ "lag at the stream's start", test_lag_start },
	};

	return unit_run("health_exact", tests, COUNT(tests));
}
