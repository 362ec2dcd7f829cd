/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board - a whole board in memory: firmware, noise, serial line, faults, and its own clock. */
#include "firmware/twin/board.h"

#include "common/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct board {
	const struct chip *chip;
	void *state; /* the chip's */
	struct wires wires;
	uint32_t garbage_bytes; /* of a burst, still to come */
	struct model_prng garbage;
	uint64_t babble_ms; /* between two bytes of junk, 0: none */
	uint64_t babble_at_ms;
	bool is_deaf;
	uint64_t bytes_out;
};

static int open_parts(struct board *new_board, const struct board_settings *settings)
{
	new_board->chip = settings->chip;
	new_board->wires.millis_base = settings->millis;
	model_init(&new_board->wires.model, settings->seed, settings->model);
	model_prng_seed(&new_board->garbage, settings->seed ^ UINT64_C(0x6761726261676521));
	return settings->chip->open(&new_board->state, &new_board->wires, settings->image);
}

int board_open(struct board **board, const struct board_settings *settings)
{
	struct board *new_board = calloc(1, sizeof(*new_board));
	int err = new_board ? open_parts(new_board, settings) : -ENOMEM;

	if (err) {
		if (err == -ENOMEM)
			log_error("no memory for a board");
		free(new_board);
		return err;
	}
	board_power_up(new_board);
	*board = new_board;
	return 0;
}

void board_close(struct board *board)
{
	if (!board)
		return;
	board->chip->close(board->state);
	explicit_bzero(board, sizeof(*board));
	free(board);
}

void board_power_up(struct board *board)
{
	board->wires.rx.count = 0;
	board->wires.tx.count = 0;
	board->garbage_bytes = 0;
	wires_power(&board->wires, false, false);
	board->chip->power_up(board->state);
}

void board_port_opened(struct board *board)
{
	if (board->chip->resets_when_opened)
		board_power_up(board);
}

size_t board_room(const struct board *board)
{
	return WIRES_RX_BYTES - board->wires.rx.count;
}

void board_hear(struct board *board, const void *bytes, size_t len_bytes)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < len_bytes && !board->is_deaf; i++) {
		wires_hear(&board->wires, byte[i]);
		board->chip->hear(board->state);
	}
}

static uint64_t next_babble_ms(const struct board *board)
{
	return board->babble_ms ? board->babble_at_ms : BOARD_FOREVER_MS;
}

static void babble(struct board *board)
{
	board->wires.now_ms = board->babble_at_ms;
	board->babble_at_ms += board->babble_ms;
	board->garbage_bytes++;
}

uint64_t board_next_ms(const struct board *board)
{
	uint64_t said_ms = board->chip->next_said_ms(board->state);

	return said_ms < next_babble_ms(board) ? said_ms : next_babble_ms(board);
}

static size_t waiting(const struct board *board)
{
	return board->garbage_bytes + board->wires.tx.count;
}

/* Lets time pass up to @until_ms, or until @wanted bytes wait; steps on what the firmware does. */
static void run(struct board *board, uint64_t until_ms, size_t wanted)
{
	while (waiting(board) < wanted) {
		uint64_t step_ms = board->chip->next_step_ms(board->state);
		bool is_babble = next_babble_ms(board) < step_ms;

		if ((is_babble ? next_babble_ms(board) : step_ms) > until_ms) {
			if (board->wires.now_ms < until_ms)
				board->wires.now_ms = until_ms;
			return;
		}
		if (is_babble)
			babble(board);
		else
			board->chip->step(board->state, step_ms);
	}
}

void board_run(struct board *board, uint64_t until_ms)
{
	run(board, until_ms, BOARD_BURST);
}

uint64_t board_now_ms(const struct board *board)
{
	return board->wires.now_ms;
}

size_t board_take(struct board *board, uint8_t *bytes, size_t size_bytes)
{
	size_t count = 0;

	for (; count < size_bytes && board->garbage_bytes; board->garbage_bytes--)
		bytes[count++] = (uint8_t)(model_prng_next(&board->garbage) >> 56);
	while (count < size_bytes && board->wires.tx.count)
		bytes[count++] = (uint8_t)wires_take(&board->wires);
	board->bytes_out += count;
	return count;
}

size_t board_read(struct board *board, uint8_t *bytes, size_t size_bytes)
{
	size_t count = board_take(board, bytes, size_bytes), taken = 1;

	while (count < size_bytes && taken) {
		size_t left = size_bytes - count;

		run(board, board->wires.now_ms + BOARD_PATIENCE_MS,
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
	case FAULT_LAMP_ON:
	case FAULT_FAN_ON:
		model_set_fault(&board->wires.model, (enum model_fault)fault->kind,
				fault->argument);
		return 0;
	case FAULT_SILENCE:
		board->wires.is_silent = true;
		return 0;
	case FAULT_GARBAGE:
		board->garbage_bytes = (uint32_t)fault->argument;
		return 0;
	case FAULT_BABBLE:
		board->babble_ms = (uint64_t)fault->argument;
		board->babble_at_ms = board->wires.now_ms + board->babble_ms;
		return 0;
	case FAULT_DEAF:
		board->is_deaf = true;
		return 0;
	case FAULT_HEAL:
		model_heal(&board->wires.model);
		board->wires.is_silent = false;
		board->garbage_bytes = 0;
		board->babble_ms = 0;
		board->is_deaf = false;
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
	const struct chip *chip = board->chip;

	return (struct board_state){
		.time_ms = board->wires.now_ms,
		.led = board->wires.led,
		.fan = board->wires.fan,
		.is_on = chip->is_on(board->state),
		.is_silent = board->wires.is_silent,
		.on_ms = board->wires.on_ms,
		.first_ms = board->wires.first_ms,
		.bytes_out = board->bytes_out,
		.knows_words = chip->words_heard != NULL,
		.words_heard = chip->words_heard ? chip->words_heard(board->state) : 0,
	};
}
