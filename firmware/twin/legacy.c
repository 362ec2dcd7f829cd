/* SPDX-License-Identifier: GPL-3.0-or-later */
/* legacy - the boards that exist: the original sketch's ears and mouth, on the same HAL. */
#include "firmware/twin/legacy.h"

#include <stddef.h>
#include <string.h>

#define SYMBOL_READINGS 4u

static uint32_t millis(const struct legacy *legacy)
{
	return legacy->hal.millis(legacy->hal.ctx);
}

static int next_byte(const struct legacy *legacy)
{
	return legacy->hal.rx(legacy->hal.ctx);
}

static void set_power(struct legacy *legacy, bool is_on)
{
	legacy->is_on = is_on;
	legacy->hal.power(legacy->hal.ctx, is_on, is_on);
}

static void enter(struct legacy *legacy, enum legacy_state state, uint32_t wait_ms)
{
	legacy->state = state;
	legacy->until_ms = millis(legacy) + wait_ms;
}

static void start_batch(struct legacy *legacy)
{
	legacy->readings = 0;
	legacy->sum = 0;
	memset(legacy->batch, 0, sizeof(legacy->batch));
	enter(legacy, LEGACY_SAMPLING, TRNG_READING_MS);
}

/*
 * Gathers what has come, beginning with @byte. Each byte prolongs the wait: readString() gives up
 * a second after the last one.
 */
static void note(struct legacy *legacy, int byte)
{
	for (; byte >= 0; byte = next_byte(legacy))
		if (legacy->heard_length < sizeof(legacy->heard))
			legacy->heard[legacy->heard_length++] = (char)byte;
	enter(legacy, LEGACY_GATHERING, LEGACY_GATHER_MS);
}

static bool heard_is(const struct legacy *legacy, const char *word)
{
	return strlen(word) == legacy->heard_length &&
	       !memcmp(word, legacy->heard, legacy->heard_length);
}

/* What arrived before the serial port was set up is lost. */
static void finish_boot(struct legacy *legacy)
{
	while (next_byte(legacy) >= 0)
		;
	enter(legacy, LEGACY_LOOP, 0);
}

static void loop(struct legacy *legacy)
{
	int byte = next_byte(legacy);

	if (byte >= 0) {
		legacy->heard_length = 0;
		note(legacy, byte);
	} else if (legacy->is_on) {
		start_batch(legacy);
	}
}

static void understand(struct legacy *legacy)
{
	bool is_on = heard_is(legacy, "on");

	if (is_on || heard_is(legacy, "off")) {
		legacy->words_heard++;
		set_power(legacy, is_on);
	}
	if (is_on)
		enter(legacy, LEGACY_SLEEPING, LEGACY_SLEEP_MS);
	else if (legacy->is_on)
		start_batch(legacy);
	else
		enter(legacy, LEGACY_LOOP, 0);
}

static void gather(struct legacy *legacy, bool is_due)
{
	int byte = next_byte(legacy);

	if (byte >= 0)
		note(legacy, byte);
	else if (is_due)
		understand(legacy);
}

/* The last two symbols of a batch fill no byte and are lost. */
static void send_batch(struct legacy *legacy)
{
	for (size_t i = 0; i < LEGACY_BYTES; i++)
		if (legacy->hal.tx(legacy->hal.ctx, legacy->batch[i]))
			legacy->bytes_sent++;
	enter(legacy, LEGACY_LOOP, 0);
}

static void sample(struct legacy *legacy)
{
	uint32_t symbol = legacy->readings / SYMBOL_READINGS;
	uint8_t *byte = &legacy->batch[symbol / 4];

	legacy->until_ms += TRNG_READING_MS;
	legacy->sum = (uint16_t)(legacy->sum + legacy->hal.adc_read(legacy->hal.ctx));
	if (++legacy->readings % SYMBOL_READINGS)
		return;
	*byte = (uint8_t)((unsigned)*byte << 2 | (legacy->sum & 3u));
	legacy->sum = 0;
	if (symbol + 1 == LEGACY_SYMBOLS)
		send_batch(legacy);
}

void legacy_init(struct legacy *legacy, const struct trng_hal *hal)
{
	*legacy = (struct legacy){ .hal = *hal };
	set_power(legacy, false);
	enter(legacy, LEGACY_BOOTING, LEGACY_BOOT_MS);
}

void legacy_poll(struct legacy *legacy)
{
	bool is_due = legacy_wait_ms(legacy, millis(legacy)) == 0;

	if (legacy->state == LEGACY_LOOP)
		loop(legacy);
	else if (legacy->state == LEGACY_GATHERING)
		gather(legacy, is_due);
	else if (!is_due)
		return;
	else if (legacy->state == LEGACY_BOOTING)
		finish_boot(legacy);
	else if (legacy->state == LEGACY_SLEEPING)
		start_batch(legacy);
	else
		sample(legacy);
}

uint32_t legacy_wait_ms(const struct legacy *legacy, uint32_t now_ms)
{
	if (legacy->state == LEGACY_LOOP)
		return legacy->is_on ? 0 : TRNG_FOREVER_MS;
	if (now_ms - legacy->until_ms < UINT32_C(0x80000000))
		return 0;
	return legacy->until_ms - now_ms;
}
