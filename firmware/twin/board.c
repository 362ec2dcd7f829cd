/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board - a whole board in memory: firmware, noise, serial line, faults, and its own clock. */
#include "firmware/twin/board.h"

#include "firmware/core/trng_core.h"
#include "firmware/twin/legacy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RX_BYTES 256u
#define TX_BYTES 128u

struct fifo {
	uint8_t bytes[RX_BYTES];
	size_t head, count;
};

struct board {
	enum board_kind kind;
	uint64_t now_ms;
	struct model model;
	struct trng_core core;
	struct legacy legacy;
	struct fifo rx, tx;
	bool led, fan;
	bool is_silent;
	uint32_t garbage_bytes; /* of a burst, still to come */
	struct model_prng garbage;
	uint64_t bytes_out;
};

static bool fifo_put(struct fifo *fifo, size_t limit, uint8_t byte)
{
	if (fifo->count >= limit)
		return false;
	fifo->bytes[(fifo->head + fifo->count++) % RX_BYTES] = byte;
	return true;
}

static int fifo_take(struct fifo *fifo)
{
	int byte;

	if (!fifo->count)
		return -1;
	byte = fifo->bytes[fifo->head];
	fifo->head = (fifo->head + 1) % RX_BYTES;
	fifo->count--;
	return byte;
}

static uint32_t hal_millis(void *ctx)
{
	const struct board *board = ctx;

	return (uint32_t)board->now_ms;
}

static uint16_t hal_adc_read(void *ctx)
{
	struct board *board = ctx;

	return model_read(&board->model);
}

static void hal_power(void *ctx, bool led, bool fan)
{
	struct board *board = ctx;

	board->led = led;
	board->fan = fan;
	model_power(&board->model, led, fan);
}

static int hal_rx(void *ctx)
{
	struct board *board = ctx;

	return fifo_take(&board->rx);
}

static bool hal_tx(void *ctx, uint8_t byte)
{
	struct board *board = ctx;

	return board->is_silent || fifo_put(&board->tx, TX_BYTES, byte);
}

static void poll_firmware(struct board *board)
{
	if (board->kind == BOARD_LEGACY)
		legacy_poll(&board->legacy);
	else
		trng_poll(&board->core);
}

int board_open(struct board **board, enum board_kind kind, uint64_t seed,
	       const struct model_settings *settings)
{
	struct board *new_board = calloc(1, sizeof(*new_board));

	if (!new_board)
		return -ENOMEM;
	new_board->kind = kind;
	model_init(&new_board->model, seed, settings);
	model_prng_seed(&new_board->garbage, seed ^ UINT64_C(0x6761726261676521));
	board_power_up(new_board);
	*board = new_board;
	return 0;
}

void board_close(struct board *board)
{
	if (!board)
		return;
	explicit_bzero(board, sizeof(*board));
	free(board);
}

void board_power_up(struct board *board)
{
	const struct trng_hal hal = { hal_millis, hal_adc_read, hal_power, hal_rx, hal_tx, board };

	board->rx.count = 0;
	board->tx.count = 0;
	board->garbage_bytes = 0;
	if (board->kind == BOARD_LEGACY)
		legacy_init(&board->legacy, &hal);
	else
		trng_init(&board->core, &hal);
}

void board_port_opened(struct board *board)
{
	if (board->kind == BOARD_LEGACY)
		board_power_up(board);
}

void board_hear(struct board *board, const void *bytes, size_t len_bytes)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < len_bytes; i++) {
		fifo_put(&board->rx, RX_BYTES, byte[i]);
		poll_firmware(board);
	}
}

static uint64_t after(const struct board *board, uint32_t wait_ms)
{
	return wait_ms == TRNG_FOREVER_MS ? BOARD_FOREVER_MS : board->now_ms + wait_ms;
}

/* When the firmware has to run again. */
static uint64_t next_step_ms(const struct board *board)
{
	uint32_t now_ms = (uint32_t)board->now_ms;

	if (board->kind == BOARD_LEGACY)
		return after(board, legacy_wait_ms(&board->legacy, now_ms));
	return after(board, trng_wait_ms(&board->core, now_ms));
}

