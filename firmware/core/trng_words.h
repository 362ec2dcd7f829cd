/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trng_words - finds command words in what the host sends, a byte at a time. */
#ifndef TRNG_WORDS_H
#define TRNG_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A silence this long ends whatever was begun: half a word, or junk. */
#define TRNG_PAUSE_MS 200u

enum trng_word {
	TRNG_WORD_NONE,
	TRNG_WORD_ON,
	TRNG_WORD_OFF,
	TRNG_WORD_ID,
	TRNG_WORD_RAW,    /* next `on`: the readings themselves */
	TRNG_WORD_COOKED, /* next `on`: symbols */
	TRNG_WORD_DARK,   /* next `on`: LED and fan unpowered */
	TRNG_WORD_STILL,  /* next `on`: LED powered */
	TRNG_WORD_BRIGHT, /* next `on`: LED and fan powered */
};

/* Parser state; private to trng_words.c. */
struct trng_words {
	uint32_t last_ms;   /* when the last byte came */
	uint8_t candidates; /* one bit for each word that still fits; none: junk */
	uint8_t length;     /* letters matched so far */
};

/** trng_words_init - forget everything heard. */
void trng_words_init(struct trng_words *words);

/**
 * trng_words_feed - one byte from the host.
 *
 * A word is recognised at its last letter: no newline is needed, and the next word may follow
 * at once ("offon" is two words). Text that fits no word is junk up to white space or
 * TRNG_PAUSE_MS of silence, so "xon" is no word.
 *
 * Units:   @now_ms is any free-running clock; it may wrap around.
 * Cost:    constant time, no memory but @words.
 * Return:  the word that this byte completes, or TRNG_WORD_NONE.
 */
enum trng_word trng_words_feed(struct trng_words *words, uint8_t byte, uint32_t now_ms);

/**
 * trng_words_pause - let time pass; to be called at least once in 2^32 ms minus TRNG_PAUSE_MS.
 * State: forgets half a word or junk after TRNG_PAUSE_MS without a byte.
 */
void trng_words_pause(struct trng_words *words, uint32_t now_ms);

/** trng_words_is_busy - whether half a word or junk waits for its end. */
bool trng_words_is_busy(const struct trng_words *words);

#ifdef __cplusplus
}
#endif

#endif
