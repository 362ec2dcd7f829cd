/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gaps, partial writes and the answer to id. */
#include "fuse-trng/device/words.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define BITS_PER_BYTE 10 /* on the line: start, 8 data, stop */

static bool is_known(const struct words *words)
{
	return words->identity.state == IDENTITY_ANSWERED;
}

static const char *word_text(const struct words *words, enum words_kind kind)
{
	const struct profile *profile = words->profile;
	bool is_told_how = is_known(words) && profile->word_on_known;
	const char *const texts[] = {
		[WORDS_OFF] = profile->word_off,
		[WORDS_ON] = is_told_how ? profile->word_on_known : profile->word_on,
		[WORDS_ID] = profile->word_id,
	};

	return texts[kind] ? texts[kind] : "";
}

static uint64_t line_ms(const struct words *words, const char *text)
{
	uint64_t baud_rate = words->profile->baud_rate ? words->profile->baud_rate : 1;

	return (strlen(text) * BITS_PER_BYTE * 1000 + baud_rate - 1) / baud_rate;
}

void words_init(struct words *words, const struct profile *profile, uint64_t now_ms)
{
	*words = (struct words){ .profile = profile,
				 .next_ms = now_ms + profile->open_delay_ms,
				 .heard_ms = now_ms };
	identity_init(&words->identity, profile->word_id != NULL);
}

bool words_wants_id(const struct words *words)
{
	return words->identity.state == IDENTITY_PENDING && !words->is_listening;
}

static uint64_t id_due_ms(const struct words *words)
{
	uint64_t quiet_ms = words->heard_ms + WORDS_QUIET_MS;
	uint64_t last_ms = words->next_ms + WORDS_PATIENCE_MS;

	if (quiet_ms < words->next_ms)
		return words->next_ms;
	return quiet_ms < last_ms ? quiet_ms : last_ms;
}

uint64_t words_due_ms(const struct words *words, enum words_kind kind)
{
	if (!*word_text(words, kind))
		return 0;
	return kind == WORDS_ID ? id_due_ms(words) : words->next_ms;
}

void words_start(struct words *words, enum words_kind kind)
{
	words->kind = kind;
	words->text = words->rest = word_text(words, kind);
	words->drained_ms = 0;
	words->is_listening = kind == WORDS_ID;
	words->judge_ms = UINT64_MAX;
}

void words_say(struct words *words, const char *text)
{
	words->text = words->rest = text;
}

static void word_is_written(struct words *words, uint64_t now_ms)
{
	words->drained_ms = now_ms + line_ms(words, words->text);
	if (*words->text)
		words->next_ms =
			words->drained_ms + (is_known(words) ? 0 : words->profile->word_gap_ms);
	words->judge_ms = words->drained_ms + WORDS_ANSWER_MS;
	words->rest = NULL;
}

int words_write(struct words *words, struct port *port, uint64_t now_ms)
{
	ssize_t written;

	if (!words->rest)
		return 0;
	written = *words->rest ? port_write(port, words->rest, strlen(words->rest)) : 0;
	if (written < 0)
		return (int)written;
	words->rest += written;
	if (!*words->rest)
		word_is_written(words, now_ms);
	return 0;
}

bool words_is_unwritten(const struct words *words)
{
	return words->kind != WORDS_NONE && words->rest;
}

enum words_kind words_finish(struct words *words)
{
	enum words_kind kind = words->kind;

	words->kind = WORDS_NONE;
	return kind;
}

bool words_hear(struct words *words, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms)
{
	struct identity *identity = &words->identity;

	words->heard_ms = now_ms;
	if (!words->is_listening)
		return false;
	identity_hear(identity, bytes, len_bytes);
	if (identity->is_spoilt)
		words->judge_ms = now_ms;
	else if (identity->is_ended)
		words->judge_ms = now_ms + WORDS_QUIET_MS;
	return true;
}

bool words_judge(struct words *words, uint64_t now_ms)
{
	if (!words->is_listening || now_ms < words->judge_ms)
		return false;
	words->is_listening = false;
	identity_judge(&words->identity);
	if (is_known(words))
		words->next_ms = now_ms;
	return true;
}

/* Wait, but for no more than what is left of the budget, and pay for it. */
static void wait_ms(uint64_t duration_ms, uint64_t *left_ms)
{
	if (duration_ms > *left_ms)
		duration_ms = *left_ms;
	*left_ms -= duration_ms;
	poll(NULL, 0, (int)duration_ms);
}

/* Write the word on its way whole and let it drain, waiting once for room. */
static int push_out(struct words *words, struct port *port, uint64_t now_ms, uint64_t *left_ms)
{
	struct pollfd room = { .fd = port_fd(port), .events = POLLOUT };
	int err = words_write(words, port, now_ms);

	if (!err && words_is_unwritten(words)) {
		poll(&room, 1, (int)(*left_ms / 2));
		*left_ms -= *left_ms / 2;
		err = words_write(words, port, now_ms);
	}
	if (err || words_is_unwritten(words))
		return -EIO;
	if (words->drained_ms > now_ms)
		wait_ms(words->drained_ms - now_ms, left_ms);
	return 0;
}

int words_last(struct words *words, struct port *port, uint64_t now_ms)
{
	uint64_t left_ms = WORDS_LAST_MS, gap_ms;
	int err = 0;

	if (words->kind != WORDS_NONE) {
		if (push_out(words, port, now_ms, &left_ms))
			return -EIO;
		if (words_finish(words) == WORDS_OFF)
			return 0;
		if (words->drained_ms > now_ms)
			now_ms = words->drained_ms;
	}
	gap_ms = words->next_ms > now_ms ? words->next_ms - now_ms : 0;
	words_start(words, WORDS_OFF);
	if (gap_ms + line_ms(words, words->rest) > left_ms)
		err = -EAGAIN;
	else
		wait_ms(gap_ms, &left_ms);
	return push_out(words, port, now_ms + gap_ms, &left_ms) ? -EIO : err;
}
