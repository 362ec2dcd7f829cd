/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The statistics of SP 800-90B 5.1 against plain ones, written down as the standard defines them.
 */
#include "evaluate/sp800_90b/statistics.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <bzlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST         20000
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const unsigned lags[LAGS] = { 1, 2, 8, 16, 32 };

/* A sequence of the standard: numbers, no matter how small. */
struct plain {
	long value[MOST];
	long count;
};

static int by_value(const void *a, const void *b)
{
	return *(const long *)a < *(const long *)b ? -1 : *(const long *)a > *(const long *)b;
}

static double plain_excursion(const struct plain *s)
{
	long double total = 0, sum = 0, most = 0;

	for (long i = 0; i < s->count; i++)
		total += s->value[i];
	for (long i = 0; i < s->count; i++) {
		sum += s->value[i];
		most = fmaxl(most, fabsl(sum - (i + 1) * total / s->count));
	}
	return (double)most;
}

/* Number of runs in @sign and the longest. */
static void plain_runs(const int *sign, long count, double *runs, double *longest)
{
	long run = 0;

	*runs = *longest = 0;
	for (long i = 0; i < count; i++) {
		run = i && sign[i] == sign[i - 1] ? run + 1 : 1;
		*runs += run == 1;
		*longest = fmax(*longest, (double)run);
	}
}

static void plain_directional(const struct plain *s, double *result)
{
	static int sign[MOST];
	long up = 0, steps = s->count - 1;

	for (long i = 0; i < steps; i++) {
		sign[i] = s->value[i] > s->value[i + 1] ? -1 : 1;
		up += sign[i] == 1;
	}
	plain_runs(sign, steps, &result[STAT_DIRECTIONAL_RUNS],
		   &result[STAT_LONGEST_DIRECTIONAL_RUN]);
	result[STAT_INCREASES_DECREASES] = (double)(up > steps - up ? up : steps - up);
}

static void plain_median(const struct plain *s, bool is_binary, double *result)
{
	static long sorted[MOST];
	static int sign[MOST];
	const long half = s->count / 2;

	memcpy(sorted, s->value, (size_t)s->count * sizeof(*sorted));
	qsort(sorted, (size_t)s->count, sizeof(*sorted), by_value);
	double median =
		s->count % 2 ? (double)sorted[half] : (double)(sorted[half - 1] + sorted[half]) / 2;

	if (is_binary)
		median = 0.5;
	for (long i = 0; i < s->count; i++)
		sign[i] = (double)s->value[i] < median ? -1 : 1;
	plain_runs(sign, s->count, &result[STAT_MEDIAN_RUNS], &result[STAT_LONGEST_MEDIAN_RUN]);
}

static void plain_collisions(const struct plain *s, double *result)
{
	double count = 0, sum = 0, longest = 0;

	for (long start = 0, i = 0; i < s->count; i++) {
		for (long k = start; k < i; k++) {
			if (s->value[k] != s->value[i])
				continue;
			count++;
			sum += (double)(i - start + 1);
			longest = fmax(longest, (double)(i - start + 1));
			start = i + 1;
			break;
		}
	}
	result[STAT_AVERAGE_COLLISION] = count > 0 ? sum / count : 0;
	result[STAT_GREATEST_COLLISION] = longest;
}

static void plain_lags(const struct plain *s, double *result)
{
	for (unsigned l = 0; l < LAGS; l++) {
		result[STAT_PERIODICITY + l] = result[STAT_COVARIANCE + l] = 0;
		for (long i = 0; i + (long)lags[l] < s->count; i++) {
			result[STAT_PERIODICITY + l] += s->value[i] == s->value[i + lags[l]];
			result[STAT_COVARIANCE + l] +=
				(double)(s->value[i] * s->value[i + lags[l]]);
		}
	}
}

static double plain_compression(const struct symbols *symbols)
{
	static char text[4 * MOST + 1], into[5 * MOST + 600];
	unsigned length = 0, size = sizeof(into);

	for (uint64_t i = 0; i < symbols->count; i++)
		length += (unsigned)sprintf(text + length, i ? " %u" : "%u", symbols->value[i]);
	CU_ASSERT_EQUAL(BZ2_bzBuffToBuffCompress(into, &size, text, length, 5, 0, 0), BZ_OK);
	return size;
}

