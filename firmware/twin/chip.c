/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chip - firmware compiled for the host: ours, and the original sketch. */
#include "firmware/twin/chip.h"

#include "firmware/core/trng_core.h"
#include "firmware/twin/legacy.h"

#include <errno.h>
#include <stdlib.h>

#define BYTE_READINGS 16u

static uint32_t hal_millis(void *ctx)
{
	const struct wires *wires = ctx;

	return (uint32_t)wires->now_ms + wires->millis_base;
}

static uint16_t hal_adc_read(void *ctx)
{
	return wires_adc(ctx);
}

static void hal_power(void *ctx, bool led, bool fan)
{
	wires_power(ctx, led, fan);
}

static int hal_rx(void *ctx)
{
	return wires_rx(ctx);
}

static bool hal_tx(void *ctx, uint8_t byte)
{
	return wires_tx(ctx, byte);
}

static struct trng_hal hal_of(struct wires *wires)
{
	return (struct trng_hal){ hal_millis, hal_adc_read, hal_power, hal_rx, hal_tx, wires };
}

static uint64_t after(const struct wires *wires, uint32_t wait_ms)
{
	return wait_ms == TRNG_FOREVER_MS ? CHIP_NEVER_MS : wires->now_ms + wait_ms;
}

/* Room for either; open() is the same for both. */
struct firmware {
	struct wires *wires;
	union {
		struct trng_core core;
		struct legacy legacy;
	};
};

static int open_firmware(void **state, struct wires *wires, const char *image)
{
	struct firmware *it = calloc(1, sizeof(*it));

	(void)image;
	if (!it)
		return -ENOMEM;
	it->wires = wires;
	*state = it;
	return 0;
}

/* --- ours --- */

static void current_power_up(void *state)
{
	struct firmware *it = state;
	const struct trng_hal hal = hal_of(it->wires);

	trng_init(&it->core, &hal);
}

static void current_poll(void *state)
{
	struct firmware *it = state;

	trng_poll(&it->core);
}

static uint64_t current_next_step_ms(const void *state)
{
	const struct firmware *it = state;

	return after(it->wires, trng_wait_ms(&it->core, hal_millis(it->wires)));
}

static void current_step(void *state, uint64_t at_ms)
{
	struct firmware *it = state;

	it->wires->now_ms = at_ms;
	trng_poll(&it->core);
}

/* Before a byte of symbols, the readings that are still to be taken for it. */
static uint64_t current_next_said_ms(const void *state)
{
	const struct firmware *it = state;
	uint64_t next_ms = current_next_step_ms(state);

	if (!it->core.is_on || it->core.is_raw || next_ms == CHIP_NEVER_MS)
		return next_ms;
	return next_ms + (BYTE_READINGS - 1 - it->core.readings) * TRNG_READING_MS;
}

static bool current_is_on(const void *state)
{
	const struct firmware *it = state;

	return trng_is_on(&it->core);
}

static uint32_t current_words_heard(const void *state)
{
	const struct firmware *it = state;

	return it->core.words_heard;
}

const struct chip chip_current = {
	.name = "current",
	.open = open_firmware,
	.close = free,
	.power_up = current_power_up,
	.hear = current_poll,
	.next_step_ms = current_next_step_ms,
	.step = current_step,
	.next_said_ms = current_next_said_ms,
	.is_on = current_is_on,
	.words_heard = current_words_heard,
};

/* --- the original sketch --- */

static void legacy_power_up(void *state)
{
	struct firmware *it = state;
	const struct trng_hal hal = hal_of(it->wires);

	legacy_init(&it->legacy, &hal);
}

static void legacy_hear(void *state)
{
	struct firmware *it = state;

	legacy_poll(&it->legacy);
}

static uint64_t legacy_next_step_ms(const void *state)
{
	const struct firmware *it = state;

	return after(it->wires, legacy_wait_ms(&it->legacy, hal_millis(it->wires)));
}

static void legacy_step(void *state, uint64_t at_ms)
{
	struct firmware *it = state;

	it->wires->now_ms = at_ms;
	legacy_poll(&it->legacy);
}

static uint64_t legacy_next_said_ms(const void *state)
{
	const struct firmware *it = state;
	uint64_t next_ms = legacy_next_step_ms(state);

	if (it->legacy.state != LEGACY_SAMPLING || next_ms == CHIP_NEVER_MS)
		return next_ms;
	return next_ms + (LEGACY_SYMBOLS * 4 - 1 - it->legacy.readings) * TRNG_READING_MS;
}

static bool legacy_is_on(const void *state)
{
	const struct firmware *it = state;

	return it->legacy.is_on;
}

static uint32_t legacy_words_heard(const void *state)
{
	const struct firmware *it = state;

	return it->legacy.words_heard;
}

const struct chip chip_legacy = {
	.name = "legacy",
	.resets_when_opened = true,
	.open = open_firmware,
	.close = free,
	.power_up = legacy_power_up,
	.hear = legacy_hear,
	.next_step_ms = legacy_next_step_ms,
	.step = legacy_step,
	.next_said_ms = legacy_next_said_ms,
	.is_on = legacy_is_on,
	.words_heard = legacy_words_heard,
};
