/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T_irn: its four tests where they belong, one repetition, and data that end. */
#include "evaluate/ais31/ais31.h"

#include "evaluate/sp800_90b/estimators.h"
#include "tests/unit/ais31_bed.h"
#include "tests/unit/unit.h"

#define BITS 2040000

static struct tape tape;

/* The estimator's own figures for the bits at @first, which T_irn must tell. */
static void check_predictor(const struct result *told, const char *name, uint64_t first,
			    int (*estimate)(const struct symbols *, struct result *))
{
	uint8_t *bit = malloc(1000000);
	struct symbols symbols = { bit, 1000000, 1 };
	struct result own;

	CU_ASSERT_PTR_NOT_NULL_FATAL(bit);
	CU_ASSERT_PTR_NOT_NULL_FATAL(told);
	for (unsigned i = 0; i < 1000000; i++)
		bit[i] = (uint8_t)bed_bit(tape.packed, first + i);
	result_init(&own, name);
	CU_ASSERT_EQUAL(estimate(&symbols, &own), 0);
	CU_ASSERT_STRING_EQUAL(told->test, name);
	CU_ASSERT_STRING_EQUAL(told->procedure, "T_irn");
	CU_ASSERT_EQUAL(told->first_bit, first);
	CU_ASSERT_EQUAL(told->figures, own.figures);
	CU_ASSERT_EQUAL(result_get(told, "min_entropy"), result_get(&own, "min_entropy"));
	CU_ASSERT_EQUAL(told->outcome,
			result_get(&own, "min_entropy") >= 0.95 ? OUTCOME_PASS : OUTCOME_FAIL);
	free(bit);
}

static void has_four_tests(void)
{
	struct told told = { 0 };
	struct ais31_verdict verdict = bed_run(AIS31_T_IRN, 1, tape.packed, 0, 2 * BITS, &told);
	int64_t ones = 0;

	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_PASS);
	CU_ASSERT_EQUAL(verdict.runs, 1);
	CU_ASSERT_EQUAL(verdict.tests, 4);
	CU_ASSERT_EQUAL(verdict.used_bits, BITS);
	CU_ASSERT_EQUAL_FATAL(told.count, 4);
	for (unsigned i = 0; i < 20000; i++)
		ones += bed_bit(tape.packed, i);
	CU_ASSERT_EQUAL(told_integer(&told.result[0], "ones", 0), ones);
	CU_ASSERT_STRING_EQUAL(told.result[1].test, "T2");
	CU_ASSERT_EQUAL(told.result[1].first_bit, 20000);
	check_predictor(&told.result[2], "T3", 40000, multi_mmc_estimate);
	check_predictor(&told.result[3], "T4", 1040000, lz78y_estimate);
	told_free(&told);
}

/* T1 of the first run gets too few ones, then T1 of the second, too; then T2 of the first. */
static void knows_one_repetition(void)
{
	for (unsigned i = 0; i < 800; i++)
		bed_set(tape.packed, 5 * i, 0);
	struct told told = { 0 };
	struct ais31_verdict verdict = bed_run(AIS31_T_IRN, 1, tape.packed, 0, 2 * BITS, &told);

	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_PASS);
	CU_ASSERT_EQUAL(verdict.runs, 2);
	CU_ASSERT_EQUAL(verdict.failures[0], 1);
	CU_ASSERT_EQUAL(verdict.failures[1], 0);
	CU_ASSERT_EQUAL_FATAL(told.count, 8);
	CU_ASSERT_EQUAL(told.result[4].run, 2);
	CU_ASSERT_EQUAL(told.result[4].first_bit, BITS);
	told_free(&told);
	for (unsigned i = 0; i < 800; i++)
		bed_set(tape.packed, BITS + 5 * i, 0);
	verdict = bed_run(AIS31_T_IRN, 1, tape.packed, 0, BITS + 20000, NULL);
	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_FAIL);
	CU_ASSERT_EQUAL(verdict.failures[1], 1);
	memset(tape.packed + 2500, 0x3c, 2500);
	verdict = bed_run(AIS31_T_IRN, 1, tape.packed, 0, 40000, NULL);
	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_FAIL);
	CU_ASSERT_EQUAL(verdict.runs, 1);
	CU_ASSERT_EQUAL(verdict.failures[0], 2);
}

static void says_what_it_needs(void)
{
	/* What there is, the test that is short, what it and the run still need. */
	static const struct {
		uint64_t bits;
		const char *name;
		uint64_t test_bits;
	} rows[] = {
		{ 0, "T1", 20000 },         { 19992, "T1", 8 },       { 20000, "T2", 20000 },
		{ 39992, "T2", 8 },         { 40000, "T3", 1000000 }, { 1039992, "T3", 8 },
		{ 1040000, "T4", 1000000 }, { 2039992, "T4", 8 },
	};
	uint64_t state = 13;

	tape.bits = 0;
	tape_random(&tape, BITS, &state);
	for (unsigned i = 0; i < 8; i++) {
		struct told told = { 0 };
		struct ais31_verdict verdict =
			bed_run(AIS31_T_IRN, 1, tape.packed, 0, rows[i].bits, &told);
		const struct result *last = &told.result[told.count - 1];

		CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_SHORT);
		CU_ASSERT_EQUAL(verdict.needs_bits, BITS - rows[i].bits);
		CU_ASSERT_STRING_EQUAL(last->test, rows[i].name);
		CU_ASSERT_EQUAL(last->needs_bits, rows[i].test_bits);
		told_free(&told);
	}
}

/* What is stuck is worth nothing to a predictor. */
static void constant_bits_fail(void)
{
	struct told told = { 0 };

	memset(tape.packed, 0, BITS / 8);
	struct ais31_verdict verdict = bed_run(AIS31_T_IRN, 1, tape.packed, 0, BITS, &told);

	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_FAIL);
	CU_ASSERT_EQUAL(verdict.failures[0], 4);
	CU_ASSERT_EQUAL(told.count, 4);
	told_free(&told);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "has four tests", has_four_tests },
		{ "knows one repetition", knows_one_repetition },
		{ "says what it needs", says_what_it_needs },
		{ "constant bits fail", constant_bits_fail },
	};
	uint64_t state = 12;
	int status;

	tape = tape_new(2 * BITS);
	tape_random(&tape, 2 * BITS, &state);
	status = unit_run("ais31_t_irn", tests, sizeof(tests) / sizeof(tests[0]));
	tape_free(&tape);
	return status;
}
