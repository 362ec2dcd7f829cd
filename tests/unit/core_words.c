/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The firmware's parser: words split, joined, with newline, in junk and after it. */
#include "firmware/core/trng_words.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What each word must be heard as; the parser's own table is not asked. */
static const struct {
	const char *text;
	enum trng_word word;
} known[] = {
	{ "on", TRNG_WORD_ON },       { "off", TRNG_WORD_OFF },       { "id", TRNG_WORD_ID },
	{ "raw", TRNG_WORD_RAW },     { "cooked", TRNG_WORD_COOKED }, { "dark", TRNG_WORD_DARK },
	{ "still", TRNG_WORD_STILL }, { "bright", TRNG_WORD_BRIGHT },
};

struct ear {
	struct trng_words words;
	uint32_t now_ms;
	uint32_t gap_ms; /* passes before each byte but the first */
	char heard[256]; /* "on off ", emptied by expect() */
};

static void begin(struct ear *ear, uint32_t now_ms, uint32_t gap_ms)
{
	*ear = (struct ear){ .now_ms = now_ms, .gap_ms = gap_ms };
	trng_words_init(&ear->words);
	CU_ASSERT_FALSE(trng_words_is_busy(&ear->words));
}

static void write_down(struct ear *ear, enum trng_word word)
{
	size_t length = strlen(ear->heard);

	for (size_t i = 0; i < COUNT(known); i++)
		if (known[i].word == word)
			snprintf(ear->heard + length, sizeof(ear->heard) - length, "%s ",
				 known[i].text);
}

static void hear_bytes(struct ear *ear, const void *bytes, size_t length)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < length; i++) {
		ear->now_ms += i ? ear->gap_ms : 0;
		write_down(ear, trng_words_feed(&ear->words, byte[i], ear->now_ms));
	}
}

static void hear(struct ear *ear, const char *text)
{
	hear_bytes(ear, text, strlen(text));
}

static void expect_after(struct ear *ear, const char *expected, const char *text)
{
	char failure[512];

	if (strcmp(ear->heard, expected) != 0) {
		snprintf(failure, sizeof(failure), "\"%s\": heard \"%s\", not \"%s\"", text,
			 ear->heard, expected);
		CU_FAIL(failure);
		puts(failure);
	}
	ear->heard[0] = '\0';
}

static void expect(struct ear *ear, const char *expected)
{
	expect_after(ear, expected, "at the end");
}

/* However a text is cut and whenever it comes, as long as no pause is in it. */
static void expect_heard(const char *text, const char *expected)
{
	static const uint32_t gaps_ms[] = { 0, 1, TRNG_PAUSE_MS - 1 };
	static const uint32_t starts_ms[] = { 0, 77, UINT32_MAX, UINT32_MAX / 2 - 100 };

	for (size_t i = 0; i < COUNT(gaps_ms) * COUNT(starts_ms); i++) {
		struct ear ear;

		begin(&ear, starts_ms[i / COUNT(gaps_ms)], gaps_ms[i % COUNT(gaps_ms)]);
		hear(&ear, text);
		expect_after(&ear, expected, text);
	}
}

static void test_texts(void)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "on", "on " },
		{ "on\n", "on " },
		{ "on\r\noff\r\n", "on off " },
		{ " \t\v\fon", "on " },
		{ "onoff", "on off " },
		{ "offon", "off on " },
		{ "onononon", "on on on on " },
		{ "ididon", "id id on " },
		{ "rawdarkon", "raw dark on " },
		{ "cookedbrighton", "cooked bright on " },
		{ "stillrawonoff", "still raw on off " },
		{ "cooked bright on", "cooked bright on " },
		{ "raw\r\nstill\r\non\r\n", "raw still on " },
		{ "darkdark", "dark dark " },
		{ "onx off", "on off " },
		{ "onxoff", "on " },
		{ "offf on", "off on " },
		{ "rawwon", "raw " },
		{ "xon", "" },
		{ "xrawdarkon", "" },
		{ "xon on", "on " },
		{ "x\non\n", "on " },
		{ "oon", "" },
		{ "ofon", "" },
		{ "of", "" },
		{ "o n", "" },
		{ "o\non", "on " },
		{ "ra w", "" },
		{ "ra raw", "raw " },
		{ "coon", "" },
		{ "cookon", "" },
		{ "brightid", "bright id " },
		{ "idark", "id " },
		{ "dar", "" },
		{ "drak on", "on " },
		{ "ON", "" },
		{ "On on", "on " },
		{ "Raw RAW raw", "raw " },
		{ "\xff\x80 on", "on " },
		{ "\x01on\x7f on", "on " },
		{ "raw,dark,on", "raw " },
		{ "raw;on", "raw " },
		{ "\b\bon", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		expect_heard(rows[i][0], rows[i][1]);
}

