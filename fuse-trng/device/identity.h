/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * identity - what a board says of itself when it is asked: collected, judged, taken apart.
 *
 * Whatever sits on the line may answer, so nothing is believed before the line is whole, and
 * nothing is kept that is not printable ASCII. An answer is one line
 *
 *     trng VERSION[ BUILD]
 *
 * of at most IDENTITY_SIZE - 1 characters, ended by a newline (a CR before it is dropped), and
 * nothing after it. Anything more or less, and the board counts as an old one.
 */
#ifndef TRNG_DEVICE_IDENTITY_H
#define TRNG_DEVICE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDENTITY_SIZE 128 /* longest answer and its NUL */

enum identity_state {
	IDENTITY_NOT_ASKED, /* its kind has no word for that */
	IDENTITY_PENDING,   /* not asked yet, or the answer may still come */
	IDENTITY_ANSWERED,
	IDENTITY_SILENT,  /* not a byte came */
	IDENTITY_UNKNOWN, /* something came that is no answer */
};

struct identity {
	enum identity_state state;
	/* Printable ASCII; all "" unless it answered. */
	char line[IDENTITY_SIZE]; /* the whole answer without its end */
	char firmware[IDENTITY_SIZE];
	char version[IDENTITY_SIZE];
	char build[IDENTITY_SIZE]; /* what follows the version; "" also if it gave none */
	/* Private: heard so far, not yet judged. */
	char heard[IDENTITY_SIZE];
	size_t heard_bytes;
	bool is_ended;  /* by a newline */
	bool is_spoilt; /* too long, or something after the newline */
};

/** identity_init - nothing is known; pending if the board @is_asked at all. */
void identity_init(struct identity *identity, bool is_asked);

/** identity_hear - collect @bytes, any number and any values of them. */
void identity_hear(struct identity *identity, const uint8_t *bytes, size_t len_bytes);

/**
 * identity_judge - what came is all that came: answered, silent or unknown.
 * State: fills in the texts, and wipes what was heard, which may have been random bytes.
 */
void identity_judge(struct identity *identity);

/** identity_state_name - as in `status`: "not asked", "pending", ... Static storage. */
const char *identity_state_name(enum identity_state state);

#endif
