/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The restart tests of SP 800-90B 3.1.4: the cutoff, the sanity check and the verdict. */
#include "evaluate/sp800_90b/assess.h"
#include "evaluate/sp800_90b/restart_cutoff.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define COUNT        (RESTARTS * RESTART_SAMPLES)

static uint8_t value[COUNT];
static struct restart restart;

/* Random symbols; the same ones at every run. */
static void fill(unsigned width)
{
	uint64_t state = 1;

	for (unsigned i = 0; i < COUNT; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		value[i] = (uint8_t)(state >> (64 - width));
	}
}

static void test_alpha(void)
{
	CU_ASSERT(fabs(restart_alpha() / 5.025155300653061e-06 - 1) < 1e-9);
}

/* Two values: a single binomial distribution, summed up from both ends. */
static unsigned plain_binary_cutoff(double h)
{
	const long double p = exp2l(-(long double)h);
	long double above = 0, log_term;

	for (int x = RESTART_SAMPLES; x > 500; x--) {
		log_term = lgammal(1001) - lgammal(x + 1) - lgammal(1001 - x);
		above += expl(log_term + x * logl(p) + (1000 - x) * logl(1 - p));
		above += expl(log_term + x * logl(1 - p) + (1000 - x) * logl(p));
		if (above > (long double)restart_alpha())
			return (unsigned)x;
	}
	return 500;
}

static void test_binary_cutoff(void)
{
	for (double h = 0.05; h < 0.999; h += 0.13)
		CU_ASSERT_EQUAL(restart_cutoff(2, h), plain_binary_cutoff(h));
}

/*
 * From a program of its own with 300 digits, which takes powers of the series by their recurrence.
 * The simulation of NIST's tool gives these values too, or one less or more where the probability
 * is near.
 */
static void test_known_cutoffs(void)
{
	static const struct {
		unsigned distinct;
		double h;
		unsigned cutoff;
	} known[] = {
		{ 256, 7, 27 },   { 256, 8, 19 },   { 16, 4, 104 },  { 4, 1.9, 335 },
		{ 200, 7.9, 19 }, { 256, 7.2, 25 }, { 2, 0.9, 605 }, { 3, 0.5, 769 },
	};

	for (unsigned i = 0; i < ARRAY_LEN(known); i++)
		CU_ASSERT_EQUAL(restart_cutoff(known[i].distinct, known[i].h), known[i].cutoff);
}

/* No claim is too high or too low for an answer. */
static void test_cutoff_extremes(void)
{
	CU_ASSERT_EQUAL(restart_cutoff(256, 0), 1000);
	CU_ASSERT_EQUAL(restart_cutoff(256, 1e-300), 1000);
	CU_ASSERT_EQUAL(restart_cutoff(1, 8), restart_cutoff(256, 8));
	CU_ASSERT_EQUAL(restart_cutoff(2, 8), restart_cutoff(256, 8));
	for (double h = 0.01; h < 8; h += 1.33)
		CU_ASSERT(restart_cutoff(3, h) >= restart_cutoff(3, h + 0.01));
}

static void test_arguments(void)
{
	const struct symbols symbols = { value, COUNT, 8 }, fewer = { value, COUNT - 1, 8 };

	CU_ASSERT_EQUAL(restart_assess(&fewer, 1, false, NULL, &restart), -EINVAL);
	CU_ASSERT_EQUAL(restart_assess(&symbols, 8.01, true, NULL, &restart), -EINVAL);
	CU_ASSERT_EQUAL(restart_assess(&symbols, 0, true, NULL, &restart), -EINVAL);
	CU_ASSERT_EQUAL(restart_assess(&symbols, -1, true, NULL, &restart), -EINVAL);
	CU_ASSERT_EQUAL(restart_assess(&symbols, NAN, true, NULL, &restart), -EINVAL);
}

static void test_constant(void)
{
	memset(value, 7, COUNT);
	CU_ASSERT_EQUAL(
		restart_assess(&(struct symbols){ value, COUNT, 8 }, 1, false, NULL, &restart),
		-EDOM);
	CU_ASSERT_EQUAL(restart.min_entropy, 0);
	CU_ASSERT_FALSE(restart.is_valid);
	CU_ASSERT_EQUAL(result_get(&restart.sanity, "x_max"), 1000);
	CU_ASSERT_EQUAL(restart.sanity.outcome, OUTCOME_FAIL);
}

static void test_iid(void)
{
	const struct symbols symbols = { value, COUNT, 8 };

	fill(8);
	CU_ASSERT_EQUAL(restart_assess(&symbols, 7, true, NULL, &restart), 0);
	CU_ASSERT(restart.is_valid);
	CU_ASSERT_EQUAL(restart.min_entropy, 7);
	CU_ASSERT(restart.h_row > 7.8);
	CU_ASSERT_EQUAL(restart.h_row, restart.h_column);
	CU_ASSERT_EQUAL(restart.h_row,
			result_get(&restart.rows_iid.most_common_literal, "min_entropy"));
	CU_ASSERT_EQUAL(restart.rows_iid.distinct, 256);
	CU_ASSERT_EQUAL(restart_assess(&symbols, 8, true, NULL, &restart), 0);
	CU_ASSERT_EQUAL(restart.min_entropy, restart.h_row);
}

