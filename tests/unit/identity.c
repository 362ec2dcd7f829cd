/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of identity: every kind of answer, however it is cut, judged and taken apart. */
#include "fuse-trng/device/identity.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>

#include <string.h>

/* What becomes of @bytes that come in pieces of @piece_bytes. */
static struct identity hear(const void *bytes, size_t len_bytes, size_t piece_bytes)
{
	const uint8_t *next = bytes;
	struct identity identity;

	identity_init(&identity, true);
	while (len_bytes) {
		size_t len = len_bytes < piece_bytes ? len_bytes : piece_bytes;

		identity_hear(&identity, next, len);
		next += len;
		len_bytes -= len;
	}
	CU_ASSERT_EQUAL(identity.state, IDENTITY_PENDING);
	CU_ASSERT_STRING_EQUAL(identity.line, "");
	identity_judge(&identity);
	return identity;
}

static void expect_nothing(const struct identity *identity, enum identity_state state)
{
	static const char nothing[IDENTITY_SIZE];

	CU_ASSERT_EQUAL(identity->state, state);
	CU_ASSERT_STRING_EQUAL(identity->line, "");
	CU_ASSERT_STRING_EQUAL(identity->firmware, "");
	CU_ASSERT_STRING_EQUAL(identity->version, "");
	CU_ASSERT_STRING_EQUAL(identity->build, "");
	CU_ASSERT_EQUAL(memcmp(identity->heard, nothing, sizeof(nothing)), 0);
}

static void test_before_the_answer(void)
{
	struct identity identity;

	identity_init(&identity, true);
	expect_nothing(&identity, IDENTITY_PENDING);
	identity_init(&identity, false);
	expect_nothing(&identity, IDENTITY_NOT_ASKED);
	identity = hear("", 0, 1);
	expect_nothing(&identity, IDENTITY_SILENT);
}

static void test_answers(void)
{
	static const struct {
		const char *said, *line, *version, *build;
	} cases[] = {
		{ "trng 1.0.0 source\n", "trng 1.0.0 source", "1.0.0", "source" },
		{ "trng 1.0.0 source\r\n", "trng 1.0.0 source", "1.0.0", "source" },
		{ "trng 1\n", "trng 1", "1", "" },
		{ "trng 1 \n", "trng 1 ", "1", "" },
		{ "trng a b c  d\n", "trng a b c  d", "a", "b c  d" },
		{ "trng 1  b\n", "trng 1  b", "1", " b" },
		{ "trng = state=running\n", "trng = state=running", "=", "state=running" },
		{ "trng ~ %s%n\n", "trng ~ %s%n", "~", "%s%n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].said);

		for (size_t piece = 1; piece <= len; piece++) {
			struct identity identity = hear(cases[i].said, len, piece);

			CU_ASSERT_EQUAL(identity.state, IDENTITY_ANSWERED);
			CU_ASSERT_STRING_EQUAL(identity.line, cases[i].line);
			CU_ASSERT_STRING_EQUAL(identity.firmware, "trng");
			CU_ASSERT_STRING_EQUAL(identity.version, cases[i].version);
			CU_ASSERT_STRING_EQUAL(identity.build, cases[i].build);
		}
	}
}

static void test_no_answers(void)
{
	static const char *const cases[] = {
		"\n",
		"\r\n",
		"\n\n",
		"trng",
		"trng\n",
		"trng \n",
		"trng  1\n",
		"trng\t1 x\n",
		" trng 1 x\n",
		"Trng 1 x\n",
		"xtrng 1 x\n",
		"trng1 x\n",
		"trng 1 x",
		"trng 1 x\r",
		"\ntrng 1 x\n",
		"trng 1 x\n\n",
		"trng 1 x\nmore",
		"trng a b\nstate=running\n",
		"trng 1 \x1b[31mx\n",
		"trng 1 x\r\r\n",
		"trng 1\rx\n",
		"trng 1 \xc3\xa4\r\n",
		"trng 1 x\x7f\n",
		"trng 1 x\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i]);

		for (size_t piece = 1; piece <= len; piece++) {
			struct identity identity = hear(cases[i], len, piece);

			expect_nothing(&identity, IDENTITY_UNKNOWN);
		}
	}
}

/* Of all bytes, those from the space to the tilde; but a newline ends, and a CR may come before. */
static void test_every_byte(void)
{
	for (unsigned byte = 0; byte < 256; byte++) {
		char said[] = "trng 1 x?y\n";
		struct identity identity;

		said[8] = (char)byte;
		identity = hear(said, sizeof(said) - 1, sizeof(said));
		if (byte >= ' ' && byte <= '~') {
			CU_ASSERT_EQUAL(identity.state, IDENTITY_ANSWERED);
		} else {
			expect_nothing(&identity, IDENTITY_UNKNOWN);
		}
	}
}

static void test_lengths(void)
{
	static char said[10001];

	memset(said, 'x', sizeof(said) - 1);
	memcpy(said, "trng 1 ", 7);
	for (size_t len = 8; len < sizeof(said); len += len < 200 ? 1 : 700) {
		struct identity identity;
		char end = said[len];

		said[len] = '\n';
		identity = hear(said, len + 1, 97);
		if (len < IDENTITY_SIZE) {
			CU_ASSERT_EQUAL(identity.state, IDENTITY_ANSWERED);
			CU_ASSERT_EQUAL(strlen(identity.line), len);
			CU_ASSERT_EQUAL(strlen(identity.build), len - 7);
		} else {
			expect_nothing(&identity, IDENTITY_UNKNOWN);
		}
		said[len] = end;
	}
	memset(said, 'v', IDENTITY_SIZE);
	memcpy(said, "trng ", 5);
	said[IDENTITY_SIZE - 1] = '\n';
	struct identity identity = hear(said, IDENTITY_SIZE, 1000);

	CU_ASSERT_EQUAL(strlen(identity.version), IDENTITY_SIZE - 1 - 5);
	CU_ASSERT_STRING_EQUAL(identity.build, "");
}

static void test_names(void)
{
	CU_ASSERT_STRING_EQUAL(identity_state_name(IDENTITY_NOT_ASKED), "not asked");
	CU_ASSERT_STRING_EQUAL(identity_state_name(IDENTITY_PENDING), "pending");
	CU_ASSERT_STRING_EQUAL(identity_state_name(IDENTITY_ANSWERED), "answered");
	CU_ASSERT_STRING_EQUAL(identity_state_name(IDENTITY_SILENT), "silent");
	CU_ASSERT_STRING_EQUAL(identity_state_name(IDENTITY_UNKNOWN), "unknown");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "before the answer, and without one", test_before_the_answer },
		{ "answers, in pieces of all sizes", test_answers },
		{ "what is none, in pieces of all sizes", test_no_answers },
		{ "every byte within an answer", test_every_byte },
		{ "every length", test_lengths },
		{ "names of the states", test_names },
	};

	return unit_run("identity", tests, sizeof(tests) / sizeof(tests[0]));
}
