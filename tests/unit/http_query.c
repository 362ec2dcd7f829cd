/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query: what is taken, what is refused, and that a refusal is a sentence that names its parameter.
 */
#include "httpd/query.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define WHY_BYTES   200 /* what a handler gives for the sentence */
#define BYTES10     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
#define DIGITS10    "0123456789"

static const char *const names[QUERY_KEYS] = { "numBits", "quantity", "filetype", "source",
					       "tag",     "id",       "since" };

static struct query none(void)
{
	return (struct query){ 0 };
}

static void add(struct query *query, const char *name, const char *value)
{
	query_add(query, name, strlen(name), value, value ? strlen(value) : 0);
}

/* "name=what was given reason", whole, and fit for a terminal and for JSON. */
static void check_sentence(const struct text *why, const char *name, const char *reason)
{
	size_t len = strlen(name);
	bool is_good = !why->is_cut && !strncmp(why->data, name, len) && why->data[len] == '=' &&
		       strstr(why->data, reason);

	for (size_t i = 0; i < why->len_bytes; i++)
		is_good = is_good && why->data[i] >= ' ' && why->data[i] <= '~';
	if (!is_good)
		printf("%s, \"%s\": said \"%s\"\n", name, reason, why->data);
	CU_ASSERT(is_good);
}

static void refuses_u64(const struct query *query, enum query_key key, uint64_t max,
			const char *reason)
{
	char data[WHY_BYTES];
	struct text why;
	uint64_t out = 77;

	text_init(&why, data, sizeof(data));
	CU_ASSERT_EQUAL(query_u64(query, key, 1, max, 5, &out, &why), -EINVAL);
	CU_ASSERT_EQUAL(out, 77);
	check_sentence(&why, names[key], reason);
}

static void refuses_word(const struct query *query, enum query_key key, const char *reason)
{
	static const char before[] = "before";
	const char *out = before;
	char data[WHY_BYTES];
	struct text why;

	text_init(&why, data, sizeof(data));
	CU_ASSERT_EQUAL(query_word(query, key, "fallback", &out, &why), -EINVAL);
	CU_ASSERT_PTR_EQUAL(out, before);
	check_sentence(&why, names[key], reason);
}

static void test_names(void)
{
	char data[WHY_BYTES];
	struct text why;

	for (int i = 0; i < QUERY_KEYS; i++) {
		struct query query = none();
		const char *word = NULL;

		add(&query, names[i], "7");
		text_init(&why, data, sizeof(data));
		for (int j = 0; j < QUERY_KEYS; j++) {
			CU_ASSERT_EQUAL(query_word(&query, (enum query_key)j, "none", &word, &why),
					0);
			CU_ASSERT_STRING_EQUAL(word, i == j ? "7" : "none");
		}
		CU_ASSERT_EQUAL(why.len_bytes, 0);
	}
}

/* A cache-buster, another case, a name that begins or goes on like one of ours. */
static void test_unknown(void)
{
	static const char *const others[] = { "_",      "",         "numbits",  "NUMBITS",
					      "numBit", "numBits2", "numBits ", "num",
					      "token",  "\xff" };
	struct query query = none();
	char data[WHY_BYTES];
	struct text why;
	uint64_t out = 0;

	for (size_t i = 0; i < COUNT(others); i++)
		add(&query, others[i], "0");
	query_add(&query, "numBits\0x", 9, "0", 1);
	query_add(&query, "numBits", 6, "0", 1);
	text_init(&why, data, sizeof(data));
	CU_ASSERT_EQUAL(query_u64(&query, QUERY_NUM_BITS, 1, 10, 5, &out, &why), 0);
	CU_ASSERT_EQUAL(out, 5);
}

