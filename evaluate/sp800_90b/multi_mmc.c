/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * multi_mmc - the multi Markov model with counting prediction estimate, SP 800-90B 6.3.9: what most
 * often followed the last d symbols comes next, d = 1..16; of several the greatest value.
 */
#include "evaluate/sp800_90b/estimators.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/sp800_90b/multi_mmc.h"

#define TABLE_BITS 18 /* of the largest table: if it is hashed, it never gets half full */
#define KEY_BITS   27
#define NOWHERE    UINT64_MAX

/*
 * Tables with open addressing. A key is a place in the table of the next shorter contexts and the
 * symbol before those, or a place in a table of contexts and what followed; plus 1. Keys are exact:
 * no two contexts are ever taken for one. Small tables have a place for every key.
 */
struct shape {
	unsigned bits;       /* log2 of the size */
	uint32_t multiplier; /* 2^(32 - bits), or one that scatters the keys */
};

/*
 * A context. One that occurred only once is a leaf: the longer ones that stood there are entered
 * when it comes again.
 */
struct context {
	uint32_t key;    /* 0: free */
	uint8_t best;    /* what followed it most often (the greater of equals) ... */
	bool has_others; /* ... and whether anything else did; then all of it is in `pairs` */
	bool is_leaf;
	uint64_t count; /* of best; of a leaf: where it stands */
};

struct order {
	unsigned width; /* bits per symbol */
	struct shape context_shape, pair_shape;
	struct context *contexts;
	uint64_t *pairs; /* count << KEY_BITS | key; 0: free */
	unsigned entries;
	uint64_t full_at; /* the symbol with which it got full; NOWHERE: there is room */
};

/*
 * Up to STEPS symbols on their way through the orders, from the shortest contexts to the longest:
 * the orders know nothing of each other, and the memory is fetched for all symbols at once.
 */
struct chunk {
	const uint8_t *next;   /* the symbols */
	uint64_t first;        /* place of the first */
	uint64_t there;        /* the steps with a symbol and a context of this length */
	uint64_t known;        /* those of which the last order knew the context ... */
	uint32_t place[STEPS]; /* ... and where it is */
	uint64_t leaf[STEPS];  /* where it stood before if it was a leaf, else NOWHERE */
};

static inline uint32_t key_of(const struct order *order, uint32_t place, uint8_t symbol)
{
	return (place << order->width | symbol) + 1;
}

static inline uint32_t home_of(uint32_t key, struct shape shape)
{
	return (key - 1) * shape.multiplier >> (32 - shape.bits);
}

static inline uint32_t after(uint32_t place, struct shape shape)
{
	return (place + 1) & ((1u << shape.bits) - 1);
}

/* The context of @key, or the free place for it. */
static inline struct context *find_context(const struct order *order, uint32_t key)
{
	uint32_t place = home_of(key, order->context_shape);

	while (order->contexts[place].key && order->contexts[place].key != key)
		place = after(place, order->context_shape);
	return &order->contexts[place];
}

static inline uint64_t *find_pair(const struct order *order, uint32_t key)
{
	uint32_t place = home_of(key, order->pair_shape);

	while (order->pairs[place] && (order->pairs[place] & ((1u << KEY_BITS) - 1)) != key)
		place = after(place, order->pair_shape);
	return &order->pairs[place];
}

/* Takes one more entry, at the symbol @i, if there is room. */
static bool admit(struct order *order, uint64_t i)
{
	if (order->entries == MMC_MAX_ENTRIES)
		return false;
	if (++order->entries == MMC_MAX_ENTRIES)
		order->full_at = i;
	return true;
}

/* Counts @next, the symbol @i, after the context, if the pair is there or may be entered. */
static void count_next(struct order *order, struct context *context, uint8_t next, uint64_t i)
{
	const uint32_t place = (uint32_t)(context - order->contexts);
	uint32_t key = key_of(order, place, context->best);

	if (!context->has_others) {
		if (next == context->best) {
			context->count++;
			return;
		}
		context->has_others = true;
		*find_pair(order, key) = context->count << KEY_BITS | key;
	}
	key = key_of(order, place, next);
	uint64_t *pair = find_pair(order, key);

	if (!*pair && !admit(order, i))
		return;
	const uint64_t count = (*pair >> KEY_BITS) + 1;

	*pair = count << KEY_BITS | key;
	if (count > context->count || (count == context->count && next > context->best)) {
		context->count = count;
		context->best = next;
	}
}

/* Asks for the memory that predict() will need, the likely places; changes nothing. */
static void fetch(const struct order *order, const struct chunk *chunk, unsigned d)
{
	uint32_t home[STEPS];

	for (uint64_t steps = chunk->known; steps; steps &= steps - 1) {
		const unsigned step = (unsigned)__builtin_ctzll(steps);

		home[step] = home_of(key_of(order, chunk->place[step], *(chunk->next + step - d)),
				     order->context_shape);
		__builtin_prefetch(&order->contexts[home[step]]);
	}
	for (uint64_t steps = chunk->known; steps; steps &= steps - 1) {
		const unsigned step = (unsigned)__builtin_ctzll(steps);
		const uint32_t pair = key_of(order, home[step], chunk->next[step]);

		if (order->contexts[home[step]].has_others)
			__builtin_prefetch(&order->pairs[home_of(pair, order->pair_shape)]);
	}
}

static inline struct context leaf(uint32_t key, uint8_t next, uint64_t at)
{
	return (struct context){ .key = key, .best = next, .is_leaf = true, .count = at };
}

