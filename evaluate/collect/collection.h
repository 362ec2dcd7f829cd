/* SPDX-License-Identifier: GPL-3.0-or-later */
/* collection - what the two kinds of collecting share. */
#ifndef TRNG_EVALUATE_COLLECT_COLLECTION_H
#define TRNG_EVALUATE_COLLECT_COLLECTION_H

#include "common/progress.h"
#include "evaluate/collect/manifest.h"
#include "evaluate/collect/options.h"
#include "evaluate/collect/tap.h"

enum {
	STATUS_WHOLE = 0,
	STATUS_USAGE = 2,
	STATUS_SHORT = 3, /* stopped before all was there */
	STATUS_FILE = 4,
};

struct collection {
	const struct collect_options *options;
	struct manifest manifest;
	struct tap_signals signals;
	struct progress progress;
	unsigned back_off_ms; /* before the source is tried again; 0: it gave data */
	int told;             /* the last error of the source that was told */
};

/** collect_segments, collect_restarts - do it. Return: the exit status. */
int collect_segments(struct collection *collection);
int collect_restarts(struct collection *collection);

/**
 * collection_wait - after @error of the source: tells of it once, waits, longer each time.
 * Return: 0: try again; STATUS_SHORT: a signal, or nobody is to wait.
 */
int collection_wait(struct collection *collection, const char *path, int error);

/** collection_stopped - tells that a signal ended it and how to go on. Return: STATUS_SHORT. */
int collection_stopped(struct collection *collection);

/** collection_told - after the last words on standard output. Return: the exit status. */
int collection_told(void);

/** collection_no_disk - tells that the folder cannot be written, and why. Return: STATUS_FILE. */
int collection_no_disk(struct collection *collection, int error);

#endif
