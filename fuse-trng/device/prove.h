/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prove - the active causality test on one line: what is said next, and what came of it.
 *
 * The board is told off, and the line must be silent; a board that knows the words is then switched
 * on four times to send readings: with LED and fan, dark, with the LED alone, and with both again.
 * After each the line must be silent. In the end the board is started as usual. A board that has
 * not answered `id` is only told off and started again.
 *
 * Dark comes before still, so that the fan has stood for 14 s when it is the fan alone that counts;
 * bright comes twice, so that what drifts meanwhile is seen in both.
 *
 * Only sequence and decoding; the link says the words and owns the clock.
 */
#ifndef TRNG_DEVICE_PROVE_H
#define TRNG_DEVICE_PROVE_H

#include "fuse-trng/device/profile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROVE_SILENT_MS 500  /* from off to silence, of a board that hears at once */
#define PROVE_READINGS  1024 /* of a phase, 8.2 s */

enum prove_phase { PROVE_BRIGHT, PROVE_DARK, PROVE_STILL, PROVE_AGAIN, PROVE_PHASES };

enum prove_news {
	PROVE_NOTHING,
	PROVE_MEASURED, /* a phase's readings are complete */
	PROVE_GARBLED,  /* what the board sends are no readings: no more phases, only the restart */
	PROVE_STRAY,    /* bytes in the silence after off: the proof is over */
};

struct prove_report {
	enum prove_news news;
	enum prove_phase phase; /* of PROVE_MEASURED ... */
	const uint16_t
		*readings; /* ... PROVE_READINGS of them, the prover's, wiped with the next off */
	uint64_t left_ms;  /* until the board is told on as usual, if all goes well */
};

enum prove_stage {
	PROVE_IDLE,    /* no proof, or only the restart is left, which is the link's */
	PROVE_OFF,     /* off is to be said */
	PROVE_GRACE,   /* off was said: what was under way may still come */
	PROVE_WATCH,   /* nothing may come */
	PROVE_QUIET,   /* nothing came: on is to be said */
	PROVE_READING, /* on was said */
};

struct prove {
	enum prove_stage stage;
	unsigned phase;     /* which is next, PROVE_PHASES: none */
	uint64_t silent_ms; /* how long this board may go on after off */
	uint64_t gap_ms;    /* between its words */
	uint64_t due_ms;    /* end of grace or watch */
	/* Readings: two bytes each, high first. */
	bool has_high;
	uint8_t high;
	unsigned lost;    /* bytes that were out of step */
	unsigned flat;    /* multiples of 256 in a row ... */
	bool is_flat_one; /* ... and not all of them 0 */
	unsigned count;
	uint16_t readings[PROVE_READINGS];
};

/**
 * prove_begin - a proof of a board of @profile, which is on.
 * @is_known: it has answered `id`: it hears at once, and may know readings.
 */
void prove_begin(struct prove *prove, const struct profile *profile, bool is_known);

/** prove_stop - whatever is going on is over; wipes the readings. Fine on zeroed memory. */
void prove_stop(struct prove *prove);

/** prove_left_ms - from the next off until the board is told on as usual, if all goes well. */
uint64_t prove_left_ms(const struct prove *prove);

/** prove_said_off - off had left at @drained_ms. */
void prove_said_off(struct prove *prove, uint64_t drained_ms);

/** prove_deadline_ms - when prove_tick() wants to be called; UINT64_MAX: never. */
uint64_t prove_deadline_ms(const struct prove *prove);

/**
 * prove_tick - grace or watch may be over.
 *
 * The watch lasts as long as the grace did, from when it was seen to be over; so a host that was
 * held up takes nothing that came in time for something that came late.
 *
 * Return: whether the line is to be flushed now: what is in its buffers came in time.
 */
bool prove_tick(struct prove *prove, uint64_t now_ms);

/** prove_word - what starts the board next; NULL: the usual word, with which the proof ends. */
const char *prove_word(const struct prove *prove);

/** prove_says_on - that word is being said: from here on readings come, or the proof is over. */
void prove_says_on(struct prove *prove);

/** prove_hear - bytes came from the line; @report is filled in unless it is PROVE_NOTHING. */
void prove_hear(struct prove *prove, const uint8_t *bytes, size_t len_bytes,
		struct prove_report *report);

#endif