/*
 * The context of order @d before one symbol. When it is a new one, all that are longer are new as
 * well and take an entry each. One of them may have room where this has not; NIST's tool seeks it
 * only when the shorter was found, so never: no more than its entry is taken.
 * Return: 0 or 1, whether the prediction is right; 2: there is none.
 */
static unsigned predict(struct order *order, struct chunk *chunk, unsigned d, unsigned step)
{
	const uint8_t *next = chunk->next + step;
	const uint64_t i = chunk->first + step, at = chunk->leaf[step];
	uint32_t key;

	/* What stood before the leaf got an entry here if there was room at the time. */
	if (at != NOWHERE && at >= d && at <= order->full_at) {
		const uint8_t *then = next - (i - at);

		key = key_of(order, chunk->place[step], *(then - d));
		*find_context(order, key) = leaf(key, *then, at);
	}
	key = key_of(order, chunk->place[step], *(next - d));
	struct context *context = find_context(order, key);

	if (!context->key) {
		if (admit(order, i))
			*context = leaf(key, *next, i);
		return 2;
	}
	const bool is_right = context->best == *next;

	chunk->leaf[step] = context->is_leaf ? context->count : NOWHERE;
	if (context->is_leaf)
		context->count = 1;
	context->is_leaf = false;
	count_next(order, context, *next, i);
	chunk->place[step] = (uint32_t)(context - order->contexts);
	return is_right;
}

/* Takes the chunk through order @d. Return: the hits; chunk->known: the predictions. */
static uint64_t pass_order(struct order *order, struct chunk *chunk, unsigned d)
{
	const uint64_t known = chunk->known & chunk->there;
	uint64_t hit = 0, steps = order->full_at == NOWHERE ? chunk->there : known;

	chunk->known = known;
	fetch(order, chunk, d);
	for (; steps; steps &= steps - 1) {
		const unsigned step = (unsigned)__builtin_ctzll(steps);
		unsigned prediction = 2;

		if (known >> step & 1)
			prediction = predict(order, chunk, d, step);
		else
			admit(order, chunk->first + step);
		if (prediction == 2)
			chunk->known &= ~(UINT64_C(1) << step);
		else
			hit |= (uint64_t)prediction << step;
	}
	return hit;
}

/* The @count symbols from @first on: through all orders. */
static void pass_chunk(struct order *orders, struct chunk *chunk, unsigned count, uint64_t *hit,
		       uint64_t *made)
{
	const uint64_t all = ~UINT64_C(0) >> (STEPS - count);

	chunk->known = all;
	memset(chunk->place, 0, sizeof(chunk->place));
	memset(chunk->leaf, 0xFF, sizeof(chunk->leaf));
	for (unsigned d = 1; d <= MMC_ORDERS; d++) {
		chunk->there = chunk->first ? all : all & ~UINT64_C(0) << d;
		hit[d - 1] = pass_order(&orders[d - 1], chunk, d);
		made[d - 1] = chunk->known;
	}
}

/* A table for strings of @length symbols: at most min(MMC_MAX_ENTRIES, count) of them. */
static struct shape shape_table(unsigned width, unsigned length, uint64_t count)
{
	bool is_direct = width * length <= TABLE_BITS;
	unsigned bits = is_direct ? width * length : TABLE_BITS;

	for (; bits > 1 && count < UINT64_C(1) << (bits - 2); bits--)
		is_direct = false;
	return (struct shape){ bits, is_direct ? 1u << (32 - bits) : 0x9E3779B1u };
}

static int open_orders(struct order *orders, const struct symbols *symbols)
{
	const unsigned width = symbols_width(symbols->value, symbols->count);

	for (unsigned d = 1; d <= MMC_ORDERS; d++) {
		struct order *order = &orders[d - 1];

		order->width = width;
		order->full_at = NOWHERE;
		order->context_shape = shape_table(width, d, symbols->count);
		order->pair_shape = shape_table(width, d + 1, symbols->count);
		order->contexts =
			calloc((size_t)1 << order->context_shape.bits, sizeof(*order->contexts));
		order->pairs = calloc((size_t)1 << order->pair_shape.bits, sizeof(*order->pairs));
		if (!order->contexts || !order->pairs)
			return -ENOMEM;
	}
	return 0;
}

static int judge_symbols(const struct symbols *symbols, struct scoreboard *board)
{
	struct order orders[MMC_ORDERS] = { 0 };
	struct chunk chunk;
	int err = open_orders(orders, symbols);

	for (uint64_t done = 0; !err && done < symbols->count; done += STEPS) {
		uint64_t hit[MMC_ORDERS], made[MMC_ORDERS];
		uint64_t left = symbols->count - done;

		chunk.next = symbols->value + done;
		chunk.first = done;
		pass_chunk(orders, &chunk, left < STEPS ? (unsigned)left : STEPS, hit, made);
		scoreboard_feed(board, hit, made);
	}
	for (unsigned i = 0; i < MMC_ORDERS; i++) {
		free(orders[i].contexts);
		free(orders[i].pairs);
	}
	return err;
}

int multi_mmc_estimate(const struct symbols *symbols, struct result *result)
{
	struct scoreboard board;

	result_init(result, "multi_mmc");
	if (prediction_is_short(result, symbols, 3))
		return 0;
	scoreboard_init(&board, MMC_ORDERS);
	int err = (symbols->width == 1 ? mmc_judge_bits : judge_symbols)(symbols, &board);

	if (err)
		return err;
	prediction_result(result, symbols, symbols->count - 2, &board.tally);
	return 0;
}
