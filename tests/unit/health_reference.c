/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The battery against its definitions, written out plainly, however the stream is cut. */
#include "fuse-trng/health/health.c" /* for its cutoffs and its symbols of a byte */

#include "tests/unit/health_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STREAM_BYTES 40000u

/* The definitions of all tests, one symbol after the other, over the whole stream kept. */
struct reference {
	const struct health *health; /* only its cutoffs and settings */
	uint8_t *symbols;            /* since the last restart */
	uint64_t count;
	unsigned matches[LAG_MAX];
	uint64_t trials[HEALTH_TESTS];
	uint64_t alarms[HEALTH_TESTS];
};

static bool reference_total_failure(struct reference *r)
{
	unsigned per_byte = r->health->per_byte, same = 1;
	const uint8_t *last = r->symbols + r->count - per_byte;

	if (r->count % per_byte != 0)
		return false;
	for (uint64_t back = 1; back <= (r->count / per_byte - 1) % HEALTH_CHUNK_BYTES; back++)
		same += memcmp(last, last - back * per_byte, per_byte) == 0;
	r->trials[HEALTH_TOTAL_FAILURE] += r->count / per_byte % HEALTH_CHUNK_BYTES == 0;
	return same > r->health->gates.total_failure.limit;
}

static bool reference_repetition(struct reference *r)
{
	const uint8_t *last = r->symbols + r->count - 1;
	uint64_t run = 1;

	while (run < r->count && last[0] == *(last - run))
		run++;
	r->trials[HEALTH_REPETITION]++;
	return run >= r->health->gates.repetition.cutoff;
}

static bool reference_proportion(struct reference *r)
{
	unsigned window = r->health->gates.proportion.window, same = 0;
	uint64_t first = (r->count - 1) / window * window;

	for (uint64_t i = first; i < r->count; i++)
		same += r->symbols[i] == r->symbols[first];
	r->trials[HEALTH_PROPORTION] += r->count % window == 0;
	return same >= r->health->gates.proportion.cutoff;
}

static bool reference_lag(struct reference *r)
{
	const uint8_t *last = r->symbols + r->count - 1;
	bool has_fired = false;

	if (r->count % LAG_WINDOW == 1)
		memset(r->matches, 0, sizeof(r->matches));
	for (unsigned k = 1; k <= LAG_MAX && k < r->count; k++) {
		r->matches[k - 1] += last[0] == *(last - k);
		has_fired |= r->matches[k - 1] >= r->health->gates.lag.cutoff;
	}
	r->trials[HEALTH_LAG] += r->count % LAG_WINDOW == 0;
	return has_fired;
}

static bool reference_window(struct reference *r, unsigned window)
{
	const struct online_settings *s = &r->health->online.settings;
	static unsigned pairs[256][256], shares[256];
	bool has_fired = false;

	if (r->count == 1 || (r->count - 1) % window != 0)
		return false;
	memset(pairs, 0, sizeof(pairs));
	memset(shares, 0, sizeof(shares));
	for (uint64_t i = r->count - window; i < r->count; i++)
		pairs[r->symbols[i - 1]][r->symbols[i]]++;
	for (unsigned u = 0; u < 1u << s->symbol_bits; u++) {
		unsigned before = 0;

		for (unsigned v = 0; v < 1u << s->symbol_bits; v++) {
			before += pairs[u][v];
			shares[v] += pairs[u][v];
		}
		for (unsigned v = 0; v < 1u << s->symbol_bits; v++)
			has_fired |= cutoff_tail(before, s->probability, pairs[u][v]) <= s->alpha;
	}
	for (unsigned v = 0; v < 1u << s->symbol_bits; v++)
		has_fired |= cutoff_tail(window, s->probability, shares[v]) <= s->alpha;
	r->trials[HEALTH_ONLINE] += online_cells(s->symbol_bits);
	return has_fired;
}

static bool reference_online(struct reference *r)
{
	bool short_fired = reference_window(r, ONLINE_SHORT);

	return reference_window(r, ONLINE_LONG) || short_fired;
}

/* All tests look at the symbol; the first of the ledger's order that fires has it. */
static enum health_test reference_symbol(struct reference *r, uint8_t symbol)
{
	bool (*const tests[])(struct reference *) = {
		reference_total_failure, reference_repetition, reference_proportion,
		reference_lag,           reference_online,
	};
	static const unsigned partial[] = { [HEALTH_TOTAL_FAILURE] = 1,
					    [HEALTH_PROPORTION] = 1,
					    [HEALTH_LAG] = 1,
					    [HEALTH_ONLINE] = 0 };
	enum health_test fired = HEALTH_TESTS;

