/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One board on one port. Wishes come in, steps are due one after another, callbacks go out. */
#include "fuse-trng/device/link.h"

#include "common/log.h"
#include "common/secret.h"
#include "fuse-trng/device/find.h"
#include "fuse-trng/device/lines.h"
#include "fuse-trng/device/opener.h"
#include "fuse-trng/device/port.h"
#include "fuse-trng/device/prove.h"
#include "fuse-trng/device/words.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES   4096
#define BOOT_TEXT_MS 500  /* a board that was reset by the opening prints for so long */
#define OFF_GRACE_MS 1000 /* an off has been heard or missed after this and the word gap */

/* Else id would come before a stream is noticed, or a repeated off always come before id. */
_Static_assert(WORDS_PATIENCE_MS > BOOT_TEXT_MS && WORDS_PATIENCE_MS < OFF_GRACE_MS,
	       "the wait for quiet before id lies between the two");

enum told { TOLD_NOTHING, TOLD_OFF, TOLD_ON };

struct link {
	struct link_settings settings;
	struct link_events events;
	void *ctx;

	struct port *port; /* NULL: none open */
	struct opener opener;

	bool wants_on;
	bool owes_off;    /* off goes before everything else */
	bool owes_report; /* off was wished and needs no word: only `powered` is due */
	bool is_repeat;   /* the owed off repeats one that was reported */

	struct words words;
	enum told told;  /* the last on or off that has drained since opening */
	bool may_be_on;  /* kept over losses of the port */
	uint64_t off_ms; /* when the last off had drained */

	struct prove prove;
	bool is_flowing;
	uint64_t settle_ms;
	size_t discard_left_bytes;
	uint8_t *buffer; /* secret */
};

static void forget_port(struct link *link)
{
	port_close(link->port);
	link->port = NULL;
	link->is_flowing = false;
	link->owes_off = false;
	link->owes_report = false;
	link->is_repeat = false;
	link->told = TOLD_NOTHING;
	prove_stop(&link->prove);
	words_init(&link->words, &link->settings.profile, 0);
}

static void lose(struct link *link, int error, uint64_t now_ms)
{
	forget_port(link);
	opener_lost(&link->opener, now_ms);
	link->events.down(link->ctx, error, link->opener.why, now_ms);
}

/*
 * A board that may be on, because it was when the port went, is told off first, and on only after
 * the gap: how far its old stream has come is unknown, and an old board that hears on while it is
 * on does nothing.
 */
static void come_up(struct link *link, uint64_t now_ms)
{
	const struct profile *profile = &link->settings.profile;

	words_init(&link->words, profile, now_ms);
	lines_set(link->port, &link->settings.profile, false);
	link->owes_off = link->may_be_on && profile->word_off;
	link->events.up(link->ctx, now_ms);
}

static void try_open(struct link *link, uint64_t now_ms)
{
	bool is_news;
	int err = opener_try(&link->opener, link->settings.port, &link->settings.profile,
			     &link->port, &is_news, now_ms);

	if (!err)
		come_up(link, now_ms);
	else if (is_news)
		link->events.down(link->ctx, err, link->opener.why, now_ms);
}

/*
 * Bytes from a board that should be silent. Before any word was said: a killed predecessor left
 * it on. After off: it did not hear it. Either way it is told off (again).
 */
static void notice_stream(struct link *link, uint64_t now_ms)
{
	const struct profile *profile = &link->settings.profile;

	if (!profile->word_off || link->words.kind != WORDS_NONE || link->owes_off)
		return;
	if (link->told == TOLD_NOTHING && now_ms >= link->opener.up_ms + BOOT_TEXT_MS) {
		link->may_be_on = true;
		link->owes_off = true;
	}
	if (link->told == TOLD_OFF &&
	    now_ms >= link->off_ms + profile->word_gap_ms + OFF_GRACE_MS) {
		link->may_be_on = true;
		link->owes_off = true;
		link->is_repeat = true;
	}
}

/* After stray bytes the board is told off once more, in case it did not hear, and started. */
static void hear_proof(struct link *link, size_t len_bytes, uint64_t now_ms)
{
	struct prove_report report;

	prove_hear(&link->prove, link->buffer, len_bytes, &report);
	if (report.news == PROVE_NOTHING)
		return;
	link->owes_off = true;
	link->events.proving(link->ctx, &report, now_ms);
}

static void drop(struct link *link, size_t len_bytes, uint64_t now_ms)
{
	link->events.dropped(link->ctx, len_bytes);
	if (link->prove.stage != PROVE_IDLE) {
		hear_proof(link, len_bytes, now_ms);
	} else if (link->told != TOLD_ON) {
		if (!words_hear(&link->words, link->buffer, len_bytes, now_ms))
			notice_stream(link, now_ms);
	} else if (now_ms >= link->settle_ms) {
		link->discard_left_bytes -=
			len_bytes < link->discard_left_bytes ? len_bytes : link->discard_left_bytes;
	}
}

