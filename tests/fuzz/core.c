/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes the firmware core: the input is a script of pairs (what, how much) that speak to it, let
 * time pass and take room away. A second account of what it must do is kept beside it, from
 * docs/PROTOCOL.md: which words were heard, what they power, when a reading is due, which byte
 * comes next and whether one may. The core must agree in everything, at every poll.
 */
#include "firmware/core/trng_core.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define WORDS     8u
#define WARM_UP   2000u
#define INTERVAL  8u
#define PAUSE     200u
#define POLL_MOST 32u /* bytes heard */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ON, OFF, ID, RAW, COOKED, DARK, STILL, BRIGHT };

static const char *const words[WORDS] = { "on",     "off",  "id",    "raw",
					  "cooked", "dark", "still", "bright" };

/* What the core must be in. */
struct account {
	char text[8]; /* letters of a word under way */
	size_t length;
	bool is_junk;
	uint64_t heard_ms;
	struct trng_mode chosen, mode;
	bool is_on, is_power_due;
	bool is_asked; /* by id */
	size_t said;   /* of the answer */
	uint64_t due_ms;
	uint16_t codes[16]; /* the last readings */
	uint32_t readings;  /* since on */
	int next;           /* the byte that has to be sent in this poll, -1: none */
	int low;            /* the low byte that waits, -1: none */
	uint32_t words, sent, dropped, missed;
};

