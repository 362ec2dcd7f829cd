/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * segment - symbols that followed each other without a gap: segment-0001.bin, packed as they were
 * read, its entry in the manifest, and what the source said of itself at its start and end.
 *
 * A segment is on the disk every 10 s, the file before the manifest: a power cut costs no more.
 */
#ifndef TRNG_EVALUATE_COLLECT_SEGMENT_H
#define TRNG_EVALUATE_COLLECT_SEGMENT_H

#include "evaluate/collect/manifest.h"

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

/* SP 800-90B 3.1.1: what is joined consists of at least so many consecutive samples each. */
#define SEGMENT_LEAST_SYMBOLS 1000

#define SEGMENT_NAME_BYTES 40

struct segment {
	struct manifest *manifest;
	const char *source; /* whose status is noted */
	json_t *entry;      /* the manifest's; NULL: none is open */
	int fd;
	uint64_t bytes;
	uint64_t synced_bytes;
	double synced_s;
	EVP_MD_CTX *hash;
};

/** segment_put - append, beginning a segment if none is open. Return: 0 or -errno: the disk's. */
int segment_put(struct segment *segment, const void *bytes, size_t size_bytes);

/** segment_sync - bring to the disk what is due. Call it often. Return: 0 or -errno. */
int segment_sync(struct segment *segment);

/** segment_close - end the open segment, if any, because of @reason. Return: 0 or -errno. */
int segment_close(struct segment *segment, const char *reason);

/**
 * segment_recover - closes what a crash left open, with what is known to be sound: all that its
 * file holds if only the collector died, what had reached the disk if the machine went down.
 * Return: 0 or -errno.
 */
int segment_recover(struct manifest *manifest);

/** segment_cut - make the last segment a multiple of @unit bytes, by less than one. Return: 0 or
 * -errno. */
int segment_cut(struct manifest *manifest, uint64_t unit);

/** segment_name - of segment @index, counted from 0, in @name: "segment-0001.bin". */
const char *segment_name(size_t index, char name[static SEGMENT_NAME_BYTES]);

/** segment_symbols - the whole symbols of @width bits in @bytes. */
uint64_t segment_symbols(uint64_t bytes, unsigned width);

/** segment_joinable - the same, or 0 if they are too few to be joined. */
uint64_t segment_joinable(uint64_t bytes, unsigned width);

#endif
