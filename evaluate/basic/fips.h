/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fips - the tests of FIPS 140-2 (change notice 1, 10 October 2001) on blocks of 20,000 bits, as
 * rngtest(1) runs them: with its counts, block by block, and so with its way at a block's edges.
 */
#ifndef TRNG_EVALUATE_BASIC_FIPS_H
#define TRNG_EVALUATE_BASIC_FIPS_H

#include <stdbool.h>
#include <stdint.h>

#define FIPS_BLOCK_BYTES 2500

/* The share of an ideal source's blocks that fail: 16105 of 2 * 10^7 simulated ones. */
#define FIPS_IDEAL_FAILURES 8.05e-4

enum fips_test {
	FIPS_MONOBIT,        /* 9725 < ones < 10275 */
	FIPS_POKER,          /* 2.16 < 16/5000 * sum of squared counts of nibbles - 5000 < 46.17 */
	FIPS_RUNS,           /* of 1, 2, 3, 4, 5, 6 and more equal bits, ones and zeros */
	FIPS_LONG_RUN,       /* none of 26 bits or more */
	FIPS_CONTINUOUS_RUN, /* no 32-bit word equals the one before it */
	FIPS_TESTS
};

struct fips {
	uint32_t last; /* the 32 bits before the next block, of the continuous run test */
	bool has_last;
	bool last_bit; /* of the block before; 0 in front of the first */
	uint64_t blocks, failed_blocks;
	uint64_t failures[FIPS_TESTS];
};

/** fips_init - no block yet. The first 32 bits of the stream only prime the continuous test. */
void fips_init(struct fips *fips);

/** fips_prime - takes the 4 bytes in front of the first block. */
void fips_prime(struct fips *fips, const uint8_t bytes[static 4]);

/** fips_block - tests one more block. Return: bits 1 << enum fips_test of the tests it failed. */
unsigned fips_block(struct fips *fips, const uint8_t block[static FIPS_BLOCK_BYTES]);

/** fips_name - the key of @test in reports: "monobit" ... "continuous_run". */
const char *fips_name(enum fips_test test);

#endif
