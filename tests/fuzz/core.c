/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes the firmware core: the input is a script of pairs (what, how much) that speak to it, let
 * time pass and take room away. Whatever happens: LED and fan are on together or not at all,
 * readings and bytes are never more than time allows, nothing but the identity is said while off,
 * and the core knows when it wants to be called.
 */
#include "firmware/core/trng_core.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define IDENTITY "trng " TRNG_VERSION " " TRNG_BUILD "\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bench {
	struct trng_core core;
	uint32_t now_ms;
	uint32_t on_ms; /* when it was last powered */
	int input;      /* next byte, -1: none */
	uint8_t level;
	unsigned room;
	bool led, fan;
	uint32_t readings, bytes; /* since then */
	size_t said;              /* characters of the identity */
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

static uint32_t millis(void *ctx)
{
	return ((struct bench *)ctx)->now_ms;
}

static uint16_t adc_read(void *ctx)
{
	struct bench *bench = ctx;

	bench->readings++;
	require(bench->led &&
		bench->readings <= (bench->now_ms - bench->on_ms - TRNG_WARM_UP_MS) / 8);
	return bench->level++;
}

static void power(void *ctx, bool led, bool fan)
{
	struct bench *bench = ctx;

	require(led == fan);
	bench->led = led;
	bench->fan = fan;
	bench->on_ms = bench->now_ms;
	bench->readings = bench->bytes = 0;
	bench->said = 0;
}

static int rx(void *ctx)
{
	struct bench *bench = ctx;
	int byte = bench->input;

	bench->input = -1;
	return byte;
}

static bool tx(void *ctx, uint8_t byte)
{
	struct bench *bench = ctx;

	if (!bench->room)
		return false;
	bench->room--;
	if (bench->led) {
		bench->bytes++;
		require(bench->bytes * 16 <= bench->readings);
	} else {
		require(byte == (uint8_t)IDENTITY[bench->said++]);
		if (bench->said == strlen(IDENTITY))
			bench->said = 0;
	}
	return true;
}

static void poll_once(struct bench *bench)
{
	bool was_due = trng_wait_ms(&bench->core, bench->now_ms) == 0;
	uint32_t readings = bench->readings;

	trng_poll(&bench->core);
	require(trng_is_on(&bench->core) == bench->led);
	require(was_due || bench->readings == readings || bench->readings == 0);
}

static void step(struct bench *bench, uint8_t what, uint8_t how_much)
{
	switch (what % 4) {
	case 0:
		bench->input = how_much;
		break;
	case 1:
		for (unsigned i = 0; i < how_much; i++) {
			bench->now_ms++;
			poll_once(bench);
		}
		break;
	case 2:
		bench->room = how_much;
		break;
	default:
		bench->now_ms += how_much * 8u;
		break;
	}
	poll_once(bench);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bench bench = { .input = -1, .room = 100 };
	const struct trng_hal hal = { millis, adc_read, power, rx, tx, &bench };

	if (size)
		bench.now_ms = UINT32_MAX - data[0] * 64u;
	require(trng_init(&bench.core, &hal) == TRNG_OK);
	for (size_t i = 1; i + 1 < size; i += 2)
		step(&bench, data[i], data[i + 1]);
	return 0;
}
