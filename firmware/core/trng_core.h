/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trng_core - the board's firmware without the board: hears words, samples, sends bytes.
 *
 * Freestanding C: no operating system, no Arduino, no heap, no floating point. A port gives it
 * five functions and calls trng_poll() in its loop.
 */
#ifndef TRNG_CORE_H
#define TRNG_CORE_H

#include "trng_words.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef TRNG_VERSION
#define TRNG_VERSION "1.0.0"
#endif
/* What this image was built from; a build sets it to a hash without white space. */
#ifndef TRNG_BUILD
#define TRNG_BUILD "source"
#endif

#define TRNG_WARM_UP_MS 2000u /* from `on` to the start of the first reading's interval */
#define TRNG_READING_MS 8u    /* a power of two: 125 readings a second */
#define TRNG_FOREVER_MS UINT32_MAX

/* Not errno: avr-libc gives almost every E-name the same number. */
enum trng_err { TRNG_OK = 0, TRNG_ERR_HAL = -1 };

/* What the board must be able to do. None of these may block. */
struct trng_hal {
	uint32_t (*millis)(void *ctx);   /* free-running, may wrap around */
	uint16_t (*adc_read)(void *ctx); /* 0..1023 */
	void (*power)(void *ctx, bool led, bool fan);
	int (*rx)(void *ctx);                /* next byte from the host, -1: none */
	bool (*tx)(void *ctx, uint8_t byte); /* false: no room, the byte was not taken */
	void *ctx;
};

/* What `on` starts. */
struct trng_mode {
	bool is_raw;   /* the readings themselves instead of symbols */
	bool led, fan; /* powered */
};

/* One board. Owned by one caller; the fields are private but for the counters. */
struct trng_core {
	struct trng_hal hal;
	struct trng_words words;
	struct trng_mode chosen; /* for the next `on` */
	const char *reply;       /* what is left to send of the answer to `id`, NULL: nothing */
	uint32_t next_ms;        /* when the next reading is due */
	uint16_t sum;            /* readings of the symbol under way, added */
	uint8_t readings;        /* taken for the byte under way, 0..15 */
	uint8_t bits;            /* symbols of the byte under way; raw: the low byte that waits */
	bool is_on;
	bool is_raw;
	bool has_low_byte; /* of a reading whose high byte was sent */
	/* Counters, each modulo 2^32; read only. */
	uint32_t words_heard;
	uint32_t bytes_sent;      /* of the stream, taken by tx */
	uint32_t bytes_dropped;   /* of the stream, for which tx had no room */
	uint32_t readings_missed; /* because trng_poll() was called too late */
};

/* The answer to `id`: name, version, build, and a newline. */
extern const char trng_identity[];

/**
 * trng_init - the board as after power-up: off, LED and fan unpowered, nothing heard or chosen.
 *
 * @hal:   copied.
 * Return: TRNG_OK, or TRNG_ERR_HAL when a function is missing (@core is untouched).
 */
enum trng_err trng_init(struct trng_core *core, const struct trng_hal *hal);

/**
 * trng_poll - do what is due now: hear, answer, take a reading, send a byte.
 *
 * While on: after TRNG_WARM_UP_MS one ADC reading every TRNG_READING_MS on an absolute schedule,
 * so that lateness of a call moves one reading and not the rate; four readings summed give a
 * symbol (the sum's two lowest bits), four symbols a byte, the first in the top bits: a byte
 * every 128 ms, the first 2128 ms after `on`. A call later than a whole interval skips the
 * readings it missed instead of taking several at once, which would be one level seen twice.
 * A byte that tx refuses is dropped and counted. `on` while on changes nothing; `off` discards
 * the byte under way.
 *
 * While off, `raw` and `cooked` choose what the next `on` sends, `dark` (nothing), `still` (LED),
 * `bright` (LED and fan) what it powers; the last of each kind counts, that `on` uses the choice
 * up, and the one after it is cooked and bright again. Raw: each reading as two bytes, the high
 * one (0..3) first, the first 2008 ms after `on`. A reading is sent whole or not at all: its
 * low byte waits for room, and a reading that finds one waiting is dropped and counted. Only `off`
 * discards a low byte that waits.
 *
 * Cost:  at most 32 bytes heard and one reading taken per call; never waits.
 */
void trng_poll(struct trng_core *core);

/**
 * trng_wait_ms - how long trng_poll() has nothing to do unless rx has a byte; a port sleeps.
 * Return: milliseconds from @now_ms (the clock of hal.millis), 0: due, TRNG_FOREVER_MS: idle.
 */
uint32_t trng_wait_ms(const struct trng_core *core, uint32_t now_ms);

/** trng_is_on - whether it was told `on`; LED and fan are powered unless that was dark. */
bool trng_is_on(const struct trng_core *core);

#ifdef __cplusplus
}
#endif

#endif
