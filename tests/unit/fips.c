/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fips - against a plain count bit by bit, at every limit, and what rngtest(1) made of the same
 * data. */
#include "evaluate/basic/fips.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BITS         (8 * FIPS_BLOCK_BYTES)

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

/* Bits that are 1 with probability @p, or, @is_chain, that differ from the one before with it. */
static void fill(uint64_t *state, double p, bool is_chain, uint8_t *bytes, size_t size_bytes)
{
	const uint64_t limit = p < 1 ? (uint64_t)(p * 0x1p64) : UINT64_MAX;
	unsigned last = 0;

	for (size_t i = 0; i < size_bytes; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			unsigned value = draw(state) < limit;

			last = is_chain ? last ^ value : value;
			bytes[i] = (uint8_t)((unsigned)bytes[i] << 1 | last);
		}
}

/* ---- a second opinion ---- */

struct plain {
	unsigned last_bit;
	uint32_t last;
};

static unsigned bit_of(const uint8_t *block, unsigned at)
{
	return block[at / 8] >> (7 - at % 8) & 1;
}

/* One run of @length bits, counted among those that begin or end with @under. */
static void count_run(unsigned runs[2][7], unsigned under, unsigned length, bool *has_long)
{
	runs[under][length > 6 ? 6 : length]++;
	*has_long |= length >= 26;
}

/* The runs as rngtest counts them, and what its count of a run without a length does to nibble 15.
 */
static bool plain_runs(const uint8_t *block, unsigned last_bit, unsigned *nibble_15, bool *has_long)
{
	static const unsigned least[] = { 0, 2315, 1114, 527, 240, 103, 103 };
	static const unsigned most[] = { 0, 2685, 1386, 723, 384, 209, 209 };
	unsigned runs[2][7] = { 0 }, length = 0;
	bool fails = false;

	if (!last_bit && bit_of(block, 0))
		runs[0][6]++;
	if (last_bit && !bit_of(block, 0))
		(*nibble_15)++;
	for (unsigned i = 0; i < BITS; i++) {
		length++;
		if (i + 1 == BITS)
			count_run(runs, bit_of(block, i), length, has_long);
		else if (bit_of(block, i) != bit_of(block, i + 1)) {
			count_run(runs, bit_of(block, i + 1), length, has_long);
			length = 0;
		}
	}
	for (unsigned i = 1; i <= 6; i++)
		for (unsigned value = 0; value < 2; value++)
			fails |= runs[value][i] < least[i] || runs[value][i] > most[i];
	return fails;
}

static unsigned plain_block(struct plain *plain, const uint8_t *block)
{
	unsigned nibble[16] = { 0 }, ones = 0, sum = 0, failed = 0;
	bool has_long = false;

	for (unsigned i = 0; i < BITS; i++)
		ones += bit_of(block, i);
	for (unsigned i = 0; i < BITS; i += 4)
		nibble[bit_of(block, i) * 8 + bit_of(block, i + 1) * 4 + bit_of(block, i + 2) * 2 +
		       bit_of(block, i + 3)]++;
	failed |= (unsigned)plain_runs(block, plain->last_bit, &nibble[15], &has_long) << FIPS_RUNS;
	for (unsigned i = 0; i < 16; i++)
		sum += nibble[i] * nibble[i];
	failed |= (unsigned)!(ones > 9725 && ones < 10275) << FIPS_MONOBIT;
	failed |= (unsigned)(sum < 1563176 || sum > 1576928) << FIPS_POKER;
	failed |= (unsigned)has_long << FIPS_LONG_RUN;
	for (unsigned i = 0; i < FIPS_BLOCK_BYTES; i += 4) {
		uint32_t word;

		memcpy(&word, block + i, 4);
		failed |= (unsigned)(word == plain->last) << FIPS_CONTINUOUS_RUN;
		plain->last = word;
	}
	plain->last_bit = bit_of(block, BITS - 1);
	return failed;
}