/* Readings that will be taken before the one that completes what is sent next. */
static uint32_t readings_to_go(const struct board *board)
{
	const struct legacy *legacy = &board->legacy;

	if (board->kind == BOARD_CURRENT)
		return trng_is_on(&board->core) ? 15u - board->core.readings : 0;
	return legacy->state == LEGACY_SAMPLING ? LEGACY_SYMBOLS * 4 - 1 - legacy->readings : 0;
}

uint64_t board_next_ms(const struct board *board)
{
	uint64_t next_ms = next_step_ms(board);

	if (next_ms == BOARD_FOREVER_MS || (board->kind == BOARD_CURRENT && board->core.reply))
		return next_ms;
	return next_ms + readings_to_go(board) * TRNG_READING_MS;
}

static size_t waiting(const struct board *board)
{
	return board->garbage_bytes + board->tx.count;
}

/* Lets time pass up to @until_ms, or until @wanted bytes wait; steps on what the firmware does. */
static void run(struct board *board, uint64_t until_ms, size_t wanted)
{
	while (waiting(board) < wanted) {
		uint64_t next_ms = next_step_ms(board);

		if (next_ms > until_ms) {
			if (board->now_ms < until_ms)
				board->now_ms = until_ms;
			return;
		}
		board->now_ms = next_ms;
		poll_firmware(board);
	}
}

void board_run(struct board *board, uint64_t until_ms)
{
	run(board, until_ms, BOARD_BURST);
}

uint64_t board_now_ms(const struct board *board)
{
	return board->now_ms;
}

size_t board_take(struct board *board, uint8_t *bytes, size_t size_bytes)
{
	size_t count = 0;

	for (; count < size_bytes && board->garbage_bytes; board->garbage_bytes--)
		bytes[count++] = (uint8_t)(model_prng_next(&board->garbage) >> 56);
	while (count < size_bytes && board->tx.count)
		bytes[count++] = (uint8_t)fifo_take(&board->tx);
	board->bytes_out += count;
	return count;
}

size_t board_read(struct board *board, uint8_t *bytes, size_t size_bytes)
{
	size_t count = board_take(board, bytes, size_bytes), taken = 1;

	while (count < size_bytes && taken) {
		size_t left = size_bytes - count;

		run(board, board->now_ms + BOARD_PATIENCE_MS,
		    left < BOARD_BURST ? left : BOARD_BURST);
		taken = board_take(board, bytes + count, left);
		count += taken;
	}
	return count;
}

int board_fault(struct board *board, const struct fault *fault)
{
	switch (fault->kind) {
	case FAULT_STUCK:
	case FAULT_LAMP_OFF:
	case FAULT_FLICKER:
	case FAULT_FAN_OFF:
	case FAULT_BIAS:
	case FAULT_DRIFT:
		model_set_fault(&board->model, (enum model_fault)fault->kind, fault->argument);
		return 0;
	case FAULT_SILENCE:
		board->is_silent = true;
		return 0;
	case FAULT_GARBAGE:
		board->garbage_bytes = (uint32_t)fault->argument;
		return 0;
	case FAULT_HEAL:
		model_heal(&board->model);
		board->is_silent = false;
		board->garbage_bytes = 0;
		return 0;
	case FAULT_UNPLUG:
	case FAULT_REPLUG:
		break;
	}
	return -ENOTSUP;
}

int board_set_fault(struct board *board, const char *text)
{
	struct fault fault;
	int err = fault_parse(&fault, text);

	return err ? err : board_fault(board, &fault);
}

struct board_state board_state(const struct board *board)
{
	return (struct board_state){
		.time_ms = board->now_ms,
		.led = board->led,
		.fan = board->fan,
		.is_silent = board->is_silent,
		.bytes_out = board->bytes_out,
		.words_heard = board->kind == BOARD_LEGACY ? board->legacy.words_heard
							   : board->core.words_heard,
	};
}
