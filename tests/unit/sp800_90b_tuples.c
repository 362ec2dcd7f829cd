/* SPDX-License-Identifier: GPL-3.0-or-later */
/* t-tuple and LRS estimates (SP 800-90B, 6.3.5, 6.3.6): both ways to count, against counting pairs.
 */
#include "evaluate/sp800_90b/tuples.h"
#include "evaluate/sp800_90b/estimators.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define Z            2.5758293035489008
#define LONGEST      300
#define AT_ONCE      40 /* so few that ranges of prefixes are taken one after another */

/* In place of the library's: the tally's arrays grow so many times, then there is no memory. */
static unsigned growths = UINT_MAX;

void *reallocarray(void *array, size_t count, size_t size_bytes)
{
	return growths-- > 0 ? realloc(array, count * size_bytes) : NULL;
}

/* What all substrings of one length amount to. */
struct naive {
	uint64_t most, pairs;
};

/* By the lengths that each two suffixes have in common; of[1..] until nothing repeats. Return: v.
 */
static uint64_t count_pairs(const struct symbols *symbols, struct naive of[static LONGEST + 1])
{
	static uint16_t common[LONGEST + 1][LONGEST + 1];
	const uint64_t n = symbols->count;

	memset(common, 0, sizeof(common));
	for (uint64_t i = n; i-- > 0;)
		for (uint64_t j = n; j-- > 0;)
			common[i][j] = symbols->value[i] == symbols->value[j]
					       ? (uint16_t)(common[i + 1][j + 1] + 1)
					       : 0;
	for (uint64_t length = 1; length <= n; length++) {
		of[length] = (struct naive){ 0 };
		for (uint64_t i = 0; i < n; i++) {
			uint64_t equal = 0;

			for (uint64_t j = 0; j < n; j++)
				equal += common[i][j] >= length;
			of[length].most = equal > of[length].most ? equal : of[length].most;
			of[length].pairs += equal ? equal - 1 : 0;
		}
		of[length].pairs /= 2;
		if (of[length].pairs == 0)
			return length - 1;
	}
	return n;
}

static void compare_tally(struct tally *tally, const struct naive *of, uint64_t v)
{
	CU_ASSERT_EQUAL(tally_finish(tally), 0);
	CU_ASSERT_EQUAL(tally->longest, v);
	for (uint64_t length = 1; length <= v && tally->longest == v; length++) {
		CU_ASSERT_EQUAL(tally->of[length].most, of[length].most);
		CU_ASSERT_EQUAL(tally->of[length].pairs, of[length].pairs);
	}
	tally_release(tally);
}

/* Step 2 and 3 of either estimate: the greatest P^(1/W). */
static double greatest_root(const struct naive *of, uint64_t n, uint64_t from, uint64_t to,
			    bool is_pairs)
{
	double greatest = 0;

	for (uint64_t w = from; w <= to; w++) {
		double all = (double)(n - w + 1);
		double p = is_pairs ? (double)of[w].pairs / (all * (all - 1) / 2)
				    : (double)of[w].most / all;

		greatest = fmax(greatest, pow(p, 1 / (double)w));
	}
	return greatest;
}

static void compare_p(const struct result *result, const char *p_name, double p, uint64_t n)
{
	double p_u = fmin(1, p + Z * sqrt(p * (1 - p) / (double)(n - 1)));

	CU_ASSERT_DOUBLE_EQUAL(result_get(result, p_name), p, 1e-14);
	CU_ASSERT_DOUBLE_EQUAL(result_get(result, "p_u"), p_u, 1e-9); /* the root near p = 1 */
	CU_ASSERT_DOUBLE_EQUAL(result_get(result, "min_entropy"), -log2(result_get(result, "p_u")),
			       1e-15);
	CU_ASSERT_FALSE(signbit(result_get(result, "min_entropy")));
}

