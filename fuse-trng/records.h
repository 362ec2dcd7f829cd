/* SPDX-License-Identifier: GPL-3.0-or-later */
/* records - between the machine's alarms, the files of evidence, and what `events` says of them. */
#ifndef TRNG_FUSE_TRNG_RECORDS_H
#define TRNG_FUSE_TRNG_RECORDS_H

#include "common/text.h"
#include "fuse-trng/evidence.h"

#include <stdbool.h>

#define RECORDS_SETTINGS_BYTES 2048

/* Calls out. */
struct records_ops {
	/* Lines of key=value about device and settings; asked for when an alarm comes, not later.
	 */
	void (*describe)(void *ctx, struct text *text);
	/* One line for `events`. */
	void (*event)(void *ctx, const char *line);
};

struct records {
	struct records_ops ops;
	void *ctx;
	struct evidence *evidence;             /* NULL: there are no files */
	int error;                             /* why not */
	uint64_t number;                       /* of the newest record */
	char settings[RECORDS_SETTINGS_BYTES]; /* as they were when its alarm came */
	char named[EVIDENCE_NAME_BYTES];       /* the newest file that an event has named */
	bool has_warned; /* of a disk that has failed since the last good record */
};

/**
 * records_open - keep records under @state_dir; "" or a failure (one warning) keeps none, and every
 * alarm then says so.
 */
void records_open(struct records *records, const char *state_dir, const struct records_ops *ops,
		  void *ctx);

/** records_close - write what is left, for a bounded time; fine on zeroed memory. */
void records_close(struct records *records);

/** records_keep - hand the newest record of @box to the disk; never blocks. */
void records_keep(struct records *records, const struct blackbox *box);

/** records_fd - readable when records_service() has something to say; -1: never. */
int records_fd(const struct records *records);

/**
 * records_service - one event for each new record: `evidence=PATH alarm=TEST`, or `evidence=none
 * alarm=TEST reason="..."` and the other when it is written after all; one warning when a disk
 * begins to fail.
 */
void records_service(struct records *records);

#endif
