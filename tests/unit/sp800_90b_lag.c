/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lag - against 6.3.8 step by step, on texts of all widths and lengths around its words. */
#include "evaluate/sp800_90b/estimators.h"

#include "tests/unit/sp800_90b_prediction_bed.h"

#define LAGS 128

static void compare_with_naive(const struct symbols *symbols)
{
	struct naive naive = { .predictors = LAGS };
	struct result result;

	for (uint64_t i = 1; i < symbols->count; i++) {
		int prediction[LAGS];

		for (unsigned d = 1; d <= LAGS; d++)
			prediction[d - 1] = d <= i ? symbols->value[i - d] : NOTHING;
		naive_judge(&naive, prediction, symbols->value[i]);
	}
	CU_ASSERT_EQUAL(lag_estimate(symbols, &result), 0);
	CU_ASSERT_STRING_EQUAL(result.test, "lag");
	compare(&result, &naive, symbols->count - 1, symbols);
}

static void widths_and_kinds(void)
{
	uint8_t value[700];

	for (unsigned width = 1; width <= 8; width++)
		for (enum kind kind = 0; kind < KINDS; kind++) {
			struct symbols symbols = { value, 2 + below(sizeof(value) - 1), width };

			write_text(value, symbols.count, 1u << width, kind);
			compare_with_naive(&symbols);
		}
}

static void all_lengths(void)
{
	uint8_t value[300];

	for (unsigned count = 2; count <= sizeof(value); count++) {
		struct symbols symbols = { value, count, 1 + count % 3 };

		write_text(value, count, 1u << symbols.width, PERIODIC);
		compare_with_naive(&symbols);
	}
}

/* Every lag is right all the time: the greatest wins. */
static void constant(void)
{
	uint8_t value[1000] = { 0 };
	struct symbols symbols = { value, sizeof(value), 1 };
	struct result result;

	compare_with_naive(&symbols);
	CU_ASSERT_EQUAL(lag_estimate(&symbols, &result), 0);
	CU_ASSERT_EQUAL((int)result_get(&result, "c"), 999);
	CU_ASSERT_EQUAL(fpclassify(result_get(&result, "min_entropy")), FP_ZERO);
	CU_ASSERT_FALSE(signbit(result_get(&result, "min_entropy")));
}

/* The first prediction from d symbols before, and no more, tells who wins: of random periods d. */
static void periods(void)
{
	uint8_t value[600];

	for (unsigned period = 1; period <= LAGS + 1; period++) {
		struct symbols symbols = { value, sizeof(value), 8 };

		write_text(value, sizeof(value), 256, UNIFORM);
		for (unsigned i = period; i < sizeof(value); i++)
			value[i] = value[i - period];
		compare_with_naive(&symbols);
	}
}

static void too_short(void)
{
	const uint8_t value[1] = { 3 };
	struct result result;

	CU_ASSERT_EQUAL(lag_estimate(&(struct symbols){ value, 0, 2 }, &result), 0);
	expect_short(&result, 4);
	CU_ASSERT_EQUAL(lag_estimate(&(struct symbols){ value, 1, 2 }, &result), 0);
	expect_short(&result, 2);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "all widths, many kinds of text", widths_and_kinds },
		{ "all lengths up to 300", all_lengths },
		{ "constant", constant },
		{ "periods", periods },
		{ "too short", too_short },
	};

	random_state = unit_seed();
	return unit_run("sp800_90b_lag", tests, COUNT(tests));
}
