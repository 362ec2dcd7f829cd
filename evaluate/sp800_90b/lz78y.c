/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lz78y - the LZ78Y prediction estimate, SP 800-90B 6.3.10: of all contexts of the last 1 to 16
 * symbols in a dictionary, the one with the most frequent successor predicts it.
 *
 * The standard counts successors for each of 65,536 contexts. Most of that is never looked at:
 *  - A context enters the dictionary when it first occurs, or, when that is full, never. So the
 *    count of (x, y) is how often y followed x from symbol 17 on, and of x's suffix it is not less.
 *  - Hence the highest count of any length is that of the shortest context in the dictionary, the
 *    root; a longer one has the same count for some y only if y never followed the root but after
 *    the longer context, too.
 *  - Among equal counts the standard takes the longest context, and in it the greatest value.
 * So it is enough to count for the roots, which are single symbols but for one exception, and to
 * remember for each pair (root, y) the context that all of its occurrences had in common.
 */
#include "evaluate/sp800_90b/estimators.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/sp800_90b/prediction.h"

#define LONGEST      16    /* context: the standard's B */
#define MAX_CONTEXTS 65536 /* in the dictionary */
#define TABLE_BITS   17

/* How often one value followed a root. */
struct pair {
	uint64_t count;
	uint64_t first; /* where << 5 | the length of what stood before all of them, 1..LONGEST */
};

static inline unsigned common_length(const struct pair *pair)
{
	return pair->first & 31;
}

/* The contexts in the dictionary that end with one value; the successors of the shortest. */
struct root {
	unsigned length;  /* of the shortest; 0: there is none */
	uint64_t at;      /* it stands before value[at], if it is longer than 1 */
	uint64_t highest; /* count of a successor */
	unsigned leaders; /* how many successors have it; the greatest of them */
	uint8_t leader;
	unsigned deep; /* how many of them have a longer context in common */
};

struct dictionary {
	const uint8_t *value;
	uint64_t *table; /* open addressing: a context's end << 5 | its length; 0: free */
	unsigned contexts;
	struct root root[256]; /* by the last value */
	struct pair *pair;     /* by root and successor, 256 x 256 */
};

/* How many of at most @most symbols before @a and before @b are equal. */
static unsigned match_back(const uint8_t *value, uint64_t a, uint64_t b, unsigned most)
{
	unsigned length = 0;

	while (length < most && value[a - 1 - length] == value[b - 1 - length])
		length++;
	return length;
}

/* How much of what stood before all occurrences of @pair stands before value[i]. */
static unsigned match_pair(const struct pair *pair, const uint8_t *value, uint64_t i)
{
	return match_back(value, i, pair->first >> 5, common_length(pair));
}

/* The place in the table of the @length symbols before value[i], or the free one for it. */
static uint64_t *find_context(const struct dictionary *dictionary, uint64_t i, unsigned length)
{
	const uint8_t *start = dictionary->value + i - length;
	uint64_t word[2] = { 0 }, found;

	memcpy(word, start, length);
	uint64_t hash = (word[0] + length) * 0x9E3779B97F4A7C15;

	hash = ((hash >> 32 ^ hash) + word[1]) * 0xD6E8FEB86659FD93;
	uint64_t place = hash >> (64 - TABLE_BITS);

	while ((found = dictionary->table[place]) != 0 &&
	       ((found & 31) != length ||
		memcmp(dictionary->value + (found >> 5) - length, start, length) != 0))
		place = (place + 1) & ((1u << TABLE_BITS) - 1);
	return &dictionary->table[place];
}

/*
 * Enters the contexts before value[i], from the longest on. As long as there is room, no context is
 * without its suffixes; only the one with which the dictionary gets full may be, and be a root.
 */
static void enter_contexts(struct dictionary *dictionary, uint64_t i)
{
	struct root *root = &dictionary->root[dictionary->value[i - 1]];

	for (unsigned length = LONGEST; length && dictionary->contexts < MAX_CONTEXTS; length--) {
		uint64_t *place = find_context(dictionary, i, length);

		if (*place)
			return;
		*place = i << 5 | length;
		dictionary->contexts++;
		if (root->length != 1) {
			root->length = length;
			root->at = i;
		}
	}
}

