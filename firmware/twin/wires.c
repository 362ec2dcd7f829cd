/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wires - what a board's firmware is connected to: clock, cell, LED, fan, serial line. */
#include "firmware/twin/wires.h"

static bool fifo_put(struct fifo *fifo, size_t limit, uint8_t byte)
{
	if (fifo->count >= limit)
		return false;
	fifo->bytes[(fifo->head + fifo->count++) % WIRES_RX_BYTES] = byte;
	return true;
}

static int fifo_take(struct fifo *fifo)
{
	int byte;

	if (!fifo->count)
		return -1;
	byte = fifo->bytes[fifo->head];
	fifo->head = (fifo->head + 1) % WIRES_RX_BYTES;
	fifo->count--;
	return byte;
}

bool wires_hear(struct wires *wires, uint8_t byte)
{
	return fifo_put(&wires->rx, WIRES_RX_BYTES, byte);
}

int wires_take(struct wires *wires)
{
	return fifo_take(&wires->tx);
}

void wires_power(struct wires *wires, bool led, bool fan)
{
	if (!wires->led && !wires->fan && (led || fan)) {
		wires->on_ms = wires->now_ms;
		wires->first_ms = 0;
		wires->readings = 0;
	}
	wires->led = led;
	wires->fan = fan;
	model_power(&wires->model, led, fan);
}

uint16_t wires_adc(struct wires *wires)
{
	wires->readings++;
	return model_read(&wires->model);
}

int wires_rx(struct wires *wires)
{
	return fifo_take(&wires->rx);
}

bool wires_tx(struct wires *wires, uint8_t byte)
{
	if (wires->is_silent)
		return true;
	if (wires->readings && !wires->first_ms)
		wires->first_ms = wires->now_ms;
	return fifo_put(&wires->tx, WIRES_TX_BYTES, byte);
}