static void compare_estimates(const struct symbols *symbols, const struct naive *of, uint64_t v)
{
	struct result t_tuple, lrs;
	uint64_t u = 1, longest, n = symbols->count;

	while (u <= v && of[u].most >= 35)
		u++;
	CU_ASSERT_EQUAL(t_tuple_lrs_estimate(symbols, &t_tuple, &lrs), 0);
	CU_ASSERT_EQUAL(longest_repeat(symbols, &longest), 0);
	CU_ASSERT_EQUAL(longest, v);
	CU_ASSERT_EQUAL(t_tuple.outcome, u > 1 ? OUTCOME_NONE : OUTCOME_SHORT);
	if (u > 1) {
		CU_ASSERT_EQUAL(result_get(&t_tuple, "t"), (double)u - 1);
		compare_p(&t_tuple, "p_hat_max", greatest_root(of, n, 1, u - 1, false), n);
	}
	CU_ASSERT_EQUAL(result_get(&lrs, "u"), (double)u);
	CU_ASSERT_EQUAL(result_get(&lrs, "v"), (double)v);
	CU_ASSERT_EQUAL(lrs.outcome, u <= v ? OUTCOME_NONE : OUTCOME_SHORT);
	if (u <= v)
		compare_p(&lrs, "p_hat", greatest_root(of, n, u, v, true), n);
}

/* Return: whether the symbols were not too repetitive for tuples_by_prefix(). */
static bool compare(const uint8_t *value, uint64_t count, unsigned width)
{
	struct symbols symbols = { value, count, width };
	struct naive of[LONGEST + 1];
	uint64_t v = count_pairs(&symbols, of);
	struct tally tally;

	tally_init(&tally);
	CU_ASSERT_EQUAL(tuples_by_suffix(&symbols, &tally), 0);
	compare_tally(&tally, of, v);
	tally_init(&tally);
	int err = tuples_by_prefix(&symbols, AT_ONCE, &tally);

	CU_ASSERT(err == 0 || err == -E2BIG);
	if (!err)
		compare_tally(&tally, of, v);
	tally_release(&tally);
	compare_estimates(&symbols, of, v);
	return !err;
}

/* The example of 6.3.5 and 6.3.6 (whose cutoff is 3, not 35): Q is 9, 4, 3, 2, ..., and v is 5. */
static void test_standard(void)
{
	static const uint8_t s[] = {
		2, 2, 0, 1, 0, 2, 0, 1, 2, 1, 2, 0, 1, 2, 1, 0, 0, 1, 0, 0, 0
	};
	static const uint64_t q[] = { 9, 4, 3, 2, 2 };
	struct symbols symbols = { s, COUNT(s), 2 };
	struct tally tally;

	tally_init(&tally);
	CU_ASSERT_EQUAL(tuples_by_prefix(&symbols, COUNT(s), &tally), 0);
	CU_ASSERT_EQUAL(tally_finish(&tally), 0);
	CU_ASSERT_EQUAL_FATAL(tally.longest, COUNT(q));
	for (unsigned i = 0; i < COUNT(q); i++)
		CU_ASSERT_EQUAL(tally.of[i + 1].most, q[i]);
	tally_release(&tally);
	compare(s, COUNT(s), 2);
}

static void test_random(void)
{
	uint8_t value[LONGEST];
	unsigned sorted = 0;

	srand48((long)unit_seed());
	for (unsigned turn = 0; turn < 80; turn++) {
		unsigned width = 1 + turn % 8;
		uint64_t count = 1 + (uint64_t)(drand48() * (turn < 40 ? 40 : LONGEST));
		double skew = turn % 3 ? 1 : 3;

		for (unsigned i = 0; i < count; i++)
			value[i] = (uint8_t)(pow(drand48(), skew) * (1 << width));
		sorted += compare(value, count, width);
	}
	CU_ASSERT(sorted > 60);
}

/* Long repeats, which end where the text does, in runs of what fills up words after its end, too.
 */
