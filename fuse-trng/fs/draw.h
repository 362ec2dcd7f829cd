/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * draw - bytes of the pool for the daemon itself: seeds, and what the kernel gets.
 *
 * A draw that is due stands in the line like a reader, turn by turn; a routine one takes only what
 * nobody waits for. What has come so far is set aside, in locked memory.
 */
#ifndef TRNG_FS_DRAW_H
#define TRNG_FS_DRAW_H

#include "fuse-trng/fs/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct draw {
	struct place place;
	struct queue *queue;
	enum ledger_account account; /* where the bytes go when they are used */
	uint8_t *bytes;              /* locked memory, owned */
	size_t capacity_bytes;
	size_t needed_bytes; /* 0: nothing is wanted */
	size_t got_bytes;
	bool is_due;
	bool is_parked; /* a read of ours stands in the line */
};

/**
 * draw_open - a draw of up to @capacity_bytes, which wants nothing.
 * Return: 0; -ENOMEM.
 */
int draw_open(struct draw *draw, struct queue *queue, enum ledger_account account,
	      size_t capacity_bytes);

/** draw_close - wipe and release; fine on zeroed memory. */
void draw_close(struct draw *draw);

/** draw_want - from now on so many bytes are wanted, and whether they are due. Keeps what has come.
 */
void draw_want(struct draw *draw, size_t needed_bytes, bool is_due);

/** draw_serve - take what is its due now. Return: whether it is whole. */
bool draw_serve(struct draw *draw);

/** draw_used - the bytes of a whole draw have been used up: wiped, accounted for, nothing wanted.
 */
void draw_used(struct draw *draw);

/** draw_drop - wipe what has come, leave the line, want nothing. @lost_to: the ledger's account. */
void draw_drop(struct draw *draw, enum ledger_account lost_to);

#endif
