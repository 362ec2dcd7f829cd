/* SPDX-License-Identifier: GPL-3.0-or-later */
/* range: what RFC 9110 has as examples, its edges, and what is no range at all. */
#include "httpd/range.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>

struct row {
	const char *header;
	uint64_t size;
	enum range_verdict verdict;
	uint64_t first, len;
};

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		struct range range = { 77, 88 };
		enum range_verdict verdict = range_parse(row->header, row->size, &range);
		struct range expected = { row->first, row->len };

		if (row->verdict == RANGE_WHOLE)
			expected = (struct range){ 0, row->size };
		if (row->verdict == RANGE_UNSATISFIABLE)
			expected = (struct range){ 77, 88 };
		if (verdict != row->verdict || range.first != expected.first ||
		    range.len_bytes != expected.len_bytes)
			printf("\"%s\" of %" PRIu64 ": %d, %" PRIu64 " + %" PRIu64 "\n",
			       row->header ? row->header : "(none)", row->size, verdict,
			       range.first, range.len_bytes);
		CU_ASSERT_EQUAL(verdict, row->verdict);
		CU_ASSERT_EQUAL(range.first, expected.first);
		CU_ASSERT_EQUAL(range.len_bytes, expected.len_bytes);
	}
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_parts(void)
{
	static const struct row rows[] = {
		{ "bytes=0-499", 10000, RANGE_PART, 0, 500 },
		{ "bytes=500-999", 10000, RANGE_PART, 500, 500 },
		{ "bytes=-500", 10000, RANGE_PART, 9500, 500 },
		{ "bytes=9500-", 10000, RANGE_PART, 9500, 500 },
		{ "bytes=0-0", 10000, RANGE_PART, 0, 1 },
		{ "bytes=-1", 10000, RANGE_PART, 9999, 1 },
		{ "bytes=0-", 10000, RANGE_PART, 0, 10000 },
		{ "bytes=9999-9999", 10000, RANGE_PART, 9999, 1 },
		{ "bytes=9999-10000", 10000, RANGE_PART, 9999, 1 },
		{ "bytes=5-99999999", 10000, RANGE_PART, 5, 9995 },
		{ "bytes=-10000", 10000, RANGE_PART, 0, 10000 },
		{ "bytes=-10001", 10000, RANGE_PART, 0, 10000 },
		{ "bytes=0000000000000000000000000000001-2", 10, RANGE_PART, 1, 2 },
		{ "BYTES=1-2", 10, RANGE_PART, 1, 2 },
		{ "bytes= 1-2\t", 10, RANGE_PART, 1, 2 },
		{ "bytes=0-18446744073709551615", 10, RANGE_PART, 0, 10 },
		{ "bytes=3-99999999999999999999999999", 10, RANGE_PART, 3, 7 },
		{ "bytes=-99999999999999999999999999", 10, RANGE_PART, 0, 10 },
		{ "bytes=0-", UINT64_MAX, RANGE_PART, 0, UINT64_MAX },
		{ "bytes=0-18446744073709551615", UINT64_MAX, RANGE_PART, 0, UINT64_MAX },
		{ "bytes=1-18446744073709551614", UINT64_MAX, RANGE_PART, 1, UINT64_MAX - 1 },
	};

	CHECK(rows);
}

static void test_unsatisfiable(void)
{
	static const struct row rows[] = {
		{ .header = "bytes=10-", .size = 10, .verdict = RANGE_UNSATISFIABLE },
		{ .header = "bytes=10-20", .size = 10, .verdict = RANGE_UNSATISFIABLE },
		{ .header = "bytes=-0", .size = 10, .verdict = RANGE_UNSATISFIABLE },
		{ .header = "bytes=0-", .size = 0, .verdict = RANGE_UNSATISFIABLE },
		{ .header = "bytes=0-0", .size = 0, .verdict = RANGE_UNSATISFIABLE },
		{ .header = "bytes=18446744073709551616-",
		  .size = 10,
		  .verdict = RANGE_UNSATISFIABLE },
		{ .header = "bytes=99999999999999999999-99999999999999999999",
		  .size = UINT64_MAX,
		  .verdict = RANGE_UNSATISFIABLE },
	};

	CHECK(rows);
}

static void test_whole(void)
{
	static const char *const headers[] = {
		NULL,
		"",
		"bytes",
		"bytes=",
		"bytes=-",
		"bytes=--1",
		"bytes=-1-",
		"bytes=1",
		"bytes=5-4",
		"bytes=1-2x",
		"bytes=x",
		"bytes=1-2-3",
		"bytes=0x1-0x2",
		"bytes=+1-2",
		"bytes=1 -2",
		"bytes=1- 2",
		"bytes =1-2",
		" bytes=1-2",
		"bytes=0-0,-1",
		"bytes=500-600,601-999",
		"lines=1-2",
		"byte=1-2",
		"bytes:1-2",
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct row row = { .header = headers[i], .size = 10000, .verdict = RANGE_WHOLE };

		check_rows(&row, 1);
	}
}

/* RFC 9110 calls it satisfiable, but there is no way to send it as a part. */
static void test_empty_suffix(void)
{
	static const struct row row = { .header = "bytes=-5", .size = 0, .verdict = RANGE_WHOLE };

	check_rows(&row, 1);
}

/* Every range of a small file, against its definition. */
static void test_all_small(void)
{
	for (unsigned size = 0; size <= 6; size++) {
		for (unsigned first = 0; first <= 7; first++) {
			for (unsigned last = first; last <= 8; last++) {
				struct row row = { .size = size, .verdict = RANGE_UNSATISFIABLE };
				char header[32];

				snprintf(header, sizeof(header), "bytes=%u-%u", first, last);
				row.header = header;
				if (first < size) {
					row.verdict = RANGE_PART;
					row.first = first;
					row.len = (last < size ? last + 1 : size) - first;
				}
				check_rows(&row, 1);
			}
		}
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a part", test_parts },
		{ "nothing of it is there", test_unsatisfiable },
		{ "none, several, or malformed", test_whole },
		{ "the end of an empty file", test_empty_suffix },
		{ "every range of small files", test_all_small },
	};

	return unit_run("http_range", tests, sizeof(tests) / sizeof(tests[0]));
}
