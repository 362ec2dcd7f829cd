/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * words - what may be said to a board and when, and whether it answered.
 *
 * The old sketch gathers what it hears for a second and compares it with exactly "on" or "off", so
 * words too close together are heard as none. A board that answers `id` is newer, needs no gap, and
 * is told how to start: what another program chose for its next `on` still holds.
 */
#ifndef TRNG_DEVICE_WORDS_H
#define TRNG_DEVICE_WORDS_H

#include "fuse-trng/device/identity.h"
#include "fuse-trng/device/port.h"
#include "fuse-trng/device/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_ANSWER_MS   1500 /* an answer to id comes sooner or not at all */
#define WORDS_QUIET_MS    200  /* a board that is on sends every 128 ms (an old one: 1.6 s) */
#define WORDS_PATIENCE_MS 700  /* longest wait for such quiet before id */
#define WORDS_LAST_MS     800  /* longest wait of words_last() */

enum words_kind { WORDS_NONE, WORDS_OFF, WORDS_ON, WORDS_ID };

struct words {
	const struct profile *profile;
	uint64_t next_ms;     /* no word sooner */
	enum words_kind kind; /* the word on its way, WORDS_NONE: none */
	const char *text;     /* of it, whole */
	const char *rest;     /* of it, not yet written */
	uint64_t drained_ms;  /* when it will have left, known once it is written whole */
	uint64_t heard_ms;    /* when the last bytes came from a board told nothing or off */
	bool is_listening;    /* for an answer, from id until words_judge() */
	uint64_t judge_ms;    /* when that ends */
	struct identity identity;
};

/** words_init - start over with a port that was opened at @now_ms. @profile must outlive @words. */
void words_init(struct words *words, const struct profile *profile, uint64_t now_ms);

/** words_wants_id - whether the board's kind is asked for its identity and this one was not yet. */
bool words_wants_id(const struct words *words);

/**
 * words_due_ms - when a word of @kind may be said; 0 if the board's kind has no such word.
 *
 * A board that is on does not answer id, so this one waits for WORDS_QUIET_MS without a byte; but
 * for no longer than WORDS_PATIENCE_MS: on and off come after it, and must come.
 */
uint64_t words_due_ms(const struct words *words, enum words_kind kind);

/**
 * words_start - begin to say @kind; nothing is written yet. None may be on its way.
 *
 * The word to start is word_on_known for a board that has answered id, in one piece.
 */
void words_start(struct words *words, enum words_kind kind);

/** words_say - say @text instead, static storage, of the word that was just started. */
void words_say(struct words *words, const char *text);

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

/**
 * words_hear - @bytes came from a board that was told nothing or off.
 * Return: whether they belong to an answer to id, whatever they are.
 */
bool words_hear(struct words *words, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms);

/**
 * words_judge - see whether the answer to id, or the wait for it, is over.
 *
 * An answer is complete within WORDS_ANSWER_MS, and nothing comes in the WORDS_QUIET_MS after it.
 * What has come is to be heard first: it may have been waiting while the daemon was not running.
 *
 * State:  if it is over, the board's identity is what it will be until the port is closed.
 * Return: whether it ended with this call.
 */
bool words_judge(struct words *words, uint64_t now_ms);

/**
 * words_last - say off before the port is closed, waiting for the gap if it ends soon enough.
 *
 * Cost:   blocks for at most WORDS_LAST_MS.
 * Return: 0; -EAGAIN: said, but within the gap, so an old board may have missed it; -EIO: the
 *         port did not take it.
 */
int words_last(struct words *words, struct port *port, uint64_t now_ms);

#endif
