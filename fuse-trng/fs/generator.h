/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * generator - the DRBG behind `urandom`: when it is seeded, from what, and whether it may answer.
 *
 * Seeds are tested bytes of the pool with DRBG_INSTANTIATE_BITS or DRBG_RESEED_BITS of assessed
 * min-entropy. The first seed, one that was asked for and one long overdue stand in the line; a
 * routine one, every reseed_ms if bytes were handed out since, takes only what nobody waits for.
 *
 * Fails closed. Without a running source it goes on for grace_ms from what it has; a seed of which
 * not even the longest gating window had passed when a test fired counts as none: without an older
 * one nothing is left, and behind one the grace goes on from when the source was lost before.
 * Standard: SP 800-90A Rev. 1, 8.6.5, 8.6.7, 8.6.8, 9.2, 11.3.
 */
#ifndef TRNG_FS_GENERATOR_H
#define TRNG_FS_GENERATOR_H

#include "fuse-trng/fs/draw.h"
#include "fuse-trng/source/drbg.h"
#include "fuse-trng/source/machine.h"

#include <stdbool.h>
#include <stdint.h>

struct generator_settings {
	uint64_t reseed_ms;
	uint64_t grace_ms;
};

struct generator {
	struct generator_settings settings;
	const struct machine *machine; /* not owned */
	struct drbg *drbg;
	struct draw draw;
	bool is_forced;        /* a new seed is due, whatever the time */
	bool was_used;         /* since the newest seed */
	bool is_renewed;       /* seeded since the source has been running */
	uint64_t first_tested; /* what had been tested when the state's first seed was taken ... */
	uint64_t renewed_tested; /* ... and the first since the source has been running */
	uint64_t seeded_ms;
	uint64_t lost_ms; /* when the source stopped running after the newest seed that counts */
	uint64_t seeds;   /* all since the daemon started */
	uint64_t handed_bytes;
	uint64_t retry_ms; /* after libcrypto failed; 0: it has not */
};

/**
 * generator_open - a generator without a seed.
 * Return: 0; -ENOMEM; -EIO: libcrypto has no AES-256.
 */
int generator_open(struct generator *generator, const struct generator_settings *settings,
		   const struct machine *machine, struct queue *queue);

/** generator_close - wipe and release; fine on zeroed memory. */
void generator_close(struct generator *generator);

/** generator_changed - the machine's state has changed. */
void generator_changed(struct generator *generator, uint64_t now_ms);

/** generator_serve - the pool, the line or the time has changed. Return: whether it was seeded. */
bool generator_serve(struct generator *generator, uint64_t now_ms);

/**
 * generator_reseed - a new seed is due: generator_serve() takes it.
 * Return: 0; -ENODATA, -EIO, -ENODEV: there is no source to take it from.
 */
int generator_reseed(struct generator *generator);

/** generator_deadline_ms - when generator_serve() wants to be called; UINT64_MAX: never. */
uint64_t generator_deadline_ms(const struct generator *generator);

/**
 * generator_error - what a read gets now.
 * Return: 0: bytes; -EAGAIN: they will come with the first seed; -EIO, -ENODEV: the source has
 *         failed or is gone, and the grace is over.
 */
int generator_error(const struct generator *generator);

/**
 * generator_give - @len_bytes into @out, which must be zero; DRBG_REQUEST_BYTES a generate call.
 * Return: 0; -EIO: libcrypto failed or too much was asked of one seed, nothing is in @out.
 */
int generator_give(struct generator *generator, uint8_t *out, size_t len_bytes);

#endif
