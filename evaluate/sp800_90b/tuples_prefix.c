/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tuples_prefix - common prefixes of neighbouring suffixes by sorting 64 bits at a time; see
 * tuples.h. */
#include "evaluate/sp800_90b/tuples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BITS   64
#define BUCKET_BITS 11 /* of the prefix: so many heaps can be filled side by side */
#define BUCKETS     (1 << BUCKET_BITS)
#define DIGIT_BITS  8
#define DIGITS      (1 << DIGIT_BITS)
#define FEW         32 /* items that are best sorted by insertion */
#define ITEMS_SHARE 16 /* sorted at once: n / 16, if that is more than @at_once */
#define GOES_ON_MAX 32 /* words of common prefix; also how deep go_on() and walk() recurse */
#define NONE        UINT64_MAX /* no suffix */
#define WORK_MAX    4          /* suffixes that had to go on, per symbol */

/** A suffix, by the word of it that is compared now: 64 bits from its depth on, zeros after the
 * end. */
struct item {
	uint64_t word, at;
};

struct prefixes {
	const struct symbols *symbols;
	struct tally *tally;
	uint64_t *text; /* the symbols, packed MSB first */
	unsigned per_word;
	uint8_t whole[WORD_BITS]; /* symbols that are equal if so many leading bits are */
	uint64_t work;
	bool is_too_much;
};

static uint64_t word_at(const struct prefixes *p, uint64_t at)
{
	uint64_t bit = at * p->symbols->width;
	const uint64_t *text = &p->text[bit / WORD_BITS];
	unsigned offset = bit % WORD_BITS;

	return text[0] << offset | text[1] >> 1 >> (WORD_BITS - 1 - offset);
}

/* --- sorting ------------------------------------------------------------------------------- */

static void sort_few(struct item *item, uint64_t count)
{
	for (uint64_t i = 1; i < count; i++) {
		struct item moved = item[i];
		uint64_t to = i;

		for (; to > 0 && item[to - 1].word > moved.word; to--)
			item[to] = item[to - 1];
		item[to] = moved;
	}
}

/* Swaps every item to the part of its digit. @next: where each part begins; moves to its @end. */
static void distribute(struct item *item, unsigned shift, uint64_t *next, const uint64_t *end)
{
	for (unsigned digit = 0; digit < DIGITS; digit++)
		while (next[digit] < end[digit]) {
			struct item moved = item[next[digit]];
			unsigned to = (unsigned)(moved.word >> shift) % DIGITS;

			item[next[digit]] = item[next[to]];
			item[next[to]++] = moved;
		}
}

/* By the bits of the word below @bits; those above are equal. */
static void sort_items(struct item *item, uint64_t count, unsigned bits)
{
	uint64_t next[DIGITS], end[DIGITS] = { 0 }, sum = 0;
	const unsigned shift = bits > DIGIT_BITS ? bits - DIGIT_BITS : 0;

	if (count <= FEW) {
		sort_few(item, count);
		return;
	}
	for (uint64_t i = 0; i < count; i++)
		end[(item[i].word >> shift) % DIGITS]++;
	for (unsigned digit = 0; digit < DIGITS; digit++) {
		next[digit] = sum;
		sum = end[digit] += sum;
	}
	distribute(item, shift, next, end);
	for (unsigned digit = 0; digit < DIGITS && shift; digit++) {
		uint64_t start = digit ? end[digit - 1] : 0;

		if (end[digit] - start > 1)
			sort_items(item + start, end[digit] - start, shift);
	}
}

/* --- walking through the suffixes in order ------------------------------------------------- */

static void walk(struct prefixes *p, struct item *item, uint64_t count, uint64_t depth,
		 unsigned bits, struct item *last);

/*
 * Suffixes that end within the first @depth symbols, up to which all of @item are equal: they go in
 * front, the shortest first, since each is a prefix of all that follow. Return: how many. The rest
 * gets its next word.
 */
static uint64_t take_ended(struct prefixes *p, struct item *item, uint64_t count, uint64_t depth)
{
	uint64_t ended = 0;

	for (uint64_t i = 0; i < count; i++) {
		struct item moved = item[i];
		uint64_t to = ended;

		if (moved.at + depth < p->symbols->count) {
			item[i].word = word_at(p, moved.at + depth);
			continue;
		}
		item[i] = item[ended++];
		for (; to > 0 && item[to - 1].at < moved.at; to--)
			item[to] = item[to - 1];
		item[to] = moved;
	}
	return ended;
}

