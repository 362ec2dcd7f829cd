/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text: appends are whole or not at all, and never leave the buffer. */
#include "common/text.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void test_add(void)
{
	struct text text;
	char data[16];

	text_init(&text, data, sizeof(data));
	CU_ASSERT_STRING_EQUAL(data, "");
	CU_ASSERT_EQUAL(text_add(&text, "%s=%d", "a", 1), 0);
	CU_ASSERT_EQUAL(text_add(&text, "\n"), 0);
	CU_ASSERT_STRING_EQUAL(data, "a=1\n");
	CU_ASSERT_EQUAL(text.len_bytes, 4);
	CU_ASSERT_FALSE(text.is_cut);
}

static void test_exact(void)
{
	struct text text;
	char data[6] = "?????";

	text_init(&text, data, 5);
	CU_ASSERT_EQUAL(text_add(&text, "abcd"), 0);
	CU_ASSERT_STRING_EQUAL(data, "abcd");
	CU_ASSERT_EQUAL(text_add(&text, "%s", ""), 0);
	CU_ASSERT_FALSE(text.is_cut);
	CU_ASSERT_EQUAL(text_add(&text, "e"), -ENOSPC);
	CU_ASSERT_STRING_EQUAL(data, "abcd");
	CU_ASSERT(text.is_cut);
}

static void test_cut(void)
{
	struct text text;
	char data[8];

	text_init(&text, data, sizeof(data));
	CU_ASSERT_EQUAL(text_add(&text, "abc"), 0);
	CU_ASSERT_EQUAL(text_add(&text, "defgh"), -ENOSPC);
	CU_ASSERT_STRING_EQUAL(data, "abc");
	CU_ASSERT_EQUAL(text_add(&text, "d"), -ENOSPC);
	CU_ASSERT_EQUAL(text_add_escaped(&text, "d", 1), -ENOSPC);
	CU_ASSERT_STRING_EQUAL(data, "abc");
	CU_ASSERT_EQUAL(text.len_bytes, 3);
}

static void test_smallest(void)
{
	struct text text;
	char data[1];

	text_init(&text, data, sizeof(data));
	CU_ASSERT_EQUAL(text_add_escaped(&text, "", 0), 0);
	CU_ASSERT_EQUAL(text_add(&text, "x"), -ENOSPC);
	CU_ASSERT_EQUAL(data[0], '\0');
}

static void test_escaped(void)
{
	struct text text;
	char data[40];

	text_init(&text, data, sizeof(data));
	CU_ASSERT_EQUAL(text_add_escaped(&text, "init\n\0\x7f\xff\\ ~", 10), 0);
	CU_ASSERT_STRING_EQUAL(data, "init\\x0a\\x00\\x7f\\xff\\x5c ");
	CU_ASSERT_EQUAL(text.len_bytes, strlen(data));
}

static void test_escaped_edge(void)
{
	struct text text;
	char *data = malloc(8); /* on the heap, where the sanitizer sees one byte too many */

	text_init(&text, data, 8);
	CU_ASSERT_EQUAL(text_add_escaped(&text, "abc\n", 4), 0);
	CU_ASSERT_STRING_EQUAL(data, "abc\\x0a");
	text_init(&text, data, 7);
	CU_ASSERT_EQUAL(text_add_escaped(&text, "abc\n", 4), -ENOSPC);
	CU_ASSERT_STRING_EQUAL(data, "");
	CU_ASSERT(text.is_cut);
	free(data);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "appends", test_add },
		{ "fills to the last byte", test_exact },
		{ "all or nothing", test_cut },
		{ "a buffer of one byte", test_smallest },
		{ "foreign bytes", test_escaped },
		{ "foreign bytes at the end", test_escaped_edge },
	};

	return unit_run("text", tests, sizeof(tests) / sizeof(tests[0]));
}
