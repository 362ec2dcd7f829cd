/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tuples - how often substrings repeat (SP 800-90B, 6.3.5 and 6.3.6).
 *
 * If all suffixes of the symbols stand in lexical order, equal substrings begin neighbours; so what
 * the standard asks of all substrings of every length follows from the lengths that each suffix has
 * in common with the one before it. A tally takes these lengths; two files find them:
 *
 * tuples_prefix.c: sorts the first 64 bits of each suffix, and goes on only where they are equal.
 *	Fast. Takes 32 MiB, or 1 byte per symbol if that is more, and the symbols packed; where one
 *	prefix is very common up to 8 bytes per symbol. Gives up on data that repeat at length.
 *
 * tuples_suffix.c: takes any data. libdivsufsort; 8 bytes per symbol, 16 from 2^31 symbols on.
 *
 * The tally itself has 16 bytes per length up to that of the longest repeat, and 16 per repeat that
 * nests in others: next to nothing, but for data most of which are one long repeat. The worst are
 * those that end in one long run: with 4 bytes of the suffix array, 36 per symbol.
 */
#ifndef TRNG_EVALUATE_SP800_90B_TUPLES_H
#define TRNG_EVALUATE_SP800_90B_TUPLES_H

#include <stdbool.h>

#include "evaluate/core/symbols.h"

/** What repeats with just this length (while a tally is fed), with this or more (when finished). */
struct tally_length {
	uint64_t most;  /* how often the commonest occurs */
	uint64_t pairs; /* of equal ones, modulo 2^64: sum of count (count - 1) / 2 */
};

/** A substring that the last suffixes begin with: it occurs since the suffix numbered @first. */
struct tally_open {
	uint64_t length, first;
};

struct tally {
	struct tally_length *of; /* index: the length, 0..longest */
	uint64_t lengths;        /* allocated */
	struct tally_open *open; /* lengths grow */
	uint64_t opens, opens_allocated;
	uint64_t suffixes; /* so far */
	uint64_t longest;  /* repeat */
	bool is_out_of_memory;
};

/** tally_init - of one suffix, the first in order. tally_release - frees what @tally holds. */
void tally_init(struct tally *tally);
void tally_release(struct tally *tally);

/** tally_next - the next suffix in order has its first @common symbols in common with the last. */
void tally_next(struct tally *tally, uint64_t common);

/** tally_finish - no more come. Return: 0, or -ENOMEM, if the tally ever was out of memory. */
int tally_finish(struct tally *tally);

/**
 * tuples_by_prefix - feeds all suffixes of @symbols (at least one).
 * @at_once: suffixes to sort at once, 16 bytes each; more if that is less than a sixteenth of all.
 * Return: 0; -E2BIG: too repetitive, @tally is to be begun anew; -ENOMEM.
 */
int tuples_by_prefix(const struct symbols *symbols, uint64_t at_once, struct tally *tally);

/** tuples_by_suffix - feeds all suffixes of @symbols (at least one). Return: 0, or -ENOMEM. */
int tuples_by_suffix(const struct symbols *symbols, struct tally *tally);

#endif