static void compare(double p, bool is_chain, unsigned blocks)
{
	uint8_t block[FIPS_BLOCK_BYTES], start[4] = { 0 };
	uint64_t state = 99;
	struct plain plain = { 0 };
	struct fips fips;

	fips_init(&fips);
	fill(&state, p, is_chain, start, sizeof(start));
	memcpy(&plain.last, start, sizeof(start));
	fips_prime(&fips, start);
	for (unsigned i = 0; i < blocks; i++) {
		fill(&state, p, is_chain, block, sizeof(block));
		CU_ASSERT_EQUAL(fips_block(&fips, block), plain_block(&plain, block));
	}
	CU_ASSERT_EQUAL(fips.blocks, blocks);
}

/* ---- tests ---- */

static void against_a_plain_count(void)
{
	static const double shares[] = { 0.5, 0.51, 0.513, 0.52, 0.487, 0.6, 0.05, 0.999, 0, 1 };

	for (unsigned i = 0; i < COUNT(shares); i++) {
		compare(shares[i], false, 12);
		compare(shares[i], true, 12);
	}
}

/* Of these enough lie at the limits for each count at a block's edges to matter. */
static void edges(void)
{
	compare(0.515, false, 200);
	compare(0.515, true, 100);
}

/*
 * What `rngtest` 5 counted: blocks that passed and failed, failures of each test. The data are
 * those of fill() from seed 1, 4 bytes and then blocks.
 */
static void as_rngtest(void)
{
	static const struct {
		double p;
		bool is_chain;
		uint64_t passed, failed, failures[FIPS_TESTS];
	} rows[] = {
		{ 0.5, false, 100, 0, { 0, 0, 0, 0, 0 } },
		{ 0.51, false, 86, 14, { 14, 0, 0, 0, 0 } },
		{ 0.512, false, 79, 21, { 21, 0, 0, 0, 0 } },
		{ 0.515, false, 37, 63, { 63, 10, 1, 0, 0 } },
		{ 0.52, false, 6, 94, { 94, 47, 10, 0, 0 } },
		{ 0.488, false, 66, 34, { 34, 5, 0, 0, 0 } },
		{ 0.51, true, 93, 7, { 0, 0, 7, 0, 0 } },
		{ 0.515, true, 67, 33, { 0, 3, 33, 0, 0 } },
		{ 0.485, true, 59, 41, { 0, 5, 41, 0, 0 } },
		{ 0.6, false, 0, 100, { 100, 100, 100, 1, 0 } },
		{ 0.01, false, 0, 100, { 100, 100, 100, 100, 100 } },
	};

	for (unsigned i = 0; i < COUNT(rows); i++) {
		uint8_t bytes[4 + 100 * FIPS_BLOCK_BYTES];
		uint64_t state = 1;
		struct fips fips;

		fips_init(&fips);
		fill(&state, rows[i].p, rows[i].is_chain, bytes, sizeof(bytes));
		fips_prime(&fips, bytes);
		for (unsigned j = 0; j < 100; j++)
			fips_block(&fips, bytes + 4 + j * FIPS_BLOCK_BYTES);
		CU_ASSERT_EQUAL(fips.blocks - fips.failed_blocks, rows[i].passed);
		CU_ASSERT_EQUAL(fips.failed_blocks, rows[i].failed);
		for (unsigned test = 0; test < FIPS_TESTS; test++)
			CU_ASSERT_EQUAL(fips.failures[test], rows[i].failures[test]);
	}
}

/* 0101... with @ones ones: fails nearly everything, but the monobit test just so. */
static bool fails_with_ones(unsigned ones)
{
	uint8_t block[FIPS_BLOCK_BYTES];
	struct fips fips;

	memset(block, 0x55, sizeof(block));
	for (unsigned i = 10000; i < ones; i++)
		block[(i - 10000) / 4] |= (uint8_t)(0x80 >> 2 * ((i - 10000) % 4));
	for (unsigned i = ones; i < 10000; i++)
		block[(i - ones) / 4] &= (uint8_t) ~(0x40 >> 2 * ((i - ones) % 4));
	fips_init(&fips);
	return fips_block(&fips, block) >> FIPS_MONOBIT & 1;
}

