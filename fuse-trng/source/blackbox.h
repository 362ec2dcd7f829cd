/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * blackbox - what is kept of an alarm: the state of the tests, and symbols that nobody has got and
 * nobody will.
 *
 * Before the alarm: those that were held back and are wiped because of it. After it: the first
 * BLACKBOX_AFTER_SYMBOLS, which the owner marks PIPELINE_RECORDED, so that start-up tests may use
 * them but no chunk with one of them is ever released.
 */
#ifndef TRNG_SOURCE_BLACKBOX_H
#define TRNG_SOURCE_BLACKBOX_H

#include "fuse-trng/health/health.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLACKBOX_BEFORE_BYTES  4096 /* the newest of those that were held */
#define BLACKBOX_AFTER_SYMBOLS 1024
#define BLACKBOX_WAIT_MS       120000 /* for symbols after the alarm */

/* Symbols on their way into a record. */
struct blackbox_symbols {
	uint8_t *bytes; /* locked memory */
	size_t len_bytes;
	size_t left_out_bytes; /* held and wiped as well, but not to be told; see blackbox_gap() */
};

struct blackbox {
	struct blackbox_symbols staged; /* of the alarm that is about to come */
	/* The newest record: */
	uint64_t number;                   /* 1, 2 ... since the daemon started; 0: none yet */
	const char *alarm;                 /* the test, or silence, timeout ...: static text */
	uint64_t alarm_ms;                 /* of the loop's clock */
	uint64_t stream_bytes;             /* all bytes of all streams, up to the alarm */
	char tests[HEALTH_SNAPSHOT_BYTES]; /* health_snapshot() */
	struct blackbox_symbols before;
	struct blackbox_symbols after;
	size_t after_wanted_bytes;
	const char *end; /* why no more symbols are recorded; NULL: they are */
};

/**
 * blackbox_open - no record yet, for symbols of @symbol_bits.
 * Return: 0; -ENOMEM.
 */
int blackbox_open(struct blackbox *box, unsigned symbol_bits);

/** blackbox_close - wipe and release; fine on zeroed memory. */
void blackbox_close(struct blackbox *box);

/** blackbox_keep - the next bytes of those that were held and are about to be wiped. */
void blackbox_keep(struct blackbox *box, const uint8_t *bytes, size_t len_bytes);

/**
 * blackbox_gap - the next @len_bytes that were held are not for a record: somebody got them, or
 * they are in the record before, or a test has compared them with bytes that have left. Bytes kept
 * before them are left out as well: what is recorded is whole.
 */
void blackbox_gap(struct blackbox *box, size_t len_bytes);

/**
 * blackbox_begin - an alarm: what was kept and @tests become the newest record, which waits for
 * symbols. The one before must have ended.
 */
void blackbox_begin(struct blackbox *box, const char *alarm, const char *tests,
		    uint64_t stream_bytes, uint64_t now_ms);

/** blackbox_wanted_bytes - how many of the next bytes belong to the record; 0: none. */
size_t blackbox_wanted_bytes(const struct blackbox *box);

/** blackbox_add - the next bytes after the alarm, at most so many as are wanted. */
void blackbox_add(struct blackbox *box, const uint8_t *bytes, size_t len_bytes);

/** blackbox_stop - no more symbols will come to the record. @why: static text. */
void blackbox_stop(struct blackbox *box, const char *why);

/** blackbox_deadline_ms - when the wait for symbols ends; UINT64_MAX: none is waited for. */
uint64_t blackbox_deadline_ms(const struct blackbox *box);

#endif
