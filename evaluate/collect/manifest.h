/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * manifest - collection.json: what was asked of a collection, and what is there of it. It is
 * replaced as a whole after the data that it tells of have reached the disk.
 */
#ifndef TRNG_EVALUATE_COLLECT_MANIFEST_H
#define TRNG_EVALUATE_COLLECT_MANIFEST_H

#include "evaluate/collect/options.h"

#include <jansson.h>
#include <stdint.h>

#define MANIFEST_NAME "collection.json"

struct manifest {
	int folder; /* the caller's */
	json_t *root;
	json_t *list;   /* root's "segments", or "rows" of restarts */
	unsigned width; /* bits per symbol */
};

/**
 * manifest_open - read the manifest in @folder, or begin one, for what @options ask.
 *
 * Complains on standard error. Return: 0; 2: it is that of another collection (source, width,
 * kind); 4: it cannot be read or understood.
 */
int manifest_open(struct manifest *manifest, int folder, const struct collect_options *options);

/** manifest_save - on the disk when this returns. Return: 0 or -errno. */
int manifest_save(const struct manifest *manifest);

void manifest_close(struct manifest *manifest);

/** manifest_time - now, "2026-11-21T14:38:09.123Z", as a new JSON string. */
json_t *manifest_time(void);

/** manifest_time_of - the same of @ns nanoseconds and @s seconds since 1970. */
json_t *manifest_time_of(int64_t s, int64_t ns);

/** manifest_boot - what the kernel calls this run of itself, as a new JSON string; "" unknown. */
json_t *manifest_boot(void);

/** manifest_number, manifest_text - of @object; 0 and NULL where there is none. */
uint64_t manifest_number(const json_t *object, const char *key);
const char *manifest_text(const json_t *object, const char *key);

/** manifest_put - @value, whose reference is taken, under @key. Return: 0 or -ENOMEM. */
int manifest_put(json_t *object, const char *key, json_t *value);

#endif
