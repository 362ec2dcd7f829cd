/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wires - what a board's firmware is connected to: clock, cell, LED, fan, serial line. */
#ifndef TRNG_TWIN_WIRES_H
#define TRNG_TWIN_WIRES_H

#include "firmware/twin/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRES_RX_BYTES 256u
#define WIRES_TX_BYTES 128u

struct fifo {
	uint8_t bytes[WIRES_RX_BYTES];
	size_t head, count;
};

/* One board's. Shared by board.c, which owns it, and the chip that runs the firmware. */
struct wires {
	uint64_t now_ms;      /* device time */
	uint32_t millis_base; /* the firmware's millisecond counter at device time 0 */
	struct model model;
	struct fifo rx, tx; /* from the host, to the host */
	bool led, fan;
	bool is_silent;    /* by the silence fault: what the firmware sends goes nowhere */
	uint64_t on_ms;    /* when LED or fan were last switched on from both off */
	uint64_t readings; /* taken since */
	uint64_t first_ms; /* when the first byte after a reading was sent, 0: not yet */
};

/** wires_hear - a byte from the host. Return: false: no room, the byte is lost. */
bool wires_hear(struct wires *wires, uint8_t byte);

/** wires_take - the next byte to the host, -1: none. */
int wires_take(struct wires *wires);

/** wires_power - the firmware switches LED and fan. */
void wires_power(struct wires *wires, bool led, bool fan);

/** wires_adc - the firmware takes a reading. */
uint16_t wires_adc(struct wires *wires);

/** wires_rx - the firmware takes a byte from the host, -1: none. */
int wires_rx(struct wires *wires);

/** wires_tx - the firmware sends a byte. Return: false: no room, the byte was not taken. */
bool wires_tx(struct wires *wires, uint8_t byte);

#endif
