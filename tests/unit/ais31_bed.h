/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ais31_bed - what the unit programs of evaluate/ais31 share: a tape of bits that tests write, the
 * source that plays it with faults, and an audience that keeps all it is told.
 */
#ifndef TRNG_TESTS_UNIT_AIS31_BED_H
#define TRNG_TESTS_UNIT_AIS31_BED_H

#include "evaluate/ais31/ais31.h"
#include "evaluate/ais31/kernels.h"
#include "evaluate/ais31/sequence.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* --- bits ---------------------------------------------------------------------------------- */

/** splitmix64: all tests draw from fixed seeds, so that what passes T0 to T8 always does. */
static inline uint64_t bed_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline unsigned bed_bit(const uint8_t *packed, uint64_t at)
{
	return (unsigned)packed[at / 8] >> (7 - at % 8) & 1u;
}

static inline void bed_set(uint8_t *packed, uint64_t at, unsigned bit)
{
	uint8_t mask = (uint8_t)(0x80u >> at % 8);

	packed[at / 8] = (uint8_t)(bit ? packed[at / 8] | mask : packed[at / 8] & ~mask);
}

/** A tape of bits; whoever made it frees it by tape_free(). */
struct tape {
	uint8_t *packed;
	uint64_t bits;     /* written so far */
	uint64_t max_bits; /* room, a multiple of 64 */
};

static inline struct tape tape_new(uint64_t max_bits)
{
	max_bits = (max_bits + 63) / 64 * 64 + 64;
	struct tape tape = { calloc(max_bits / 8, 1), 0, max_bits };

	if (!tape.packed)
		abort();
	return tape;
}

static inline void tape_free(struct tape *tape)
{
	free(tape->packed);
	*tape = (struct tape){ 0 };
}

/** The @width low bits of @value, most significant first. */
static inline void tape_put(struct tape *tape, uint64_t value, unsigned width)
{
	if (tape->bits + width > tape->max_bits)
		abort();
	while (width-- > 0)
		bed_set(tape->packed, tape->bits++, value >> width & 1);
}

static inline void tape_random(struct tape *tape, uint64_t bits, uint64_t *state)
{
	while (tape->bits % 8 && bits) {
		tape_put(tape, bed_random(state), 1);
		bits--;
	}
	for (; bits >= 8; bits -= 8, tape->bits += 8) {
		if (tape->bits + 8 > tape->max_bits)
			abort();
		tape->packed[tape->bits / 8] = (uint8_t)bed_random(state);
	}
	while (bits-- > 0)
		tape_put(tape, bed_random(state), 1);
}

/* --- audience ------------------------------------------------------------------------------ */

struct told {
	struct result *result;
	size_t count, room;
	uint64_t progress, done, total; /* calls, and what the last one said */
	const struct source *source;
	uint64_t *taken_bits; /* of the source, when each result was told */
};

static inline void told_result(void *ctx, const struct result *result)
{
	struct told *told = ctx;

	if (told->count == told->room) {
		told->room = told->room ? 2 * told->room : 64;
		told->result = realloc(told->result, told->room * sizeof(*told->result));
		told->taken_bits =
			realloc(told->taken_bits, told->room * sizeof(*told->taken_bits));
		if (!told->result || !told->taken_bits)
			abort();
	}
	told->taken_bits[told->count] = told->source ? told->source->taken_bits : 0;
	told->result[told->count++] = *result;
}

static inline void told_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct told *told = ctx;

	CU_ASSERT_PTR_NOT_NULL(what);
	CU_ASSERT(total == 0 || done <= total);
	told->progress++;
	told->done = done;
	told->total = total;
}

static inline void told_free(struct told *told)
{
	free(told->result);
	free(told->taken_bits);
	*told = (struct told){ 0 };
}

/** The @nth result (from 0) of @test in @run, or NULL. */
static inline const struct result *told_find(const struct told *told, const char *test,
					     unsigned run, size_t nth)
{
	for (size_t i = 0; i < told->count; i++)
		if (strcmp(told->result[i].test, test) == 0 && told->result[i].run == run &&
		    nth-- == 0)
			return &told->result[i];
	return NULL;
}

/** An integer figure (of a list: the @at-th), which must be there. */
static inline int64_t told_integer(const struct result *result, const char *name, unsigned at)
{
	const struct figure *figure = result ? result_find(result, name) : NULL;

	CU_ASSERT_PTR_NOT_NULL(figure);
	return figure ? figure->integer[at] : INT64_MIN;
}

static inline bool result_same(const struct result *a, const struct result *b)
{
	bool is_same = strcmp(a->test, b->test) == 0 && a->run == b->run && a->block == b->block &&
		       a->column == b->column && a->first_bit == b->first_bit &&
		       a->outcome == b->outcome && a->needs_bits == b->needs_bits &&
		       a->figures == b->figures;

	for (unsigned i = 0; is_same && i < a->figures; i++)
		is_same = strcmp(a->figure[i].name, b->figure[i].name) == 0 &&
			  a->figure[i].values == b->figure[i].values &&
			  memcmp(a->figure[i].integer, b->figure[i].integer,
				 sizeof(a->figure[i].integer)) == 0;
	return is_same;
}

static inline bool told_same(const struct told *a, const struct told *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!result_same(&a->result[i], &b->result[i]))
			return false;
	return true;
}

/* --- source -------------------------------------------------------------------------------- */

/** Plays memory; once @error_at_byte is reached every read fails with @error. */
struct player {
	struct memory_source memory;
	size_t error_at_byte;
	int error;
};

static inline ssize_t player_read(void *ctx, void *into, size_t size_bytes)
{
	struct player *player = ctx;
	size_t rest = player->memory.size_bytes - player->memory.at;

	if (player->error && player->memory.at + size_bytes > player->error_at_byte)
		return player->error;
	if (size_bytes > rest)
		size_bytes = rest;
	memcpy(into, player->memory.bytes + player->memory.at, size_bytes);
	player->memory.at += size_bytes;
	return (ssize_t)size_bytes;
}

/**
 * bed_run - ais31_run() on @bits of @packed from bit @from on; keeps what is told in *@told (or
 * NULL). The source's first @from bits are taken before, so that nothing begins at a byte.
 */
static inline struct ais31_verdict bed_run(enum ais31_procedure procedure, unsigned width,
					   const uint8_t *packed, uint64_t from, uint64_t bits,
					   struct told *told)
{
	/* Whole bytes only: what follows in the last one must not be there. */
	CU_ASSERT_EQUAL_FATAL((from + bits) % 8, 0);
	struct memory_source memory = { packed, (size_t)(from + bits) / 8, 0 };
	struct source source = source_of_memory(&memory);
	struct audience audience = { told_result, told_progress, told };
	struct ais31_verdict verdict = { 0 };
	uint8_t skipped[8];

	CU_ASSERT_FATAL(from < 64);
	CU_ASSERT_EQUAL(source_take(&source, skipped, from), (int64_t)from);
	if (told)
		told->source = &source;
	CU_ASSERT_EQUAL(ais31_run(procedure, width, &source, told ? &audience : NULL, &verdict), 0);
	CU_ASSERT_EQUAL(verdict.used_bits, source.taken_bits - from);
	if (told)
		told->source = NULL;
	return verdict;
}

#endif
