/* SPDX-License-Identifier: GPL-3.0-or-later */
/* non_iid - which estimates are made of which sequence, what they come to, and who is told. */
#include "evaluate/sp800_90b/assess.h"
#include "evaluate/sp800_90b/estimators.h"

#include "tests/unit/sp800_90b_prediction_bed.h"

#include <errno.h>
#include <omp.h>
#include <pthread.h>

static uint8_t value[6000];
static struct non_iid out;

static bool are_equal(const struct result *a, const struct result *b)
{
	if (strcmp(a->test, b->test) != 0 || a->outcome != b->outcome || a->figures != b->figures)
		return false;
	for (unsigned i = 0; i < a->figures; i++)
		if (strcmp(a->figure[i].name, b->figure[i].name) != 0 ||
		    memcmp(a->figure[i].real, b->figure[i].real, sizeof(a->figure[i].real)) != 0)
			return false;
	return true;
}

static double least_of(const struct result *results)
{
	double least = NAN;

	for (unsigned i = 0; i < ESTIMATORS; i++)
		least = fmin(least, result_get(&results[i], "min_entropy"));
	return least;
}

static void names(void)
{
	CU_ASSERT_STRING_EQUAL(estimator_name(EST_MOST_COMMON_VALUE), "most_common_value");
	CU_ASSERT_STRING_EQUAL(estimator_name(EST_LZ78Y), "lz78y");
	for (unsigned i = 0; i < ESTIMATORS; i++)
		for (unsigned j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(estimator_name(i), estimator_name(j));
}

static void wide_symbols(void)
{
	const struct symbols symbols = { value, sizeof(value), 8 };

	write_text(value, sizeof(value), 256, UNIFORM);
	CU_ASSERT_EQUAL(non_iid_assess(&symbols, NULL, &out), 0);
	CU_ASSERT_EQUAL(out.samples, sizeof(value));
	CU_ASSERT_EQUAL(out.distinct, 256);
	CU_ASSERT_EQUAL(out.width, 8);
	CU_ASSERT(out.has_bitstring);
	for (unsigned i = 0; i < ESTIMATORS; i++) {
		bool is_for_bits = i == EST_COLLISION || i == EST_MARKOV || i == EST_COMPRESSION;

		CU_ASSERT_STRING_EQUAL(out.literal[i].test, estimator_name(i));
		CU_ASSERT_STRING_EQUAL(out.bitstring[i].test, estimator_name(i));
		/* Hardly ever, but rightly: no value occurs as often as t_tuple needs. */
		CU_ASSERT_NOT_EQUAL(out.literal[i].figures > 0 ||
					    out.literal[i].outcome == OUTCOME_SHORT,
				    is_for_bits);
		CU_ASSERT(out.bitstring[i].figures > 0 ||
			  out.bitstring[i].outcome == OUTCOME_SHORT);
	}
	CU_ASSERT(out.h_original > 0 && out.h_original <= 8);
	CU_ASSERT_DOUBLE_EQUAL(out.h_original, least_of(out.literal), 0);
	CU_ASSERT_DOUBLE_EQUAL(out.h_bitstring, least_of(out.bitstring), 0);
	CU_ASSERT_DOUBLE_EQUAL(out.min_entropy, fmin(out.h_original, 8 * out.h_bitstring), 0);
}

static void bits(void)
{
	write_text(value, sizeof(value), 2, UNIFORM);
	CU_ASSERT_EQUAL(non_iid_assess(&(struct symbols){ value, sizeof(value), 1 }, NULL, &out),
			0);
	CU_ASSERT_FALSE(out.has_bitstring);
	for (unsigned i = 0; i < ESTIMATORS; i++) {
		CU_ASSERT(out.literal[i].figures > 0 || out.literal[i].outcome == OUTCOME_SHORT);
		CU_ASSERT_EQUAL(out.bitstring[i].figures, 0);
	}
	CU_ASSERT(isnan(out.h_bitstring));
	CU_ASSERT_DOUBLE_EQUAL(out.min_entropy, least_of(out.literal), 0);
}

/* The literal estimates are of the values that occur, numbered anew; the bit string is as it was.
 */
static void gaps(void)
{
	static uint8_t bit[sizeof(value) * 6];
	struct result result;

	write_text(value, sizeof(value), 5, STICKY);
	CU_ASSERT_EQUAL(non_iid_assess(&(struct symbols){ value, sizeof(value), 3 }, NULL, &out),
			0);
	struct non_iid without = out;

	for (unsigned i = 0; i < sizeof(value); i++) {
		value[i] = (uint8_t)(value[i] * 13 + 2);
		for (unsigned j = 0; j < 6; j++)
			bit[6 * i + j] = value[i] >> (5 - j) & 1;
	}
	CU_ASSERT_EQUAL(non_iid_assess(&(struct symbols){ value, sizeof(value), 6 }, NULL, &out),
			0);
	CU_ASSERT_EQUAL(out.distinct, 5);
	CU_ASSERT_EQUAL(out.width, 6);
	for (unsigned i = 0; i < ESTIMATORS; i++)
		CU_ASSERT(are_equal(&out.literal[i], &without.literal[i]));
	CU_ASSERT_EQUAL(markov_estimate(&(struct symbols){ bit, sizeof(bit), 1 }, &result), 0);
	CU_ASSERT(are_equal(&out.bitstring[EST_MARKOV], &result));
	CU_ASSERT_EQUAL(lag_estimate(&(struct symbols){ bit, sizeof(bit), 1 }, &result), 0);
	CU_ASSERT(are_equal(&out.bitstring[EST_LAG], &result));
}

/* An alphabet of two is binary, however wide its symbols are (3.1.3: k > 2 has a bit string). */
static void two_values(void)
{
	write_text(value, sizeof(value), 2, BIASED);
	CU_ASSERT_EQUAL(non_iid_assess(&(struct symbols){ value, sizeof(value), 1 }, NULL, &out),
			0);
	struct non_iid binary = out;

	for (unsigned i = 0; i < sizeof(value); i++)
		value[i] = value[i] ? 200 : 3;
	CU_ASSERT_EQUAL(non_iid_assess(&(struct symbols){ value, sizeof(value), 8 }, NULL, &out),
			0);
	CU_ASSERT_EQUAL(out.distinct, 2);
	CU_ASSERT_FALSE(out.has_bitstring);
	for (unsigned i = 0; i < ESTIMATORS; i++)
		CU_ASSERT(are_equal(&out.literal[i], &binary.literal[i]));
	CU_ASSERT_DOUBLE_EQUAL(out.min_entropy, binary.min_entropy, 0);
}

static void no_entropy(void)
{
	memset(value, 7, sizeof(value));
	CU_ASSERT_EQUAL(non_iid_assess(&(struct symbols){ value, sizeof(value), 4 }, NULL, &out),
			-EDOM);
	CU_ASSERT_EQUAL(out.distinct, 1);
	CU_ASSERT_EQUAL(fpclassify(out.min_entropy), FP_ZERO);
	CU_ASSERT_EQUAL(non_iid_assess(&(struct symbols){ value, 1, 4 }, NULL, &out), -EDOM);
	CU_ASSERT_EQUAL(non_iid_assess(&(struct symbols){ NULL, 0, 4 }, NULL, &out), -ENODATA);
	CU_ASSERT_EQUAL(out.distinct, 0);
	CU_ASSERT(isnan(out.min_entropy));
}

/* The fewer the symbols, the fewer estimates; what is left still makes a sense. */
static void few_symbols(void)
{
	for (unsigned count = 2; count < 120; count += 1 + count / 8)
		for (unsigned width = 1; width <= 8; width += 7) {
			struct symbols symbols = { value, count, width };

			write_text(value, count, 1u << width, UNIFORM);
			value[0] = 0;
			value[count - 1] = 1;
			int err = non_iid_assess(&symbols, NULL, &out);

			CU_ASSERT(err == 0 || err == -ENODATA);
			CU_ASSERT_EQUAL(isnan(out.min_entropy), err == -ENODATA);
			CU_ASSERT(err || (out.min_entropy >= 0 && out.min_entropy <= width));
			CU_ASSERT_EQUAL(out.literal[EST_MULTI_MCW].outcome, OUTCOME_SHORT);
		}
}

struct told {
	pthread_t by;
	uint64_t done, calls;
};

static void listen(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct told *told = ctx;

	CU_ASSERT_STRING_EQUAL(what, "estimators");
	CU_ASSERT(pthread_equal(told->by, pthread_self()));
	CU_ASSERT(done >= told->done && done <= total);
	CU_ASSERT_EQUAL(total, 17);
	told->done = done;
	told->calls++;
}

static void threads(void)
{
	const struct symbols symbols = { value, sizeof(value), 4 };
	struct told told = { .by = pthread_self() };
	const struct audience audience = { .progress = listen, .ctx = &told };
	const int threads = omp_get_max_threads();

	write_text(value, sizeof(value), 16, COPIED);
	omp_set_num_threads(1);
	CU_ASSERT_EQUAL(non_iid_assess(&symbols, &audience, &out), 0);
	CU_ASSERT_EQUAL(told.done, 17);
	CU_ASSERT(told.calls >= 15);
	struct non_iid alone = out;

	for (int n = 2; n <= 9; n++) {
		told.done = 0;
		omp_set_num_threads(n);
		CU_ASSERT_EQUAL(non_iid_assess(&symbols, &audience, &out), 0);
		CU_ASSERT_EQUAL(told.done, 17);
		for (unsigned i = 0; i < ESTIMATORS; i++) {
			CU_ASSERT(are_equal(&out.literal[i], &alone.literal[i]));
			CU_ASSERT(are_equal(&out.bitstring[i], &alone.bitstring[i]));
		}
		CU_ASSERT_DOUBLE_EQUAL(out.min_entropy, alone.min_entropy, 0);
	}
	omp_set_num_threads(threads);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "names", names },
		{ "symbols wider than a bit", wide_symbols },
		{ "bits", bits },
		{ "gaps in the alphabet", gaps },
		{ "two values of many bits", two_values },
		{ "no entropy, no data", no_entropy },
		{ "few symbols", few_symbols },
		{ "any number of threads", threads },
	};

	random_state = unit_seed();
	return unit_run("sp800_90b_non_iid", tests, COUNT(tests));
}