static void test_repeats(void)
{
	uint8_t value[LONGEST];
	unsigned sorted = 0;

	srand48((long)unit_seed());
	for (unsigned turn = 0; turn < 80; turn++) {
		unsigned width = 1 + turn % 8;
		uint64_t count = 100 + (uint64_t)(drand48() * (LONGEST - 100));
		unsigned period = 30 + (unsigned)(drand48() * 200);

		for (unsigned i = 0; i < count; i++)
			value[i] = (uint8_t)(lrand48() % (1 << width));
		for (unsigned i = period; i < count; i++)
			value[i] = value[i - period];
		if (turn % 3)
			memset(value + count - count / (2 + turn % 9), turn % 2,
			       count / (2 + turn % 9));
		sorted += compare(value, count, width);
	}
	CU_ASSERT(sorted > 40);
}

/* One value, two in turn, the words of Fibonacci: v is near n, and no prefix tells much. */
static void test_periodic(void)
{
	uint8_t value[LONGEST] = { 0 };
	static const uint64_t counts[] = { 2, 3, 34, 35, 36, 63, 64, 65, 128, LONGEST };

	for (unsigned i = 0; i < COUNT(counts); i++)
		compare(value, counts[i], 1 + i % 8);
	for (unsigned i = 0; i < LONGEST; i++)
		value[i] = 1;
	compare(value, LONGEST, 1);
	for (unsigned i = 0; i < LONGEST; i++)
		value[i] = i % 2;
	for (unsigned i = 0; i < COUNT(counts); i++)
		compare(value, counts[i], 1);
	for (unsigned i = 0; i < LONGEST; i++)
		value[i] = (uint8_t)(floor((i + 2) * 0.6180339887498949) -
				     floor((i + 1) * 0.6180339887498949));
	compare(value, LONGEST, 1);
}

/* More than any of the buffers takes at once, and deeper than a word: one way checks the other. */
static void test_large(void)
{
	const uint64_t count = 40000;
	uint8_t *value = malloc(count);
	struct symbols symbols = { value, count, 1 };
	struct tally a, b;

	CU_ASSERT_PTR_NOT_NULL_FATAL(value);
	srand48((long)unit_seed());
	for (uint64_t i = 0; i < count; i++)
		value[i] = drand48() < 0.8;
	memcpy(value + count - 1000, value + 500, 1000);
	tally_init(&a);
	tally_init(&b);
	CU_ASSERT_EQUAL(tuples_by_prefix(&symbols, 1000, &a), 0);
	CU_ASSERT_EQUAL(tuples_by_suffix(&symbols, &b), 0);
	CU_ASSERT_EQUAL(tally_finish(&a), 0);
	CU_ASSERT_EQUAL(tally_finish(&b), 0);
	CU_ASSERT_EQUAL_FATAL(a.longest, b.longest);
	CU_ASSERT(a.longest >= 1000);
	CU_ASSERT_EQUAL(a.suffixes, count);
	CU_ASSERT_EQUAL(memcmp(a.of, b.of, (a.longest + 1) * sizeof(*a.of)), 0);
	tally_release(&a);
	tally_release(&b);
	free(value);
}

/* Where most suffixes begin alike, sorting them would take more memory than a suffix array. One in
 * each block, as a run of about a thousand zeros would be given up for its work. */
static void test_memory(void)
{
	enum { ONE_IN = 100 };
	uint8_t value[2000];
	struct symbols symbols = { value, COUNT(value), 1 };
	struct tally tally;

	srand48((long)unit_seed());
	memset(value, 0, sizeof(value));
	for (unsigned block = 0; block < COUNT(value); block += ONE_IN)
		value[block + (unsigned)(drand48() * ONE_IN)] = 1;
	tally_init(&tally);
	CU_ASSERT_EQUAL(tuples_by_prefix(&symbols, COUNT(value) / 3, &tally), -E2BIG);
	tally_release(&tally);
	tally_init(&tally);
	CU_ASSERT_EQUAL(tuples_by_prefix(&symbols, COUNT(value), &tally), 0);
	tally_release(&tally);
}

