/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trng_core - the board's firmware without the board: hears words, samples, sends bytes. */
#include "trng_core.h"

#include <stddef.h>

#define READINGS_PER_SYMBOL 4u /* a power of two */
#define READINGS_PER_BYTE   16u
#define HEARD_PER_POLL      32u
#define REPLY_RETRY_MS      1u

static const char identity[] = "trng " TRNG_VERSION " " TRNG_BUILD "\n";

static void forget_byte(struct trng_core *core)
{
	core->sum = 0;
	core->readings = 0;
	core->bits = 0;
}

static void set_power(struct trng_core *core, bool is_on)
{
	core->is_on = is_on;
	core->hal.power(core->hal.ctx, is_on, is_on);
}

static void start(struct trng_core *core, uint32_t now_ms)
{
	if (core->is_on)
		return;
	core->reply = NULL; /* no text in the stream */
	core->next_ms = now_ms + TRNG_WARM_UP_MS + TRNG_READING_MS;
	set_power(core, true);
}

static void stop(struct trng_core *core)
{
	if (!core->is_on)
		return;
	set_power(core, false);
	forget_byte(core);
}

/* Asked again before the answer has left, it is answered once. */
static void identify(struct trng_core *core)
{
	if (!core->is_on && !core->reply)
		core->reply = identity;
}

static void obey(struct trng_core *core, enum trng_word word, uint32_t now_ms)
{
	switch (word) {
	case TRNG_WORD_NONE:
		return;
	case TRNG_WORD_ON:
		start(core, now_ms);
		break;
	case TRNG_WORD_OFF:
		stop(core);
		break;
	case TRNG_WORD_ID:
		identify(core);
		break;
	}
	core->words_heard++;
}

static void hear(struct trng_core *core, uint32_t now_ms)
{
	trng_words_pause(&core->words, now_ms);
	for (uint8_t i = 0; i < HEARD_PER_POLL; i++) {
		int byte = core->hal.rx(core->hal.ctx);

		if (byte < 0)
			return;
		obey(core, trng_words_feed(&core->words, (uint8_t)byte, now_ms), now_ms);
	}
}

static void answer(struct trng_core *core)
{
	while (core->reply && core->hal.tx(core->hal.ctx, (uint8_t)*core->reply)) {
		core->reply++;
		if (*core->reply == '\0')
			core->reply = NULL;
	}
}

static void send_byte(struct trng_core *core)
{
	if (core->hal.tx(core->hal.ctx, core->bits))
		core->bytes_sent++;
	else
		core->bytes_dropped++;
	forget_byte(core);
}

static void take_reading(struct trng_core *core)
{
	core->sum = (uint16_t)(core->sum + core->hal.adc_read(core->hal.ctx));
	core->readings++;
	if (core->readings & (READINGS_PER_SYMBOL - 1u))
		return;
	core->bits = (uint8_t)((unsigned)core->bits << 2 | (core->sum & 3u));
	core->sum = 0;
	if (core->readings == READINGS_PER_BYTE)
		send_byte(core);
}

/* The clock wraps around: a difference below half its range means that next_ms has passed. */
static bool is_due(const struct trng_core *core, uint32_t now_ms)
{
	return core->is_on && now_ms - core->next_ms < UINT32_C(0x80000000);
}

static void sample(struct trng_core *core, uint32_t now_ms)
{
	uint32_t behind = (now_ms - core->next_ms) & ~(uint32_t)(TRNG_READING_MS - 1u);

	core->readings_missed += behind / TRNG_READING_MS;
	core->next_ms += behind + TRNG_READING_MS;
	take_reading(core);
}

enum trng_err trng_init(struct trng_core *core, const struct trng_hal *hal)
{
	static const struct trng_core blank;

	if (!hal->millis || !hal->adc_read || !hal->power || !hal->rx || !hal->tx)
		return TRNG_ERR_HAL;
	*core = blank;
	core->hal = *hal;
	trng_words_init(&core->words);
	set_power(core, false);
	return TRNG_OK;
}

void trng_poll(struct trng_core *core)
{
	uint32_t now_ms = core->hal.millis(core->hal.ctx);

	hear(core, now_ms);
	answer(core);
	if (is_due(core, now_ms))
		sample(core, now_ms);
}

uint32_t trng_wait_ms(const struct trng_core *core, uint32_t now_ms)
{
	uint32_t wait_ms = TRNG_FOREVER_MS;

	if (is_due(core, now_ms))
		return 0;
	if (core->is_on)
		wait_ms = core->next_ms - now_ms;
	if (core->reply && wait_ms > REPLY_RETRY_MS)
		wait_ms = REPLY_RETRY_MS;
	if (trng_words_is_busy(&core->words)) {
		uint32_t silent_ms = now_ms - core->words.last_ms;
		uint32_t pause_ms = silent_ms < TRNG_PAUSE_MS ? TRNG_PAUSE_MS - silent_ms : 0;

		if (pause_ms < wait_ms)
			wait_ms = pause_ms;
	}
	return wait_ms;
}

bool trng_is_on(const struct trng_core *core)
{
	return core->is_on;
}
