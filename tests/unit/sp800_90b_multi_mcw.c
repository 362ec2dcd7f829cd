/* SPDX-License-Identifier: GPL-3.0-or-later */
/* multi_mcw - against 6.3.7 step by step: windows, ties, and what is too short for NIST's tool. */
#include "evaluate/sp800_90b/estimators.h"

#include "tests/unit/sp800_90b_prediction_bed.h"

static const unsigned sizes[] = { 63, 255, 1023, 4095 };

/* The most common of the @size values before value[i]; of several the one seen last. */
static int most_common(const uint8_t *value, uint64_t i, unsigned size)
{
	unsigned count[256] = { 0 };
	int best = NOTHING;

	if (i < size)
		return NOTHING;
	for (unsigned k = 1; k <= size; k++)
		count[value[i - k]]++;
	for (unsigned k = 1; k <= size; k++)
		if (best == NOTHING || count[value[i - k]] > count[best])
			best = value[i - k];
	return best;
}

static void compare_with_naive(const struct symbols *symbols)
{
	struct naive naive = { .predictors = COUNT(sizes) };
	struct result result;

	for (uint64_t i = sizes[0]; i < symbols->count; i++) {
		int prediction[COUNT(sizes)];

		for (unsigned k = 0; k < COUNT(sizes); k++)
			prediction[k] = most_common(symbols->value, i, sizes[k]);
		naive_judge(&naive, prediction, symbols->value[i]);
	}
	CU_ASSERT_EQUAL(multi_mcw_estimate(symbols, &result), 0);
	CU_ASSERT_STRING_EQUAL(result.test, "multi_mcw");
	compare(&result, &naive, symbols->count - sizes[0], symbols);
}

static void widths_and_kinds(void)
{
	static uint8_t value[4800];

	for (unsigned width = 1; width <= 8; width++)
		for (enum kind kind = 0; kind < KINDS; kind++) {
			struct symbols symbols = { value, 4096 + below(704), width };

			write_text(value, symbols.count, 1u << width, kind);
			compare_with_naive(&symbols);
		}
}

/* Values take turns, so that many are equally common in every window; then the old ones leave. */
static void ties(void)
{
	static uint8_t value[6000];

	for (unsigned values = 2; values <= 250; values += values / 2 + 1) {
		struct symbols symbols = { value, sizeof(value), 8 };

		for (unsigned i = 0; i < sizeof(value); i++)
			value[i] = (uint8_t)(i % values + (i > 4200 && below(values) == 0));
		compare_with_naive(&symbols);
	}
}

static void shortest(void)
{
	static const uint8_t value[4096] = { 0 };
	struct result result;

	CU_ASSERT_EQUAL(multi_mcw_estimate(&(struct symbols){ value, 4095, 2 }, &result), 0);
	expect_short(&result, 2);
	CU_ASSERT_EQUAL(multi_mcw_estimate(&(struct symbols){ value, 0, 1 }, &result), 0);
	expect_short(&result, 4096);
	compare_with_naive(&(struct symbols){ value, 4096, 2 });
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "all widths, many kinds of text", widths_and_kinds },
		{ "ties", ties },
		{ "the shortest, and too short", shortest },
	};

	random_state = unit_seed();
	return unit_run("sp800_90b_multi_mcw", tests, COUNT(tests));
}