/* A NUL is junk like any other byte: it ends no word and matches no end of the table's. */
static void test_nul(void)
{
	struct ear ear;

	begin(&ear, 0, 0);
	hear_bytes(&ear, "on\0off", 6);
	expect(&ear, "on ");
	hear_bytes(&ear, " o\0n raw", 8);
	expect(&ear, "raw ");
}

/* Every word after every two words, joined: none hides in the seam of others. */
static void test_joined(void)
{
	size_t n = COUNT(known);

	for (size_t i = 0; i < n * n * n; i++) {
		const char *a = known[i / n / n].text, *b = known[i / n % n].text;
		const char *c = known[i % n].text;
		char text[64], expected[64];

		snprintf(text, sizeof(text), "%s%s%s", a, b, c);
		snprintf(expected, sizeof(expected), "%s %s %s ", a, b, c);
		expect_heard(text, expected);
	}
}

/* Cut in two at each letter: 199 ms of silence are no pause, 200 are one. */
static void test_cut_in_two(void)
{
	for (size_t i = 0; i < COUNT(known); i++) {
		for (size_t cut = 1; cut < strlen(known[i].text); cut++) {
			char expected[16];
			struct ear ear;

			begin(&ear, UINT32_MAX - 100, 0);
			hear_bytes(&ear, known[i].text, cut);
			CU_ASSERT_TRUE(trng_words_is_busy(&ear.words));
			ear.now_ms += TRNG_PAUSE_MS - 1;
			trng_words_pause(&ear.words, ear.now_ms);
			CU_ASSERT_TRUE(trng_words_is_busy(&ear.words));
			hear(&ear, known[i].text + cut);
			snprintf(expected, sizeof(expected), "%s ", known[i].text);
			expect_after(&ear, expected, known[i].text);
			CU_ASSERT_FALSE(trng_words_is_busy(&ear.words));
			hear_bytes(&ear, known[i].text, cut);
			ear.now_ms += TRNG_PAUSE_MS;
			hear(&ear, known[i].text + cut);
			expect_after(&ear, "", known[i].text);
		}
	}
}

/* Of all texts of two bytes, two are words; of all of three, two more, and what follows a word. */
static void test_all_short_texts(void)
{
	static const char *const words[] = { "on", "id", "off", "raw" };

	for (unsigned i = 0; i < 1u << 16; i++) {
		struct trng_words parser;
		char text[] = { (char)(i >> 8), (char)(i & 0xff), '\0' };
		enum trng_word first, second;

		trng_words_init(&parser);
		first = trng_words_feed(&parser, (uint8_t)text[0], 0);
		second = trng_words_feed(&parser, (uint8_t)text[1], 0);
		if (first != TRNG_WORD_NONE ||
		    (second != TRNG_WORD_NONE) != (!strcmp(text, "on") || !strcmp(text, "id")))
			CU_FAIL(text);
	}
	for (unsigned i = 0; i < 26 * 26 * 26; i++) {
		char text[] = { (char)('a' + i / 676), (char)('a' + i / 26 % 26),
				(char)('a' + i % 26), '\0' };
		unsigned heard = 0, expected = 0;
		struct trng_words parser;

		trng_words_init(&parser);
		for (size_t at = 0; at < 3; at++)
			heard += trng_words_feed(&parser, (uint8_t)text[at], 0) != TRNG_WORD_NONE;
		for (size_t word = 0; word < COUNT(words); word++)
			expected += !strncmp(text, words[word], strlen(words[word]));
		if (heard != expected)
			CU_FAIL(text);
	}
}

