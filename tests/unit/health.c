/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The battery: ledger, budget, gate, memory, start-up test. */
#include "fuse-trng/health/health.c" /* the memory test looks at every byte of struct health */

#include "tests/unit/health_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void feed_random(struct health *health, size_t len_bytes)
{
	uint8_t bytes[HEALTH_BATCH_BYTES];
	enum health_test fired;

	for (size_t i = 0; i < len_bytes; i++)
		bytes[i] = (uint8_t)(model_prng_next(&prng) >> 40);
	CU_ASSERT_EQUAL_FATAL(health_feed(health, bytes, len_bytes, &fired), len_bytes);
}

/* No alarm on a good source, every trial counted, expectations to match. */
static void test_ledger(void)
{
	struct health_settings settings = nodemcu(2);
	struct health *health = NULL;
	const uint64_t symbols = 400000, shorts = 48, longs = 1;
	const uint64_t trials[HEALTH_TESTS] = { symbols / 400,         symbols,
						symbols / 512,         symbols / 512,
						(shorts + longs) * 20, 0 };

	settings.total_failure_limit = 9;
	model_prng_seed(&prng, 3);
	CU_ASSERT_EQUAL_FATAL(health_open(&health, &settings), 0);
	for (unsigned i = 0; i < symbols / 4 / 1000; i++)
		feed_random(health, 1000);
	for (unsigned test = 0; test < HEALTH_TESTS; test++) {
		struct health_row row = health_row(health, test);

		CU_ASSERT_STRING_EQUAL(row.name, health_test_name(test));
		CU_ASSERT_EQUAL(row.trials, trials[test]);
		CU_ASSERT_EQUAL(row.alarms, 0);
		CU_ASSERT(test == HEALTH_STARTUP || row.expected_alarms > 0);
	}
	struct health_row chunks = health_row(health, HEALTH_TOTAL_FAILURE);

	CU_ASSERT_DOUBLE_EQUAL(chunks.expected_alarms, 1000 * 2.662461837e-9, 1e-12);
	CU_ASSERT_EQUAL(chunks.cutoff, 10);
	health_restart(health);
	CU_ASSERT_EQUAL(health_row(health, HEALTH_REPETITION).trials, symbols);
	CU_ASSERT_EQUAL(health_row(health, HEALTH_ONLINE).trials, trials[HEALTH_ONLINE]);
	health_close(health);
}

/* What the standard's tests have at the nominal rate, and what the documented limits cost. */
static void test_budget(void)
{
	struct health_settings settings = nodemcu(2);
	const double year_symbols = 30.0 * 365 * 86400;
	struct health *health = NULL;

	CU_ASSERT_EQUAL_FATAL(health_open(&health, &settings), 0);
	struct health_row row = health_row(health, HEALTH_REPETITION);

	CU_ASSERT_DOUBLE_EQUAL(row.alpha, 0.02 / year_symbols, 1e-6 * row.alpha);
	CU_ASSERT_EQUAL(row.cutoff, cutoff_repetition(1.9, row.alpha));
	row = health_row(health, HEALTH_LAG);
	CU_ASSERT_DOUBLE_EQUAL(row.alpha, 0.02 / (year_symbols / 512 * 32), 1e-6 * row.alpha);
	CU_ASSERT_EQUAL(row.cutoff, cutoff_binomial(512, exp2(-1.9), row.alpha));
	CU_ASSERT_EQUAL(health_row(health, HEALTH_STARTUP).alpha, 0x1p-20);
	double documented = health_false_alarms_per_year(health, HEALTH_TOTAL_FAILURE);

	CU_ASSERT_DOUBLE_EQUAL(documented, 97.9, 0.05);
	CU_ASSERT(health_false_alarms_per_year(health, HEALTH_TESTS) - documented < 0.1);
	health_close(health);

	settings.total_failure_limit = 9;
	CU_ASSERT_EQUAL_FATAL(health_open(&health, &settings), 0);
	CU_ASSERT_DOUBLE_EQUAL(health_false_alarms_per_year(health, HEALTH_TOTAL_FAILURE), 0.0063,
			       5e-5);
	health_close(health);
}

/* A claim of full entropy spends the budget, but for what the standard's W - 1 (SP 800-90B
 * 4.4.2 counts the first symbol as a trial) and the lag test's missing overlaps shift. */
static void test_budget_spent(void)
{
	for (unsigned i = 0; i < COUNT(widths); i++)
		for (double rate = 1; rate < 1e7; rate *= 50) {
			struct health_settings settings = nodemcu(widths[i]);
			struct health *health = NULL;

			settings.health_entropy = widths[i];
			settings.rate_symbol_s = rate;
			settings.total_failure_limit = 0;
			CU_ASSERT_EQUAL_FATAL(health_open(&health, &settings), 0);
			CU_ASSERT(health_false_alarms_per_year(health, HEALTH_TESTS) < 0.13);
			for (unsigned test = 0; test < HEALTH_TESTS; test++)
				CU_ASSERT(health_row(health, test).alpha <= 0x1p-20);
			health_close(health);
		}
}

