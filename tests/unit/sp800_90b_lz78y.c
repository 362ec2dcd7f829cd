/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lz78y - against 6.3.10 step by step: all counts of all contexts, while there is room and after.
 */
#include "evaluate/sp800_90b/estimators.h"

#include "tests/unit/sp800_90b_prediction_bed.h"

#define LONGEST      16
#define MAX_CONTEXTS 65536
#define PLACES       (1u << 18)

struct context {
	uint8_t length, text[LONGEST];
	uint32_t *count; /* per successor */
};

struct naive_dictionary {
	struct context *contexts; /* open addressing */
	unsigned used, values;
	uint64_t full_at;
};

static struct context *look_up(const struct naive_dictionary *dictionary, const uint8_t *text,
			       unsigned length)
{
	uint64_t hash = length;

	for (unsigned i = 0; i < length; i++)
		hash = (hash ^ text[i]) * 0x100000001B3;
	for (hash = (hash ^ hash >> 31) % PLACES;; hash = (hash + 1) % PLACES) {
		struct context *context = &dictionary->contexts[hash];

		if (!context->count ||
		    (context->length == length && !memcmp(context->text, text, length)))
			return context;
	}
}

/* Step 3.a: what precedes value[i], from the longest on, and value[i] after it. */
static void learn(struct naive_dictionary *dictionary, const uint8_t *value, uint64_t i)
{
	for (unsigned j = LONGEST; j >= 1; j--) {
		struct context *context = look_up(dictionary, value + i - j, j);

		if (!context->count && dictionary->used < MAX_CONTEXTS) {
			context->length = (uint8_t)j;
			memcpy(context->text, value + i - j, j);
			context->count = calloc(dictionary->values, sizeof(*context->count));
			if (++dictionary->used == MAX_CONTEXTS)
				dictionary->full_at = i;
		}
		if (context->count)
			context->count[value[i]]++;
	}
}

/* Step 3.b */
static int predict(const struct naive_dictionary *dictionary, const uint8_t *value, uint64_t i)
{
	uint32_t highest = 0;
	int prediction = NOTHING;

	for (unsigned j = LONGEST; j >= 1; j--) {
		const struct context *context = look_up(dictionary, value + i - j, j);
		unsigned best = 0;

		for (unsigned y = 0; context->count && y < dictionary->values; y++)
			if (context->count[y] >= context->count[best])
				best = y;
		if (context->count && context->count[best] > highest) {
			highest = context->count[best];
			prediction = (int)best;
		}
	}
	return prediction;
}

/* Return: the symbol with which the dictionary got full, or 0. */
static uint64_t run_naive(const struct symbols *symbols, struct naive *naive)
{
	struct naive_dictionary dictionary = { .contexts = calloc(PLACES, sizeof(struct context)),
					       .values = 1u << symbols->width };

	CU_ASSERT_PTR_NOT_NULL_FATAL(dictionary.contexts);
	learn(&dictionary, symbols->value, LONGEST);
	for (uint64_t i = LONGEST + 1; i < symbols->count; i++) {
		naive_count(naive, predict(&dictionary, symbols->value, i) == symbols->value[i]);
		learn(&dictionary, symbols->value, i);
	}
	for (unsigned i = 0; i < PLACES; i++)
		free(dictionary.contexts[i].count);
	free(dictionary.contexts);
	return dictionary.full_at;
}

static uint64_t compare_with_naive(const struct symbols *symbols)
{
	struct naive naive = { 0 };
	struct result result;
	uint64_t full_at = run_naive(symbols, &naive);

	CU_ASSERT_EQUAL(lz78y_estimate(symbols, &result), 0);
	CU_ASSERT_STRING_EQUAL(result.test, "lz78y");
	compare(&result, &naive, symbols->count - LONGEST - 1, symbols);
	return full_at;
}

static void widths_and_kinds(void)
{
	uint8_t value[3000];

	for (unsigned width = 1; width <= 8; width++)
		for (enum kind kind = 0; kind < KINDS; kind++) {
			struct symbols symbols = { value, 18 + below(sizeof(value) - 17), width };

			write_text(value, symbols.count, 1u << width, kind);
			compare_with_naive(&symbols);
		}
}

