/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lanes - one function of kernels.c, written once for all lengths of vector registers. Included
 * several times, with LANES_SUM (the function's name), LANES_BYTES and LANES_TARGET defined.
 *
 * Rows are added without carrying along each sum: low and high hold bit k of every column's sum so
 * far; a full adder takes two more rows at once, and its carry, worth two, goes to the next bit
 * when there are two of them. Only every 16th row's carry has to ripple through the high bits.
 */
#define LANES_JOIN_(a, b) a##_##b
#define LANES_JOIN(a, b)  LANES_JOIN_(a, b)
#define LANES_VECTOR      LANES_JOIN(LANES_SUM, vector)
#define LANES_UNALIGNED   LANES_JOIN(LANES_SUM, unaligned)
#define LANES_ADD         LANES_JOIN(LANES_SUM, add)
#define LANES_ADD_8       LANES_JOIN(LANES_SUM, add_8)

typedef uint64_t LANES_VECTOR __attribute__((vector_size(LANES_BYTES)));
typedef uint64_t LANES_UNALIGNED __attribute__((vector_size(LANES_BYTES), aligned(1), may_alias));

/* *sum + a + b, column by column: the low bit stays in *sum. Return: the carry. */
LANES_TARGET static inline __attribute__((always_inline)) LANES_VECTOR
LANES_ADD(LANES_VECTOR *sum, LANES_VECTOR a, LANES_VECTOR b)
{
	LANES_VECTOR half = a ^ b;
	LANES_VECTOR carry = (a & b) | (half & *sum);

	*sum ^= half;
	return carry;
}

/* Adds 8 rows to @low (bits 0, 1, 2 of the sums). Return: the carry, worth 8. */
LANES_TARGET static inline __attribute__((always_inline)) LANES_VECTOR
LANES_ADD_8(LANES_VECTOR low[static 3], const uint8_t *rows, const uint16_t *at)
{
#define ROW(i) (*(const LANES_UNALIGNED *)(rows + at[i]))
	LANES_VECTOR twos = LANES_ADD(&low[0], ROW(0), ROW(1));
	LANES_VECTOR fours = LANES_ADD(&low[1], twos, LANES_ADD(&low[0], ROW(2), ROW(3)));

	twos = LANES_ADD(&low[0], ROW(4), ROW(5));
	twos = LANES_ADD(&low[1], twos, LANES_ADD(&low[0], ROW(6), ROW(7)));
	return LANES_ADD(&low[2], fours, twos);
#undef ROW
}

LANES_TARGET static void LANES_SUM(const uint8_t *rows, const uint16_t *at, size_t groups,
				   uint8_t plane[KERNEL_PLANES][KERNEL_ROW_BYTES])
{
	for (size_t column = 0; column < KERNEL_ROW_BYTES; column += LANES_BYTES) {
		LANES_VECTOR low[4] = { { 0 } }, high[KERNEL_PLANES - 4] = { { 0 } };

		for (size_t i = 0; i < groups; i++) {
			const uint16_t *group = at + i * KERNEL_GROUP;
			LANES_VECTOR eights = LANES_ADD_8(low, rows + column, group);
			LANES_VECTOR carry = LANES_ADD(&low[3], eights,
						       LANES_ADD_8(low, rows + column, group + 8));

			for (unsigned k = 0; k < KERNEL_PLANES - 4; k++) {
				LANES_VECTOR next = high[k] & carry;

				high[k] ^= carry;
				carry = next;
			}
		}
		for (unsigned k = 0; k < 4; k++)
			*(LANES_UNALIGNED *)(plane[k] + column) = low[k];
		for (unsigned k = 4; k < KERNEL_PLANES; k++)
			*(LANES_UNALIGNED *)(plane[k] + column) = high[k - 4];
	}
}

#undef LANES_JOIN_
#undef LANES_JOIN
#undef LANES_VECTOR
#undef LANES_UNALIGNED
#undef LANES_ADD
#undef LANES_ADD_8
#undef LANES_SUM
#undef LANES_BYTES
#undef LANES_TARGET
