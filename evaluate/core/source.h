/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * source - where packed bits come from: a file, standard input, a device that gives 60 bits a
 * second, or memory. The library asks for exactly what it needs and never for more, so that
 * nothing of a slow source is wasted.
 */
#ifndef TRNG_EVALUATE_CORE_SOURCE_H
#define TRNG_EVALUATE_CORE_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct source {
	/* Fills @into with the next @size_bytes; fewer only at the end of the data.
	 * Return: the bytes put there, or -errno. May block as long as the data take. */
	ssize_t (*read)(void *ctx, void *into, size_t size_bytes);
	void *ctx;
	/* The reader's own state: what is left of the last byte (MSB first), and the count. */
	uint8_t left;
	unsigned left_bits;
	uint64_t taken_bits;
};

/**
 * source_take - the next @count_bits of @source, packed MSB first into @into (its last byte is
 * filled up with zeros); the first bit need not be at a byte boundary of the source.
 * Return: the bits put there (fewer than asked: that is the end), or -errno.
 */
int64_t source_take(struct source *source, uint8_t *into, uint64_t count_bits);

/** A source that is a piece of memory. */
struct memory_source {
	const uint8_t *bytes;
	size_t size_bytes;
	size_t at;
};

/** source_of_memory - a source of @memory, which must outlive it. */
struct source source_of_memory(struct memory_source *memory);

#endif
