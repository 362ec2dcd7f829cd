/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kernels - adding up thousands of shifted copies of a sequence, bit by bit: the inner loop of T5,
 * once for each length of vector register.
 */
#ifndef TRNG_EVALUATE_AIS31_KERNELS_H
#define TRNG_EVALUATE_AIS31_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_ROW_BYTES 640 /* 5120 columns: tau = 1..5000 and what fills the last vector */
#define KERNEL_PLANES    12  /* a column's sum is below 2^12 */
#define KERNEL_GROUP     16  /* rows that are added at a time */

struct kernel {
	const char *name;
	bool (*is_supported)(void); /* by the processor this runs on */
	/* Adds @groups * KERNEL_GROUP rows of KERNEL_ROW_BYTES * 8 columns each (row i at
	 * @rows + @at[i], any alignment); bit k of a column's sum is that column's bit in
	 * @plane[k]. */
	void (*sum)(const uint8_t *rows, const uint16_t *at, size_t groups,
		    uint8_t plane[KERNEL_PLANES][KERNEL_ROW_BYTES]);
};

/** Fastest first; the last one runs everywhere. */
extern const struct kernel kernels[];
extern const size_t kernels_count;

/** kernels_best - the first that this processor supports. */
const struct kernel *kernels_best(void);

#endif