/* The root of the contexts before value[i], or NULL. */
static struct root *find_root(struct dictionary *dictionary, uint64_t i)
{
	struct root *root = &dictionary->root[dictionary->value[i - 1]];
	const unsigned length = root->length;

	if (length == 1)
		return root;
	return length && match_back(dictionary->value, i, root->at, length) == length ? root : NULL;
}

static inline struct pair *pairs_of(const struct dictionary *dictionary, uint64_t i)
{
	return dictionary->pair + 256 * dictionary->value[i - 1];
}

/* Several successors are equally frequent: the longest context with such a count decides. */
static uint8_t decide(const struct dictionary *dictionary, const struct root *root, uint64_t i)
{
	const struct pair *pair = pairs_of(dictionary, i);
	unsigned longest = 0;
	uint8_t best = 0;

	for (unsigned next = 0; next <= root->leader; next++) {
		if (pair[next].count != root->highest)
			continue;
		unsigned length = match_pair(&pair[next], dictionary->value, i);

		while (length > root->length && !*find_context(dictionary, i, length))
			length--;
		if (length >= longest) {
			longest = length;
			best = (uint8_t)next;
		}
	}
	return best;
}

static bool is_predicted(struct dictionary *dictionary, uint64_t i)
{
	const struct root *root = find_root(dictionary, i);

	if (!root)
		return false;
	uint8_t next = root->leaders > 1 && root->deep ? decide(dictionary, root, i) : root->leader;

	return next == dictionary->value[i];
}

static void learn(struct dictionary *dictionary, uint64_t i)
{
	const uint8_t next = dictionary->value[i];

	if (dictionary->contexts < MAX_CONTEXTS)
		enter_contexts(dictionary, i);
	struct root *root = find_root(dictionary, i);
	struct pair *pair = &pairs_of(dictionary, i)[next];

	if (!root)
		return;
	if (pair->count++ == 0)
		pair->first = i << 5 | LONGEST;
	else if (common_length(pair) > root->length)
		pair->first =
			(pair->first & ~UINT64_C(31)) | match_pair(pair, dictionary->value, i);
	const bool is_deep = common_length(pair) > root->length;

	if (pair->count > root->highest) {
		root->highest = pair->count;
		root->leader = next;
		root->leaders = 1;
		root->deep = is_deep;
	} else if (pair->count == root->highest) {
		root->leader = next > root->leader ? next : root->leader;
		root->leaders++;
		root->deep += is_deep;
	}
}

static void close_dictionary(struct dictionary *dictionary)
{
	if (!dictionary)
		return;
	free(dictionary->table);
	free(dictionary->pair);
	free(dictionary);
}

static struct dictionary *open_dictionary(const uint8_t *value)
{
	struct dictionary *dictionary = calloc(1, sizeof(*dictionary));

	if (!dictionary)
		return NULL;
	dictionary->value = value;
	dictionary->table = calloc((size_t)1 << TABLE_BITS, sizeof(*dictionary->table));
	dictionary->pair = calloc(256 * 256, sizeof(*dictionary->pair));
	if (dictionary->table && dictionary->pair)
		return dictionary;
	close_dictionary(dictionary);
	return NULL;
}

int lz78y_estimate(const struct symbols *symbols, struct result *result)
{
	struct dictionary *dictionary;
	struct tally tally = { 0 };

	result_init(result, "lz78y");
	if (prediction_is_short(result, symbols, LONGEST + 2))
		return 0;
	dictionary = open_dictionary(symbols->value);
	if (!dictionary)
		return -ENOMEM;
	learn(dictionary, LONGEST);
	for (uint64_t i = LONGEST + 1; i < symbols->count; i++) {
		tally_add(&tally, is_predicted(dictionary, i));
		learn(dictionary, i);
	}
	close_dictionary(dictionary);
	prediction_result(result, symbols, symbols->count - LONGEST - 1, &tally);
	return 0;
}
