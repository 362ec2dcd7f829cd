/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * board - a whole board in memory: firmware, noise, serial line, faults, and its own clock.
 *
 * trng-twin and trng-emulator put one behind a pty. Tests use one directly, without pty or
 * wall-clock time:
 *
 *     struct board *board;
 *     board_open(&board, &(struct board_settings){ .chip = &chip_current, .seed = 1 });
 *     board_hear(board, "on", 2);
 *     board_read(board, bytes, sizeof(bytes));      device time runs as far as it takes
 *     board_set_fault(board, "bias=0.4");
 *     board_read(board, bytes, sizeof(bytes));
 *     board_close(board);
 *
 * A byte of stream is four symbols, 128 ms of device time; 10^9 symbols take about a minute.
 */
#ifndef TRNG_TWIN_BOARD_H
#define TRNG_TWIN_BOARD_H

#include "firmware/twin/chip.h"
#include "firmware/twin/fault.h"
#include "firmware/twin/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARD_FOREVER_MS  CHIP_NEVER_MS
#define BOARD_BURST       64u    /* bytes; half the transmit buffer */
#define BOARD_PATIENCE_MS 10000u /* device time that board_read() waits for a byte */

struct board;

struct board_settings {
	const struct chip *chip;
	const char *image;                  /* path of the chip's code, if its kind runs one */
	uint64_t seed;                      /* of the noise */
	const struct model_settings *model; /* NULL: defaults */
	uint32_t millis;                    /* the firmware's millisecond counter at the start */
};

struct board_state {
	uint64_t time_ms; /* device time since board_open() */
	bool led, fan;
	bool is_on;           /* told on: it samples */
	bool is_silent;       /* by the silence fault */
	uint64_t on_ms;       /* when LED or fan was switched on last */
	uint64_t first_ms;    /* when the first byte of stream since was sent, 0: not yet */
	uint64_t bytes_out;   /* taken from the line, text and junk included */
	bool knows_words;     /* words_heard is known */
	uint32_t words_heard; /* since power-up */
};

/**
 * board_open - a powered board, off, at device time 0.
 * @settings: its pointers but for chip need not outlive the call.
 * Return:    0, and @board is the caller's until board_close(); -errno after a sentence.
 */
int board_open(struct board **board, const struct board_settings *settings);

/** board_close - wipe and release; NULL is fine. */
void board_close(struct board *board);

/** board_power_up - power cycle: firmware starts anew, the line is empty; faults go on. */
void board_power_up(struct board *board);

/** board_port_opened - the host opened the port: a legacy board resets, ours does not care. */
void board_port_opened(struct board *board);

/** board_room - how many bytes from the host the receive buffer takes now. */
size_t board_room(const struct board *board);

/** board_hear - bytes from the host, now; what the receive buffer (256 bytes) cannot take is lost.
 */
void board_hear(struct board *board, const void *bytes, size_t len_bytes);

/**
 * board_next_ms - device time before which the board says nothing unless it is spoken to.
 * Return: that time, which may be early; BOARD_FOREVER_MS: it stays silent.
 */
uint64_t board_next_ms(const struct board *board);

/**
 * board_run - let device time pass up to @until_ms, or until BOARD_BURST bytes wait.
 * State: what the transmit buffer (128 bytes) cannot take is lost, as on hardware; so take bytes
 *        and call again until board_now_ms() is @until_ms.
 */
void board_run(struct board *board, uint64_t until_ms);

/** board_now_ms - device time. */
uint64_t board_now_ms(const struct board *board);

/** board_take - bytes that wait on the line, at most @size_bytes. Return: how many. */
size_t board_take(struct board *board, uint8_t *bytes, size_t size_bytes);

/**
 * board_read - let device time pass until @size_bytes bytes have come.
 * Return: how many came: fewer if the board sent nothing for BOARD_PATIENCE_MS of device time.
 */
size_t board_read(struct board *board, uint8_t *bytes, size_t size_bytes);

/**
 * board_fault - @fault happens now. FAULT_HEAL ends those the board has.
 * Return: 0; -ENOTSUP: it concerns the cable, which is not the board's.
 */
int board_fault(struct board *board, const struct fault *fault);

/** board_set_fault - the same from text as fault_parse() reads it. Return: of either. */
int board_set_fault(struct board *board, const char *text);

/** board_state - what can be seen of it. */
struct board_state board_state(const struct board *board);

#endif
