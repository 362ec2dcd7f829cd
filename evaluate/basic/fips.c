/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fips - see fips.h */
#include "evaluate/basic/fips.h"

#include <string.h>

#define WORDS         313 /* of 64 bits: 20,000 bits are 312 and a half */
#define LAST_WORD     0xFFFFFFFF00000000u
#define CLASSES       6 /* runs of 1 to 5, and of 6 and more bits */
#define LONG_RUN_BITS 26

enum { ZEROS, ONES };

struct counts {
	unsigned ones;
	unsigned nibble[16];
	unsigned runs[2][CLASSES]; /* of zeros, of ones */
	bool has_long_run;
};

/* ---- counting ---- */

static uint64_t load_word(const uint8_t *bytes, unsigned size_bytes)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < 8; i++)
		word = word << 8 | (i < size_bytes ? bytes[i] : 0);
	return word;
}

static unsigned popcount(uint64_t word)
{
	return (unsigned)__builtin_popcountll(word);
}

/*
 * The runs of set bits in @plane, beyond whose ends there are none: a bit starts a run of at least
 * k if none is set before it and k - 1 are set after it, for all 64 bits of a word at once.
 */
static void count_runs(const uint64_t plane[WORDS + 1], unsigned runs[CLASSES], bool *has_long_run)
{
	unsigned at_least[CLASSES + 1] = { 0 };
	uint64_t before = 0;

	for (unsigned i = 0; i < WORDS; i++) {
		uint64_t word = plane[i], next = plane[i + 1];
		uint64_t starts = word & ~(word >> 1 | before << 63);
		unsigned bits = 1;

		for (; bits <= CLASSES; bits++) {
			at_least[bits - 1] += popcount(starts);
			starts &= word << bits | next >> (64 - bits);
		}
		for (; starts && bits < LONG_RUN_BITS; bits++)
			starts &= word << bits | next >> (64 - bits);
		*has_long_run |= starts != 0;
		before = word & 1;
	}
	for (unsigned i = 0; i < CLASSES; i++)
		runs[i] = at_least[i] - (i + 1 < CLASSES ? at_least[i + 1] : 0);
}

static void count_nibbles(const uint8_t *block, unsigned nibble[16])
{
	unsigned byte[256] = { 0 };

	for (unsigned i = 0; i < FIPS_BLOCK_BYTES; i++)
		byte[block[i]]++;
	for (unsigned value = 0; value < 256; value++) {
		nibble[value >> 4] += byte[value];
		nibble[value & 15] += byte[value];
	}
}

static void count_block(const uint8_t *block, struct counts *counts)
{
	uint64_t plane[2][WORDS + 1];

	*counts = (struct counts){ 0 };
	for (unsigned i = 0; i < WORDS; i++) {
		plane[ONES][i] = load_word(block + 8 * i, FIPS_BLOCK_BYTES - 8 * i);
		plane[ZEROS][i] = ~plane[ONES][i];
		counts->ones += popcount(plane[ONES][i]);
	}
	plane[ZEROS][WORDS - 1] &= LAST_WORD;
	plane[ZEROS][WORDS] = plane[ONES][WORDS] = 0;
	for (int value = ZEROS; value <= ONES; value++)
		count_runs(plane[value], counts->runs[value], &counts->has_long_run);
	count_nibbles(block, counts->nibble);
}

/* ---- edges, as rngtest has them ---- */

/* The length of the run that ends @block, as a class. */
static unsigned last_class(const uint8_t *block)
{
	unsigned bits = 1, last = block[FIPS_BLOCK_BYTES - 1] & 1;

	while (bits < CLASSES &&
	       (block[FIPS_BLOCK_BYTES - 1 - bits / 8] >> bits % 8 & 1) == (int)last)
		bits++;
	return bits - 1;
}

/*
 * A run is counted when the next one begins, by rngtest: among those of the other value; only the
 * last one of a block is counted under its own. All limits are alike for both, so that this alone
 * moves one run from a count to the other. And if a block does not begin with the bit that ended
 * the one before (0 in front of the first), a run of no bits is counted: as a long one of ones if
 * it begins with 1; else in the word in front of these counts, which is that of the nibble 15.
 */
static void count_edges(struct counts *counts, const uint8_t *block, bool bit_before)
{
	bool first = block[0] >> 7, last = block[FIPS_BLOCK_BYTES - 1] & 1;
	unsigned class = last_class(block);

	counts->runs[last][class]--;
	counts->runs[!last][class]++;
	if (first && !bit_before)
		counts->runs[ONES][CLASSES - 1]++;
	if (!first && bit_before)
		counts->nibble[15]++;
}

/* ---- judging ---- */

static bool fails_poker(const unsigned nibble[16])
{
	unsigned sum = 0;

	for (unsigned i = 0; i < 16; i++)
		sum += nibble[i] * nibble[i];
	return sum < 1563176 || sum > 1576928; /* 2.1632 and 46.1696 */
}

static bool fails_runs(const unsigned runs[CLASSES])
{
	static const struct {
		unsigned least, most;
	} limits[CLASSES] = {
		{ 2315, 2685 }, { 1114, 1386 }, { 527, 723 },
		{ 240, 384 },   { 103, 209 },   { 103, 209 },
	};

	for (unsigned i = 0; i < CLASSES; i++)
		if (runs[i] < limits[i].least || runs[i] > limits[i].most)
			return true;
	return false;
}

static bool fails_continuous_run(struct fips *fips, const uint8_t *block)
{
	bool fails = false;

	for (unsigned i = 0; i < FIPS_BLOCK_BYTES; i += 4) {
		uint32_t word;

		memcpy(&word, block + i, sizeof(word));
		fails |= fips->has_last && word == fips->last;
		fips->last = word;
		fips->has_last = true;
	}
	return fails;
}

void fips_init(struct fips *fips)
{
	*fips = (struct fips){ 0 };
}

void fips_prime(struct fips *fips, const uint8_t bytes[static 4])
{
	memcpy(&fips->last, bytes, sizeof(fips->last));
	fips->has_last = true;
}

unsigned fips_block(struct fips *fips, const uint8_t block[static FIPS_BLOCK_BYTES])
{
	struct counts counts;
	unsigned failed = 0;

	count_block(block, &counts);
	count_edges(&counts, block, fips->last_bit);
	failed |= (unsigned)(counts.ones <= 9725 || counts.ones >= 10275) << FIPS_MONOBIT;
	failed |= (unsigned)fails_poker(counts.nibble) << FIPS_POKER;
	failed |= (unsigned)(fails_runs(counts.runs[ZEROS]) || fails_runs(counts.runs[ONES]))
		  << FIPS_RUNS;
	failed |= (unsigned)counts.has_long_run << FIPS_LONG_RUN;
	failed |= (unsigned)fails_continuous_run(fips, block) << FIPS_CONTINUOUS_RUN;
	fips->last_bit = block[FIPS_BLOCK_BYTES - 1] & 1;
	fips->blocks++;
	fips->failed_blocks += failed != 0;
	for (unsigned test = 0; test < FIPS_TESTS; test++)
		fips->failures[test] += failed >> test & 1;
	return failed;
}

const char *fips_name(enum fips_test test)
{
	static const char *const names[FIPS_TESTS] = { "monobit", "poker", "runs", "long_run",
						       "continuous_run" };

	return names[test];
}
