/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snapshot - what the file `status` said at one moment, and what follows from it. */
#ifndef TRNG_HTTPD_SNAPSHOT_H
#define TRNG_HTTPD_SNAPSHOT_H

#include "httpd/vfile.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SNAPSHOT_BYTES 24576

enum snapshot_state {
	SNAPSHOT_STANDBY,
	SNAPSHOT_STARTING,
	SNAPSHOT_RUNNING,
	SNAPSHOT_ALARM,
	SNAPSHOT_FAILED,
	SNAPSHOT_ABSENT,
	SNAPSHOT_UNREACHABLE, /* no daemon answers */
	SNAPSHOT_STATES
};

struct snapshot {
	enum snapshot_state state;
	char reason[200];
	double rate_bit_s;
	double release_s;      /* until the next bytes come to the pool; -1: not to be foretold */
	uint64_t passed_bytes; /* of the present stream, those that have come out of the tests */
	uint64_t window_bytes; /* the tests let go when a window closes; 0: not known */
	uint64_t start_bytes;  /* those of a start at its end */
	uint64_t block_in_bytes,
		block_out_bytes; /* so many of the stream make so many; 0: as it is */
	bool is_diverted;        /* to a reader of `raw`: nothing comes to the pool */
	uint64_t pool_bytes;
	uint64_t
		queue_bytes; /* asked for by everybody who waits at the file, 256 a place at most */
	size_t len_bytes;
	char text[SNAPSHOT_BYTES]; /* key=value lines */
};

const char *snapshot_state_name(enum snapshot_state state);

/** snapshot_take - read the file. Cannot fail: no daemon is a state. Blocking: as vfile_open(). */
void snapshot_take(struct snapshot *snapshot, const struct vfile *vfile);

/** snapshot_parse - understand @snapshot->text; foreign keys and values do no harm. */
void snapshot_parse(struct snapshot *snapshot);

/** snapshot_value - text of @key up to the end of its line. Return: its length, or -1. */
int snapshot_value(const struct snapshot *snapshot, const char *key, const char **value);

/** snapshot_number - @key as a number that is finite. Return: 0, or -ENOENT with *@number
 * untouched. */
int snapshot_number(const struct snapshot *snapshot, const char *key, double *number);

/**
 * snapshot_json - the keys as JSON; test.NAME.KEY as {"tests": {NAME: {KEY: ...}}}, ledger.KEY as
 * {"ledger": {KEY: ...}}.
 * Return: the caller's reference, or NULL for lack of memory.
 */
json_t *snapshot_json(const struct snapshot *snapshot);

/**
 * snapshot_eta_s - seconds until somebody who comes now has @bytes: what is missing over the rate,
 * on the grid of the tests' windows, where the daemon tells it (docs/DESIGN.md, 3).
 * @ahead_bytes: promised by us to others beyond what queue_bytes counts. Return: seconds; INFINITY
 * without a rate, unless they are among the next that come, and while somebody reads `raw`.
 */
double snapshot_eta_s(const struct snapshot *snapshot, uint64_t bytes, uint64_t ahead_bytes);

/**
 * snapshot_seed_eta_s - seconds until the generator behind `urandom`, which has no seed, has its
 * first one (docs/DESIGN.md, 2). Return: seconds; INFINITY: not to be foretold.
 */
double snapshot_seed_eta_s(const struct snapshot *snapshot);

#endif
