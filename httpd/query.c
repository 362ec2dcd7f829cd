/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query - the parameters of a URL that the API knows. */
#include "httpd/query.h"

#include "common/parse.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define WORD_MOST_BYTES 64
#define SHOWN_BYTES     30 /* of a value in a sentence: 200 bytes hold it, each byte as \\xHH */

static const char *const names[] = {
	[QUERY_NUM_BITS] = "numBits", [QUERY_QUANTITY] = "quantity", [QUERY_FILETYPE] = "filetype",
	[QUERY_SOURCE] = "source",    [QUERY_TAG] = "tag",           [QUERY_ID] = "id",
	[QUERY_SINCE] = "since",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == QUERY_KEYS, "a name each");

void query_add(struct query *query, const char *name, size_t name_len, const char *value,
	       size_t value_len)
{
	for (int i = 0; i < QUERY_KEYS; i++) {
		if (strlen(names[i]) != name_len || memcmp(names[i], name, name_len) != 0)
			continue;
		query->value[i] = value ? value : "";
		query->len_bytes[i] = value ? value_len : 0;
		query->count[i]++;
	}
}

static int refuse(const struct query *query, enum query_key key, const char *reason,
		  struct text *why)
{
	size_t len = query->len_bytes[key];

	text_add(why, "%s=", names[key]);
	text_add_escaped(why, query->value[key], len < SHOWN_BYTES ? len : SHOWN_BYTES);
	text_add(why, "%s %s", len > SHOWN_BYTES ? "..." : "", reason);
	return -EINVAL;
}

/* What a string function may look at: given once, and no NUL hides a rest. */
static int check(const struct query *query, enum query_key key, struct text *why)
{
	if (query->count[key] > 1)
		return refuse(query, key, "is given more than once", why);
	if (query->len_bytes[key] == 0)
		return refuse(query, key, "is empty", why);
	if (strnlen(query->value[key], query->len_bytes[key]) < query->len_bytes[key])
		return refuse(query, key, "holds a NUL", why);
	return 0;
}

int query_u64(const struct query *query, enum query_key key, uint64_t min, uint64_t max,
	      uint64_t fallback, uint64_t *out, struct text *why)
{
	int ret;

	if (!query->count[key]) {
		*out = fallback;
		return 0;
	}
	if (check(query, key, why) < 0)
		return -EINVAL;
	ret = parse_u64(query->value[key], min, max, out);
	if (ret == -EINVAL)
		return refuse(query, key, "is no whole number in decimal digits", why);
	if (ret == 0)
		return 0;
	refuse(query, key, "is not between", why);
	text_add(why, " %llu and %llu", (unsigned long long)min, (unsigned long long)max);
	return -EINVAL;
}

int query_word(const struct query *query, enum query_key key, const char *fallback,
	       const char **out, struct text *why)
{
	if (!query->count[key]) {
		*out = fallback;
		return 0;
	}
	if (check(query, key, why) < 0)
		return -EINVAL;
	if (query->len_bytes[key] > WORD_MOST_BYTES)
		return refuse(query, key, "is too long", why);
	*out = query->value[key];
	return 0;
}

/* Whole, or the beginning of one: what has another form would be compared all the same, and tell
 * something else than what was meant. */
static bool is_time(const char *word)
{
	static const char form[] = "0000-00-00T00:00:00.000Z";
	size_t i = 0;

	while (word[i] && (form[i] == '0' ? word[i] >= '0' && word[i] <= '9' : word[i] == form[i]))
		i++;
	return !word[i];
}

int query_time(const struct query *query, enum query_key key, char out[QUERY_TIME_BYTES],
	       struct text *why)
{
	const char *word;

	if (query_word(query, key, "", &word, why) < 0)
		return -EINVAL;
	if (!is_time(word))
		return refuse(query, key, "is no time like 2026-11-21T14:38:09.123Z", why);
	strcpy(out, word);
	return 0;
}
