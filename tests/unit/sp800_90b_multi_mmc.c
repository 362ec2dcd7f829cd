/* SPDX-License-Identifier: GPL-3.0-or-later */
/* multi_mmc - against 6.3.9 step by step, with the entries of each order limited as there. */
#include "evaluate/sp800_90b/estimators.h"

#include "tests/unit/sp800_90b_prediction_bed.h"

#define ORDERS      16
#define MAX_ENTRIES 100000

/* The counts of pairs (x, y), and of x the best: a string of d symbols, or d + 1 with y. */
struct entry {
	uint8_t order, length, text[ORDERS + 1];
	uint8_t best; /* of x */
	uint64_t count;
};

struct naive_model {
	struct entry *entries; /* open addressing, a power of two */
	uint64_t places;
	unsigned order_entries[ORDERS + 1];
};

static struct entry *look_up(const struct naive_model *model, unsigned order, const uint8_t *text,
			     unsigned length)
{
	uint64_t hash = order << 8 | length;

	for (unsigned i = 0; i < length; i++)
		hash = (hash ^ text[i]) * 0x100000001B3;
	for (hash ^= hash >> 29;; hash++) {
		struct entry *entry = &model->entries[hash & (model->places - 1)];

		if (!entry->count)
			return entry;
		if (entry->order == order && entry->length == length &&
		    !memcmp(entry->text, text, length))
			return entry;
	}
}

static void count_text(struct entry *entry, unsigned order, const uint8_t *text, unsigned length)
{
	entry->order = (uint8_t)order;
	entry->length = (uint8_t)length;
	memcpy(entry->text, text, length);
	entry->count++;
}

/* Steps 4.a: y = *@now after the @order symbols before it. */
static void learn(struct naive_model *model, unsigned order, const uint8_t *now)
{
	struct entry *pair = look_up(model, order, now - order, order + 1);
	struct entry *context;

	if (!pair->count && model->order_entries[order] == MAX_ENTRIES)
		return;
	model->order_entries[order] += !pair->count;
	count_text(pair, order, now - order, order + 1);
	context = look_up(model, order, now - order, order);
	if (!context->count) {
		context->best = *now;
	} else {
		uint8_t rival[ORDERS + 1];

		memcpy(rival, now - order, order);
		rival[order] = context->best;
		uint64_t best = look_up(model, order, rival, order + 1)->count;

		if (pair->count > best || (pair->count == best && *now > context->best))
			context->best = *now;
	}
	count_text(context, order, now - order, order);
}

/* As NIST's tool, which takes the longer contexts for unknown when a shorter one is. */
static void predict(const struct naive_model *model, const uint8_t *now, uint64_t i,
		    int prediction[static ORDERS])
{
	bool is_known = true;

	for (unsigned d = 1; d <= ORDERS; d++) {
		prediction[d - 1] = NOTHING;
		if (!is_known || d > i)
			continue;
		const struct entry *context = look_up(model, d, now - d, d);

		is_known = context->count > 0;
		if (is_known)
			prediction[d - 1] = context->best;
	}
}

static void compare_with_naive(const struct symbols *symbols)
{
	struct naive naive = { .predictors = ORDERS };
	struct naive_model model = { .places = 256 };
	struct result result;

	/* Bits have 2 (2^17 - 1) pairs and half as many contexts. */
	while (model.places < symbols->count * 2 * ORDERS &&
	       model.places < (symbols->width == 1 ? 1u << 20 : 1u << 22))
		model.places *= 2;
	model.entries = calloc(model.places, sizeof(*model.entries));

	CU_ASSERT_PTR_NOT_NULL_FATAL(model.entries);
	for (uint64_t i = 1; i < symbols->count; i++) {
		const uint8_t *now = symbols->value + i;
		int prediction[ORDERS];

		predict(&model, now, i, prediction);
		if (i > 1)
			naive_judge(&naive, prediction, *now);
		for (unsigned d = 1; d <= ORDERS && d <= i; d++)
			learn(&model, d, now);
	}
	free(model.entries);
	CU_ASSERT_EQUAL(multi_mmc_estimate(symbols, &result), 0);
	CU_ASSERT_STRING_EQUAL(result.test, "multi_mmc");
	compare(&result, &naive, symbols->count - 2, symbols);
}

static void widths_and_kinds(void)
{
	uint8_t value[3000];

	for (unsigned width = 1; width <= 8; width++)
		for (enum kind kind = 0; kind < KINDS; kind++) {
			struct symbols symbols = { value, 3 + below(sizeof(value) - 2), width };

			write_text(value, symbols.count, 1u << width, kind);
			compare_with_naive(&symbols);
		}
}

static void all_lengths(void)
{
	uint8_t value[90];

	for (unsigned count = 3; count <= sizeof(value); count++)
		for (unsigned width = 1; width <= 3; width += 2) {
			struct symbols symbols = { value, count, width };

			write_text(value, count, 1u << width, PERIODIC);
			compare_with_naive(&symbols);
		}
}