static void test_numbers(void)
{
	static const struct {
		const char *value;
		uint64_t min, max, out;
	} rows[] = {
		{ "1", 1, UINT64_MAX, 1 },
		{ "10", 1, 10, 10 },
		{ "0", 0, 10, 0 },
		{ "18446744073709551615", 1, UINT64_MAX, UINT64_MAX },
		{ "0000000000000000000000000000000000000000000000012", 1, 12, 12 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct query query = none();
		char data[WHY_BYTES];
		struct text why;
		uint64_t out = 77;

		text_init(&why, data, sizeof(data));
		add(&query, "numBits", rows[i].value);
		CU_ASSERT_EQUAL(
			query_u64(&query, QUERY_NUM_BITS, rows[i].min, rows[i].max, 5, &out, &why),
			0);
		CU_ASSERT_EQUAL(out, rows[i].out);
		CU_ASSERT_EQUAL(why.len_bytes, 0);
	}
}

static void test_no_number(void)
{
	static const char *const values[] = {
		"-5",    "+5",  "abc",  "1e3",  "1.0", "0x10", " 1",       "1 ",
		"1,000", "1\n", "--",   "١",    "1_0", "NaN",  "Infinity", "'",
		"5;6",   "%30", "true", "null", "[1]", "1 2",  ".",        "\xff\xfe\xfd",
		"-",     "\\",  "1/2",  "0b1",  "1u",  "-0",   "1e",       "e1",
	};

	for (size_t i = 0; i < COUNT(values); i++) {
		for (int key = QUERY_NUM_BITS; key <= QUERY_QUANTITY; key++) {
			struct query query = none();

			add(&query, names[key], values[i]);
			refuses_u64(&query, (enum query_key)key, UINT64_MAX,
				    "is no whole number in decimal digits");
		}
	}
}

static void test_range(void)
{
	static const struct {
		const char *value;
		uint64_t max;
		const char *reason;
	} rows[] = {
		{ "0", UINT64_MAX, "is not between 1 and 18446744073709551615" },
		{ "00", 10, "numBits=00 is not between 1 and 10" },
		{ "11", 10, "numBits=11 is not between 1 and 10" },
		{ "18446744073709551616", UINT64_MAX, "is not between" },
		{ "18446744073709551617", UINT64_MAX, "is not between" },
		{ "36893488147419103233", UINT64_MAX, "is not between" },
		{ "1000000000000000000000000000000", UINT64_MAX, "is not between" },
		{ DIGITS10 DIGITS10 DIGITS10 DIGITS10 DIGITS10, UINT64_MAX, "... is not between" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct query query = none();

		add(&query, "numBits", rows[i].value);
		refuses_u64(&query, QUERY_NUM_BITS, rows[i].max, rows[i].reason);
	}
}

/* Given as "numBits=" or as "numBits" alone: a parameter is no flag. */
static void test_empty(void)
{
	static const char *const values[] = { "", NULL };

	for (size_t i = 0; i < COUNT(values); i++) {
		for (int key = 0; key < QUERY_KEYS; key++) {
			struct query query = none();

			add(&query, names[key], values[i]);
			refuses_u64(&query, (enum query_key)key, 10, "is empty");
			refuses_word(&query, (enum query_key)key, "is empty");
		}
	}
}

static void test_repeated(void)
{
	static const char *const seconds[] = { "1", "2", "", NULL };

	for (size_t i = 0; i < COUNT(seconds); i++) {
		struct query query = none();

		add(&query, "quantity", "1");
		add(&query, "quantity", seconds[i]);
		refuses_u64(&query, QUERY_QUANTITY, 10, "is given more than once");
		refuses_word(&query, QUERY_QUANTITY, "is given more than once");
	}
}

/* What follows a NUL is not hidden from us by C. */
static void test_nul(void)
{
	static const struct {
		const char *value;
		size_t len;
	} rows[] = { { "5\0", 2 }, { "5\0x", 3 }, { "\0", 1 }, { "\0005", 2 }, { "1\0002", 3 } };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct query query = none();

		query_add(&query, "numBits", 7, rows[i].value, rows[i].len);
		query_add(&query, "id", 2, rows[i].value, rows[i].len);
		refuses_u64(&query, QUERY_NUM_BITS, 10, "\\x00");
		refuses_u64(&query, QUERY_NUM_BITS, 10, "holds a NUL");
		refuses_word(&query, QUERY_ID, "holds a NUL");
	}
}

static void test_words(void)
{
	static const char longest[] = DIGITS10 DIGITS10 DIGITS10 DIGITS10 DIGITS10 DIGITS10 "0123";
	static const char too_long[] =
		DIGITS10 DIGITS10 DIGITS10 DIGITS10 DIGITS10 DIGITS10 "01234";
	struct query query = none();
	char data[WHY_BYTES];
	struct text why;
	const char *out = NULL;

	text_init(&why, data, sizeof(data));
	CU_ASSERT_EQUAL(strlen(longest), QUERY_TAG_BYTES - 1);
	CU_ASSERT_EQUAL(query_word(&query, QUERY_TAG, NULL, &out, &why), 0);
	CU_ASSERT_PTR_NULL(out);
	add(&query, "tag", longest);
	CU_ASSERT_EQUAL(query_word(&query, QUERY_TAG, NULL, &out, &why), 0);
	CU_ASSERT_STRING_EQUAL(out, longest);
	add(&query, "filetype", too_long);
	refuses_word(&query, QUERY_FILETYPE, "is too long");
	query = none();
	add(&query, "filetype", "../../etc/passwd"); /* a word is judged by who takes it */
	CU_ASSERT_EQUAL(query_word(&query, QUERY_FILETYPE, "bin", &out, &why), 0);
	CU_ASSERT_STRING_EQUAL(out, "../../etc/passwd");
}

static void check_time(const char *value, const char *expected)
{
	struct query query = none();
	char out[QUERY_TIME_BYTES] = "before";
	char data[WHY_BYTES];
	struct text why;

	if (value)
		add(&query, "since", value);
	text_init(&why, data, sizeof(data));
	CU_ASSERT_EQUAL(query_time(&query, QUERY_SINCE, out, &why), 0);
	CU_ASSERT_STRING_EQUAL(out, expected);
	CU_ASSERT_EQUAL(why.len_bytes, 0);
}

static void refuses_time(const char *value, const char *reason)
{
	struct query query = none();
	char out[QUERY_TIME_BYTES] = "before";
	char data[WHY_BYTES];
	struct text why;

	add(&query, "since", value);
	text_init(&why, data, sizeof(data));
	CU_ASSERT_EQUAL(query_time(&query, QUERY_SINCE, out, &why), -EINVAL);
	CU_ASSERT_STRING_EQUAL(out, "before");
	check_sentence(&why, "since", reason);
}

static void test_times(void)
{
	static const char *const good[] = { "0",
					    "2026-11-21T14:38:09.123Z",
					    "2026-11-21",
					    "2026-11-21T14:38:09",
					    "2026-11-21T14:38:09.123Z",
					    "9999" };
	static const char *const bad[] = { "2026-11-21T14:38:09+00:00",
					   "2026-11-21T14:38:09-05:00",
					   "2026-11-21T14:38:09Z",
					   "00000",
					   "1:",
					   "2026-11-21T14:38:09.123Z0",
					   "zzz",
					   "now",
					   "2026-11-21 14:38:09",
					   "2026-11-21t14:38:09z",
					   "0\n",
					   "0/",
					   "\xff",
					   "\"",
					   DIGITS10 DIGITS10 DIGITS10 "12" };

	check_time(NULL, "");
	for (size_t i = 0; i < COUNT(good); i++)
		check_time(good[i], good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		refuses_time(bad[i], "is no time like 2026-11-21T14:38:09.123Z");
	refuses_time("", "is empty");
	refuses_time(DIGITS10 DIGITS10 DIGITS10 DIGITS10 DIGITS10 DIGITS10 DIGITS10, "is too long");
}

/* The longest that a sentence can get: every byte of the value takes four. */
static void test_hostile_length(void)
{
	static const char bytes39[] =
		BYTES10 BYTES10 BYTES10 "\xff\xff\xff\xff\xff\xff\xff\xff\xff";
	static const char bytes70[] = BYTES10 BYTES10 BYTES10 BYTES10 BYTES10 BYTES10 BYTES10;

	for (int key = 0; key < QUERY_KEYS; key++) {
		struct query query = none();

		add(&query, names[key], bytes39);
		refuses_u64(&query, (enum query_key)key, UINT64_MAX, "is no whole number");
		query = none();
		add(&query, names[key], bytes70);
		refuses_u64(&query, (enum query_key)key, UINT64_MAX, "is no whole number");
		refuses_word(&query, (enum query_key)key, "is too long");
		add(&query, names[key], bytes70);
		refuses_u64(&query, (enum query_key)key, UINT64_MAX, "is given more than once");
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each name", test_names },
		{ "unknown names", test_unknown },
		{ "numbers", test_numbers },
		{ "what is no number", test_no_number },
		{ "out of range", test_range },
		{ "empty", test_empty },
		{ "repeated", test_repeated },
		{ "a NUL inside", test_nul },
		{ "words", test_words },
		{ "times", test_times },
		{ "long and unprintable", test_hostile_length },
	};

	return unit_run("http_query", tests, COUNT(tests));
}