static void take_input(struct link *link, uint64_t now_ms)
{
	ssize_t len = port_read(link->port, link->buffer, READ_BYTES);

	if (len == -EAGAIN)
		return;
	if (len < 0) {
		lose(link, (int)len, now_ms);
		return;
	}
	if (link->is_flowing)
		link->events.bytes(link->ctx, link->buffer, (size_t)len, now_ms);
	else
		drop(link, (size_t)len, now_ms);
	secret_wipe(link->buffer, (size_t)len);
}

/*
 * The word that is wanted next, WORDS_NONE if nothing is left to say. id before the first on: how
 * to start a board depends on whether it knows more words than that.
 */
static enum words_kind next_word(const struct link *link)
{
	if (link->owes_off)
		return WORDS_OFF;
	if (link->told == TOLD_ON)
		return WORDS_NONE;
	if (words_wants_id(&link->words))
		return WORDS_ID;
	return link->wants_on ? WORDS_ON : WORDS_NONE;
}

/* When @kind may be said: not while a proof listens whether the board is silent. */
static uint64_t word_due_ms(const struct link *link, enum words_kind kind)
{
	if (prove_deadline_ms(&link->prove) != UINT64_MAX)
		return UINT64_MAX;
	return words_due_ms(&link->words, kind);
}

static void start_word(struct link *link, enum words_kind kind)
{
	if (kind == WORDS_OFF)
		link->owes_off = false;
	if (kind == WORDS_ON)
		link->may_be_on = true;
	if (kind == WORDS_ID)
		port_flush(link->port);
	else
		lines_set(link->port, &link->settings.profile, kind == WORDS_ON);
	words_start(&link->words, kind);
	if (kind != WORDS_ON)
		return;
	if (prove_word(&link->prove))
		words_say(&link->words, prove_word(&link->prove));
	prove_says_on(&link->prove);
}

static void finish_on(struct link *link, uint64_t now_ms)
{
	link->told = TOLD_ON;
	if (link->owes_off) /* overtaken by another wish */
		return;
	if (link->prove.stage == PROVE_READING) /* its readings, from the first on, are no stream */
		return;
	port_flush(link->port);
	link->settle_ms = link->words.drained_ms + link->settings.profile.settle_ms;
	link->discard_left_bytes = link->settings.profile.discard_bytes;
	link->events.powered(link->ctx, true, now_ms);
}

static void finish_off(struct link *link, uint64_t now_ms)
{
	bool is_repeat = link->is_repeat;

	link->told = TOLD_OFF;
	link->may_be_on = false;
	link->off_ms = link->words.drained_ms;
	link->is_repeat = false;
	prove_said_off(&link->prove, link->off_ms);
	if (!is_repeat)
		link->events.powered(link->ctx, false, now_ms);
}

/* Return: whether a step was done, so that another may be due. */
static bool carry_word(struct link *link, uint64_t now_ms)
{
	int err = words_write(&link->words, link->port, now_ms);

	if (err) {
		lose(link, err, now_ms);
		return false;
	}
	if (words_is_unwritten(&link->words) || now_ms < link->words.drained_ms)
		return false;
	switch (words_finish(&link->words)) {
	case WORDS_ON:
		finish_on(link, now_ms);
		break;
	case WORDS_OFF:
		finish_off(link, now_ms);
		break;
	case WORDS_ID:
	case WORDS_NONE:
		break;
	}
	return true;
}

/* While an answer may come nothing is said. Return: as carry_word(). */
static bool await_answer(struct link *link, uint64_t now_ms)
{
	if (!words_judge(&link->words, now_ms))
		return false;
	link->events.identified(link->ctx, now_ms);
	return true;
}

static bool is_settling(const struct link *link)
{
	return link->told == TOLD_ON && link->wants_on && !link->owes_off && !link->is_flowing &&
	       link->discard_left_bytes == 0 && link->prove.stage == PROVE_IDLE;
}

/* Return: as carry_word(). */
static bool step(struct link *link, uint64_t now_ms)
{
	enum words_kind kind = next_word(link);

	if (link->words.kind != WORDS_NONE)
		return carry_word(link, now_ms);
	if (link->owes_report) {
		link->owes_report = false;
		link->events.powered(link->ctx, false, now_ms);
		return true;
	}
	if (link->words.is_listening)
		return await_answer(link, now_ms);
	if (now_ms >= prove_deadline_ms(&link->prove)) {
		if (prove_tick(&link->prove, now_ms))
			port_flush(link->port);
		return true;
	}
	if (kind != WORDS_NONE && now_ms >= word_due_ms(link, kind)) {
		start_word(link, kind);
		return true;
	}
	if (is_settling(link) && now_ms >= link->settle_ms) {
		port_flush(link->port);
		link->is_flowing = true;
		link->events.settled(link->ctx, now_ms);
		return true;
	}
	return false;
}

