/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sequence - see sequence.h */
#include "evaluate/ais31/sequence.h"

#include <stdbool.h>
#include <string.h>

#include "evaluate/ais31/bits.h"

void sequence_load(struct sequence *sequence, const uint8_t packed[static SEQUENCE_BYTES])
{
	uint8_t last[8] = { 0 };

	for (unsigned i = 0; i < SEQUENCE_WORDS - 1; i++)
		sequence->word[i] = load_be64(packed + 8 * i);
	memcpy(last, packed + SEQUENCE_BYTES - SEQUENCE_BYTES % 8, SEQUENCE_BYTES % 8);
	sequence->word[SEQUENCE_WORDS - 1] = load_be64(last);
	sequence->word[SEQUENCE_WORDS] = 0;
}

void sequence_column(struct sequence *sequence, const uint8_t *numbers, unsigned width,
		     unsigned column)
{
	uint64_t at_bit = column - 1;

	for (unsigned i = 0; i < SEQUENCE_WORDS; i++) {
		const unsigned bits = i < SEQUENCE_WORDS - 1 ? 64 : SEQUENCE_BITS % 64;
		uint64_t word = 0;

		for (unsigned k = 0; k < bits; k++, at_bit += width)
			word = word << 1 | (numbers[at_bit / 8] >> (7 - at_bit % 8) & 1);
		sequence->word[i] = word << (64 - bits);
	}
	sequence->word[SEQUENCE_WORDS] = 0;
}

unsigned sequence_ones(const struct sequence *sequence)
{
	uint64_t ones = 0;

	for (unsigned i = 0; i < SEQUENCE_WORDS; i++)
		ones += count_ones(sequence->word[i]);
	return (unsigned)ones;
}

uint64_t sequence_squares(const struct sequence *sequence)
{
	uint8_t bytes[8 * SEQUENCE_WORDS];
	uint32_t of_byte[2][256] = { 0 }, of_nibble[16] = { 0 };
	uint64_t squares = 0;

	/* The order of bytes is of no interest; two tables, as equal neighbours would wait. */
	memcpy(bytes, sequence->word, sizeof(bytes));
	for (unsigned i = 0; i < sizeof(bytes); i += 2) {
		of_byte[0][bytes[i]]++;
		of_byte[1][bytes[i + 1]]++;
	}
	of_byte[0][0] -= SEQUENCE_PAD_BYTES; /* may wrap: of_byte[1] has what is missing */
	for (unsigned i = 0; i < 256; i++) {
		of_nibble[i / 16] += of_byte[0][i] + of_byte[1][i];
		of_nibble[i % 16] += of_byte[0][i] + of_byte[1][i];
	}
	for (unsigned i = 0; i < 16; i++)
		squares += (uint64_t)of_nibble[i] * of_nibble[i];
	return squares;
}

/* The sequence with its bits turned if @value is 0, so that its runs are runs of ones. */
static void as_ones(const struct sequence *from, unsigned value, struct sequence *to)
{
	for (unsigned i = 0; i < SEQUENCE_WORDS; i++)
		to->word[i] = value ? from->word[i] : ~from->word[i];
	to->word[SEQUENCE_WORDS - 1] &= ~UINT64_C(0) << 8 * SEQUENCE_PAD_BYTES;
	to->word[SEQUENCE_WORDS] = 0;
}

void sequence_runs(const struct sequence *sequence, int64_t runs[2][RUN_LENGTHS])
{
	struct sequence ones;

	for (unsigned value = 0; value < 2; value++) {
		uint64_t at_least[RUN_LENGTHS + 1] = { 0 }; /* [k]: runs of more than k bits */

		as_ones(sequence, value, &ones);
		for (unsigned i = 0; i < SEQUENCE_WORDS; i++) {
			uint64_t word = ones.word[i], before = i ? ones.word[i - 1] << 63 : 0;
			uint64_t runs_from = word & ~(word >> 1 | before);

			at_least[0] += count_ones(runs_from);
			for (unsigned k = 1; k < RUN_LENGTHS; k++) {
				runs_from &= word << k | ones.word[i + 1] >> (64 - k);
				at_least[k] += count_ones(runs_from);
			}
		}
		for (unsigned k = 0; k < RUN_LENGTHS; k++)
			runs[value][k] = (int64_t)(at_least[k] - at_least[k + 1]);
	}
}

/* @out: the bits of @a whose follower @by places later is set in @b. Return: is there one? */
static bool and_later(const uint64_t a[static SEQUENCE_WORDS],
		      const uint64_t b[static SEQUENCE_WORDS], unsigned by,
		      uint64_t out[static SEQUENCE_WORDS])
{
	const unsigned words = by / 64, bits = by % 64;
	const unsigned inside = SEQUENCE_WORDS - words;
	uint64_t any = 0;

	for (unsigned i = 0; i < inside; i++) {
		/* One place, then the rest: a shift by 64 has no meaning. */
		uint64_t next = i + 1 < inside ? b[i + words + 1] : 0;

		out[i] = a[i] & (b[i + words] << bits | next >> 1 >> (63 - bits));
		any |= out[i];
	}
	memset(out + inside, 0, words * sizeof(*out));
	return any;
}

/*
 * Bit i of level[k]: the 2^k places from i on all have a follower equal to them. Each level comes
 * from the one before; then the longest run is put together from the levels, largest first.
 */
unsigned sequence_longest_run(const struct sequence *sequence)
{
	uint64_t level[16][SEQUENCE_WORDS], longest[SEQUENCE_WORDS], longer[SEQUENCE_WORDS];
	const uint64_t *word = sequence->word;
	unsigned top = 0, length;
	uint64_t any = 0;

	for (unsigned i = 0; i < SEQUENCE_WORDS; i++)
		level[0][i] = ~(word[i] ^ (word[i] << 1 | word[i + 1] >> 63));
	/* Neither the padding nor the last bit, which has no follower. */
	level[0][SEQUENCE_WORDS - 1] &= ~UINT64_C(0) << (8 * SEQUENCE_PAD_BYTES + 1);
	for (unsigned i = 0; i < SEQUENCE_WORDS; i++)
		any |= level[0][i];
	if (!any)
		return 1;
	while (and_later(level[top], level[top], 1u << top, level[top + 1]))
		top++;
	memcpy(longest, level[top], sizeof(longest));
	length = 1u << top;
	while (top-- > 0)
		if (and_later(longest, level[top], length, longer)) {
			memcpy(longest, longer, sizeof(longest));
			length += 1u << top;
		}
	return length + 1;
}