struct bench {
	struct trng_core core;
	struct account must;
	uint64_t now_ms;
	uint32_t base_ms; /* of the core's clock */
	const uint8_t *input;
	size_t input_length;
	unsigned heard; /* in this poll */
	uint32_t noise;
	size_t room;
	size_t late_room; /* comes when a byte has been refused */
	bool is_refused;  /* a byte, in this poll */
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* --- the account -------------------------------------------------------------------------------
 */

static const struct trng_mode usual = { .is_raw = false, .led = true, .fan = true };

static void must_start(struct account *must, uint64_t now_ms)
{
	if (must->is_on)
		return;
	must->is_on = must->is_power_due = true;
	must->mode = must->chosen;
	must->chosen = usual;
	must->is_asked = false;
	must->due_ms = now_ms + WARM_UP + INTERVAL;
	must->readings = 0;
}

static void must_stop(struct account *must)
{
	if (!must->is_on)
		return;
	must->is_on = false;
	must->is_power_due = true;
	must->mode.led = must->mode.fan = false;
	must->low = -1;
}

static void must_choose(struct account *must, unsigned word)
{
	if (must->is_on)
		return;
	if (word == ID && !must->is_asked) {
		must->is_asked = true;
		must->said = 0;
	} else if (word == RAW || word == COOKED) {
		must->chosen.is_raw = word == RAW;
	} else if (word >= DARK) {
		must->chosen.led = word != DARK;
		must->chosen.fan = word == BRIGHT;
	}
}

static void must_obey(struct account *must, unsigned word, uint64_t now_ms)
{
	must->words++;
	if (word == ON)
		must_start(must, now_ms);
	else if (word == OFF)
		must_stop(must);
	else
		must_choose(must, word);
}

static void must_hear(struct account *must, uint8_t byte, uint64_t now_ms)
{
	bool fits = false;

	must->heard_ms = now_ms;
	if (byte && strchr(" \t\n\v\f\r", byte)) {
		must->length = 0;
		must->is_junk = false;
		return;
	}
	if (must->is_junk)
		return;
	must->text[must->length++] = (char)byte;
	for (unsigned word = 0; word < WORDS; word++) {
		if (strncmp(words[word], must->text, must->length) != 0)
			continue;
		fits = true;
		if (must->length == strlen(words[word])) {
			must->length = 0;
			must_obey(must, word, now_ms);
			return;
		}
	}
	must->is_junk = !fits;
}

static void must_pause(struct account *must, uint64_t now_ms)
{
	if (now_ms - must->heard_ms < PAUSE)
		return;
	must->length = 0;
	must->is_junk = false;
}

static uint8_t packed(const uint16_t codes[16])
{
	unsigned byte = 0;

	for (unsigned i = 0; i < 16; i += 4)
		byte = byte << 2 | ((codes[i] + codes[i + 1] + codes[i + 2] + codes[i + 3]) & 3);
	return (uint8_t)byte;
}

static void must_read(struct account *must, uint16_t code)
{
	must->codes[must->readings++ % 16] = code;
	if (must->mode.is_raw && must->low >= 0)
		must->dropped += 2;
	else if (must->mode.is_raw)
		must->next = code >> 8;
	else if (must->readings % 16 == 0)
		must->next = packed(must->codes);
}

static void must_say(struct account *must, uint8_t byte, bool is_room)
{
	require(must->is_asked && byte == (uint8_t)trng_identity[must->said]);
	if (is_room && !trng_identity[++must->said])
		must->is_asked = false;
}

static void must_send(struct account *must, uint8_t byte, bool is_room)
{
	bool is_low = must->low >= 0;

	require(byte == (is_low ? must->low : must->next));
	if (is_room)
		must->sent++;
	else if (!is_low)
		must->dropped += must->mode.is_raw ? 2 : 1;
	if (is_low && is_room)
		must->low = -1;
	else if (!is_low && is_room && must->mode.is_raw)
		must->low = must->codes[(must->readings - 1) % 16] & 0xff;
	must->next = -1;
}

static uint64_t must_wait(const struct account *must, uint64_t now_ms)
{
	uint64_t end_ms = must->heard_ms + PAUSE;
	uint64_t wait_ms = TRNG_FOREVER_MS;

	if (must->is_on)
		wait_ms = must->due_ms > now_ms ? must->due_ms - now_ms : 0;
	if ((must->is_asked || must->low >= 0) && wait_ms > 1)
		wait_ms = 1;
	if ((must->is_junk || must->length) && end_ms < now_ms + wait_ms)
		wait_ms = end_ms > now_ms ? end_ms - now_ms : 0;
	return wait_ms;
}

/* --- the board ---------------------------------------------------------------------------------
 */

static uint32_t millis(void *ctx)
{
	struct bench *bench = ctx;

	return (uint32_t)bench->now_ms + bench->base_ms;
}

/* A word comes before whatever else is due in the same poll. */
static void require_all_heard(const struct bench *bench)
{
	require(!bench->input_length || bench->heard == POLL_MOST);
}

static uint16_t adc_read(void *ctx)
{
	struct bench *bench = ctx;
	struct account *must = &bench->must;
	uint64_t missed;

	require_all_heard(bench);
	require(must->is_on && bench->now_ms >= must->due_ms);
	missed = (bench->now_ms - must->due_ms) / INTERVAL;
	must->missed += (uint32_t)missed;
	must->due_ms += (missed + 1) * INTERVAL;
	bench->noise = bench->noise * 1664525u + 1013904223u;
	must_read(must, (uint16_t)(bench->noise >> 22));
	return (uint16_t)(bench->noise >> 22);
}

static void power(void *ctx, bool led, bool fan)
{
	struct account *must = &((struct bench *)ctx)->must;

	require(must->is_power_due && led == must->mode.led && fan == must->mode.fan);
	must->is_power_due = false;
}

/* What a word switches is switched before the next byte is heard. */
static int rx(void *ctx)
{
	struct bench *bench = ctx;

	require(!bench->must.is_power_due);
	if (!bench->input_length)
		return -1;
	bench->heard++;
	bench->input_length--;
	must_hear(&bench->must, *bench->input, bench->now_ms);
	return *bench->input++;
}

static bool tx(void *ctx, uint8_t byte)
{
	struct bench *bench = ctx;
	bool is_room = bench->room > 0;

	require_all_heard(bench);
	if (bench->must.is_on)
		must_send(&bench->must, byte, is_room);
	else
		must_say(&bench->must, byte, is_room);
	bench->room -= is_room;
	if (!is_room) {
		bench->room = bench->late_room;
		bench->late_room = 0;
		bench->is_refused = true;
	}
	return is_room;
}

static void poll_once(struct bench *bench)
{
	struct account *must = &bench->must;
	const struct trng_core *core = &bench->core;

	require(trng_wait_ms(core, millis(bench)) == must_wait(must, bench->now_ms));
	bench->heard = 0;
	bench->is_refused = false;
	must_pause(must, bench->now_ms);
	trng_poll(&bench->core);
	require(bench->heard == POLL_MOST || (bench->heard < POLL_MOST && !bench->input_length));
	require(!must->is_power_due && must->next < 0);
	require(!must->is_on || must->due_ms > bench->now_ms);
	require(bench->is_refused || (!must->is_asked && must->low < 0));
	require(trng_is_on(core) == must->is_on && core->words_heard == must->words);
	require(core->bytes_sent == must->sent && core->bytes_dropped == must->dropped);
	require(core->readings_missed == must->missed);
	require(trng_wait_ms(core, millis(bench)) == must_wait(must, bench->now_ms));
}

static void hear(struct bench *bench, const void *bytes, size_t length)
{
	bench->input = bytes;
	bench->input_length = length;
	while (bench->input_length)
		poll_once(bench);
}

/* A port that sleeps as long as it may. */
static void sleep_and_poll(struct bench *bench, unsigned times)
{
	while (times--) {
		uint32_t wait_ms = trng_wait_ms(&bench->core, millis(bench));

		if (wait_ms == TRNG_FOREVER_MS)
			return;
		bench->now_ms += wait_ms;
		poll_once(bench);
	}
}

/* --- the script --------------------------------------------------------------------------------
 */

/* What changes the board is seen at the next poll, which may bring a word as well. */
static void step(struct bench *bench, unsigned what, uint8_t how_much)
{
	switch (what) {
	case 0:
		hear(bench, &how_much, 1);
		break;
	case 1:
		for (unsigned i = 0; i < how_much; i++) {
			bench->now_ms++;
			poll_once(bench);
		}
		break;
	case 2:
		bench->room = how_much < 128 ? how_much : 0;
		bench->late_room = how_much < 128 ? 0 : how_much - 128u;
		break;
	case 3:
		bench->now_ms += how_much * 8u;
		break;
	case 4:
		hear(bench, words[how_much % WORDS], strlen(words[how_much % WORDS]));
		break;
	case 5:
		sleep_and_poll(bench, how_much);
		break;
	default: /* up to 49 days, but while on no more than 24 between two polls */
		bench->now_ms += (uint64_t)how_much << (bench->must.is_on ? 23 : 24);
		poll_once(bench);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bench bench = { .room = 100, .must = { .chosen = usual, .next = -1, .low = -1 } };
	const struct trng_hal hal = { millis, adc_read, power, rx, tx, &bench };

	bench.base_ms = size ? UINT32_MAX - data[0] * 64u : 0;
	memset(&bench.core, 0xa5, sizeof(bench.core));
	bench.must.is_power_due = true;
	require(trng_init(&bench.core, &hal) == TRNG_OK);
	require(!bench.must.is_power_due);
	for (size_t i = 1; i + 1 < size; i += 2) {
		unsigned what = data[i] % 8;
		size_t left = size - i - 2;

		if (what != 7) {
			step(&bench, what, data[i + 1]);
			continue;
		}
		/* The bytes that follow are heard in one piece. */
		if (left > data[i + 1])
			left = data[i + 1];
		hear(&bench, data + i + 2, left);
		i += left;
	}
	poll_once(&bench);
	return 0;
}