static void plain_statistics(const struct symbols *symbols, double *result)
{
	static struct plain raw, ones, bits, code;
	unsigned low = 255, high = 0, distinct = 0;
	bool occurs[256] = { false };

	raw.count = (long)symbols->count;
	for (long i = 0; i < raw.count; i++) {
		const uint8_t v = symbols->value[i];

		distinct += !occurs[v];
		occurs[v] = true;
		low = v < low ? v : low;
		high = v > high ? v : high;
		raw.value[i] = v;
	}
	result[STAT_EXCURSION] = plain_excursion(&raw);
	result[STAT_COMPRESSION] = plain_compression(symbols);
	if (distinct > 2) {
		plain_median(&raw, false, result);
		plain_directional(&raw, result);
		plain_collisions(&raw, result);
		plain_lags(&raw, result);
		return;
	}
	ones.count = bits.count = (raw.count + 7) / 8;
	code.count = raw.count;
	memset(ones.value, 0, sizeof(ones.value));
	memset(bits.value, 0, sizeof(bits.value));
	for (long i = 0; i < raw.count; i++) {
		code.value[i] = raw.value[i] == (long)high;
		ones.value[i / 8] += code.value[i];
		bits.value[i / 8] += code.value[i] * (128 >> i % 8);
	}
	plain_median(&code, true, result);
	plain_directional(&ones, result);
	plain_lags(&ones, result);
	plain_collisions(&bits, result);
}

/* Whether the statistics of @symbols are the plain ones: integers exactly. */
static void check(const struct symbols *symbols)
{
	double expected[STATISTICS] = { 0 }, got[STATISTICS] = { 0 };
	struct sequence sequence;
	struct conversions room;

	plain_statistics(symbols, expected);
	CU_ASSERT_EQUAL_FATAL(sequence_init(&sequence, symbols), 0);
	CU_ASSERT_EQUAL_FATAL(conversions_init(&room, &sequence), 0);
	CU_ASSERT_EQUAL(statistics_compute(&sequence, sequence.value, ALL_STATISTICS, &room, got),
			0);
	for (unsigned s = 0; s < STATISTICS; s++) {
		const double off = fabs(got[s] - expected[s]);
		const bool is_equal =
			statistic_is_real(s) ? off <= 1e-12 * expected[s] : !(off > 0);

		CU_ASSERT(is_equal);
		if (!is_equal)
			printf("%s of %lu symbols of %u bits: %.17g, not %.17g\n",
			       statistic_name(s), (unsigned long)symbols->count, symbols->width,
			       got[s], expected[s]);
	}
	conversions_free(&room);
	sequence_free(&sequence);
}

/* @count random symbols of @width bits, the first two different. */
static struct symbols draw(uint8_t *value, uint64_t count, unsigned width)
{
	for (uint64_t i = 0; i < count; i++)
		value[i] = (uint8_t)(random() & ((1 << width) - 1));
	value[1] = value[0] ^ 1;
	return (struct symbols){ value, count, width };
}

static uint8_t value[MOST];

static void test_widths(void)
{
	static const uint64_t counts[] = { 100, 1000, 1001, 4803, 9999 };

	for (unsigned width = 1; width <= 8; width++) {
		for (unsigned i = 0; i < ARRAY_LEN(counts); i++) {
			const struct symbols symbols = draw(value, counts[i], width);

			check(&symbols);
		}
	}
}

/* Every length around the groups of 8, the lags and the pieces that loops are cut into. */
static void test_lengths(void)
{
	for (uint64_t count = 2; count < 300; count += count < 80 ? 1 : 7) {
		struct symbols symbols = draw(value, count, 1);

		check(&symbols);
		symbols = draw(value, count, 3);
		check(&symbols);
	}
}

/* Text longer than what is compressed at a time, ending at its border and beside it. */
static void test_text_pieces(void)
{
	for (uint64_t count = 8191; count <= 8193; count++) {
		const struct symbols symbols = draw(value, count, 8);

		check(&symbols);
	}
	const struct symbols symbols = draw(value, 2 * 8192, 7);

	check(&symbols);
}

