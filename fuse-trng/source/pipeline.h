/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pipeline - from the line to the pool: every byte is tested and held back until all tests that
 * saw it have closed.
 *
 * Standard: AIS 20/31 PTG.2.2 (no output that depends on raw numbers made after a total failure),
 *           PTG.2.3 and SP 800-90B 4.3 (no output before the start-up tests have passed).
 */
#ifndef TRNG_SOURCE_PIPELINE_H
#define TRNG_SOURCE_PIPELINE_H

#include "fuse-trng/health/health.h"
#include "fuse-trng/source/pool.h"

#include <stdbool.h>

enum pipeline_verdict {
	PIPELINE_GOES_ON, /* everything taken, nothing to say */
	PIPELINE_STARTED, /* the start-up tests have just passed */
	PIPELINE_ALARM    /* a test fired; what was held is wiped; a new stream begins */
};

/* What became of the bytes since the daemon started. */
struct pipeline_counts {
	uint64_t tested_bytes;   /* through the tests */
	uint64_t released_bytes; /* into the pool */
	uint64_t dropped_bytes;  /* tested, but the pool was full */
	uint64_t wiped_bytes;    /* held back and wiped by an alarm or a stop */
};

struct pipeline {
	struct health *health; /* owned */
	struct pool *pool;     /* not owned */
	uint8_t *held;         /* locked memory, owned: tested, not yet past the gate */
	size_t held_capacity_bytes;
	size_t held_bytes;
	size_t startup_bytes; /* length of the start-up test */
	size_t window_bytes;  /* longest gating window */
	uint64_t gone_bytes;  /* of this stream: those that have left `held` */
	bool is_started;      /* start-up passed: the gate may release */
	struct pipeline_counts counts;
};

/**
 * pipeline_open - tests with @settings in front of @pool, on an empty stream.
 * Return: 0; -EINVAL, -ENOMEM as health_open().
 */
int pipeline_open(struct pipeline *pipeline, const struct health_settings *settings,
		  struct pool *pool);

/** pipeline_close - wipe and release; fine on zeroed memory. */
void pipeline_close(struct pipeline *pipeline);

/** pipeline_restart - wipe what is held and begin a new stream with start-up tests. */
void pipeline_restart(struct pipeline *pipeline);

/**
 * pipeline_feed - take bytes from the line until they are used up or there is a verdict.
 *
 * State:  tested bytes past the gate go to the pool once the start-up tests have passed.
 * @fired: the test, when the verdict is PIPELINE_ALARM.
 * @taken: bytes used; the caller decides what happens with the rest.
 */
enum pipeline_verdict pipeline_feed(struct pipeline *pipeline, const uint8_t *bytes,
				    size_t len_bytes, size_t *taken, enum health_test *fired);

/** pipeline_startup_symbols - how many of HEALTH_STARTUP_SYMBOLS the start-up tests have; 0 once
 * they have passed. */
unsigned pipeline_startup_symbols(const struct pipeline *pipeline);

/**
 * pipeline_bytes_until - line bytes still to come until @wanted_bytes more can be in the pool.
 *
 * Follows the grid of chunks and windows, so that a wait can be announced honestly; an alarm or
 * a long repetition can only make it longer.
 */
uint64_t pipeline_bytes_until(const struct pipeline *pipeline, uint64_t wanted_bytes);

#endif
