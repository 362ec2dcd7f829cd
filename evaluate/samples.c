/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples - see samples.h */
#include "evaluate/samples.h"

#include "evaluate/core/symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static int64_t next_packed(struct samples *samples, uint8_t *into, size_t count)
{
	uint8_t packed[SAMPLES_PIECE];
	ssize_t got = input_read(samples->input, packed, (count * samples->width + 7) / 8);

	if (got < 0)
		return got;
	if ((size_t)got * 8 / samples->width < count)
		count = (size_t)got * 8 / samples->width;
	symbols_unpack(packed, samples->width, count, into);
	return (int64_t)count;
}

static int64_t next_bytes(struct samples *samples, uint8_t *into, size_t count)
{
	ssize_t got = input_read(samples->input, into, count);
	uint8_t all = 0;

	if (got < 0)
		return got;
	for (ssize_t i = 0; i < got; i++)
		all |= into[i];
	if (samples->width == 0 || all >> samples->width == 0)
		return got;
	for (ssize_t i = 0;; i++) {
		if (into[i] >> samples->width) {
			samples->wide_at = samples->count + (uint64_t)i;
			samples->wide = into[i];
			return -EDOM;
		}
	}
}

int64_t samples_next(struct samples *samples, uint8_t *into, size_t size)
{
	uint64_t left = samples->limit - samples->count;
	size_t count = size < SAMPLES_PIECE ? size : SAMPLES_PIECE;
	int64_t got;

	if (left < count)
		count = (size_t)left;
	if (count == 0)
		return 0;
	got = samples->is_packed ? next_packed(samples, into, count)
				 : next_bytes(samples, into, count);
	if (got > 0)
		samples->count += (uint64_t)got;
	return got;
}

/* Half as much again: little is moved, and little is left over. */
static int make_room(uint8_t **value, uint64_t count, uint64_t *room)
{
	uint64_t wanted = count + count / 2 + SAMPLES_PIECE;
	uint8_t *larger;

	if (*room - count >= SAMPLES_PIECE)
		return 0;
	larger = realloc(*value, wanted);
	if (!larger)
		return -ENOMEM;
	*value = larger;
	*room = wanted;
	return 0;
}

static unsigned width_at_most(const struct samples *samples)
{
	return samples->width ? samples->width : 8;
}

/*
 * The symbols that this machine's memory has room for: each takes itself and its bits, and t_tuple
 * and lrs of the bits as much again (docs/EVALUATION.md). More would end in the kernel's choice of
 * a victim rather than in a sentence.
 */
static uint64_t most_symbols(const struct samples *samples)
{
	const long pages = sysconf(_SC_PHYS_PAGES), page_bytes = sysconf(_SC_PAGESIZE);

	if (pages <= 0 || page_bytes <= 0)
		return UINT64_MAX;
	return (uint64_t)pages * (uint64_t)page_bytes / (3 + 2 * width_at_most(samples));
}

/* As far as it can be told before reading: 0 for a pipe. */
static uint64_t expected_symbols(const struct samples *samples)
{
	const unsigned bits = samples->is_packed ? samples->width : 8;
	const uint64_t symbols = samples->input->expected_bytes / bits * 8;

	return symbols < samples->limit ? symbols : samples->limit;
}

int samples_load(struct samples *samples, uint8_t **value)
{
	const uint64_t most = most_symbols(samples);
	uint8_t *all = NULL;
	uint64_t room = 0;
	int64_t got;

	if (expected_symbols(samples) > most)
		return -E2BIG;
	do {
		if (samples->count > most) {
			free(all);
			return -E2BIG;
		}
		got = make_room(&all, samples->count, &room);
		if (got == 0)
			got = samples_next(samples, all + samples->count, SAMPLES_PIECE);
	} while (got > 0);
	if (got < 0) {
		free(all);
		return (int)got;
	}
	*value = all;
	return 0;
}

void samples_explain(const struct samples *samples, int error, struct text *why)
{
	if (error == -ENOMEM) {
		text_add(why, "no memory for more than %" PRIu64 " symbols; --symbols takes fewer",
			 samples->count);
	} else if (error == -E2BIG) {
		text_add(why, "%.200s", samples->input->name);
		text_add(why,
			 ": the memory of this machine has room for %" PRIu64
			 " symbols of %u bits; --symbols takes fewer",
			 most_symbols(samples), width_at_most(samples));
	} else if (error == -EDOM) {
		text_add(why, "%.200s", samples->input->name);
		text_add(why,
			 ": symbol %" PRIu64 " is %u, more than --width %u has room for; give the "
			 "right width, or --packed if symbols stand without gaps",
			 samples->wide_at, samples->wide, samples->width);
	} else {
		input_explain(samples->input, error, why);
	}
}