/* The order of @count suffixes that are equal in their first @depth symbols. */
static void go_on(struct prefixes *p, struct item *item, uint64_t count, uint64_t depth)
{
	p->work += count;
	if (depth > GOES_ON_MAX * p->per_word || p->work > WORK_MAX * p->symbols->count) {
		p->is_too_much = true;
		return;
	}
	uint64_t ended = take_ended(p, item, count, depth);
	struct item last = { .at = NONE };

	for (uint64_t i = 0; i < ended && i + 1 < count; i++)
		tally_next(p->tally, p->symbols->count - item[i].at);
	walk(p, item + ended, count - ended, depth, WORD_BITS, &last);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * Tells the tally of @item in order: by their words, of which only the low @bits differ; in what is
 * before @depth all are equal. *@last is the suffix before them, and on return the last of them.
 *
 * Zeros after the end of the text come before and never after what is longer: as a suffix that ends
 * must. So of two neighbours only the first can end where the words do not differ yet.
 */
static void walk(struct prefixes *p, struct item *item, uint64_t count, uint64_t depth,
		 unsigned bits, struct item *last)
{
	sort_items(item, count, bits);
	for (uint64_t i = 0, end; i < count && !p->is_too_much; i = end) {
		uint64_t word = item[i].word;

		for (end = i + 1; end < count && item[end].word == word;)
			end++;
		if (last->at != NONE) {
			uint64_t common = p->whole[__builtin_clzll(last->word ^ word)];

			tally_next(p->tally, least(depth + common, p->symbols->count - last->at));
		}
		if (end - i > 1)
			go_on(p, item + i, end - i, depth + p->per_word);
		*last = (struct item){ word, item[end - 1].at };
	}
}

/* --- all suffixes, a range of prefixes at a time ------------------------------------------- */

static unsigned bucket_of(uint64_t word)
{
	return (unsigned)(word >> (WORD_BITS - BUCKET_BITS));
}

/* How many suffixes there are in each bucket. Return: in the largest. */
static uint64_t count_buckets(const struct prefixes *p, uint64_t size[static BUCKETS])
{
	uint64_t largest = 0;

	memset(size, 0, BUCKETS * sizeof(*size));
	for (uint64_t at = 0; at < p->symbols->count; at++)
		size[bucket_of(word_at(p, at))]++;
	for (unsigned i = 0; i < BUCKETS; i++)
		if (size[i] > largest)
			largest = size[i];
	return largest;
}

/* Fills @item with the suffixes of the buckets @from to before @to, one bucket after another. */
static void gather(const struct prefixes *p, unsigned from, unsigned to,
		   const uint64_t size[static BUCKETS], struct item *item)
{
	uint64_t next[BUCKETS], sum = 0;

	for (unsigned i = from; i < to; i++) {
		next[i] = sum;
		sum += size[i];
	}
	for (uint64_t at = 0; at < p->symbols->count; at++) {
		uint64_t word = word_at(p, at);
		unsigned bucket = bucket_of(word);

		if (bucket - from < to - from)
			item[next[bucket]++] = (struct item){ word, at };
	}
}

/* @items has room for @room, which is no less than the largest bucket. */
static void walk_all(struct prefixes *p, const uint64_t size[static BUCKETS], struct item *items,
		     uint64_t room)
{
	struct item last = { .at = NONE };

	for (unsigned from = 0, to; from < BUCKETS && !p->is_too_much; from = to) {
		struct item *item = items;
		uint64_t sum = 0;

		for (to = from; to < BUCKETS && sum + size[to] <= room; to++)
			sum += size[to];
		gather(p, from, to, size, items);
		for (unsigned i = from; i < to && !p->is_too_much; i++) {
			walk(p, item, size[i], 0, WORD_BITS - BUCKET_BITS, &last);
			item += size[i];
		}
	}
}

static uint64_t *pack(const struct symbols *symbols)
{
	uint64_t *text = calloc(symbols->count * symbols->width / WORD_BITS + 2, sizeof(*text));

	for (uint64_t i = 0, bit = 0; text && i < symbols->count; i++, bit += symbols->width) {
		unsigned end = bit % WORD_BITS + symbols->width;
		uint64_t value = symbols->value[i];

		if (end <= WORD_BITS) {
			text[bit / WORD_BITS] |= value << (WORD_BITS - end);
		} else {
			text[bit / WORD_BITS] |= value >> (end - WORD_BITS);
			text[bit / WORD_BITS + 1] |= value << (2 * WORD_BITS - end);
		}
	}
	return text;
}

/* How many suffixes to sort at once, or 0 where that would take as much memory as a suffix array.
 */
static uint64_t plan_room(uint64_t n, uint64_t largest_bucket, uint64_t at_once)
{
	uint64_t room = n / ITEMS_SHARE > at_once ? n / ITEMS_SHARE : least(n, at_once);

	if (room >= largest_bucket)
		return room;
	return largest_bucket <= n / 2 ? largest_bucket : 0;
}

int tuples_by_prefix(const struct symbols *symbols, uint64_t at_once, struct tally *tally)
{
	struct prefixes p = { .symbols = symbols, .tally = tally, .text = pack(symbols) };
	uint64_t size[BUCKETS], room;
	struct item *items = NULL;
	int err = 0;

	if (!p.text)
		return -ENOMEM;
	p.per_word = WORD_BITS / symbols->width;
	for (unsigned bits = 0; bits < WORD_BITS; bits++)
		p.whole[bits] = (uint8_t)(bits / symbols->width);

	room = plan_room(symbols->count, count_buckets(&p, size), at_once);
	if (room > 0)
		items = malloc(room * sizeof(*items));
	if (items)
		walk_all(&p, size, items, room);
	else
		err = room > 0 ? -ENOMEM : -E2BIG;
	free(p.text);
	free(items);
	return p.is_too_much ? -E2BIG : err;
}
