/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rate - how fast bytes really come, over the last minute; what every announced wait rests on. */
#ifndef TRNG_SOURCE_RATE_H
#define TRNG_SOURCE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_SLOTS   16
#define RATE_SLOT_MS 4000

/* Less than this more or less than expected says nothing: boards send in bursts, and the old sketch
 * in bursts of 12 bytes. */
#define RATE_BURST_BYTES 16

struct rate {
	bool has_begun;     /* the first burst has come: it told when, not how fast */
	uint64_t start_ms;  /* when counting began: rate_start(), then the first burst */
	uint64_t newest_ms; /* the newest count */
	uint64_t slot;      /* number of the newest slot since start_ms */
	uint64_t bytes[RATE_SLOTS];
};

/** rate_start - forget everything; counting begins at @now_ms. */
void rate_start(struct rate *rate, uint64_t now_ms);

/** rate_count - @len_bytes arrived at @now_ms, not earlier than in the call before. The first of
 * them after rate_start() only tell when the flow began. */
void rate_count(struct rate *rate, size_t len_bytes, uint64_t now_ms);

/**
 * rate_bit_s - bits per second over the last RATE_SLOTS * RATE_SLOT_MS (or since the start), up to
 * the newest burst; up to @now_ms when that was longer ago than RATE_SLOT_MS.
 * Return: 0 in the first second, when nothing can be said yet.
 */
double rate_bit_s(const struct rate *rate, uint64_t now_ms);

/**
 * rate_foreseen_bit_s - what a wait is foretold by.
 *
 * Return: @nominal_bit_s until the bytes that came contradict it or the measurement is a minute
 *         long; from then on what is measured. So a countdown does not follow every burst.
 */
double rate_foreseen_bit_s(const struct rate *rate, double nominal_bit_s, uint64_t now_ms);

#endif
