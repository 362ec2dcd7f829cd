/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * autocorrelation - see autocorrelation.h
 *
 * Let v be the rarer of the values of b_0..b_4999. All Z_tau at once come from the sum of those
 * rows (b_(j+1), b_(j+2), ...) whose b_j is v: column tau of that sum is the number of ones that
 * stand tau places after a v. With n ones among b_0..b_4999, W_tau among b_tau..b_(tau+4999),
 *
 *	Z_tau = n + W_tau - 2 sum_tau (v = 1) or n - W_tau + 2 sum_tau (v = 0),
 *
 * so at most 2500 rows are added, none of them bit by bit.
 */
#include "evaluate/ais31/autocorrelation.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/ais31/bits.h"
#include "evaluate/ais31/kernels.h"

#define WINDOW      5000 /* j per Z_tau, and taus */
#define MEAN        (WINDOW / 2)
#define SECOND_HALF 10000
#define STRIDE      1280 /* bytes of one copy: the last row begins at bit 5000, 5120 columns long */
#define ZEROS       (8 * STRIDE) /* where a row of zeros is */
#define ROWS_BYTES  (ZEROS + KERNEL_ROW_BYTES)
#define ROWS        (WINDOW / 2 + KERNEL_GROUP)

_Static_assert(STRIDE >= WINDOW / 8 + KERNEL_ROW_BYTES, "the last row fits");
_Static_assert(WINDOW / 2 < 1 << KERNEL_PLANES, "a sum fits");

/* 8 copies, the k-th begins at bit k: every bit of the sequence begins a byte of one of them. */
static void copy_shifted(const struct sequence *sequence, uint8_t rows[static ROWS_BYTES])
{
	const uint64_t *word = sequence->word;

	for (unsigned k = 0; k < 8; k++)
		for (unsigned i = 0; i < STRIDE / 8; i++)
			store_be64(rows + k * STRIDE + 8 * i,
				   word[i] << k | word[i + 1] >> 1 >> (63 - k));
	memset(rows + ZEROS, 0, KERNEL_ROW_BYTES);
}

/* Where in the copies the rows are that follow a bit of @value; filled up to whole groups. */
static size_t pick_rows(const struct sequence *sequence, unsigned value, uint16_t at[static ROWS])
{
	size_t rows = 0;

	for (unsigned j = 0; j < WINDOW; j++) {
		at[rows] = (uint16_t)((j + 1) % 8 * STRIDE + (j + 1) / 8);
		rows += (sequence->word[j / 64] >> (63 - j % 64) & 1) == value;
	}
	while (rows % KERNEL_GROUP)
		at[rows++] = ZEROS;
	return rows / KERNEL_GROUP;
}

/* The sums of all columns, out of their bits. */
static void read_sums(uint8_t plane[KERNEL_PLANES][KERNEL_ROW_BYTES], uint16_t sum[static WINDOW])
{
	typedef uint16_t eight __attribute__((vector_size(16)));
	const eight bits = { 128, 64, 32, 16, 8, 4, 2, 1 };

	for (unsigned i = 0; i < WINDOW / 8; i++) {
		eight sums = { 0 };

		for (unsigned k = 0; k < KERNEL_PLANES; k++) {
			eight is_set = (eight)((plane[k][i] & bits) != 0);

			sums |= is_set & (uint16_t)(1u << k);
		}
		memcpy(sum + 8 * i, &sums, sizeof(sums));
	}
}

/* before[i]: the ones among b_0 .. b_(i-1). */
static void count_before(const struct sequence *sequence, int16_t before[static 2 * WINDOW + 64])
{
	int16_t ones = 0;

	for (unsigned i = 0; i < 2 * WINDOW; i += 64) {
		uint64_t word = sequence->word[i / 64];

		for (unsigned k = 0; k < 64; k++, word <<= 1) {
			before[i + k] = ones;
			ones = (int16_t)(ones + (int16_t)(word >> 63));
		}
	}
}

/* |Z_tau - MEAN| for tau = 1 .. WINDOW at [tau - 1]. */
static void deviations(const struct sequence *sequence, const struct kernel *kernel,
		       int16_t deviation[static WINDOW])
{
	uint8_t rows[ROWS_BYTES], plane[KERNEL_PLANES][KERNEL_ROW_BYTES];
	uint16_t at[ROWS], sum[WINDOW];
	int16_t before[2 * WINDOW + 64];

	copy_shifted(sequence, rows);
	count_before(sequence, before);
	const int16_t ones = before[WINDOW];
	const bool of_ones = ones <= WINDOW / 2;
	const int16_t sign = of_ones ? 1 : -1;

	kernel->sum(rows, at, pick_rows(sequence, of_ones, at), plane);
	read_sums(plane, sum);
	for (unsigned i = 0; i < WINDOW; i++) {
		int16_t window = (int16_t)(before[i + 1 + WINDOW] - before[i + 1]);
		int16_t z = (int16_t)(ones + sign * (window - 2 * (int16_t)sum[i]));

		deviation[i] = (int16_t)abs(z - MEAN);
	}
}

/* 64 bits from bit @at on. */
static uint64_t word_at(const struct sequence *sequence, unsigned at)
{
	const uint64_t *word = sequence->word + at / 64;

	return word[0] << at % 64 | word[1] >> 1 >> (63 - at % 64);
}

static unsigned z_of_second_half(const struct sequence *sequence, unsigned tau)
{
	uint64_t z = 0;
	unsigned i = SECOND_HALF;

	for (; i + 64 <= SECOND_HALF + WINDOW; i += 64)
		z += count_ones(word_at(sequence, i) ^ word_at(sequence, i + tau));
	z += count_ones((word_at(sequence, i) ^ word_at(sequence, i + tau)) >>
			(64 - (SECOND_HALF + WINDOW - i)));
	return (unsigned)z;
}

void autocorrelation(const struct sequence *sequence, const struct kernel *kernel,
		     struct autocorrelation *out)
{
	int16_t deviation[WINDOW], max = 0;
	unsigned ties = 0, first = 0;

	deviations(sequence, kernel, deviation);
	for (unsigned i = 0; i < WINDOW; i++)
		max = deviation[i] > max ? deviation[i] : max;
	for (unsigned i = 0; i < WINDOW; i++)
		ties += deviation[i] == max;
	while (deviation[first] != max)
		first++;
	*out = (struct autocorrelation){
		.max_deviation = (unsigned)max,
		.tau0 = first + 1,
		.ties = ties,
		.z = z_of_second_half(sequence, first + 1),
	};
}
