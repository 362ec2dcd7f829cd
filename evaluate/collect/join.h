/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * join - the data set that is evaluated: the segments of at least 1000 symbols one after the
 * other (SP 800-90B 3.1.1), once with a symbol in each byte and once packed.
 */
#ifndef TRNG_EVALUATE_COLLECT_JOIN_H
#define TRNG_EVALUATE_COLLECT_JOIN_H

#include "evaluate/collect/manifest.h"

#define JOIN_SYMBOLS "symbols.bin"
#define JOIN_BITS    "bits.bin"

/**
 * join_segments - write JOIN_SYMBOLS and JOIN_BITS of the closed segments, @wanted symbols.
 *
 * The last segment is cut to what is wanted, but not below 1000 symbols. JOIN_BITS ends with its
 * last full byte. Each segment's hash is checked; hashes of the new files go to the manifest,
 * which is saved. Complains of a segment that is not what it was.
 * @symbols: set to how many there are. Return: 0; -EBADMSG: complained of; -errno: the disk's.
 */
int join_segments(struct manifest *manifest, uint64_t wanted, uint64_t *symbols);

/** join_share - how many symbols of segment @bytes are joined after @before of @wanted. */
uint64_t join_share(uint64_t bytes, unsigned width, uint64_t before, uint64_t wanted);

#endif