/* While counts are low, many are equal, and longer contexts decide. */
static void ties(void)
{
	uint8_t value[200];

	for (unsigned round = 0; round < 150; round++) {
		struct symbols symbols = { value, 18 + below(sizeof(value) - 17), 1 + round % 4 };

		write_text(value, symbols.count, 1u << symbols.width, round % KINDS);
		compare_with_naive(&symbols);
	}
}

/* Pieces of what stands before @from, over and over, and a few others. */
static void repeat_pieces(uint8_t *value, uint64_t from, uint64_t count, unsigned values)
{
	for (uint64_t at = from; at + 64 < count;) {
		uint64_t length = 1 + below(40);

		memmove(value + at, value + from - 64 - below(40), length);
		at += length;
		value[at++] = (uint8_t)below(values);
	}
}

static void full(void)
{
	static uint8_t value[30000];

	for (unsigned width = 1; width <= 8; width++) {
		struct symbols symbols = { value, width < 3 ? sizeof(value) : 9000, width };
		uint64_t full_at;

		write_text(value, symbols.count, 1u << width, UNIFORM);
		full_at = compare_with_naive(&symbols);
		CU_ASSERT_FATAL(full_at > 4000);
		repeat_pieces(value, full_at + 30, symbols.count, 1u << width);
		CU_ASSERT_EQUAL(compare_with_naive(&symbols), full_at);
	}
}

/*
 * The dictionary gets full on the way from the longest to the shortest context of a value that was
 * not there before: the longer ones are in it without the shorter.
 */
static void contexts_without_suffixes(void)
{
	static uint8_t value[7000];
	struct symbols symbols = { value, sizeof(value), 4 };

	for (unsigned round = 0; round < 12; round++) {
		write_text(value, sizeof(value), 15, UNIFORM);
		uint64_t full_at = compare_with_naive(&symbols);

		CU_ASSERT_FATAL(full_at > 4000 && full_at < 6000);
		value[full_at - 1] = 15;
		for (uint64_t at = full_at + 30; at + 30 < sizeof(value); at += 1 + below(9)) {
			unsigned length = below(20);

			memmove(value + at, value + full_at - length, length + 2);
			at += length + 1;
		}
		CU_ASSERT_EQUAL(compare_with_naive(&symbols), full_at);
	}
}

/*
 * A value that came once before the dictionary got full, then in a few surroundings that are not in
 * it: of equal counts the greatest value is right, not the one after the longest of those.
 */
static void surroundings_too_late(void)
{
	static uint8_t value[6000];
	struct symbols symbols = { value, sizeof(value), 4 };

	for (unsigned round = 0; round < 20; round++) {
		uint8_t piece[4][12];

		write_text(value, sizeof(value), 15, UNIFORM);
		write_text(piece[0], sizeof(piece), 15, UNIFORM);
		value[3000] = 15;
		for (unsigned i = 0; i < COUNT(piece); i++)
			piece[i][8] = 15;
		memcpy(piece[round % 4], value + 2992, below(12));
		for (unsigned at = 5000, i = 0; at + 20 < sizeof(value); at += 14)
			memcpy(value + at, piece[below(8) ? i++ % 4 : below(4)], sizeof(piece[0]));
		CU_ASSERT(compare_with_naive(&symbols) < 5000);
	}
}

static void too_short(void)
{
	const uint8_t value[18] = { 0 };
	struct result result;

	for (unsigned count = 0; count < 18; count++) {
		CU_ASSERT_EQUAL(lz78y_estimate(&(struct symbols){ value, count, 3 }, &result), 0);
		expect_short(&result, (18 - count) * 3);
	}
	compare_with_naive(&(struct symbols){ value, 18, 3 });
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "all widths, many kinds of text", widths_and_kinds },
		{ "ties", ties },
		{ "the dictionary gets full", full },
		{ "contexts without their suffixes", contexts_without_suffixes },
		{ "surroundings that come too late", surroundings_too_late },
		{ "too short", too_short },
	};

	random_state = unit_seed();
	return unit_run("sp800_90b_lz78y", tests, COUNT(tests));
}
