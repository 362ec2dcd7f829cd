/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * progress - how far long work is: a bar with rate and time left on a terminal, plain lines at
 * growing intervals elsewhere (a log, a pipe), nothing when told to be quiet.
 */
#ifndef TRNG_COMMON_PROGRESS_H
#define TRNG_COMMON_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *out; /* NULL: quiet */
	bool is_terminal;
	const char
		*unit; /* "bit", "symbols", "permutations": of done and total; the rate is unit/s */
	const char *what;    /* what is under way; a new one starts the clock anew */
	uint64_t start_done; /* at the clock's start: a resumed collection does not count what it
				had */
	double start_s, drawn_s; /* CLOCK_MONOTONIC */
	bool is_drawn;           /* a bar stands on the terminal's line */
};

/** progress_init - draw on @out (NULL: quiet); a terminal is recognised by isatty(3). */
void progress_init(struct progress *progress, FILE *out, const char *unit);

/**
 * progress_tell - @done of @total (0: unknown) of @what. Cheap when called often: draws at most
 * five times a second on a terminal; elsewhere a line when @what changes, then after 10 s, 20 s, 40
 * s ... up to once in 10 minutes. The time left is total - done at the rate so far, rounded to what
 * it is worth.
 */
void progress_tell(struct progress *progress, const char *what, uint64_t done, uint64_t total);

/** progress_end - removes the bar, so that what follows starts on a clean line. */
void progress_end(struct progress *progress);

/** progress_duration - "45 s", "12 min", "4 h 40 min", "6 days": as a person says it, in @into. */
const char *progress_duration(double seconds, char into[static 32]);

#endif
