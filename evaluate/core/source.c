/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source - see source.h */
#include "evaluate/core/source.h"

#include <string.h>

/*
 * Puts @have bits (the low ones of @left) in front of the bytes at @into; what is pushed out at
 * the end is returned, for the byte that follows.
 */
static unsigned push_in_front(uint8_t *into, size_t size_bytes, unsigned left, unsigned have)
{
	for (size_t i = 0; i < size_bytes; i++) {
		unsigned window = left << 8 | into[i];

		left = window & ((1u << have) - 1);
		into[i] = (uint8_t)(window >> have);
	}
	return left;
}

int64_t source_take(struct source *source, uint8_t *into, uint64_t count_bits)
{
	unsigned have = source->left_bits;
	ssize_t got = 0;

	if (count_bits > have) {
		got = source->read(source->ctx, into, (size_t)((count_bits - have + 7) / 8));
		if (got < 0)
			return got;
	}
	uint64_t fresh_bits = 8 * (uint64_t)got;

	if (count_bits > have + fresh_bits)
		count_bits = have + fresh_bits;
	unsigned rest =
		(unsigned)(have + fresh_bits - count_bits); /* 0..7: no byte too many was read */
	unsigned pushed = push_in_front(into, (size_t)got, source->left, have);
	unsigned newest = (got ? (unsigned)into[got - 1] << have : 0) | pushed;

	if (count_bits > fresh_bits)
		into[got] = (uint8_t)(pushed << (8 - have));
	if (count_bits % 8)
		into[count_bits / 8] &= (uint8_t) ~(0xFFu >> count_bits % 8);
	source->left = (uint8_t)(newest & ((1u << rest) - 1));
	source->left_bits = rest;
	source->taken_bits += count_bits;
	return (int64_t)count_bits;
}

static ssize_t read_memory(void *ctx, void *into, size_t size_bytes)
{
	struct memory_source *memory = ctx;
	size_t rest_bytes = memory->size_bytes - memory->at;

	if (size_bytes > rest_bytes)
		size_bytes = rest_bytes;
	if (size_bytes)
		memcpy(into, memory->bytes + memory->at, size_bytes);
	memory->at += size_bytes;
	return (ssize_t)size_bytes;
}

struct source source_of_memory(struct memory_source *memory)
{
	return (struct source){ .read = read_memory, .ctx = memory };
}
