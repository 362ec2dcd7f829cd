/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The warning of the running estimate: at which counts, when it is news, and how often by chance.
 */
#include "fuse-trng/health/health.h"

#include "fuse-trng/health/cutoff.h"
#include "fuse-trng/health/most_common.h"
#include "fuse-trng/health/online.h"
#include "tests/unit/health_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NEVER        1e-300
#define IMPOSSIBLE   1e-12 /* a result less likely than this fails */

/* ---- which counts warn ---- */

/* By the formula of docs/HEALTH.md, from the largest rounded count. */
static bool must_warn(unsigned rounded, unsigned step, unsigned symbols, double allowed)
{
	double q = (rounded - step / 2.0) / symbols;

	return q - 2.576 * sqrt(q * (1 - q) / (symbols - 1)) > allowed;
}

/* The smallest count of a value that warns at a look at @symbols. */
static unsigned first_warning(unsigned bits, unsigned symbols, double entropy)
{
	double p = exp2(-(double)bits);
	unsigned step = (unsigned)fmax(1, round(sqrt(symbols * p * (1 - p))));
	unsigned rounded = (unsigned)(symbols * p / step) * step;

	while (!must_warn(rounded, step, symbols, exp2(-entropy)))
		rounded += step;
	return rounded - step / 2; /* halves are rounded up */
}

/* @symbols of them after one that is only a predecessor: @count of @value, the others alike. */
static uint8_t *composed(unsigned bits, unsigned symbols, unsigned value, unsigned count)
{
	uint8_t *out = calloc(symbols + 1, 1);
	unsigned other = 0;

	CU_ASSERT_FATAL(out != NULL);
	for (unsigned i = 1; i <= symbols; i++) {
		other = (other + 1) % (1u << bits);
		other = other == value ? (other + 1) % (1u << bits) : other;
		out[i] = (uint8_t)(i <= count ? value : other);
	}
	for (unsigned i = symbols; i > 1; i--) {
		unsigned j = 1 + below(i);
		uint8_t kept = out[i];

		out[i] = out[j];
		out[j] = kept;
	}
	return out;
}

static bool warns_at(unsigned bits, double entropy, unsigned symbols, unsigned count)
{
	const struct online_settings settings = { bits, exp2(-entropy), NEVER };
	uint8_t *stream = composed(bits, symbols, below(1u << bits), count);
	struct online *test = calloc(1, sizeof(*test));
	bool is_warning;

	CU_ASSERT_FATAL(test && online_open(test, &settings) == 0);
	CU_ASSERT_EQUAL(online_feed(test, stream, symbols, true), symbols);
	CU_ASSERT_FALSE(symbols <= ONLINE_LONG && symbols > ONLINE_SHORT && test->is_warning &&
			test->looked == symbols);
	CU_ASSERT_EQUAL(online_feed(test, stream + symbols, 1, false), 1);
	CU_ASSERT_EQUAL(test->looked, symbols);
	is_warning = test->is_warning;
	online_restart(test);
	CU_ASSERT_FALSE(test->is_warning);
	online_close(test);
	free(test);
	free(stream);
	return is_warning;
}

static const struct {
	unsigned bits;
	double entropy;
} claims[] = {
	{ 1, 0.95 }, { 1, 1 }, { 2, 1 }, { 2, 1.9 }, { 2, 2 },
	{ 4, 3.8 },  { 4, 4 }, { 8, 4 }, { 8, 7.5 }, { 8, 8 },
};

/* To the last symbol, at every look that may warn, whichever value it is. */
static void at_the_margin(void)
{
	for (unsigned i = 0; i < COUNT(claims); i++) {
		unsigned bits = claims[i].bits;
		unsigned symbols = bits <= 2 ? 2 * ONLINE_SHORT : ONLINE_LONG;

		for (; symbols <= ONLINE_LONG; symbols *= 4) {
			unsigned count = first_warning(bits, symbols, claims[i].entropy);

			CU_ASSERT(warns_at(bits, claims[i].entropy, symbols, count));
			CU_ASSERT_FALSE(warns_at(bits, claims[i].entropy, symbols, count - 1));
			/* Never at a share that the claim allows. */
			CU_ASSERT(count > symbols * exp2(-claims[i].entropy));
		}
	}
}