/* Two values that are not 0 and 1, far apart or not from 0. */
static void test_two_values(void)
{
	static const uint8_t pairs[][2] = { { 3, 200 }, { 0, 255 }, { 7, 8 }, { 1, 2 } };

	for (unsigned p = 0; p < ARRAY_LEN(pairs); p++) {
		struct symbols symbols = draw(value, 2003, 1);

		symbols.width = 8;
		for (unsigned i = 0; i < 2003; i++)
			value[i] = pairs[p][value[i]];
		check(&symbols);
	}
}

/* Long runs, sorted data (the greatest excursion there is), few values of a large alphabet. */
static void test_shapes(void)
{
	const struct symbols symbols = { value, 5000, 8 };

	for (unsigned i = 0; i < 5000; i++)
		value[i] = i < 2500 ? 0 : 255;
	check(&symbols);
	for (unsigned i = 0; i < 5000; i++)
		value[i] = (uint8_t)(i / 20);
	check(&symbols);
	for (unsigned i = 0; i < 5000; i++)
		value[i] = (uint8_t)(255 - i / 20);
	check(&symbols);
	for (unsigned i = 0; i < 5000; i++)
		value[i] = i == 4999 ? 9 : i == 17 ? 4 : 5;
	check(&symbols);
	for (unsigned i = 0; i < 5000; i++)
		value[i] = (uint8_t)(i % 3 * 100);
	check(&symbols);
	for (unsigned i = 0; i < 5000; i++)
		value[i] = (uint8_t)i;
	check(&symbols);
}

/* The median of an even number of symbols may lie between two values. */
static void test_median_between(void)
{
	static uint8_t four[] = { 10, 200, 11, 201, 10, 202, 11, 203 };

	check(&(struct symbols){ four, 8, 8 });
	check(&(struct symbols){ four, 7, 8 });
}

/* Only what is wanted is computed. */
static void test_wanted(void)
{
	const struct symbols symbols = draw(value, 500, 1);
	struct sequence sequence;
	struct conversions room;
	double all[STATISTICS];

	CU_ASSERT_EQUAL_FATAL(sequence_init(&sequence, &symbols), 0);
	CU_ASSERT_EQUAL_FATAL(conversions_init(&room, &sequence), 0);
	CU_ASSERT_EQUAL(statistics_compute(&sequence, sequence.value, ALL_STATISTICS, &room, all),
			0);
	for (unsigned s = 0; s < STATISTICS; s++) {
		double one[STATISTICS];

		for (unsigned i = 0; i < STATISTICS; i++)
			one[i] = -1;
		CU_ASSERT_EQUAL(statistics_compute(&sequence, sequence.value, 1u << s, &room, one),
				0);
		CU_ASSERT_EQUAL(one[s], all[s]);
		/* Both statistics of collisions come at once. */
		for (unsigned i = 0; i < STATISTICS; i++)
			if (i != s && i != STAT_AVERAGE_COLLISION && i != STAT_GREATEST_COLLISION)
				CU_ASSERT_EQUAL(one[i], -1);
	}
	conversions_free(&room);
	sequence_free(&sequence);
}

static void test_least(void)
{
	CU_ASSERT_EQUAL(statistic_least(STAT_EXCURSION, true), 1);
	CU_ASSERT_EQUAL(statistic_least(STAT_PERIODICITY + 4, false), 33);
	CU_ASSERT_EQUAL(statistic_least(STAT_PERIODICITY + 4, true), 257);
	CU_ASSERT_STRING_EQUAL(statistic_name(STAT_COVARIANCE + 3), "covariance_16");
	CU_ASSERT_STRING_EQUAL(statistic_name(STAT_COMPRESSION), "compression");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "widths", test_widths },
		{ "lengths", test_lengths },
		{ "text pieces", test_text_pieces },
		{ "two values", test_two_values },
		{ "shapes", test_shapes },
		{ "median between two values", test_median_between },
		{ "wanted", test_wanted },
		{ "least", test_least },
	};

	srandom((unsigned)unit_seed());
	return unit_run("sp800_90b_statistics", tests, ARRAY_LEN(tests));
}