static void test_refused(void)
{
	static const struct health_settings bad[] = {
		{ 3, 1.9, 30, 0.1, 6 },       { 0, 1.9, 30, 0.1, 6 },   { 2, 0, 30, 0.1, 6 },
		{ 2, 2.1, 30, 0.1, 6 },       { 2, NAN, 30, 0.1, 6 },   { 2, 1.9, 0, 0.1, 6 },
		{ 2, 1.9, INFINITY, 0.1, 6 }, { 2, 1.9, 30, 0, 6 },     { 2, 1.9, 30, -1, 6 },
		{ 2, 1.9, 30, NAN, 6 },       { 2, 1.9, 30, 0.1, 101 },
	};
	static const struct health_settings extreme[] = {
		{ 2, 1e-9, 30, 0.1, 0 },   { 8, 8, 1e12, 1e-12, 0 },   { 1, 1, 1e-9, 1e9, 100 },
		{ 8, 0.5, 1e6, 1e-30, 0 }, { 2, 2, 1e300, 1e-300, 0 },
	};
	struct health *health = NULL;

	for (unsigned i = 0; i < COUNT(bad); i++)
		CU_ASSERT_EQUAL(health_open(&health, &bad[i]), -EINVAL);
	CU_ASSERT_PTR_NULL(health);
	for (unsigned i = 0; i < COUNT(extreme); i++) {
		CU_ASSERT_EQUAL_FATAL(health_open(&health, &extreme[i]), 0);
		CU_ASSERT(isfinite(health_false_alarms_per_year(health, HEALTH_TESTS)));
		health_close(health);
	}
	health_close(NULL);
}

/* Nothing that is given free may still be in an open chunk, run, window or history. */
static void check_gate(const struct health *health, const uint8_t *symbols, uint64_t position)
{
	uint64_t chunk = HEALTH_CHUNK_BYTES * health->per_byte;
	uint64_t gate = health_gate_symbols(health);
	uint64_t run = 1;

	while (run < position && symbols[position - 1 - run] == symbols[position - 1])
		run++;
	CU_ASSERT(gate % chunk == 0);
	CU_ASSERT(gate <= position - position % health->gates.proportion.window);
	CU_ASSERT(gate <= position - position % LAG_WINDOW);
	CU_ASSERT(gate == 0 || gate <= position - run);
	CU_ASSERT(gate == 0 || gate <= position - LAG_MAX);
	CU_ASSERT(gate + health->gates.proportion.window + chunk > position || run >= LAG_WINDOW);
}

static void test_gate(void)
{
	for (unsigned i = 0; i < COUNT(widths); i++) {
		struct health_settings settings = nodemcu(widths[i]);
		struct health *health = open_with(&settings, 1e-12);
		static uint8_t symbols[100000];
		uint64_t position = 0, longest = 0;

		health->gates.total_failure.limit = HEALTH_CHUNK_BYTES;
		model_prng_seed(&prng, 4);
		CU_ASSERT_EQUAL(health_gate_symbols(health), 0);
		while (position + health->per_byte <= sizeof(symbols)) {
			uint8_t byte = (uint8_t)(model_prng_next(&prng) >> 40);
			enum health_test fired;

			CU_ASSERT_EQUAL_FATAL(health_feed(health, &byte, 1, &fired), 1);
			memcpy(symbols + position, health->unpacked[byte], health->per_byte);
			position += health->per_byte;
			check_gate(health, symbols, position);
			uint64_t delay = position - health_gate_symbols(health);

			longest = delay > longest ? delay : longest;
		}
		printf("    longest delay of %u-bit symbols: %u\n", widths[i], (unsigned)longest);
		CU_ASSERT(widths[i] == 1 || longest <= 912);
		health_restart(health);
		CU_ASSERT_EQUAL(health_gate_symbols(health), 0);
		health_close(health);
	}
}

/* A run that is still open keeps what it holds, however long it is. */
static void test_gate_run(void)
{
	struct health_settings settings = nodemcu(8);
	struct health *health = open_with(&settings, 1e-300);
	enum health_test fired;
	uint8_t bytes[40] = { 0 };

	health->gates.total_failure.limit = HEALTH_CHUNK_BYTES;
	model_prng_seed(&prng, 5);
	feed_random(health, 1000);
	feed_random(health, 20);
	CU_ASSERT_EQUAL(health_gate_symbols(health), 500);
	CU_ASSERT_EQUAL(health_feed(health, bytes, sizeof(bytes), &fired), sizeof(bytes));
	CU_ASSERT_EQUAL(health_gate_symbols(health), 1000);
	health->gates.repetition.run = 561; /* as if those symbols had been equal as well */
	CU_ASSERT_EQUAL(health_gate_symbols(health), 400);
	health_close(health);
}