	r->symbols[r->count++] = symbol;
	for (unsigned i = HEALTH_TOTAL_FAILURE; i < HEALTH_STARTUP; i++)
		if (tests[i](r) && fired == HEALTH_TESTS)
			fired = i;
	if (fired < HEALTH_TESTS) {
		r->alarms[fired]++;
		/* A unit that fired before its end was a trial, too. */
		r->trials[fired] +=
			partial[fired] && r->count % r->health->unit_symbols[fired] != 0;
		r->count = 0;
	}
	return fired;
}

static enum health_test reference_byte(struct reference *r, uint8_t byte)
{
	enum health_test fired = HEALTH_TESTS;

	for (unsigned i = 0; i < r->health->per_byte && fired == HEALTH_TESTS; i++)
		fired = reference_symbol(r, r->health->unpacked[byte][i]);
	return fired;
}

/* Healthy, stuck, biased and periodic stretches of random length. */
static void fill_patchwork(uint8_t *bytes, size_t len_bytes)
{
	for (size_t at = 0; at < len_bytes;) {
		size_t end = at + 1 + below(at ? 1500 : 4000);
		unsigned kind = below(6), period = 1 + below(12);
		uint8_t mask = (uint8_t)model_prng_next(&prng);

		for (; at < end && at < len_bytes; at++) {
			bytes[at] = (uint8_t)(model_prng_next(&prng) >> 40);
			if (kind == 0)
				bytes[at] = mask;
			if (kind == 1 && below(2))
				bytes[at] &= mask;
			if (kind == 2 && at >= period && below(8))
				bytes[at] = bytes[at - period];
		}
	}
}

static void check_rows(const struct health *health, const struct reference *r)
{
	for (unsigned test = 0; test < HEALTH_STARTUP; test++) {
		struct health_row row = health_row(health, test);

		CU_ASSERT_EQUAL(row.trials, r->trials[test]);
		CU_ASSERT_EQUAL(row.alarms, r->alarms[test]);
	}
	CU_ASSERT_EQUAL(health->position, r->count);
}

/* Feeds @bytes in random pieces; every alarm must be the reference's, at the same byte. */
static void compare(struct health *health, struct reference *r, const uint8_t *bytes,
		    size_t len_bytes, unsigned longest)
{
	for (size_t at = 0; at < len_bytes;) {
		size_t part = 1 + below(longest), done, i;
		enum health_test fired = HEALTH_TESTS, wanted = HEALTH_TESTS;

		part = part < len_bytes - at ? part : len_bytes - at;
		done = health_feed(health, bytes + at, part, &fired);
		for (i = 0; i < part && wanted == HEALTH_TESTS; i++)
			wanted = reference_byte(r, bytes[at + i]);
		if (wanted != HEALTH_TESTS)
			i--;
		CU_ASSERT_EQUAL_FATAL(done, i);
		CU_ASSERT_EQUAL_FATAL(fired, wanted);
		at += done + (wanted != HEALTH_TESTS);
	}
	check_rows(health, r);
}

static void check_reference(unsigned bits, unsigned longest)
{
	static uint8_t bytes[STREAM_BYTES], symbols[STREAM_BYTES * BATTERY_PER_BYTE];
	struct health_settings settings = nodemcu(bits);
	struct health *health = open_with(&settings, 1e-4);
	struct reference reference = { .health = health, .symbols = symbols };

	fill_patchwork(bytes, sizeof(bytes));
	compare(health, &reference, bytes, sizeof(bytes), longest);
	health_close(health);
}

/* Whole batches, scraps, single bytes: never another result. */
static void test_reference(void)
{
	static const unsigned longest[] = { HEALTH_BATCH_BYTES, 60, 1 };

	model_prng_seed(&prng, unit_seed());
	for (unsigned i = 0; i < COUNT(widths); i++)
		for (unsigned j = 0; j < COUNT(longest); j++)
			check_reference(widths[i], longest[j]);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "equal to the definitions, however cut", test_reference },
	};

	return unit_run("health_reference", tests, COUNT(tests));
}