/* One wrong byte in any place makes a word none; only off becomes another: "onf". */
static void test_one_wrong_byte(void)
{
	struct ear ear;

	begin(&ear, 0, 0);
	for (size_t i = 0; i < COUNT(known); i++) {
		for (size_t at = 0; at < strlen(known[i].text); at++) {
			for (unsigned wrong = 0; wrong < 256; wrong++) {
				char text[16] = "";

				memcpy(text, known[i].text, strlen(known[i].text));
				text[at] = (char)wrong;
				if (!memcmp(text, known[i].text, strlen(known[i].text)))
					continue;
				hear_bytes(&ear, text, strlen(known[i].text));
				expect_after(&ear, strcmp(text, "onf") ? "" : "on ", text);
				ear.now_ms += TRNG_PAUSE_MS;
			}
		}
	}
}

/* 200 ms without a byte end half a word and junk, also if nobody looked meanwhile. */
static void test_pause(void)
{
	struct ear ear;

	begin(&ear, 0, 0);
	hear(&ear, "o");
	ear.now_ms += TRNG_PAUSE_MS;
	hear(&ear, "n");
	ear.now_ms += TRNG_PAUSE_MS;
	hear(&ear, "on");
	expect(&ear, "on ");
	hear(&ear, "xx");
	ear.now_ms += TRNG_PAUSE_MS - 1;
	hear(&ear, "off"); /* junk, and the silence begins anew */
	ear.now_ms += TRNG_PAUSE_MS - 1;
	hear(&ear, "off");
	expect(&ear, "");
	ear.now_ms += TRNG_PAUSE_MS;
	trng_words_pause(&ear.words, ear.now_ms);
	CU_ASSERT_FALSE(trng_words_is_busy(&ear.words));
	hear(&ear, "off");
	expect(&ear, "off ");
	ear.now_ms += UINT32_MAX - 50; /* nothing was begun: the clock may go where it wants */
	trng_words_pause(&ear.words, ear.now_ms);
	hear(&ear, "raw");
	expect(&ear, "raw ");
}

static void test_wrap_around(void)
{
	struct ear ear;

	begin(&ear, UINT32_MAX - 50, 0);
	hear(&ear, "o");
	ear.now_ms += TRNG_PAUSE_MS - 1;
	hear(&ear, "n");
	expect(&ear, "on ");
	begin(&ear, UINT32_MAX - 50, 0);
	hear(&ear, "dar");
	ear.now_ms += TRNG_PAUSE_MS;
	hear(&ear, "k");
	expect(&ear, "");
}

static void fill(uint8_t *junk, size_t length, unsigned kind)
{
	static const char *const texts[] = { "onoffidrawcookeddarkstillbright", "brigh", "o",
					     "\xff" };

	junk[0] = 'x';
	for (size_t i = 1; i < length; i++)
		junk[i] = kind < COUNT(texts) ? (uint8_t)texts[kind][i % strlen(texts[kind])]
					      : (uint8_t)(128 + i % 128);
}

/* 6,000 bytes of several kinds, words in them included, at 9600 baud or all at once. */
static void test_junk(void)
{
	static uint8_t junk[6000];

	for (unsigned i = 0; i < 5 * COUNT(known); i++) {
		const char *word = known[i % COUNT(known)].text;
		char expected[16];
		struct ear ear;

		snprintf(expected, sizeof(expected), "%s ", word);
		fill(junk, sizeof(junk), i / COUNT(known));
		begin(&ear, UINT32_MAX - 3000, i % 2);
		hear_bytes(&ear, junk, sizeof(junk));
		CU_ASSERT_TRUE(trng_words_is_busy(&ear.words));
		hear(&ear, word);
		expect(&ear, "");
		hear(&ear, "\n");
		hear(&ear, word);
		expect(&ear, expected);
		hear_bytes(&ear, junk, sizeof(junk));
		ear.now_ms += TRNG_PAUSE_MS;
		hear(&ear, word);
		expect(&ear, expected);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "texts: joined, with newline, in junk", test_texts },
		{ "a NUL is junk", test_nul },
		{ "every three words joined", test_joined },
		{ "every word cut at every letter", test_cut_in_two },
		{ "all short texts", test_all_short_texts },
		{ "one wrong byte", test_one_wrong_byte },
		{ "a pause ends what was begun", test_pause },
		{ "the clock wraps around in a word", test_wrap_around },
		{ "6000 bytes of junk", test_junk },
	};

	return unit_run("core_words", tests, COUNT(tests));
}