/* 8192 symbols are too few for any warning, 16384 are enough. */
static void too_few_symbols(void)
{
	CU_ASSERT_FALSE(warns_at(2, 1.9, ONLINE_SHORT, 2700));
	CU_ASSERT_FALSE(warns_at(1, 1, ONLINE_SHORT, 5000));
	CU_ASSERT(warns_at(2, 1.9, 2 * ONLINE_SHORT, 5400));
	CU_ASSERT(warns_at(1, 1, 2 * ONLINE_SHORT, 10000));
}

/* ---- what is news ---- */

/* 2-bit symbols that claim 1.9, and no alarm. */
static struct health *open_quiet(void)
{
	struct health_settings settings = nodemcu(2);

	settings.total_failure_limit = HEALTH_CHUNK_BYTES;
	return open_with(&settings, NEVER);
}

/* @symbols of 2 bits, in each 8192 of them exactly @count of value 3. */
static void feed(struct health *health, unsigned symbols, unsigned count)
{
	for (unsigned done = 0; done < symbols; done += ONLINE_SHORT) {
		uint8_t *stream = composed(2, ONLINE_SHORT, 3, count);
		uint8_t bytes[ONLINE_SHORT / 4] = { 0 };
		enum health_test fired;

		for (unsigned i = 0; i < ONLINE_SHORT; i++)
			bytes[i / 4] |= (uint8_t)(stream[i + 1] << (6 - i % 4 * 2));
		for (size_t at = 0; at < sizeof(bytes); at += HEALTH_BATCH_BYTES)
			CU_ASSERT_EQUAL(health_feed(health, bytes + at, HEALTH_BATCH_BYTES, &fired),
					HEALTH_BATCH_BYTES);
		free(stream);
	}
}

static void check_news(struct health *health, bool is_news, bool is_warning)
{
	struct health_entropy figures;

	CU_ASSERT_EQUAL(health_entropy_news(health), is_news);
	CU_ASSERT_FALSE(health_entropy_news(health));
	health_entropy_figures(health, &figures);
	CU_ASSERT_EQUAL(figures.is_warning, is_warning);
	if (figures.symbols >= 10000)
		CU_ASSERT_EQUAL(is_warning, figures.min_entropy_upper < 1.9);
}

/* A byte behind each look: the stream's first symbol is in no window. */
static void begins_and_ends_once(void)
{
	struct health *health = open_quiet();
	const uint8_t byte = 0x1b;
	enum health_test fired;

	check_news(health, false, false);
	health_feed(health, &byte, 1, &fired);
	feed(health, ONLINE_SHORT, 2500);
	check_news(health, false, false);
	feed(health, ONLINE_SHORT, 2500);
	check_news(health, true, true);
	feed(health, 2 * ONLINE_SHORT, 2500);
	check_news(health, false, true);
	feed(health, 4 * ONLINE_SHORT, 2048); /* to 2^16, of which half are biased */
	check_news(health, false, true);
	feed(health, 8 * ONLINE_SHORT, 2048); /* 2^17: a quarter */
	check_news(health, true, false);
	feed(health, 16 * ONLINE_SHORT, 2048);
	check_news(health, false, false);
	feed(health, ONLINE_LONG, 2400); /* a whole window alone */
	check_news(health, true, true);
	feed(health, ONLINE_LONG - ONLINE_SHORT, 2048);
	check_news(health, false, true);
	feed(health, ONLINE_SHORT, 2048);
	check_news(health, true, false);
	health_close(health);
}

/* A new stream has no warning, and that is no news; its own is. */
static void a_new_stream(void)
{
	struct health *health = open_quiet();
	const uint8_t stuck[HEALTH_BATCH_BYTES] = { 0 };
	const uint8_t byte = 0x1b;
	enum health_test fired;

	for (unsigned i = 0; i < 3; i++) {
		health_feed(health, &byte, 1, &fired);
		feed(health, 2 * ONLINE_SHORT, 2400);
		if (i < 2) /* the third time nobody has asked before it is gone */
			check_news(health, true, true);
		if (i % 2)
			health_restart(health);
		else
			CU_ASSERT(health_feed(health, stuck, sizeof(stuck), &fired) <
				  sizeof(stuck));
		check_news(health, false, false);
	}
	health_close(health);
}

