/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The permutation tests of SP 800-90B 5.1: orders, counts, and that threads change nothing. */
#include "evaluate/sp800_90b/permutation.h"

#include "evaluate/sp800_90b/assess.h"
#include "evaluate/sp800_90b/shuffle.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MOST         1000

/* xoshiro256** seeded by splitmix64, bounded draws and all, of the published algorithms once more.
 */
static void plain_shuffle(uint8_t *value, uint32_t count, uint64_t seed, uint64_t number)
{
	uint64_t s[4], half = 0, z[2];
	bool has_half = false;

	z[0] = seed + 0x9E3779B97F4A7C15u;
	for (unsigned i = 0; i < 2; i++) {
		if (i)
			z[0] += 0x9E3779B97F4A7C15u * (number + 1);
		z[0] = (z[0] ^ (z[0] >> 30)) * 0xBF58476D1CE4E5B9u;
		z[0] = (z[0] ^ (z[0] >> 27)) * 0x94D049BB133111EBu;
		z[0] ^= z[0] >> 31;
	}
	for (unsigned i = 0; i < 4; i++) {
		z[1] = z[0] += 0x9E3779B97F4A7C15u;
		z[1] = (z[1] ^ (z[1] >> 30)) * 0xBF58476D1CE4E5B9u;
		z[1] = (z[1] ^ (z[1] >> 27)) * 0x94D049BB133111EBu;
		s[i] = z[1] ^ (z[1] >> 31);
	}
	for (uint32_t left = count; left > 1; left--) {
		uint64_t product;

		/* Down to 64 symbols both halves of a draw serve, then one. */
		do {
			if (!has_half) {
				const uint64_t five = s[1] * 5, t = s[1] << 17;

				half = ((five << 7) | (five >> 57)) * 9;
				s[2] ^= s[0];
				s[3] ^= s[1];
				s[1] ^= s[2];
				s[0] ^= s[3];
				s[2] ^= t;
				s[3] = (s[3] << 45) | (s[3] >> 19);
				product = (half >> 32) * left;
			} else {
				product = (half & 0xFFFFFFFF) * left;
			}
			has_half = !has_half && (count - left) / 64 < (count - 1) / 64;
		} while ((uint32_t)product <
			 (uint32_t)(0 - left) % left); /* too rare to be met here */
		const uint8_t kept = value[left - 1];

		value[left - 1] = value[product >> 32];
		value[product >> 32] = kept;
	}
}

static void test_shuffle_known(void)
{
	static const uint32_t counts[] = { 0, 1, 2, 3, 64, 65, 66, 128, 129, 200 };
	uint8_t from[256], into[256], expected[256];

	for (unsigned i = 0; i < 256; i++)
		from[i] = (uint8_t)i;
	for (unsigned i = 0; i < ARRAY_LEN(counts); i++) {
		memcpy(expected, from, 256);
		memcpy(into, from, 256);
		plain_shuffle(expected, counts[i], 77, i);
		shuffle(from, counts[i], 77, i, into);
		CU_ASSERT_EQUAL(memcmp(into, expected, 256), 0);
	}
}

/* Every order of four is as likely as another, and so is every place of each symbol of 200. */
static void test_shuffle_uniform(void)
{
	enum { DRAWS = 24000 };
	uint8_t from[200], into[200];
	unsigned orders[256] = { 0 }, places[200] = { 0 };
	double chi = 0;

	for (unsigned i = 0; i < 200; i++)
		from[i] = (uint8_t)i;
	for (uint64_t n = 0; n < DRAWS; n++) {
		shuffle(from, 4, 5, n, into);
		orders[into[0] << 6 | into[1] << 4 | into[2] << 2 | into[3]]++;
	}
	for (unsigned i = 0; i < 256; i++)
		chi += orders[i] ? pow(orders[i] - DRAWS / 24., 2) / (DRAWS / 24.) : 0;
	CU_ASSERT(chi < 58); /* 23 degrees of freedom: one seed in 13,000 */
	chi = 0;
	for (uint64_t n = 0; n < 20000; n++) {
		shuffle(from, 200, n, 3, into);
		for (unsigned i = 0; i < 200; i++)
			places[i] += into[i] == 199 ? 1 : 0;
	}
	for (unsigned i = 0; i < 200; i++)
		chi += pow(places[i] - 100., 2) / 100;
	CU_ASSERT(chi < 280); /* 199: one in 7,000 */
}

