/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rate - how fast bytes really come, over the last minute. */
#include "fuse-trng/source/rate.h"

#include <math.h>

#define SHORTEST_MS 1000 /* less time than this says nothing about a rate */
#define MINUTE_MS   ((RATE_SLOTS - 1) * RATE_SLOT_MS)

void rate_start(struct rate *rate, uint64_t now_ms)
{
	*rate = (struct rate){ .start_ms = now_ms, .newest_ms = now_ms };
}

static uint64_t slot_at(const struct rate *rate, uint64_t now_ms)
{
	return (now_ms - rate->start_ms) / RATE_SLOT_MS;
}

void rate_count(struct rate *rate, size_t len_bytes, uint64_t now_ms)
{
	uint64_t slot;

	if (!rate->has_begun) {
		rate_start(rate, now_ms);
		rate->has_begun = true;
		return;
	}
	slot = slot_at(rate, now_ms);
	if (slot > rate->slot + RATE_SLOTS)
		rate->slot = slot - RATE_SLOTS; /* all that lies between would be cleared anyway */
	while (rate->slot < slot)
		rate->bytes[++rate->slot % RATE_SLOTS] = 0;
	rate->bytes[slot % RATE_SLOTS] += len_bytes;
	rate->newest_ms = now_ms;
}

/* Between two bursts nothing has become slower; in a longer pause it has. */
static uint64_t end_of(const struct rate *rate, uint64_t now_ms)
{
	return now_ms - rate->newest_ms > RATE_SLOT_MS ? now_ms : rate->newest_ms;
}

double rate_bit_s(const struct rate *rate, uint64_t now_ms)
{
	uint64_t end_ms = end_of(rate, now_ms);
	uint64_t slot = slot_at(rate, end_ms);
	uint64_t first = slot >= RATE_SLOTS ? slot - RATE_SLOTS + 1 : 0;
	uint64_t span_ms = end_ms - (rate->start_ms + first * RATE_SLOT_MS);
	uint64_t bytes = 0;

	if (span_ms < SHORTEST_MS)
		return 0;
	/* Slots newer than the last count hold nothing of this minute yet. */
	for (uint64_t i = first; i <= slot && i <= rate->slot; i++)
		bytes += rate->bytes[i % RATE_SLOTS];
	return (double)bytes * 8 * 1000 / (double)span_ms;
}

double rate_foreseen_bit_s(const struct rate *rate, double nominal_bit_s, uint64_t now_ms)
{
	uint64_t span_ms = end_of(rate, now_ms) - rate->start_ms;
	double measured = rate_bit_s(rate, now_ms);
	double apart_bytes = fabs(measured - nominal_bit_s) * (double)span_ms / 8000;

	if (measured <= 0)
		return nominal_bit_s;
	return span_ms >= MINUTE_MS || apart_bytes > RATE_BURST_BYTES ? measured : nominal_bit_s;
}