static void monobit_limits(void)
{
	CU_ASSERT(fails_with_ones(9725));
	CU_ASSERT_FALSE(fails_with_ones(9726));
	CU_ASSERT_FALSE(fails_with_ones(10274));
	CU_ASSERT(fails_with_ones(10275));
}

/* A run of @length equal bits from bit @at on, between 01010... */
static bool has_long_run(unsigned at, unsigned length, bool is_ones)
{
	uint8_t block[FIPS_BLOCK_BYTES];
	struct fips fips;

	for (unsigned i = 0; i < BITS; i++) {
		bool is_in = i >= at && i < at + length;
		unsigned other = (i < at ? at - i : i - at - length + 1) % 2 ? !is_ones : is_ones;
		unsigned bit = is_in ? is_ones : other;

		block[i / 8] = (uint8_t)((unsigned)block[i / 8] << 1 | bit);
	}
	fips_init(&fips);
	return fips_block(&fips, block) >> FIPS_LONG_RUN & 1;
}

static void long_run_limits(void)
{
	static const unsigned places[] = {
		0, 1, 37, 38, 39, 63, 64, 65, 1000, BITS - 32, BITS - 26
	};

	for (unsigned i = 0; i < COUNT(places); i++)
		for (unsigned value = 0; value < 2; value++) {
			CU_ASSERT_FALSE(has_long_run(places[i], 25, value));
			CU_ASSERT(has_long_run(places[i], 26, value));
		}
	CU_ASSERT(has_long_run(0, BITS, true));
	CU_ASSERT(has_long_run(0, BITS, false));
}

/* Equal words next to each other, within a block, over its border, and after what primes the test.
 */
static void continuous_run(void)
{
	uint8_t block[FIPS_BLOCK_BYTES];
	uint64_t state = 5;
	struct fips fips;

	fill(&state, 0.5, false, block, sizeof(block));
	fips_init(&fips);
	CU_ASSERT_EQUAL(fips_block(&fips, block) >> FIPS_CONTINUOUS_RUN, 0);
	fips_init(&fips);
	fips_prime(&fips, block);
	CU_ASSERT_EQUAL(fips_block(&fips, block) >> FIPS_CONTINUOUS_RUN, 1);
	memcpy(block + FIPS_BLOCK_BYTES - 4, block, 4);
	fips_init(&fips);
	CU_ASSERT_EQUAL(fips_block(&fips, block) >> FIPS_CONTINUOUS_RUN, 0);
	CU_ASSERT_EQUAL(fips_block(&fips, block) >> FIPS_CONTINUOUS_RUN, 1);
	memcpy(block + 104, block + 100, 4);
	fips_init(&fips);
	CU_ASSERT_EQUAL(fips_block(&fips, block) >> FIPS_CONTINUOUS_RUN, 1);
}

static void constant(void)
{
	uint8_t block[FIPS_BLOCK_BYTES] = { 0 };
	struct fips fips;

	fips_init(&fips);
	CU_ASSERT_EQUAL(fips_block(&fips, block), (1u << FIPS_TESTS) - 1);
	CU_ASSERT_EQUAL(fips.failed_blocks, 1);
}

static void names(void)
{
	CU_ASSERT_STRING_EQUAL(fips_name(FIPS_MONOBIT), "monobit");
	CU_ASSERT_STRING_EQUAL(fips_name(FIPS_CONTINUOUS_RUN), "continuous_run");
}

static const struct unit_test tests[] = {
	{ "against a plain count", against_a_plain_count },
	{ "edges", edges },
	{ "as rngtest", as_rngtest },
	{ "limits of the monobit test", monobit_limits },
	{ "limits of the long run test", long_run_limits },
	{ "continuous run", continuous_run },
	{ "constant", constant },
	{ "names", names },
};

int main(void)
{
	return unit_run("fips", tests, COUNT(tests));
}