static void test_shuffle_numbers(void)
{
	uint8_t from[200], a[200], b[200];

	for (unsigned i = 0; i < 200; i++)
		from[i] = (uint8_t)i;
	shuffle(from, 200, 1, 0, a);
	shuffle(from, 200, 0, 1, b);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, 200), 0);
	shuffle(from, 200, 1, 1, b);
	CU_ASSERT_NOT_EQUAL(memcmp(a, b, 200), 0);
	shuffle(from, 200, 1, 0, b);
	CU_ASSERT_EQUAL(memcmp(a, b, 200), 0);
}

static void test_rank(void)
{
	struct rank rank = { .initial = 2 };

	for (unsigned i = 0; i < 5; i++)
		rank_add(&rank, 3);
	for (unsigned i = 0; i < 5; i++)
		rank_add(&rank, 1);
	CU_ASSERT_FALSE(rank_is_decided(&rank));
	rank_add(&rank, 2); /* counts for both sides */
	CU_ASSERT(rank_is_decided(&rank));
	rank_add(&rank, 3);
	CU_ASSERT(rank.c0 == 5 && rank.c1 == 1 && rank.c2 == 5);
	rank = (struct rank){ .initial = 0 };
	for (unsigned i = 0; i < 100; i++)
		rank_add(&rank, 1);
	CU_ASSERT_FALSE(rank_is_decided(&rank));
	CU_ASSERT_EQUAL(rank.c0, 100);
}

/* One permutation after the other, all statistics of each; the rule of 5.1 and nothing else. */
static uint64_t plain_test(const struct symbols *symbols, uint64_t seed,
			   uint64_t counts[STATISTICS][3])
{
	static uint8_t order[MOST];
	double initial[STATISTICS], other[STATISTICS];
	bool is_open[STATISTICS];
	unsigned open = 0;
	struct sequence sequence;
	struct conversions room;
	uint64_t done = 0;

	CU_ASSERT_EQUAL_FATAL(sequence_init(&sequence, symbols), 0);
	CU_ASSERT_EQUAL_FATAL(conversions_init(&room, &sequence), 0);
	statistics_compute(&sequence, sequence.value, ALL_STATISTICS, &room, initial);
	memset(counts, 0, STATISTICS * sizeof(counts[0]));
	for (unsigned s = 0; s < STATISTICS; s++)
		open += is_open[s] = symbols->count >= statistic_least(s, sequence.is_binary);
	for (; open && done < PERMUTATIONS; done++) {
		/* All of the first hundred, then those that are open: bzip2 is slow. */
		uint32_t wanted = 0;

		for (unsigned s = 0; s < STATISTICS; s++)
			wanted |= is_open[s] || done < 100 ? 1u << s : 0;
		shuffle(sequence.value, symbols->count, seed, done, order);
		statistics_compute(&sequence, order, wanted, &room, other);
		for (unsigned s = 0; s < STATISTICS; s++) {
			uint64_t *c = counts[s];

			if (!is_open[s])
				continue;
			c[other[s] > initial[s] ? 0 : other[s] < initial[s] ? 2 : 1]++;
			is_open[s] = c[0] + c[1] <= 5 || c[1] + c[2] <= 5;
			open -= !is_open[s];
		}
	}
	conversions_free(&room);
	sequence_free(&sequence);
	return done;
}

struct listener {
	uint64_t last;
	unsigned calls;
	bool is_wrong;
};

static void hear(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct listener *listener = ctx;

	listener->is_wrong |= !what || total != PERMUTATIONS || done <= listener->last ||
			      omp_get_thread_num() != 0;
	listener->last = done;
	listener->calls++;
}

