/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sequences - see sequences.h */
#include "evaluate/ais31/sequences.h"

#include <errno.h>
#include <omp.h>
#include <stdlib.h>

#include "evaluate/ais31/ais31.h"
#include "evaluate/ais31/basic_tests.h"
#include "evaluate/ais31/kernels.h"

#define BATCH_S     0.1
#define BATCH_ITEMS 1024
#define BATCH_BYTES (BATCH_ITEMS * SEQUENCE_BYTES)

_Static_assert(BATCH_ITEMS >= AIS31_MAX_WIDTH, "all columns of a cycle fit");

struct item {
	size_t at_byte;  /* of the batch's packed bits */
	unsigned column; /* 0: "block" */
	uint64_t first_bit;
	struct basic_figures figures;
};

struct batch {
	unsigned tests;
	uint64_t count;      /* sequences that are asked for */
	uint64_t read, told; /* sequences so far */
	bool is_columns;     /* come next, not a block */
	size_t bytes;        /* that are used */
	unsigned items;
	struct item item[BATCH_ITEMS];
	uint8_t packed[BATCH_BYTES];
};

static uint64_t block_bits(unsigned width)
{
	return (uint64_t)(SEQUENCE_BITS + width - 1) / width * width;
}

static uint64_t columns_bits(unsigned width)
{
	return (uint64_t)SEQUENCE_BITS * width;
}

uint64_t sequences_bits(unsigned width, uint64_t count)
{
	if (width == 1)
		return count * SEQUENCE_BITS;
	const uint64_t cycles = count / (width + 1), rest = count % (width + 1);

	return cycles * (block_bits(width) + columns_bits(width)) + (rest > 0) * block_bits(width) +
	       (rest > 1) * columns_bits(width);
}

static void examine(struct batch *batch, unsigned width)
{
	const struct kernel *kernel = kernels_best();

	/* The other tests take no longer than threads take to begin. */
#pragma omp parallel for schedule(dynamic) if (batch->items > 1 && batch->tests & 1u << BASIC_T5)
	for (unsigned i = 0; i < batch->items; i++) {
		struct item *item = &batch->item[i];
		struct sequence sequence;

		if (item->column)
			sequence_column(&sequence, batch->packed + item->at_byte, width,
					item->column);
		else
			sequence_load(&sequence, batch->packed + item->at_byte);
		basic_examine(&sequence, batch->tests, kernel, &item->figures);
	}
}

static void tell(struct session *session, struct batch *batch)
{
	for (unsigned i = 0; i < batch->items; i++, batch->told++) {
		const struct item *item = &batch->item[i];

		for (enum basic_test test = 0; test < BASIC_TESTS; test++) {
			if (!(batch->tests & 1u << test))
				continue;
			struct result result = session_result(
				session, basic_name(test), (int64_t)batch->told, item->first_bit);

			result.column = item->column;
			session_judge(session, &result, basic_find(test, &item->figures, &result));
		}
	}
}

/* Whether @items of together @bits still fit. */
static bool has_room(const struct batch *batch, uint64_t items, uint64_t bits)
{
	return batch->items + items <= BATCH_ITEMS && batch->bytes + (bits + 7) / 8 <= BATCH_BYTES;
}

static void add_items(struct batch *batch, unsigned items, uint64_t first_bit, uint64_t bits)
{
	for (unsigned i = 0; i < items; i++)
		batch->item[batch->items++] = (struct item){
			.at_byte = batch->bytes,
			.column = batch->is_columns ? i + 1 : 0,
			.first_bit = first_bit + i,
		};
	batch->bytes += (bits + 7) / 8;
	batch->read += items;
}

/* Return: 0 (examine what there is, then go on), SESSION_SHORT with the bits that lack, -errno. */
static int fill(struct session *session, struct batch *batch, uint64_t *lack_bits)
{
	const unsigned width = session->width;
	const double began_s = omp_get_wtime();

	batch->bytes = batch->items = 0;
	while (batch->read < batch->count) {
		const uint64_t left = batch->count - batch->read;
		const unsigned items = !batch->is_columns ? 1
				       : left < width     ? (unsigned)left
							  : width;
		const uint64_t bits = batch->is_columns ? columns_bits(width) : block_bits(width);
		const uint64_t first_bit = session->source->taken_bits;

		if (!has_room(batch, items, bits) ||
		    (batch->items && omp_get_wtime() - began_s > BATCH_S))
			return 0;
		int64_t got = session_take(session, batch->packed + batch->bytes, bits);

		if (got < 0)
			return (int)got;
		if ((uint64_t)got < bits) {
			*lack_bits = bits - (uint64_t)got;
			return SESSION_SHORT;
		}
		add_items(batch, items, first_bit, bits);
		batch->is_columns = width > 1 && !batch->is_columns;
	}
	return 0;
}

/* The first of the tests that the data do not suffice for stands for all. */
static int tell_short(struct session *session, const struct batch *batch, uint64_t lack_bits,
		      uint64_t end_bit)
{
	const uint64_t bits =
		batch->is_columns ? columns_bits(session->width) : block_bits(session->width);
	const uint64_t first_bit = session->source->taken_bits + lack_bits - bits;
	enum basic_test test = 0;

	while (!(batch->tests & 1u << test))
		test++;
	struct result result =
		session_result(session, basic_name(test), (int64_t)batch->read, first_bit);

	result.column = batch->is_columns;
	return session_short(session, &result, lack_bits,
			     end_bit ? end_bit - session->source->taken_bits - lack_bits : 0);
}

static const char *what_of(unsigned tests)
{
	for (enum basic_test test = 0; test < BASIC_TESTS; test++)
		if (tests == 1u << test)
			return basic_name(test);
	return "T1 to T5";
}

int sequences_run(struct session *session, unsigned tests, uint64_t count)
{
	const uint64_t end_bit =
		count == SEQUENCES_ENDLESS
			? 0
			: session->source->taken_bits + sequences_bits(session->width, count);
	struct batch *batch = calloc(1, sizeof(*batch));
	uint64_t lack_bits = 0;
	int error = 0;

	if (!batch)
		return -ENOMEM;
	batch->tests = tests;
	batch->count = count;
	session->what = what_of(tests);
	while (!error && batch->read < count) {
		error = fill(session, batch, &lack_bits);
		examine(batch, session->width);
		tell(session, batch);
	}
	if (error == SESSION_SHORT)
		error = tell_short(session, batch, lack_bits, end_bit);
	free(batch);
	return error;
}
