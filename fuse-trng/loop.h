/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loop - the one poll(2) loop: descriptors, deadlines, signals. */
#ifndef TRNG_FUSE_TRNG_LOOP_H
#define TRNG_FUSE_TRNG_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOOP_SOURCES 16 /* most sources of one loop */

/* Something that is served when its descriptor is ready or its deadline has come. */
struct loop_source {
	const char *name;
	/* Descriptor to poll, -1: none now; *events as for poll(2). NULL: never one. */
	int (*fd)(void *ctx, short *events);
	/* Time of loop_now_ms() to be served at, UINT64_MAX: none now. NULL: never one. */
	uint64_t (*deadline_ms)(void *ctx);
	/* revents as poll(2) returned, 0 when only the deadline has come. Must not block. */
	void (*service)(void *ctx, short revents, uint64_t now_ms);
	void *ctx;
};

/**
 * loop_now_ms - the loop's clock: milliseconds of CLOCK_MONOTONIC.
 *
 * It stands still while the machine is suspended, as poll(2)'s own timeout does, so no deadline
 * comes late by the length of a suspend. What is timed here (settling, word gaps, silence) is
 * time in which somebody could listen; CLOCK_BOOTTIME would report a silent board at each resume.
 */
uint64_t loop_now_ms(void);

/**
 * loop_run - serve @sources until *@is_stopping.
 *
 * Each round asks every source for descriptor and deadline, polls, reads the clock once, and
 * serves each source that is ready or due exactly once, in the order of @sources: none can
 * starve another. A deadline in the past means at once. *@is_stopping is looked at after every
 * service; a source of the loop sets it.
 *
 * Return: 0: stopped; -EINVAL: more than LOOP_SOURCES; -ENOMEM, ...: poll(2) failed.
 */
int loop_run(const struct loop_source *sources, size_t count, const bool *is_stopping);

/**
 * loop_signals_open - receive SIGTERM, SIGINT and SIGHUP through a descriptor; ignore SIGPIPE.
 *
 * State:  blocks the three signals for the calling thread for ever. A child made by fork
 *         inherits the mask and the ignored SIGPIPE and must undo both before exec.
 * @fd:    non-blocking, close-on-exec; owned by the caller, closed with close(2).
 * Return: 0; -EMFILE, -ENFILE, -ENOMEM.
 */
int loop_signals_open(int *fd);

/** loop_signals_take - the next signal that arrived at @fd, 0 when there is none. */
int loop_signals_take(int fd);

#endif
