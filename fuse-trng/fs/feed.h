/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * feed - tested bytes for somebody who takes them by the clock: the kernel's pool.
 *
 * When they are due, as many bytes of the pool as hold so many assessed bits are drawn, but only
 * such as nobody waits for, and only while the source runs. One that is under way when a test fires
 * is dropped.
 */
#ifndef TRNG_FS_FEED_H
#define TRNG_FS_FEED_H

#include "fuse-trng/fs/draw.h"
#include "fuse-trng/source/machine.h"

#include <stddef.h>
#include <stdint.h>

/* Zeroed: nobody takes any. */
struct feed_settings {
	unsigned bits; /* assessed, each time */
	/* When the next are due; UINT64_MAX: never. */
	uint64_t (*due_ms)(const void *ctx);
	/* They are there. To be wiped by the caller. 0: used up; -errno: not used. Both end this
	 * turn.
	 */
	int (*give)(void *ctx, const uint8_t *bytes, size_t len_bytes, unsigned bits,
		    uint64_t now_ms);
	void *ctx;
};

struct feed {
	struct feed_settings settings;
	const struct machine *machine; /* not owned */
	struct draw draw;
};

/**
 * feed_open - Return: 0; -ENOMEM.
 */
int feed_open(struct feed *feed, const struct feed_settings *settings,
	      const struct machine *machine, struct queue *queue);

/** feed_close - wipe and release; fine on zeroed memory. */
void feed_close(struct feed *feed);

/** feed_changed - the machine's state has changed. */
void feed_changed(struct feed *feed);

/** feed_serve - the pool, the line or the time has changed. */
void feed_serve(struct feed *feed, uint64_t now_ms);

/** feed_deadline_ms - when feed_serve() wants to be called; UINT64_MAX: never. */
uint64_t feed_deadline_ms(const struct feed *feed);

#endif