/* A de Bruijn sequence of order 2 over 40 values: pairs repeat at most once in it, but values do 40
 * times. */
static void test_no_long_repeat(void)
{
	enum { VALUES = 40 };
	uint8_t value[VALUES * VALUES];
	struct symbols symbols = { value, 0, 6 };
	struct result t_tuple, lrs;

	for (uint8_t i = 0; i < VALUES; i++) {
		value[symbols.count++] = i;
		for (uint8_t j = (uint8_t)(i + 1); j < VALUES; j++) {
			value[symbols.count++] = i;
			value[symbols.count++] = j;
		}
	}
	CU_ASSERT_EQUAL(symbols.count, COUNT(value));
	CU_ASSERT_EQUAL(t_tuple_lrs_estimate(&symbols, &t_tuple, &lrs), 0);
	CU_ASSERT_EQUAL(result_get(&t_tuple, "t"), 1);
	CU_ASSERT_EQUAL(result_get(&lrs, "u"), 2);
	CU_ASSERT_EQUAL(result_get(&lrs, "v"), 1);
	CU_ASSERT_EQUAL(lrs.outcome, OUTCOME_SHORT);
	CU_ASSERT_EQUAL(lrs.needs_bits, 6);
	CU_ASSERT_PTR_NULL(result_find(&lrs, "min_entropy"));
}

static void test_no_memory(void)
{
	uint8_t value[LONGEST] = { 0 };
	struct symbols symbols = { value, LONGEST, 1 };
	struct result t_tuple, lrs;
	uint64_t longest = 0;
	int err = -ENOMEM;

	for (unsigned i = 0; i < 20 && err; i++) {
		growths = i;
		err = t_tuple_lrs_estimate(&symbols, &t_tuple, &lrs);
		CU_ASSERT(i > 2 || err == -ENOMEM);
		if (err) {
			CU_ASSERT_EQUAL(err, -ENOMEM);
			CU_ASSERT_EQUAL(t_tuple.figures + lrs.figures, 0);
			growths = i;
			CU_ASSERT_EQUAL(longest_repeat(&symbols, &longest), -ENOMEM);
		}
		growths = UINT_MAX;
	}
	CU_ASSERT_EQUAL(err, 0);
	CU_ASSERT_EQUAL(result_get(&lrs, "v"), LONGEST - 1);
	CU_ASSERT_EQUAL(longest, 0);
}

static void test_short(void)
{
	static const uint8_t value[34];
	struct result t_tuple, lrs;

	for (uint64_t count = 0; count <= COUNT(value); count++) {
		struct symbols symbols = { value, count, 8 };
		uint64_t longest = 99;

		CU_ASSERT_EQUAL(t_tuple_lrs_estimate(&symbols, &t_tuple, &lrs), 0);
		CU_ASSERT_STRING_EQUAL(t_tuple.test, "t_tuple");
		CU_ASSERT_STRING_EQUAL(lrs.test, "lrs");
		CU_ASSERT_EQUAL(t_tuple.outcome, OUTCOME_SHORT);
		CU_ASSERT_EQUAL(t_tuple.needs_bits, 8 * (35 - count));
		CU_ASSERT_EQUAL(t_tuple.figures, 0);
		CU_ASSERT_EQUAL(lrs.outcome, count < 2 ? OUTCOME_SHORT : OUTCOME_NONE);
		CU_ASSERT_EQUAL(longest_repeat(&symbols, &longest), 0);
		CU_ASSERT_EQUAL(longest, count ? count - 1 : 0);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the standard's example", test_standard },
		{ "random symbols", test_random },
		{ "long repeats", test_repeats },
		{ "periodic symbols", test_periodic },
		{ "many symbols", test_large },
		{ "no more memory than a suffix array", test_memory },
		{ "no repeat long enough", test_no_long_repeat },
		{ "no memory", test_no_memory },
		{ "too few symbols", test_short },
	};

	return unit_run("sp800_90b_tuples", tests, COUNT(tests));
}
