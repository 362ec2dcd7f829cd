/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * words - what may be said to a board and when, and whether it answered.
 *
 * The old sketch gathers what it hears for a second and compares it with exactly "on" or "off", so
 * words too close together are heard as none. A board that answers `id` is newer and needs no gap.
 */
#ifndef TRNG_DEVICE_WORDS_H
#define TRNG_DEVICE_WORDS_H

#include "fuse-trng/device/port.h"
#include "fuse-trng/device/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_ANSWER_MS   1500 /* an answer to id comes sooner or not at all */
#define WORDS_ANSWER_SIZE 128  /* longest answer and its NUL */
#define WORDS_LAST_MS     800  /* longest wait of words_last() */

enum words_kind { WORDS_NONE, WORDS_OFF, WORDS_ON, WORDS_ID };

struct words {
	const struct profile *profile;
	uint64_t next_ms;     /* no word sooner */
	enum words_kind kind; /* the word on its way, WORDS_NONE: none */
	const char *rest;     /* of it, not yet written */
	uint64_t drained_ms;  /* when it will have left, known once it is written whole */
	bool was_asked;       /* id was sent since opening */
	bool has_answered;
	bool is_listening;
	uint64_t listen_until_ms;
	char answer[WORDS_ANSWER_SIZE];
	size_t answer_len;
};

/** words_init - start over with a port that was opened at @now_ms. @profile must outlive @words. */
void words_init(struct words *words, const struct profile *profile, uint64_t now_ms);

/** words_due_ms - when a word of @kind may be said; 0 if the board's kind has no such word. */
uint64_t words_due_ms(const struct words *words, enum words_kind kind);

/** words_start - begin to say @kind; nothing is written yet. None may be on its way. */
void words_start(struct words *words, enum words_kind kind);

/**
 * words_write - write what the port takes of the word on its way, without waiting.
 *
 * State:  with the last byte, drained_ms is computed from the baud rate (TIOCOUTQ knows neither
 *         a USB bridge's buffer nor a pty's), and the gap counts from there.
 * Return: 0; -errno: the port is gone.
 */
int words_write(struct words *words, struct port *port, uint64_t now_ms);

/** words_is_unwritten - whether the word on its way waits for POLLOUT. */
bool words_is_unwritten(const struct words *words);

/** words_finish - the word on its way has drained; returns which it was. */
enum words_kind words_finish(struct words *words);

/** words_is_listening - whether bytes of now may belong to an answer to id. */
bool words_is_listening(const struct words *words, uint64_t now_ms);

/**
 * words_hear - look for the answer to id in @bytes.
 *
 * An answer is one printable line that begins with "trng " and ends in a newline, complete within
 * WORDS_ANSWER_MS, and nothing else. Anything more or less, and the board counts as an old one.
 */
void words_hear(struct words *words, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms);

/** words_identity - the answer to id without its line end, "" if there was none. */
const char *words_identity(const struct words *words);

/**
 * words_last - say off before the port is closed, waiting for the gap if it ends soon enough.
 *
 * Cost:   blocks for at most WORDS_LAST_MS.
 * Return: 0; -EAGAIN: said, but within the gap, so an old board may have missed it; -EIO: the
 *         port did not take it.
 */
int words_last(struct words *words, struct port *port, uint64_t now_ms);

#endif