/* With any number of threads, the counts of plain_test(). Return: the permutations. */
static uint64_t check(const struct symbols *symbols, uint64_t seed)
{
	uint64_t counts[STATISTICS][3];
	const uint64_t expected = plain_test(symbols, seed, counts);

	for (int threads = 1; threads <= 5; threads += threads < 3 ? 1 : 2) {
		struct listener listener = { 0 };
		const struct audience audience = { .progress = hear, .ctx = &listener };
		struct result result[STATISTICS];
		uint64_t permutations = 0;

		omp_set_num_threads(threads);
		CU_ASSERT_EQUAL(permutation_test(symbols, seed, &audience, result, &permutations),
				0);
		CU_ASSERT_EQUAL(permutations, expected);
		CU_ASSERT_EQUAL(listener.last, expected);
		CU_ASSERT_FALSE(listener.is_wrong);
		for (unsigned s = 0; s < STATISTICS; s++) {
			const uint64_t *c = counts[s];

			CU_ASSERT_STRING_EQUAL(result[s].test, statistic_name(s));
			if (result[s].outcome == OUTCOME_SHORT) {
				CU_ASSERT_EQUAL(c[0] + c[1] + c[2], 0);
				CU_ASSERT(result[s].needs_bits > 0);
				continue;
			}
			CU_ASSERT_EQUAL(result_get(&result[s], "c0"), (double)c[0]);
			CU_ASSERT_EQUAL(result_get(&result[s], "c1"), (double)c[1]);
			CU_ASSERT_EQUAL(result_get(&result[s], "c2"), (double)c[2]);
			CU_ASSERT_EQUAL(result[s].outcome, c[0] + c[1] > 5 && c[1] + c[2] > 5
								   ? OUTCOME_PASS
								   : OUTCOME_FAIL);
		}
	}
	return expected;
}

static uint8_t value[MOST];

static void fill(uint64_t count, unsigned width, uint64_t seed)
{
	uint64_t state = seed;

	for (uint64_t i = 0; i < count; i++) {
		state = state * 6364136223846793005 + 1442695040888963407;
		value[i] = (uint8_t)(state >> (64 - width));
	}
}

static void test_counts(void)
{
	static const struct {
		uint64_t count;
		unsigned width;
	} cases[] = { { 2, 1 }, { 9, 1 }, { 33, 3 }, { 300, 1 }, { 500, 8 }, { 1000, 2 } };

	for (unsigned k = 0; k < ARRAY_LEN(cases); k++) {
		fill(cases[k].count, cases[k].width, 12345 + k);
		value[1] = value[0] ^ 1;
		check(&(struct symbols){ value, cases[k].count, cases[k].width }, k);
	}
}

/* Crosses its median at every symbol, as no other order does: it takes all 10,000 to be sure. */
static const uint8_t crossing[] = { 1, 3, 0, 2, 0, 2, 1, 3, 0, 2, 0, 2, 1, 3 };

static void test_crossing(void)
{
	struct result result[STATISTICS];
	uint64_t permutations;
	const struct symbols symbols = { crossing, sizeof(crossing), 2 };

	CU_ASSERT_EQUAL(check(&symbols, 1), PERMUTATIONS);
	omp_set_num_threads(2);
	CU_ASSERT_EQUAL(permutation_test(&symbols, 1, NULL, result, &permutations), 0);
	CU_ASSERT_EQUAL(result[STAT_MEDIAN_RUNS].outcome, OUTCOME_FAIL);
	CU_ASSERT_EQUAL(result_get(&result[STAT_MEDIAN_RUNS], "initial"), sizeof(crossing));
	CU_ASSERT_EQUAL(result[STAT_COVARIANCE].outcome, OUTCOME_PASS);
	CU_ASSERT_EQUAL(result[STAT_PERIODICITY + 4].outcome, OUTCOME_SHORT);
	CU_ASSERT_EQUAL(result[STAT_PERIODICITY + 4].needs_bits, 2 * (33 - sizeof(crossing)));
}

static void test_seeds(void)
{
	struct result a[STATISTICS], b[STATISTICS];
	uint64_t permutations, other;
	unsigned different = 0;
	const struct symbols symbols = { value, MOST, 2 };

	fill(MOST, 2, 99);
	omp_set_num_threads(2);
	CU_ASSERT_EQUAL(permutation_test(&symbols, 1, NULL, a, &permutations), 0);
	CU_ASSERT_EQUAL(permutation_test(&symbols, 2, NULL, b, &other), 0);
	for (unsigned s = 0; s < STATISTICS; s++) {
		CU_ASSERT_EQUAL(result_get(&a[s], "initial"), result_get(&b[s], "initial"));
		different += fabs(result_get(&a[s], "c0") - result_get(&b[s], "c0")) > 0;
	}
	CU_ASSERT(different > 0);
}

