/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prove - the active causality test on one line: what is said next, and what came of it. */
#include "fuse-trng/device/prove.h"

#include "common/secret.h"

/* docs/PROTOCOL.md, section 3. */
#define READING_MS 8
#define START_MS   2008 /* from on to the first reading */
#define WORDS_MS   40   /* off and on, at 9600 baud */

/* Of random bytes 63 in 64 are no high byte; of a line that serves, none is. */
#define MOST_LOST 32
/* A light whose codes are so many multiples of 256 in a row, and not all of them 0, is none. */
#define FLAT_RUN  16

static const char *const words[PROVE_PHASES] = {
	[PROVE_BRIGHT] = "raw bright on",
	[PROVE_DARK] = "raw dark on",
	[PROVE_STILL] = "raw still on",
	[PROVE_AGAIN] = "raw bright on",
};

void prove_begin(struct prove *prove, const struct profile *profile, bool is_known)
{
	*prove = (struct prove){
		.stage = PROVE_OFF,
		.phase = is_known ? PROVE_BRIGHT : PROVE_PHASES,
		.silent_ms = PROVE_SILENT_MS + (is_known ? 0 : profile->deaf_ms),
		.gap_ms = is_known ? 0 : profile->word_gap_ms,
	};
}

void prove_stop(struct prove *prove)
{
	prove->stage = PROVE_IDLE;
	secret_wipe(prove->readings, sizeof(prove->readings));
}

uint64_t prove_left_ms(const struct prove *prove)
{
	uint64_t quiet_ms = 2 * prove->silent_ms;
	uint64_t reading_ms = START_MS + PROVE_READINGS * READING_MS;

	if (quiet_ms < prove->gap_ms)
		quiet_ms = prove->gap_ms;
	return (PROVE_PHASES - prove->phase) * (quiet_ms + reading_ms + WORDS_MS) + quiet_ms +
	       WORDS_MS;
}

void prove_said_off(struct prove *prove, uint64_t drained_ms)
{
	if (prove->stage != PROVE_OFF)
		return;
	secret_wipe(prove->readings, sizeof(prove->readings));
	prove->stage = PROVE_GRACE;
	prove->due_ms = drained_ms + prove->silent_ms;
}

uint64_t prove_deadline_ms(const struct prove *prove)
{
	bool is_waiting = prove->stage == PROVE_GRACE || prove->stage == PROVE_WATCH;

	return is_waiting ? prove->due_ms : UINT64_MAX;
}

bool prove_tick(struct prove *prove, uint64_t now_ms)
{
	if (now_ms < prove_deadline_ms(prove))
		return false;
	if (prove->stage == PROVE_WATCH) {
		prove->stage = PROVE_QUIET;
		return false;
	}
	prove->stage = PROVE_WATCH;
	prove->due_ms = now_ms + prove->silent_ms;
	return true;
}

const char *prove_word(const struct prove *prove)
{
	return prove->stage != PROVE_IDLE && prove->phase < PROVE_PHASES ? words[prove->phase]
									 : NULL;
}

static void begin_readings(struct prove *prove)
{
	prove->has_high = false;
	prove->flat = 0;
	prove->is_flat_one = false;
	prove->count = 0;
}

void prove_says_on(struct prove *prove)
{
	if (prove->stage == PROVE_IDLE)
		return;
	prove->lost = 0;
	begin_readings(prove);
	if (prove->phase == PROVE_PHASES)
		prove_stop(prove);
	else
		prove->stage = PROVE_READING;
}

/*
 * Bytes that are all below 4 are never out of step by themselves, as those of the dark are; the
 * readings made of wrong pairs are multiples of 256 then.
 */
static bool is_out_of_step(struct prove *prove, uint16_t reading)
{
	if (reading % 256) {
		prove->flat = 0;
		prove->is_flat_one = false;
		return false;
	}
	prove->flat++;
	prove->is_flat_one |= reading != 0;
	return prove->flat >= FLAT_RUN && prove->is_flat_one;
}

/* What came before a loss may have a reading made of two halves: the phase is measured again. */
static void lose_step(struct prove *prove)
{
	prove->lost++;
	begin_readings(prove);
}

static void hear_byte(struct prove *prove, uint8_t byte)
{
	uint16_t reading = (uint16_t)(prove->high << 8 | byte);

	if (!prove->has_high) {
		prove->has_high = byte <= 3;
		prove->high = byte;
		if (!prove->has_high)
			lose_step(prove);
		return;
	}
	prove->has_high = false;
	if (!is_out_of_step(prove, reading)) {
		prove->readings[prove->count++] = reading;
		return;
	}
	lose_step(prove);
	prove->has_high = true;
	prove->high = byte;
}

/* Readings, or what should be; the rest of @bytes is of no use once there is news. */
static enum prove_news read_bytes(struct prove *prove, const uint8_t *bytes, size_t len_bytes)
{
	for (size_t i = 0; i < len_bytes; i++) {
		hear_byte(prove, bytes[i]);
		if (prove->count == PROVE_READINGS)
			return PROVE_MEASURED;
		if (prove->lost == MOST_LOST)
			return PROVE_GARBLED;
	}
	return PROVE_NOTHING;
}

void prove_hear(struct prove *prove, const uint8_t *bytes, size_t len_bytes,
		struct prove_report *report)
{
	*report = (struct prove_report){ .news = PROVE_NOTHING };
	if (prove->stage == PROVE_WATCH || prove->stage == PROVE_QUIET) {
		report->news = PROVE_STRAY;
		prove->stage = PROVE_IDLE;
	} else if (prove->stage == PROVE_READING) {
		report->phase = (enum prove_phase)prove->phase;
		report->readings = prove->readings;
		report->news = read_bytes(prove, bytes, len_bytes);
	}
	if (report->news == PROVE_MEASURED)
		prove->phase++;
	else if (report->news == PROVE_GARBLED)
		prove->phase = PROVE_PHASES;
	else
		return;
	prove->stage = PROVE_OFF;
	report->left_ms = prove_left_ms(prove);
}