/*
 * Of bits order 16 alone has more pairs than entries. A shift register of 16 bits makes it win, as
 * fewer tell nothing of the next; random bits fill it; then some contexts change what follows them.
 */
static void full_order_of_bits(void)
{
	static uint8_t value[285000], change[1 << 16];
	struct symbols symbols = { value, sizeof(value), 1 };
	unsigned last = 1;

	write_text(value, sizeof(value), 2, UNIFORM);
	write_text(change, sizeof(change), 2, BIASED);
	for (unsigned i = 0; i < sizeof(value); i++) {
		const bool is_changed = i > 252000 && !change[last];

		if (i < 152000 || (i > 252000 && below(30)))
			value[i] =
				(last >> 15 ^ last >> 14 ^ last >> 12 ^ last >> 3 ^ is_changed) & 1;
		last = (last << 1 | value[i]) & 0xFFFF;
	}
	compare_with_naive(&symbols);
}

/*
 * Pieces of value[from..to - 1], here and there another symbol, again and again up to the end:
 * known contexts with successors that are new.
 */
static void repeat_pieces(uint8_t *value, unsigned from, unsigned to, unsigned count,
			  unsigned values)
{
	enum { PIECES = 40, LENGTH = 50 };
	uint8_t piece[PIECES][LENGTH];

	for (unsigned i = 0; i < PIECES; i++) {
		memcpy(piece[i], value + from + below(to - from - LENGTH), LENGTH);
		for (unsigned k = below(12); k < LENGTH && i % 4; k += 1 + below(12))
			piece[i][k] = (uint8_t)below(values);
	}
	for (unsigned at = to; at + LENGTH < count; at += LENGTH + below(2))
		memcpy(value + at, piece[below(PIECES)], LENGTH);
}

static void full_orders(void)
{
	static uint8_t value[112000];
	static const struct {
		unsigned values, from, to;
	} rows[] = { { 256, 99960, 100600 }, { 90, 99800, 106000 } };

	for (unsigned i = 0; i < COUNT(rows); i++) {
		struct symbols symbols = { value, sizeof(value), 8 };

		write_text(value, sizeof(value), rows[i].values, UNIFORM);
		repeat_pieces(value, rows[i].from, rows[i].to, sizeof(value), rows[i].values);
		compare_with_naive(&symbols);
	}
}

/*
 * No three symbols occur twice until orders 3 to 16 are full, one after the other: each has room
 * for one more context than the shorter one, by which NIST's tool never finds it.
 */
static void orphans(void)
{
	static uint8_t value[104000], is_seen[1 << 24];
	struct symbols symbols = { value, sizeof(value), 8 };
	unsigned last = 0;

	memset(is_seen, 0, sizeof(is_seen));
	for (unsigned i = 0; i < sizeof(value); i++) {
		do
			value[i] = (uint8_t)draw();
		while (is_seen[(last << 8 | value[i]) & 0xFFFFFF]);
		last = (last << 8 | value[i]) & 0xFFFFFF;
		is_seen[last] = 1;
	}
	for (unsigned at = 100400; at + 100 < sizeof(value); at += 80)
		memmove(value + at, value + 99960 + below(60), 60);
	compare_with_naive(&symbols);
}

/*
 * Contexts of three symbols that are new when order 4 is full and order 3 is not, or just then
 * (from 100,010 or so, for some 80 symbols): they come again among others that let order 4 win.
 */
static void leaves_too_late(void)
{
	enum { FROM = 99990, TO = 100110, LENGTH = 12 };
	static uint8_t value[118000];
	struct symbols symbols = { value, sizeof(value), 7 };

	write_text(value, sizeof(value), 90, UNIFORM);
	for (unsigned at = 95000, turn = 0; at + 50 < sizeof(value); turn++) {
		/* Only four symbols tell the next turn. */
		memcpy(value + at, (uint8_t[]){ (uint8_t)(turn % 10), 80, 81, 82 }, 4);
		at += 4;
		if (at == 95080)
			at = 100400;
		if (at > 106000 && !below(20)) {
			unsigned piece = FROM + below((TO - FROM) / LENGTH) * LENGTH;

			memcpy(value + at, value + piece, LENGTH);
			at += LENGTH;
		}
	}
	compare_with_naive(&symbols);
}

static void too_short(void)
{
	const uint8_t value[2] = { 0 };
	struct result result;

	for (unsigned count = 0; count < 3; count++) {
		CU_ASSERT_EQUAL(multi_mmc_estimate(&(struct symbols){ value, count, 4 }, &result),
				0);
		expect_short(&result, (3 - count) * 4);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "all widths, many kinds of text", widths_and_kinds },
		{ "all lengths up to 90", all_lengths },
		{ "bits: order 16 gets full", full_order_of_bits },
		{ "symbols: many orders get full", full_orders },
		{ "contexts without their suffixes", orphans },
		{ "leaves that come too late", leaves_too_late },
		{ "too short", too_short },
	};

	random_state = unit_seed();
	return unit_run("sp800_90b_multi_mmc", tests, COUNT(tests));
}
