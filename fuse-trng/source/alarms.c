/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarms - when one alarm is one too many, and how long to pause before trying again. */
#include "fuse-trng/source/alarms.h"

#include <string.h>

#define LONGEST_BACKOFF_S 60

void alarms_clear(struct alarms *alarms)
{
	alarms->count = 0;
	alarms->backoff_s = 0;
}

bool alarms_add(struct alarms *alarms, uint64_t chunk)
{
	if (alarms->count == alarms->max) {
		alarms->count--;
		memmove(alarms->chunk, alarms->chunk + 1, alarms->count * sizeof(alarms->chunk[0]));
	}
	alarms->chunk[alarms->count++] = chunk;
	return alarms->count == alarms->max && chunk - alarms->chunk[0] <= alarms->window_chunks;
}

uint64_t alarms_next_backoff_ms(struct alarms *alarms)
{
	alarms->backoff_s = alarms->backoff_s ? alarms->backoff_s * 2 : 1;
	if (alarms->backoff_s > LONGEST_BACKOFF_S)
		alarms->backoff_s = LONGEST_BACKOFF_S;
	return (uint64_t)alarms->backoff_s * 1000;
}
