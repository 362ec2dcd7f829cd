/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T5: every kernel that runs here against a naive count; ties; limits in sequences made for them.
 */
#include "evaluate/ais31/autocorrelation.h"

#include "evaluate/ais31/basic_tests.h"
#include "tests/unit/ais31_bed.h"
#include "tests/unit/unit.h"

#include <stdio.h>

#define BITS SEQUENCE_BITS

static unsigned z_naively(const uint8_t *bit, unsigned from, unsigned tau)
{
	unsigned z = 0;

	for (unsigned j = from; j < from + 5000; j++)
		z += bit[j] ^ bit[j + tau];
	return z;
}

static struct autocorrelation find_naively(const uint8_t *packed)
{
	struct autocorrelation found = { 0 };
	uint8_t bit[BITS];

	for (unsigned i = 0; i < BITS; i++)
		bit[i] = (uint8_t)bed_bit(packed, i);
	for (unsigned tau = 1; tau <= 5000; tau++) {
		unsigned deviation = (unsigned)abs((int)z_naively(bit, 0, tau) - 2500);

		if (!found.ties || deviation > found.max_deviation) {
			found.max_deviation = deviation;
			found.tau0 = tau;
			found.ties = 0;
		}
		found.ties += deviation == found.max_deviation;
	}
	found.z = z_naively(bit, 10000, found.tau0);
	return found;
}

static struct autocorrelation find(const uint8_t *packed, const struct kernel *kernel)
{
	struct sequence sequence;
	struct autocorrelation found;

	sequence_load(&sequence, packed);
	autocorrelation(&sequence, kernel, &found);
	return found;
}

static bool same(const struct autocorrelation *a, const struct autocorrelation *b)
{
	return a->max_deviation == b->max_deviation && a->tau0 == b->tau0 && a->ties == b->ties &&
	       a->z == b->z;
}

/* What all kernels say, which must be one thing. */
static struct autocorrelation find_by_all(const uint8_t *packed)
{
	struct autocorrelation first = find(packed, &kernels[kernels_count - 1]);

	for (size_t i = 0; i < kernels_count; i++)
		if (kernels[i].is_supported()) {
			struct autocorrelation other = find(packed, &kernels[i]);

			CU_ASSERT_TRUE(same(&first, &other));
		}
	return first;
}

/* Bits of which @ones of 256 are one, each the same as that @period before with @alike of 256. */
static void fill(uint8_t *packed, unsigned ones, unsigned period, unsigned alike, uint64_t *state)
{
	for (unsigned i = 0; i < BITS; i++) {
		uint64_t random = bed_random(state);
		unsigned bit = (random & 0xff) < ones;

		if (i >= period && (random >> 8 & 0xff) < alike)
			bit = bed_bit(packed, i - period);
		bed_set(packed, i, bit);
	}
}

static void counts_like_a_naive_one(void)
{
	/* Ones of 256, period, alike of 256. */
	static const unsigned rows[][3] = {
		{ 128, 1, 0 }, { 0, 1, 0 },   { 256, 1, 0 },   { 128, 2, 256 }, { 128, 4999, 80 },
		{ 90, 1, 0 },  { 170, 7, 9 }, { 128, 1, 100 }, { 3, 1, 0 },
	};
	uint8_t packed[SEQUENCE_BYTES];
	uint64_t state = 3;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fill(packed, rows[i][0], rows[i][1], rows[i][2], &state);
		struct autocorrelation naive = find_naively(packed);
		struct autocorrelation found = find_by_all(packed);

		CU_ASSERT_TRUE(same(&found, &naive));
	}
}

/* More than the naive count has time for; of 200 sequences some have ties. */
static void all_kernels_are_equal(void)
{
	uint8_t packed[SEQUENCE_BYTES];
	uint64_t state = 4;
	unsigned tied = 0, names = 0;

	for (unsigned i = 0; i < 200; i++) {
		fill(packed, i % 2 ? 128 : 28 + i, 1 + i * 25, i % 2 ? 0 : i / 2, &state);
		tied += find_by_all(packed).ties > 1;
	}
	CU_ASSERT(tied > 0);
	for (size_t i = 0; i < kernels_count; i++)
		names += kernels[i].is_supported();
	printf("%u kernels, best: %s\n", names, kernels_best()->name);
	CU_ASSERT_TRUE(kernels[kernels_count - 1].is_supported());
	CU_ASSERT_STRING_EQUAL(kernels[kernels_count - 1].name, "plain");
}

