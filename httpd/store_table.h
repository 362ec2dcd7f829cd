/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store_table - what the store knows of its files; the inside of store.c and store_writer.c. */
#ifndef TRNG_HTTPD_STORE_TABLE_H
#define TRNG_HTTPD_STORE_TABLE_H

#include "httpd/store.h"

#include <pthread.h>

struct store_entry {
	struct store_file file;
	struct store_entry **held_by; /* a growing file's writer's pointer to this */
	struct store_entry *next;     /* among those that store_table_evict() took out */
};

struct store {
	struct store_settings settings;
	char *directory; /* that of the settings: our copy, for the log */
	int dir;
	pthread_mutex_t mutex; /* of what follows, and of the writers' pointers to entries */
	/* Growing files by their beginning, others by their end, which moves them to the back: the
	 * first of these is the oldest, the last the newest. */
	struct store_entry *entries[STORE_MOST_FILES];
	size_t count;
	uint64_t whole_bytes;
};

/* Of these the caller holds the mutex. */

/** store_table_add - @entry is the table's from here on. Return: 0; -EMFILE: and it is not. */
int store_table_add(struct store *store, struct store_entry *entry);

/** store_table_find - by id, looking at all, each in constant time. Return: NULL: no such file. */
struct store_entry *store_table_find(struct store *store, const char *id);

/** store_table_take_out - @entry is the caller's to free; its writer, if any, has it no more. */
void store_table_take_out(struct store *store, struct store_entry *entry);

/** store_table_end - @entry grows no more: it is as @file says, STORE_WHOLE or STORE_FAILED. */
void store_table_end(struct store *store, struct store_entry *entry, const struct store_file *file);

/**
 * store_table_evict - take out what is too old, and then the oldest while the whole files have too
 * many bytes or the table more than @most_files; never one that grows.
 * Return: a list for store_table_bury().
 */
struct store_entry *store_table_evict(struct store *store, int64_t now_s, size_t most_files);

/* Of these he does not. */

/** store_table_bury - delete from the disk and free what was taken out. Return: the last -errno, or
 * 0. */
int store_table_bury(struct store *store, struct store_entry *list);

#endif