/* Are 8 symbols in a row of what was released anywhere in the tests' memory? Not searched are the
 * settings, whose padding no one has written. */
static bool holds(const struct health *health, const uint8_t *symbols, uint64_t released)
{
	const size_t from = offsetof(struct health, gates);
	const size_t online = offsetof(struct health, online);
	const size_t counts = offsetof(struct health, online.cutoff_short);
	const uint8_t *memory = (const uint8_t *)health;

	for (uint64_t i = released > 2000 ? released - 2000 : 0; i + 8 <= released; i++)
		if (memmem(memory + from, online - from, symbols + i, 8) ||
		    memmem(memory + counts, sizeof(*health) - counts, symbols + i, 8))
			return true;
	return false;
}

/* What has left is in no test's memory; after a restart nothing is. */
static void test_memory(void)
{
	struct health_settings settings = nodemcu(8);
	static uint8_t bytes[6000];
	struct health *health;
	size_t at = 0;
	enum health_test fired;

	/* The documented limit of 6 would fire in one of 400 runs. */
	settings.total_failure_limit = HEALTH_CHUNK_BYTES;
	health = open_with(&settings, 1e-12);
	model_prng_seed(&prng, unit_seed());
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(model_prng_next(&prng) >> 40);
	while (at < sizeof(bytes) - HEALTH_BATCH_BYTES) {
		size_t part = 1 + below(HEALTH_BATCH_BYTES);

		CU_ASSERT_EQUAL_FATAL(health_feed(health, bytes + at, part, &fired), part);
		at += part;
		CU_ASSERT(!holds(health, bytes, health_gate_symbols(health)));
		CU_ASSERT(at < 8 || holds(health, bytes, at));
		CU_ASSERT(health->gates.proportion.filled > 0 ||
			  health->gates.proportion.first == 0);
	}
	health_restart(health);
	CU_ASSERT(!holds(health, bytes, at));
	for (size_t i = 0; i < sizeof(health->stream); i++)
		CU_ASSERT_EQUAL(health->stream[i], 0);
	health_close(health);
}

/* Uniform shares pass; just below the critical value passes, at it fails. */
static void test_startup(void)
{
	struct health_settings settings = nodemcu(8);
	struct health *health = NULL;
	uint8_t bytes[HEALTH_STARTUP_SYMBOLS];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	CU_ASSERT_EQUAL_FATAL(health_open(&health, &settings), 0);
	CU_ASSERT_EQUAL(health_startup(health, bytes), 0);
	CU_ASSERT_EQUAL(health_row(health, HEALTH_STARTUP).trials, 1);
	health->startup_critical = chisquare_statistic(bytes, sizeof(bytes), 8) + 1e-9;
	CU_ASSERT_EQUAL(health_startup(health, bytes), 0);
	health->startup_critical = chisquare_statistic(bytes, sizeof(bytes), 8);
	CU_ASSERT_EQUAL(health_startup(health, bytes), -EIO);
	CU_ASSERT_EQUAL(health_row(health, HEALTH_STARTUP).trials, 3);
	CU_ASSERT_EQUAL(health_row(health, HEALTH_STARTUP).alarms, 1);
	health_close(health);
}

/* Two-bit symbols: three values at a third are what 1.58 bits allow and 1.9 bits do not. */
static void test_startup_claim(void)
{
	uint8_t bytes[HEALTH_STARTUP_SYMBOLS / 4];

	model_prng_seed(&prng, 6);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(below(3) | below(3) << 2 | below(3) << 4 | below(3) << 6);
	for (double entropy = 1.5; entropy < 2; entropy += 0.4) {
		struct health_settings settings = nodemcu(2);
		struct health *health = NULL;

		settings.health_entropy = entropy;
		CU_ASSERT_EQUAL_FATAL(health_open(&health, &settings), 0);
		CU_ASSERT_EQUAL(health_startup(health, bytes), entropy < 1.58 ? 0 : -EIO);
		health_close(health);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "ledger of a good source", test_ledger },
		{ "budget at board speed", test_budget },
		{ "budget at every width and rate", test_budget_spent },
		{ "settings out of range", test_refused },
		{ "gate", test_gate },
		{ "gate behind an open run", test_gate_run },
		{ "no released symbol in memory", test_memory },
		{ "start-up chi-square at its critical value", test_startup },
		{ "start-up chi-square and the claim", test_startup_claim },
	};

	return unit_run("health", tests, COUNT(tests));
}