int link_open(struct link **link, const struct link_settings *settings,
	      const struct link_events *events, void *ctx)
{
	struct link *opened = calloc(1, sizeof(*opened));

	if (!opened)
		return -ENOMEM;
	opened->buffer = secret_alloc(READ_BYTES);
	if (!opened->buffer) {
		free(opened);
		return -ENOMEM;
	}
	opened->settings = *settings;
	opened->events = *events;
	opened->ctx = ctx;
	opener_init(&opened->opener);
	words_init(&opened->words, &opened->settings.profile, 0);
	*link = opened;
	return 0;
}

void link_close(struct link *link, uint64_t now_ms)
{
	int err = 0;

	if (!link)
		return;
	if (link->port) {
		if (link->may_be_on && link->settings.profile.word_off)
			err = words_last(&link->words, link->port, now_ms);
		if (lines_have_power(&link->settings.profile))
			lines_set(link->port, &link->settings.profile, false);
	}
	if (err == -EAGAIN)
		log_notice("off was said too soon after the last word: an old board may miss it");
	else if (err)
		log_warning("the board could not be told off");
	port_close(link->port);
	secret_free(link->buffer, READ_BYTES);
	free(link);
}

/*
 * While off, a device that nothing can silence is not read but left to fill the kernel's buffer,
 * which costs nothing; poll(2) reports a hang-up all the same.
 */
int link_fd(const struct link *link, short *events)
{
	*events = 0;
	if (!link->port)
		return -1;
	if (lines_can_silence(&link->settings.profile) || link->told == TOLD_ON)
		*events |= POLLIN;
	if (words_is_unwritten(&link->words))
		*events |= POLLOUT;
	return port_fd(link->port);
}

uint64_t link_deadline_ms(const struct link *link)
{
	enum words_kind kind;

	if (!link->port)
		return link->opener.retry_ms;
	if (words_is_unwritten(&link->words))
		return UINT64_MAX;
	if (link->words.kind != WORDS_NONE)
		return link->words.drained_ms;
	if (link->owes_report)
		return 0;
	if (link->words.is_listening)
		return link->words.judge_ms;
	if (prove_deadline_ms(&link->prove) != UINT64_MAX)
		return prove_deadline_ms(&link->prove);
	kind = next_word(link);
	if (kind != WORDS_NONE)
		return word_due_ms(link, kind);
	return is_settling(link) ? link->settle_ms : UINT64_MAX;
}

void link_service(struct link *link, short revents, uint64_t now_ms)
{
	if (!link->port && now_ms >= link->opener.retry_ms)
		try_open(link, now_ms);
	else if (link->port && (revents & (POLLHUP | POLLERR | POLLNVAL)))
		lose(link, -EIO, now_ms);
	else if (link->port && (revents & POLLIN))
		take_input(link, now_ms);
	while (link->port && step(link, now_ms))
		;
}

void link_power(struct link *link, bool is_on, uint64_t now_ms)
{
	bool was_on = link->wants_on;
	bool is_told_on = link->words.kind == WORDS_ON ||
			  (link->words.kind != WORDS_OFF && link->told == TOLD_ON);

	(void)now_ms;
	link->wants_on = is_on;
	if (is_on || !was_on)
		return;
	prove_stop(&link->prove);
	link->is_flowing = false;
	link->is_repeat = false;
	if (is_told_on)
		link->owes_off = true;
	else if (link->port && !link->owes_off && link->words.kind != WORDS_OFF)
		link->owes_report = true;
}

void link_cycle(struct link *link, uint64_t now_ms)
{
	(void)now_ms;
	prove_stop(&link->prove);
	link->wants_on = true;
	link->is_flowing = false;
	link->is_repeat = false;
	if (link->port && link->words.kind != WORDS_OFF)
		link->owes_off = true;
}

int link_prove(struct link *link, uint64_t now_ms, uint64_t *left_ms)
{
	(void)now_ms;
	if (!lines_can_silence(&link->settings.profile))
		return -EOPNOTSUPP;
	if (!link->is_flowing)
		return -EBUSY;
	prove_begin(&link->prove, &link->settings.profile,
		    link->words.identity.state == IDENTITY_ANSWERED);
	*left_ms = prove_left_ms(&link->prove);
	link->is_flowing = false;
	link->owes_off = true;
	return 0;
}

bool link_is_up(const struct link *link)
{
	return link->port != NULL;
}

const char *link_port(const struct link *link)
{
	return link->port ? link->opener.path : link->settings.port;
}

const struct identity *link_identity(const struct link *link)
{
	return &link->words.identity;
}

int link_list_ports(void)
{
	return find_list();
}