/* ---- how often by chance ---- */

/*
 * A source whose most common values have probability 2^-@is each, as many as there is room for (the
 * worst that has so much min-entropy), that claims @claimed.
 */
struct chance {
	unsigned bits;
	double is, claimed;
	unsigned symbols; /* of the look */
	unsigned looks;
};

/* P(one look warns) is between these: counts of values are negatively associated, so that all of
 * them are small at most as often as independent ones. */
struct bounds {
	double low, high;
};

static struct bounds bounds_of(const struct chance *chance)
{
	unsigned count = first_warning(chance->bits, chance->symbols, chance->claimed);
	double p = exp2(-chance->is);
	unsigned many = (unsigned)floor(1 / p + 1e-9);
	double tail = cutoff_tail(chance->symbols, p, count);
	double rest =
		many == 1u << chance->bits ? 0 : cutoff_tail(chance->symbols, 1 - many * p, count);

	return (struct bounds){ -expm1(many * log1p(-tail) + log1p(-rest)),
				fmin(1, many * tail + rest) };
}

static bool look_warns(const struct chance *chance, struct online *test, uint8_t *symbols)
{
	double values = exp2(chance->is);

	for (unsigned i = 0; i <= chance->symbols; i++)
		symbols[i] = (uint8_t)((double)(model_prng_next(&prng) >> 11) * 0x1p-53 * values);
	online_restart(test);
	CU_ASSERT_EQUAL(online_feed(test, symbols, chance->symbols + 1, true), chance->symbols + 1);
	return test->is_warning;
}

static unsigned count_warnings(const struct chance *chance)
{
	const struct online_settings settings = { chance->bits, exp2(-chance->claimed), NEVER };
	uint8_t *symbols = malloc(chance->symbols + 1);
	struct online *test = calloc(1, sizeof(*test));
	unsigned warnings = 0;

	CU_ASSERT_FATAL(symbols && test && online_open(test, &settings) == 0);
	for (unsigned i = 0; i < chance->looks; i++)
		warnings += look_warns(chance, test, symbols);
	online_close(test);
	free(test);
	free(symbols);
	return warnings;
}

/* The rates of the table in docs/HEALTH.md ("The running estimate"), on symbols drawn anew. */
static void by_chance(void)
{
	static const struct chance chances[] = {
		{ 1, 1, 1, 16384, 200 },       { 2, 1.9, 1.9, 16384, 200 },
		{ 2, 2, 2, 16384, 200 },       { 2, 2, 1.9, 16384, 200 },
		{ 4, 4, 4, ONLINE_LONG, 4 },   { 4, 3.8, 3.8, ONLINE_LONG, 4 },
		{ 8, 8, 8, ONLINE_LONG, 4 },   { 8, 7.5, 7.5, ONLINE_LONG, 4 },
		{ 8, 8, 7.5, ONLINE_LONG, 4 }, { 2, 1.8, 1.9, 16384, 20 },
	};
	const char *factor = getenv("LOOKS");

	for (unsigned i = 0; i < COUNT(chances); i++) {
		struct chance chance = chances[i];
		struct bounds bounds = bounds_of(&chance);
		unsigned warnings;

		chance.looks *= factor ? (unsigned)atoi(factor) : 1;
		warnings = count_warnings(&chance);
		printf("%u bits, has %g, claims %g: %u warnings at %u looks at %u; %.4g to %.4g "
		       "expected\n",
		       chance.bits, chance.is, chance.claimed, warnings, chance.looks,
		       chance.symbols, bounds.low * chance.looks, bounds.high * chance.looks);
		CU_ASSERT(cutoff_tail(chance.looks, bounds.high, warnings) > IMPOSSIBLE);
		CU_ASSERT(1 - cutoff_tail(chance.looks, fmax(0, bounds.low), warnings + 1) >
			  IMPOSSIBLE);
	}
}

static const struct unit_test tests[] = {
	{ "at the margin", at_the_margin },
	{ "too few symbols", too_few_symbols },
	{ "begins and ends once", begins_and_ends_once },
	{ "a new stream", a_new_stream },
	{ "by chance", by_chance },
};

int main(void)
{
	model_prng_seed(&prng, unit_seed());
	return unit_run("health_warning", tests, COUNT(tests));
}
