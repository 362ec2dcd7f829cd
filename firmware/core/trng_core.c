/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trng_core - the board's firmware without the board: hears words, samples, sends bytes. */
#include "trng_core.h"

#include <stddef.h>

#define READINGS_PER_SYMBOL 4u /* a power of two */
#define READINGS_PER_BYTE   16u
#define HEARD_PER_POLL      32u
#define ROOM_RETRY_MS       1u

const char trng_identity[] = "trng " TRNG_VERSION " " TRNG_BUILD "\n";

static const struct trng_mode usual_mode = { .is_raw = false, .led = true, .fan = true };

static void forget_byte(struct trng_core *core)
{
	core->sum = 0;
	core->readings = 0;
	core->bits = 0;
	core->has_low_byte = false;
}

static void start(struct trng_core *core, uint32_t now_ms)
{
	if (core->is_on)
		return;
	core->reply = NULL; /* no text in the stream */
	core->next_ms = now_ms + TRNG_WARM_UP_MS + TRNG_READING_MS;
	core->is_on = true;
	core->is_raw = core->chosen.is_raw;
	core->hal.power(core->hal.ctx, core->chosen.led, core->chosen.fan);
	core->chosen = usual_mode;
}

static void stop(struct trng_core *core)
{
	if (!core->is_on)
		return;
	core->is_on = false;
	core->hal.power(core->hal.ctx, false, false);
	forget_byte(core);
}

static void choose_format(struct trng_core *core, bool is_raw)
{
	if (!core->is_on)
		core->chosen.is_raw = is_raw;
}

static void choose_power(struct trng_core *core, bool led, bool fan)
{
	if (core->is_on)
		return;
	core->chosen.led = led;
	core->chosen.fan = fan;
}

/* Asked again before the answer has left, it is answered once. */
static void identify(struct trng_core *core)
{
	if (!core->is_on && !core->reply)
		core->reply = trng_identity;
}

static void obey(struct trng_core *core, enum trng_word word, uint32_t now_ms)
{
	switch (word) {
	case TRNG_WORD_NONE:
	default: /* no branch of its own; -Wswitch-enum still misses a word without a case */
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
	case TRNG_WORD_RAW:
	case TRNG_WORD_COOKED:
		choose_format(core, word == TRNG_WORD_RAW);
		break;
	case TRNG_WORD_DARK:
	case TRNG_WORD_STILL:
	case TRNG_WORD_BRIGHT:
		choose_power(core, word != TRNG_WORD_DARK, word == TRNG_WORD_BRIGHT);
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

static bool send(struct trng_core *core, uint8_t byte)
{
	if (!core->hal.tx(core->hal.ctx, byte))
		return false;
	core->bytes_sent++;
	return true;
}

static void send_low_byte(struct trng_core *core)
{
	if (core->has_low_byte && send(core, core->bits))
		core->has_low_byte = false;
}

static void send_reading(struct trng_core *core, uint16_t reading)
{
	if (core->has_low_byte || !send(core, (uint8_t)(reading >> 8))) {
		core->bytes_dropped += 2;
		return;
	}
	core->bits = (uint8_t)reading;
	core->has_low_byte = true;
	send_low_byte(core);
}

static void send_byte(struct trng_core *core)
{
	if (!send(core, core->bits))
		core->bytes_dropped++;
	forget_byte(core);
}

static void add_reading(struct trng_core *core, uint16_t reading)
{
	core->sum = (uint16_t)(core->sum + reading);
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
	if (core->is_raw)
		send_reading(core, core->hal.adc_read(core->hal.ctx));
	else
		add_reading(core, core->hal.adc_read(core->hal.ctx));
}

/* Member by member, here and below: for some processors a structure's assignment calls memcpy. */
static void copy_hal(struct trng_hal *to, const struct trng_hal *from)
{
	to->millis = from->millis;
	to->adc_read = from->adc_read;
	to->power = from->power;
	to->rx = from->rx;
	to->tx = from->tx;
	to->ctx = from->ctx;
}

enum trng_err trng_init(struct trng_core *core, const struct trng_hal *hal)
{
	if (!hal->millis || !hal->adc_read || !hal->power || !hal->rx || !hal->tx)
		return TRNG_ERR_HAL;
	copy_hal(&core->hal, hal);
	core->chosen = usual_mode;
	core->reply = NULL;
	core->next_ms = 0;
	core->is_on = false;
	core->is_raw = false;
	forget_byte(core);
	core->words_heard = 0;
	core->bytes_sent = 0;
	core->bytes_dropped = 0;
	core->readings_missed = 0;
	trng_words_init(&core->words);
	core->hal.power(core->hal.ctx, false, false);
	return TRNG_OK;
}

void trng_poll(struct trng_core *core)
{
	uint32_t now_ms = core->hal.millis(core->hal.ctx);

	hear(core, now_ms);
	answer(core);
	send_low_byte(core);
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
	if (core->reply || core->has_low_byte)
		wait_ms = ROOM_RETRY_MS;
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
