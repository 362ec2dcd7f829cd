/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarms - when one alarm is one too many, and how long to pause before trying again. */
#ifndef TRNG_SOURCE_ALARMS_H
#define TRNG_SOURCE_ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#define ALARMS_MAX 1000

struct alarms {
	unsigned max;               /* 1..ALARMS_MAX alarms ... */
	unsigned window_chunks;     /* ... within so many chunks of stream are too many */
	unsigned count;             /* entries in chunk, oldest first */
	uint64_t chunk[ALARMS_MAX]; /* position in the stream, not in time */
	unsigned backoff_s;         /* the newest pause, 0: none yet */
};

/** alarms_clear - forget all; the next pause is the shortest. */
void alarms_clear(struct alarms *alarms);

/**
 * alarms_add - note an alarm at @chunk, not earlier than the one before.
 * Return: true when it is the last one allowed within the window.
 */
bool alarms_add(struct alarms *alarms, uint64_t chunk);

/** alarms_next_backoff_ms - the next pause: 1, 2, 4 ... 60 s. */
uint64_t alarms_next_backoff_ms(struct alarms *alarms);

#endif