/* The same values after every restart in one place, or in one row: found, and told where. */
static void test_sanity(void)
{
	const struct symbols symbols = { value, COUNT, 8 };
	const unsigned cutoff = restart_cutoff(256, 7);

	fill(8);
	for (unsigned i = 0; i < 60; i++)
		value[i * 16 * 1000 + 123] = 42;
	CU_ASSERT_EQUAL(restart_assess(&symbols, 7, true, NULL, &restart), 0);
	CU_ASSERT_EQUAL(restart.sanity.outcome, OUTCOME_FAIL);
	CU_ASSERT(result_get(&restart.sanity, "x_max") >= 60);
	CU_ASSERT_EQUAL(result_get(&restart.sanity, "x_cutoff"), cutoff);
	CU_ASSERT_STRING_EQUAL(result_find(&restart.sanity, "which")->word, "column");
	CU_ASSERT_EQUAL(result_get(&restart.sanity, "number"), 123);
	CU_ASSERT_FALSE(restart.is_valid);
	CU_ASSERT_EQUAL(restart.min_entropy, 0);
	fill(8);
	for (unsigned i = 0; i < 70; i++)
		value[999 * 1000 + 14 * i] = 9;
	CU_ASSERT_EQUAL(restart_assess(&symbols, 7, true, NULL, &restart), 0);
	CU_ASSERT_STRING_EQUAL(result_find(&restart.sanity, "which")->word, "row");
	CU_ASSERT_EQUAL(result_get(&restart.sanity, "number"), 999);
}

/* Exactly as often as the cutoff allows, and once more. */
static void test_sanity_limit(void)
{
	const struct symbols symbols = { value, COUNT, 8 };
	const unsigned cutoff = restart_cutoff(256, 7);

	for (unsigned more = 0; more < 2; more++) {
		for (unsigned i = 0; i < COUNT; i++)
			value[i] = (uint8_t)(i % 1000 + i / 1000);
		for (unsigned i = 0; i < 1000; i++)
			value[500 * 1000 + i] = (uint8_t)(i < cutoff + more ? 1 : 2 + i % 200);
		CU_ASSERT_EQUAL(restart_assess(&symbols, 7, true, NULL, &restart), 0);
		CU_ASSERT_EQUAL(result_get(&restart.sanity, "x_max"), cutoff + more);
		CU_ASSERT_EQUAL(restart.sanity.outcome, more ? OUTCOME_FAIL : OUTCOME_PASS);
	}
}

/* Half the claim is the limit: one value every fourth time is 2 bits, not the 7.5 that were
 * claimed. */
static void test_half(void)
{
	const struct symbols symbols = { value, COUNT, 8 };

	fill(8);
	for (unsigned i = 0; i < COUNT; i++)
		if (value[i] < 64)
			value[i] = 0;
	CU_ASSERT_EQUAL(restart_assess(&symbols, 2, true, NULL, &restart), 0);
	CU_ASSERT(restart.is_valid);
	CU_ASSERT(restart.h_row < 2 && restart.h_row > 1.98);
	CU_ASSERT_EQUAL(restart.min_entropy, restart.h_row);
	CU_ASSERT_EQUAL(restart_assess(&symbols, 7.5, true, NULL, &restart), 0);
	CU_ASSERT_FALSE(restart.is_valid);
	CU_ASSERT_EQUAL(restart.min_entropy, 0);
}

struct listener {
	unsigned calls;
	uint64_t last;
	bool is_wrong;
};

static void hear(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct listener *listener = ctx;

	listener->is_wrong |= !what || done < listener->last || done > total;
	listener->last = done;
	listener->calls++;
}

/* All ten estimators of the bits and of the bits transposed; any two values are bits. */
static void test_bits(void)
{
	struct listener listener = { 0 };
	const struct audience audience = { .progress = hear, .ctx = &listener };
	double least;

	fill(1);
	for (unsigned i = 0; i < COUNT; i++)
		value[i] = value[i] ? 0x41 : 0x40;
	CU_ASSERT_EQUAL(restart_assess(&(struct symbols){ value, COUNT, 8 }, 0.9, false, &audience,
				       &restart),
			0);
	CU_ASSERT(listener.calls > 0);
	CU_ASSERT_FALSE(listener.is_wrong);
	CU_ASSERT(restart.is_valid);
	least = 8;
	for (unsigned e = 0; e < ESTIMATORS; e++) {
		CU_ASSERT_STRING_EQUAL(restart.rows.literal[e].test, estimator_name(e));
		CU_ASSERT_FALSE(isnan(result_get(&restart.rows.literal[e], "min_entropy")));
		CU_ASSERT_FALSE(isnan(result_get(&restart.columns.literal[e], "min_entropy")));
		least = fmin(least, result_get(&restart.columns.literal[e], "min_entropy"));
	}
	CU_ASSERT_EQUAL(restart.h_column, least);
	CU_ASSERT_EQUAL(restart.min_entropy, fmin(fmin(restart.h_row, restart.h_column), 0.9));
	CU_ASSERT(isnan(restart.rows.h_bitstring));
	CU_ASSERT_EQUAL(restart.rows.width, 8);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "alpha", test_alpha },
		{ "cutoffs of bits", test_binary_cutoff },
		{ "known cutoffs", test_known_cutoffs },
		{ "cutoffs at the ends", test_cutoff_extremes },
		{ "arguments", test_arguments },
		{ "constant", test_constant },
		{ "IID track", test_iid },
		{ "sanity", test_sanity },
		{ "sanity at the limit", test_sanity_limit },
		{ "half the claim", test_half },
		{ "bits", test_bits },
	};

	return unit_run("sp800_90b_restart", tests, ARRAY_LEN(tests));
}
