/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T0: repeats anywhere, and which bits are words where numbers are wider than a bit. */
#include "evaluate/ais31/disjointness.h"

#include "tests/unit/ais31_bed.h"
#include "tests/unit/unit.h"

#define WORDS DISJOINTNESS_WORDS
#define MASK  ((UINT64_C(1) << 48) - 1)

static struct disjointness find(const uint64_t *word)
{
	uint64_t *key = malloc(2 * WORDS * sizeof(*key));
	struct disjointness found = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(key);
	for (uint64_t i = 0; i < WORDS; i++)
		key[i] = word[i] << 16 | i;
	disjointness_find(key, key + WORDS, &found);
	free(key);
	return found;
}

static uint64_t *words(uint64_t seed)
{
	uint64_t *word = malloc(WORDS * sizeof(*word));

	CU_ASSERT_PTR_NOT_NULL_FATAL(word);
	for (unsigned i = 0; i < WORDS; i++)
		word[i] = bed_random(&seed) & MASK;
	return word;
}

static void finds_one_repeat_anywhere(void)
{
	static const unsigned places[][2] = {
		{ 0, 1 },     { 0, WORDS - 1 }, { WORDS - 2, WORDS - 1 },
		{ 1, 32768 }, { 255, 256 },     { 65279, 65280 },
	};
	static const uint64_t values[] = { 0, MASK, MASK - 1, 1, UINT64_C(0xff0000000000) };
	uint64_t *word = words(1);

	CU_ASSERT_EQUAL(find(word).distinct, WORDS);
	for (unsigned i = 0; i < 6; i++) {
		const unsigned *place = places[i];
		uint64_t kept[] = { word[place[0]], word[place[1]] };

		word[place[0]] = word[place[1]] = values[i % 5];
		struct disjointness found = find(word);

		CU_ASSERT_EQUAL(found.distinct, WORDS - 1);
		CU_ASSERT_EQUAL(found.first_word, place[0]);
		CU_ASSERT_EQUAL(found.second_word, place[1]);
		word[place[0]] = kept[0];
		word[place[1]] = kept[1];
	}
	free(word);
}

static void tells_the_earliest_of_many(void)
{
	uint64_t *word = words(2);

	word[40000] = word[7];
	word[50000] = word[7];
	word[39999] = word[39000];
	struct disjointness found = find(word);

	CU_ASSERT_EQUAL(found.distinct, WORDS - 3);
	CU_ASSERT_EQUAL(found.first_word, 39000);
	CU_ASSERT_EQUAL(found.second_word, 39999);
	memset(word, 0, WORDS * sizeof(*word));
	found = find(word);
	CU_ASSERT_EQUAL(found.distinct, 1);
	CU_ASSERT_EQUAL(found.first_word, 0);
	CU_ASSERT_EQUAL(found.second_word, 1);
	for (unsigned i = 0; i < WORDS; i++)
		word[i] = i; /* as a counter: differ in two bytes only */
	CU_ASSERT_EQUAL(find(word).distinct, WORDS);
	for (unsigned i = 0; i < WORDS; i++)
		word[i] = (uint64_t)i << 32;
	CU_ASSERT_EQUAL(find(word).distinct, WORDS);
	free(word);
}

/* Words @i and @k of 48 bits are made equal in a stream of numbers of @width bits. */
static void check_width(const struct tape *tape, unsigned width, unsigned stride, uint64_t from,
			unsigned i, unsigned k)
{
	struct told told = { 0 };
	uint64_t bits = (uint64_t)WORDS * stride;

	bits += (8 - (from + bits) % 8) % 8;
	CU_ASSERT_EQUAL(disjointness_bits(width), (uint64_t)WORDS * stride);
	uint8_t *packed = malloc((from + bits) / 8);

	CU_ASSERT_PTR_NOT_NULL_FATAL(packed);
	memcpy(packed, tape->packed, (from + bits) / 8);
	CU_ASSERT_EQUAL(bed_run(AIS31_T0, width, packed, from, bits, NULL).outcome, OUTCOME_PASS);
	for (unsigned bit = 0; bit < 48; bit++)
		bed_set(packed, from + (uint64_t)k * stride + bit,
			bed_bit(packed, from + (uint64_t)i * stride + bit));
	struct ais31_verdict verdict = bed_run(AIS31_T0, width, packed, from, bits, &told);

	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_FAIL);
	CU_ASSERT_EQUAL(verdict.failures[0], 1);
	CU_ASSERT_EQUAL_FATAL(told.count, 1);
	CU_ASSERT_EQUAL(told_integer(told.result, "distinct", 0), WORDS - 1);
	CU_ASSERT_EQUAL(told_integer(told.result, "first_word", 0), i);
	CU_ASSERT_EQUAL(told_integer(told.result, "second_word", 0), k);
	CU_ASSERT_EQUAL(told.result->first_bit, from);
	CU_ASSERT_EQUAL(told.result->block, 0);
	told_free(&told);
	free(packed);
}

static void takes_48_bits_of_whole_numbers(void)
{
	/* Width, bits from one word to the next. */
	static const unsigned rows[][2] = { { 1, 48 },  { 5, 50 },  { 47, 94 },
					    { 48, 48 }, { 49, 49 }, { 256, 256 } };
	struct tape tape = tape_new((uint64_t)WORDS * 256 + 64);
	uint64_t state = 3;

	tape_random(&tape, (uint64_t)WORDS * 256 + 64, &state);
	for (unsigned i = 0; i < 6; i++)
		check_width(&tape, rows[i][0], rows[i][1], i * 3 % 8, i * 511, WORDS - 1 - i * 512);
	tape_free(&tape);
}

/* Over and over: one result per 65536 words; what is left over does not count. */
static void goes_on_until_the_data_end(void)
{
	const uint64_t block_bits = (uint64_t)WORDS * 48;
	struct tape tape = tape_new(3 * block_bits);
	struct told told = { 0 };
	uint64_t state = 4;

	tape_random(&tape, 3 * block_bits, &state);
	struct ais31_verdict verdict =
		bed_run(AIS31_T0, 1, tape.packed, 0, 3 * block_bits - 8, &told);

	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_PASS);
	CU_ASSERT_EQUAL(verdict.runs, 1);
	CU_ASSERT_EQUAL(verdict.tests, 2);
	CU_ASSERT_EQUAL(verdict.needs_bits, 0);
	CU_ASSERT_EQUAL_FATAL(told.count, 2);
	CU_ASSERT_EQUAL(told.result[1].block, 1);
	CU_ASSERT_EQUAL(told.result[1].first_bit, block_bits);
	CU_ASSERT_PTR_NULL(told.result[1].procedure);
	told_free(&told);
	verdict = bed_run(AIS31_T0, 1, tape.packed, 0, block_bits - 8, &told);
	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_SHORT);
	CU_ASSERT_EQUAL(verdict.needs_bits, 8);
	CU_ASSERT_EQUAL(verdict.tests, 0);
	CU_ASSERT_EQUAL_FATAL(told.count, 1);
	CU_ASSERT_EQUAL(told.result[0].outcome, OUTCOME_SHORT);
	CU_ASSERT_EQUAL(told.result[0].needs_bits, 8);
	told_free(&told);
	tape_free(&tape);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "finds one repeat anywhere", finds_one_repeat_anywhere },
		{ "tells the earliest of many", tells_the_earliest_of_many },
		{ "takes 48 bits of whole numbers", takes_48_bits_of_whole_numbers },
		{ "goes on until the data end", goes_on_until_the_data_end },
	};

	return unit_run("ais31_disjointness", tests, sizeof(tests) / sizeof(tests[0]));
}