/* The whole of the IID track on data of which hardly anything can be said. */
static void test_iid_edges(void)
{
	static struct iid iid;
	static const uint8_t few[] = { 1, 0, 3, 3 };

	CU_ASSERT_EQUAL(iid_assess(&(struct symbols){ few, 0, 2 }, 1, NULL, &iid), -ENODATA);
	CU_ASSERT_EQUAL(iid_assess(&(struct symbols){ few, 1, 2 }, 1, NULL, &iid), -EDOM);
	CU_ASSERT_EQUAL(iid.distinct, 1);
	CU_ASSERT_EQUAL(iid.min_entropy, 0);
	CU_ASSERT_FALSE(iid.is_iid);
	CU_ASSERT_STRING_EQUAL(iid.permutation[STAT_COMPRESSION].test, "compression");
	CU_ASSERT_EQUAL(iid_assess(&(struct symbols){ few + 2, 2, 2 }, 1, NULL, &iid), -EDOM);
	for (uint64_t count = 2; count <= 4; count++) {
		CU_ASSERT_EQUAL(iid_assess(&(struct symbols){ few, count, 2 }, 1, NULL, &iid), 0);
		CU_ASSERT_EQUAL(iid.samples, count);
		CU_ASSERT_EQUAL(iid.independence.outcome, OUTCOME_SHORT);
		CU_ASSERT_EQUAL(iid.goodness.outcome, OUTCOME_SHORT);
		CU_ASSERT_FALSE(isnan(iid.min_entropy));
		CU_ASSERT_FALSE(isnan(result_get(&iid.repeated, "p_value")));
	}
}

static void test_iid(void)
{
	static struct iid iid;

	fill(MOST, 2, 99);
	CU_ASSERT_EQUAL(iid_assess(&(struct symbols){ value, MOST, 2 }, 4, NULL, &iid), 0);
	CU_ASSERT(iid.is_iid);
	CU_ASSERT_EQUAL(iid.distinct, 4);
	CU_ASSERT_EQUAL(iid.h_original, result_get(&iid.most_common_literal, "min_entropy"));
	CU_ASSERT_EQUAL(iid.h_bitstring, result_get(&iid.most_common_bitstring, "min_entropy"));
	CU_ASSERT_EQUAL(iid.min_entropy, fmin(iid.h_original, 2 * iid.h_bitstring));
	CU_ASSERT(result_get(&iid.most_common_bitstring, "mode_count") >= MOST);
	CU_ASSERT_EQUAL(iid_assess(&(struct symbols){ crossing, 14, 2 }, 1, NULL, &iid), 0);
	CU_ASSERT_FALSE(iid.is_iid);
	CU_ASSERT_EQUAL(iid.permutations, PERMUTATIONS);
}

/* Of two values the symbols are the bits, whatever their width. */
static void test_iid_two_values(void)
{
	static struct iid narrow, wide;

	fill(MOST, 1, 7);
	CU_ASSERT_EQUAL(iid_assess(&(struct symbols){ value, MOST, 1 }, 4, NULL, &narrow), 0);
	for (unsigned i = 0; i < MOST; i++)
		value[i] = value[i] ? 200 : 3;
	CU_ASSERT_EQUAL(iid_assess(&(struct symbols){ value, MOST, 8 }, 4, NULL, &wide), 0);
	CU_ASSERT(isnan(wide.h_bitstring) && isnan(narrow.h_bitstring));
	CU_ASSERT_EQUAL(wide.min_entropy, wide.h_original);
	CU_ASSERT_EQUAL(wide.min_entropy, narrow.min_entropy);
	CU_ASSERT_EQUAL(wide.most_common_bitstring.figures, 0);
	CU_ASSERT_EQUAL(result_get(&wide.independence, "chi_square"),
			result_get(&narrow.independence, "chi_square"));
	CU_ASSERT_EQUAL(result_get(&wide.goodness, "chi_square"),
			result_get(&narrow.goodness, "chi_square"));
	CU_ASSERT_EQUAL(result_get(&wide.repeated, "longest"),
			result_get(&narrow.repeated, "longest"));
	for (unsigned s = STAT_DIRECTIONAL_RUNS; s < STAT_COMPRESSION; s++)
		CU_ASSERT_EQUAL(result_get(&wide.permutation[s], "c0"),
				result_get(&narrow.permutation[s], "c0"));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "shuffle: known orders", test_shuffle_known },
		{ "shuffle: uniform", test_shuffle_uniform },
		{ "shuffle: numbers", test_shuffle_numbers },
		{ "rank", test_rank },
		{ "counts", test_counts },
		{ "crossing", test_crossing },
		{ "seeds", test_seeds },
		{ "iid", test_iid },
		{ "iid: two values", test_iid_two_values },
		{ "iid: edges", test_iid_edges },
	};

	return unit_run("sp800_90b_permutation", tests, ARRAY_LEN(tests));
}
