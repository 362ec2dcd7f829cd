/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disjointness - see disjointness.h */
#include "evaluate/ais31/disjointness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/ais31/bits.h"

#define WORD_BITS   48
#define BATCH_WORDS 512 /* that are read at a time: whole bytes for every width */

/* Sorts by the byte at @shift; equal ones keep their order. */
static void sort_by(const uint64_t *from, uint64_t *to, unsigned shift)
{
	uint32_t at[256] = { 0 }, sum = 0;

	for (size_t i = 0; i < DISJOINTNESS_WORDS; i++)
		at[from[i] >> shift & 0xff]++;
	for (unsigned i = 0; i < 256; i++) {
		uint32_t count = at[i];

		at[i] = sum;
		sum += count;
	}
	for (size_t i = 0; i < DISJOINTNESS_WORDS; i++)
		to[at[from[i] >> shift & 0xff]++] = from[i];
}

void disjointness_find(uint64_t key[static DISJOINTNESS_WORDS],
		       uint64_t scratch[static DISJOINTNESS_WORDS], struct disjointness *out)
{
	*out = (struct disjointness){ .distinct = DISJOINTNESS_WORDS };
	for (unsigned shift = 16; shift < 64; shift += 16) {
		sort_by(key, scratch, shift);
		sort_by(scratch, key, shift + 8);
	}
	for (size_t i = 1; i < DISJOINTNESS_WORDS; i++) {
		uint32_t second = key[i] & 0xffff;

		if (key[i] >> 16 != key[i - 1] >> 16)
			continue;
		if (out->distinct == DISJOINTNESS_WORDS || second < out->second_word) {
			out->first_word = key[i - 1] & 0xffff;
			out->second_word = second;
		}
		out->distinct--;
	}
}

static unsigned stride_bits(unsigned width)
{
	return (WORD_BITS + width - 1) / width * width;
}

uint64_t disjointness_bits(unsigned width)
{
	return (uint64_t)DISJOINTNESS_WORDS * stride_bits(width);
}

/* The 48 bits from bit @at of @packed on; reads 8 bytes. */
static uint64_t word_at(const uint8_t *packed, size_t at)
{
	return load_be64(packed + at / 8) << at % 8 >> (64 - WORD_BITS);
}

/* Return: the bits taken, or -errno. */
static int64_t read_keys(struct session *session, uint64_t key[static DISJOINTNESS_WORDS])
{
	const unsigned stride = stride_bits(session->width);
	uint8_t packed[BATCH_WORDS / 8 * 256 + 8] = { 0 };
	uint64_t taken = 0;

	for (size_t i = 0; i < DISJOINTNESS_WORDS; i += BATCH_WORDS) {
		int64_t got = session_take(session, packed, (uint64_t)BATCH_WORDS * stride);

		if (got < 0)
			return got;
		taken += (uint64_t)got;
		if (got < (int64_t)BATCH_WORDS * stride)
			break;
		for (size_t k = 0; k < BATCH_WORDS; k++)
			key[i + k] = word_at(packed, k * stride) << 16 | (i + k);
	}
	return (int64_t)taken;
}

static void tell(struct session *session, struct result *result, const struct disjointness *found)
{
	const bool is_passed = found->distinct == DISJOINTNESS_WORDS;

	result->accept = "all 65536 words distinct";
	result_integer(result, "words", DISJOINTNESS_WORDS);
	result_integer(result, "distinct", found->distinct);
	if (!is_passed) {
		result_integer(result, "first_word", found->first_word);
		result_integer(result, "second_word", found->second_word);
	}
	session_judge(session, result, is_passed);
}

int disjointness_step(struct session *session, int64_t block, uint64_t later_bits)
{
	struct result result = session_result(session, "T0", block, session->source->taken_bits);
	const uint64_t needs_bits = disjointness_bits(session->width);
	uint64_t *key = malloc(2 * DISJOINTNESS_WORDS * sizeof(*key));
	struct disjointness found;
	int error = 0;

	if (!key)
		return -ENOMEM;
	session->what = "T0";
	int64_t taken = read_keys(session, key);

	if (taken < 0) {
		error = (int)taken;
	} else if ((uint64_t)taken < needs_bits) {
		error = session_short(session, &result, needs_bits - (uint64_t)taken, later_bits);
	} else {
		disjointness_find(key, key + DISJOINTNESS_WORDS, &found);
		tell(session, &result, &found);
	}
	free(key);
	return error;
}