/* The kernels themselves: rows at any alignment, no group, one, and as many as there ever are. */
static void kernels_add_columns(void)
{
	static const size_t groups[] = { 0, 1, 2, 157 };
	static uint8_t rows[8 * KERNEL_ROW_BYTES], plane[KERNEL_PLANES][KERNEL_ROW_BYTES];
	static uint16_t at[157 * KERNEL_GROUP];
	uint64_t state = 5;

	for (size_t i = 0; i < sizeof(rows); i++)
		rows[i] = (uint8_t)(i % 3 ? bed_random(&state) : 0xff);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		at[i] = (uint16_t)(bed_random(&state) % (7 * KERNEL_ROW_BYTES + 1));
	for (size_t k = 0; k < kernels_count * 4; k++) {
		const struct kernel *kernel = &kernels[k / 4];

		if (!kernel->is_supported())
			continue;
		memset(plane, 0xa5, sizeof(plane));
		kernel->sum(rows, at, groups[k % 4], plane);
		for (unsigned column = 0; column < 8 * KERNEL_ROW_BYTES; column += 61) {
			unsigned sum = 0, found = 0;

			for (size_t i = 0; i < groups[k % 4] * KERNEL_GROUP; i++)
				sum += bed_bit(rows + at[i], column);
			for (unsigned j = 0; j < KERNEL_PLANES; j++)
				found |= bed_bit(plane[j], column) << j;
			CU_ASSERT_EQUAL(found, sum);
		}
	}
}

/* Period 100: Z_100, Z_200, ... Z_5000 are all 0. The smallest is taken. */
static void takes_the_smallest_of_ties(void)
{
	uint8_t packed[SEQUENCE_BYTES];
	uint64_t state = 6;

	fill(packed, 128, 100, 256, &state);
	struct autocorrelation found = find_by_all(packed);

	CU_ASSERT_EQUAL(found.max_deviation, 2500);
	CU_ASSERT_EQUAL(found.tau0, 100);
	CU_ASSERT_EQUAL(found.ties, 50);
	CU_ASSERT_EQUAL(found.z, 0);
}

/* A bit that is always the opposite of that @tau before: the deviation counts, not its sign. */
static void looks_both_ways(void)
{
	static const unsigned taus[] = { 1, 2499, 4999, 5000 };

	for (unsigned k = 0; k < 4; k++) {
		uint8_t packed[SEQUENCE_BYTES];
		uint64_t state = 7;

		fill(packed, 128, 1, 0, &state);
		for (unsigned i = taus[k]; i < BITS; i++)
			bed_set(packed, i, !bed_bit(packed, i - taus[k]));
		struct autocorrelation found = find_by_all(packed);

		CU_ASSERT_EQUAL(found.tau0, taus[k]);
		CU_ASSERT_EQUAL(found.max_deviation, 2500);
		CU_ASSERT_EQUAL(found.z, 5000);
	}
}

/* tau0 = 5000 from the first half; the bits 10000..19999 give Z = @z exactly. */
static void judges_the_second_half_only(void)
{
	static const struct {
		unsigned z;
		bool is_passed;
	} rows[] = { { 2326, false }, { 2327, true }, { 2673, true }, { 2674, false } };

	for (unsigned k = 0; k < 4; k++) {
		uint8_t packed[SEQUENCE_BYTES];
		uint64_t state = 8 + k;
		struct basic_figures figures;
		struct result result;

		fill(packed, 128, 1, 0, &state);
		for (unsigned j = 0; j < 5000; j++) {
			bed_set(packed, 5000 + j, bed_bit(packed, j));
			bed_set(packed, 15000 + j,
				bed_bit(packed, 10000 + j) ^ (j * 3001 % 5000 < rows[k].z));
		}
		figures.correlation = find_by_all(packed);
		CU_ASSERT_EQUAL(figures.correlation.tau0, 5000);
		CU_ASSERT_EQUAL(figures.correlation.z, rows[k].z);
		result_init(&result, "T5");
		CU_ASSERT_EQUAL(basic_find(BASIC_T5, &figures, &result), rows[k].is_passed);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "counts like a naive one", counts_like_a_naive_one },
		{ "all kernels are equal", all_kernels_are_equal },
		{ "kernels add columns", kernels_add_columns },
		{ "takes the smallest of ties", takes_the_smallest_of_ties },
		{ "looks both ways", looks_both_ways },
		{ "judges the second half only", judges_the_second_half_only },
	};

	return unit_run("ais31_autocorrelation", tests, sizeof(tests) / sizeof(tests[0]));
}
