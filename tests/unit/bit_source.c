/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evaluation's common parts: bits of a source in pieces of any length, symbols, results. */
#include "evaluate/core/audience.h"
#include "evaluate/core/result.h"
#include "evaluate/core/source.h"
#include "evaluate/core/symbols.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#define DATA_BYTES 64

static unsigned bit_of(const uint8_t *bytes, uint64_t bit)
{
	return bytes[bit / 8] >> (7 - bit % 8) & 1;
}

static void fill(uint8_t *bytes, size_t size_bytes, unsigned seed)
{
	for (size_t i = 0; i < size_bytes; i++) {
		seed = seed * 1103515245u + 12345u;
		bytes[i] = (uint8_t)(seed >> 16);
	}
}

/* Takes all of @data in pieces of lengths that @seed gives; every bit must come once, in order. */
static void take_in_pieces(const uint8_t *data, unsigned seed)
{
	struct memory_source memory = { .bytes = data, .size_bytes = DATA_BYTES };
	struct source source = source_of_memory(&memory);
	uint8_t piece[DATA_BYTES + 1];
	uint64_t at = 0;

	while (at < 8 * DATA_BYTES) {
		seed = seed * 1103515245u + 12345u;
		uint64_t want = (seed >> 16) % 40;

		memset(piece, 0xA5, sizeof(piece));
		int64_t got = source_take(&source, piece, want);
		uint64_t rest = 8 * DATA_BYTES - at;

		CU_ASSERT_EQUAL_FATAL(got, (int64_t)(want < rest ? want : rest));
		for (uint64_t i = 0; i < (uint64_t)got; i++)
			CU_ASSERT_EQUAL(bit_of(piece, i), bit_of(data, at + i));
		for (uint64_t i = (uint64_t)got; i < ((uint64_t)got + 7) / 8 * 8; i++)
			CU_ASSERT_EQUAL(bit_of(piece, i), 0);
		CU_ASSERT_EQUAL(piece[((uint64_t)got + 7) / 8], 0xA5);
		at += (uint64_t)got;
		CU_ASSERT_EQUAL(source.taken_bits, at);
		/* Nothing is read that is not needed. */
		CU_ASSERT_EQUAL(memory.at, (at + 7) / 8);
	}
	CU_ASSERT_EQUAL(source_take(&source, piece, 5), 0);
}

static void test_bits_come_once_in_order(void)
{
	uint8_t data[DATA_BYTES];

	for (unsigned seed = 1; seed <= 300; seed++) {
		fill(data, sizeof(data), seed);
		take_in_pieces(data, seed * 77);
	}
}

static ssize_t fail_read(void *ctx, void *into, size_t size_bytes)
{
	(void)into, (void)size_bytes;
	return *(ssize_t *)ctx;
}

static void test_an_error_is_passed_on(void)
{
	ssize_t error = -EIO;
	struct source source = { .read = fail_read, .ctx = &error, .left = 5, .left_bits = 3 };
	uint8_t into[2] = { 0, 0 };

	CU_ASSERT_EQUAL(source_take(&source, into, 10), -EIO);
	CU_ASSERT_EQUAL(source.taken_bits, 0);
	/* What is there already needs no reading. */
	CU_ASSERT_EQUAL(source_take(&source, into, 3), 3);
	CU_ASSERT_EQUAL(into[0], 0xA0);
}

static void test_symbols_of_every_width(void)
{
	uint8_t packed[DATA_BYTES], value[8 * DATA_BYTES];

	fill(packed, sizeof(packed), 9);
	for (unsigned width = 1; width <= 8; width++) {
		uint64_t count = 8 * DATA_BYTES / width;

		symbols_unpack(packed, width, count, value);
		for (uint64_t i = 0; i < count; i++) {
			unsigned expected = 0;

			for (unsigned j = 0; j < width; j++)
				expected = expected << 1 | bit_of(packed, i * width + j);
			CU_ASSERT_EQUAL(value[i], expected);
		}
	}
}

static void test_the_width_of_symbols(void)
{
	static const struct {
		uint8_t greatest;
		unsigned width;
	} cases[] = { { 0, 1 }, { 1, 1 },   { 2, 2 },   { 3, 2 },
		      { 4, 3 }, { 127, 7 }, { 128, 8 }, { 255, 8 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t value[3] = { 0, cases[i].greatest, 0 };

		CU_ASSERT_EQUAL(symbols_width(value, 3), cases[i].width);
	}
	CU_ASSERT_EQUAL(symbols_width(NULL, 0), 1);
}

static void test_results_keep_their_figures(void)
{
	struct result result;
	static const int64_t runs[3] = { 7, 8, 9 };
	static const double real[2] = { 0.5, 0.25 };

	result_init(&result, "T3");
	CU_ASSERT_STRING_EQUAL(result.test, "T3");
	CU_ASSERT_EQUAL(result.block, -1);
	result_integer(&result, "ones", -4);
	result_real(&result, "p_hat", 0.125);
	result_word(&result, "solution", "found");
	result_integers(&result, "runs0", runs, 3);
	result_reals(&result, "chi_square", real, 2);
	CU_ASSERT_EQUAL(result.figures, 5);
	CU_ASSERT_EQUAL(result_get(&result, "ones"), -4);
	CU_ASSERT_EQUAL(result_get(&result, "p_hat"), 0.125);
	CU_ASSERT_EQUAL(result_get(&result, "runs0"), 7);
	CU_ASSERT_EQUAL(result_find(&result, "runs0")->integer[2], 9);
	CU_ASSERT_EQUAL(result_find(&result, "runs0")->values, 3);
	CU_ASSERT_EQUAL(result_find(&result, "chi_square")->real[1], 0.25);
	CU_ASSERT_STRING_EQUAL(result_find(&result, "solution")->word, "found");
	CU_ASSERT_TRUE(isnan(result_get(&result, "solution")));
	CU_ASSERT_TRUE(isnan(result_get(&result, "nothing")));
	CU_ASSERT_PTR_NULL(result_find(&result, "nothing"));
}

static void count_call(void *ctx, const struct result *result)
{
	(void)result;
	++*(int *)ctx;
}

static void test_nobody_need_listen(void)
{
	struct result result;
	int calls = 0;
	struct audience audience = { .result = count_call, .ctx = &calls };

	result_init(&result, "T1");
	audience_tell(NULL, &result);
	audience_progress(NULL, "T1", 0, 1);
	audience_tell(&audience, &result);
	audience_progress(&audience, "T1", 0, 1);
	CU_ASSERT_EQUAL(calls, 1);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "bits come once, in order, in pieces of any length",
		  test_bits_come_once_in_order },
		{ "an error is passed on", test_an_error_is_passed_on },
		{ "symbols of every width", test_symbols_of_every_width },
		{ "the width of symbols", test_the_width_of_symbols },
		{ "results keep their figures", test_results_keep_their_figures },
		{ "nobody need listen", test_nobody_need_listen },
	};

	return unit_run("bit_source", tests, sizeof(tests) / sizeof(tests[0]));
}
