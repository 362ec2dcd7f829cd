/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trng_words - finds command words in what the host sends, a byte at a time. */
#include "trng_words.h"

#include <stddef.h>

/*
 * THE table of words. None may begin another, because a word counts at its last letter.
 * At most eight rows: trng_words.candidates has one bit for each.
 */
static const struct {
	const char *text;
	enum trng_word word;
} table[] = {
	{ "on", TRNG_WORD_ON },       { "off", TRNG_WORD_OFF },       { "id", TRNG_WORD_ID },
	{ "raw", TRNG_WORD_RAW },     { "cooked", TRNG_WORD_COOKED }, { "dark", TRNG_WORD_DARK },
	{ "still", TRNG_WORD_STILL }, { "bright", TRNG_WORD_BRIGHT },
};

#define TABLE_ROWS ((uint8_t)(sizeof(table) / sizeof(table[0])))
#define ALL_WORDS  ((uint8_t)((1u << TABLE_ROWS) - 1u))

_Static_assert(TABLE_ROWS <= 8, "a candidate is one bit of eight");

static bool is_space(uint8_t byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static void start_over(struct trng_words *words)
{
	words->candidates = ALL_WORDS;
	words->length = 0;
}

/* Drops the candidates that do not go on with @byte; the one that ends with it is the result. */
static enum trng_word narrow(struct trng_words *words, uint8_t byte)
{
	uint8_t at = words->length;

	for (uint8_t i = 0; i < TABLE_ROWS; i++) {
		unsigned bit = 1u << i;

		if (!(words->candidates & bit))
			continue;
		if ((uint8_t)table[i].text[at] != byte)
			words->candidates = (uint8_t)(words->candidates & ~bit);
		else if (table[i].text[at + 1] == '\0')
			return table[i].word;
	}
	return TRNG_WORD_NONE;
}

void trng_words_init(struct trng_words *words)
{
	words->last_ms = 0;
	start_over(words);
}

enum trng_word trng_words_feed(struct trng_words *words, uint8_t byte, uint32_t now_ms)
{
	enum trng_word word = TRNG_WORD_NONE;

	trng_words_pause(words, now_ms);
	words->last_ms = now_ms;
	if (is_space(byte)) {
		start_over(words);
		return TRNG_WORD_NONE;
	}
	word = narrow(words, byte);
	if (word != TRNG_WORD_NONE)
		start_over(words);
	else if (words->candidates)
		words->length++;
	return word;
}

void trng_words_pause(struct trng_words *words, uint32_t now_ms)
{
	if (now_ms - words->last_ms >= TRNG_PAUSE_MS)
		start_over(words);
}

bool trng_words_is_busy(const struct trng_words *words)
{
	return words->candidates != ALL_WORDS;
}
