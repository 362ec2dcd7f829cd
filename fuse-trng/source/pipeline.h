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
#include "fuse-trng/source/blackbox.h"
#include "fuse-trng/source/conditioner.h"
#include "fuse-trng/source/ledger.h"
#include "fuse-trng/source/pool.h"

#include <stdbool.h>

enum pipeline_verdict {
	PIPELINE_GOES_ON, /* everything taken, nothing to say */
	PIPELINE_STARTED, /* the start-up tests have just passed */
	PIPELINE_ALARM    /* a test fired; what was held is wiped; a new stream begins */
};

/* What the bytes that come are for. All are tested alike. */
enum pipeline_use {
	PIPELINE_FOR_POOL,
	PIPELINE_DIVERTED, /* somebody reads them untested */
	PIPELINE_RECORDED, /* they are kept as evidence */
	PIPELINE_USES
};

/* A chunk that is held, by use. One with a byte that is not for the pool never comes there. */
struct pipeline_note {
	uint8_t bytes[PIPELINE_USES];
};

/* What became of the bytes since the daemon started; the whole of it is in the ledger. */
struct pipeline_counts {
	uint64_t tested_bytes;   /* through the tests */
	uint64_t wiped_bytes;    /* held back and wiped by an alarm or a stop */
	uint64_t withheld_bytes; /* past the gate, but with bytes that were not for the pool */
	uint64_t cleared_bytes;  /* past the gate, for the pool or the conditioner */
	uint64_t released_bytes; /* into the pool */
	uint64_t dropped_bytes;  /* the pool was full */
};

struct pipeline {
	struct health *health;          /* owned */
	struct pool *pool;              /* not owned */
	struct ledger *ledger;          /* not owned */
	struct conditioner conditioner; /* closed: bytes leave as they came */
	struct blackbox *box;           /* not owned; gets what an alarm wipes; NULL: nobody does */
	enum pipeline_use use;          /* of what comes now; the owner sets it */
	uint8_t *held;                  /* locked memory, owned: tested, not yet past the gate */
	size_t held_capacity_bytes;
	struct pipeline_note *notes; /* owned; of the chunks in held, from the first on */
	size_t held_bytes;
	size_t startup_bytes; /* length of the start-up test */
	size_t window_bytes;  /* longest gating window */
	uint64_t gone_bytes;  /* of this stream: those that have left `held` */
	bool is_started;      /* start-up passed: the gate may release */
	struct pipeline_counts counts;
};

/**
 * pipeline_open - tests with @settings in front of @pool, on an empty stream.
 * @ledger: told of every byte that comes in, moves on or goes; like @pool the caller's.
 * Return:  0; -EINVAL, -ENOMEM as health_open().
 */
int pipeline_open(struct pipeline *pipeline, const struct health_settings *settings,
		  struct pool *pool, struct ledger *ledger);

/**
 * pipeline_condition - from now on SHA-256 stands between gate and pool.
 * Return: as conditioner_open().
 */
int pipeline_condition(struct pipeline *pipeline, double assessed_bits_byte);

/** pipeline_close - wipe and release; fine on zeroed memory. */
void pipeline_close(struct pipeline *pipeline);

/**
 * pipeline_restart - wipe what is held and begin a new stream with start-up tests.
 * @lost_to: LEDGER_ALARM or LEDGER_PARTIAL, where the ledger shows it.
 */
void pipeline_restart(struct pipeline *pipeline, enum ledger_account lost_to);

/** pipeline_forget - wipe the conditioner's block as well. @lost_to: LEDGER_ALARM, LEDGER_STOPPED.
 */
void pipeline_forget(struct pipeline *pipeline, enum ledger_account lost_to);

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
 * pipeline_passed_bytes - of this stream, what has left for the pool or will not come there.
 *
 * What waits in the conditioner has not left. See pipeline_bytes_until().
 */
uint64_t pipeline_passed_bytes(const struct pipeline *pipeline);

/**
 * pipeline_bytes_until - line bytes still to come until @wanted_bytes more can be in the pool.
 *
 * Follows the grid of chunks and windows, so that a wait can be announced honestly; an alarm or
 * a long repetition can only make it longer.
 */
uint64_t pipeline_bytes_until(const struct pipeline *pipeline, uint64_t wanted_bytes);

#endif
