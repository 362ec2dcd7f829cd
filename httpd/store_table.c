/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's table: order, sizes, and who has to go. */
#include "httpd/store_table.h"

#include "common/log.h"
#include "httpd/store_note.h"

#include <assert.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

int store_table_add(struct store *store, struct store_entry *entry)
{
	if (store->count == STORE_MOST_FILES)
		return -EMFILE;
	store->entries[store->count++] = entry;
	if (entry->file.state == STORE_WHOLE)
		store->whole_bytes += entry->file.size_bytes;
	return 0;
}

struct store_entry *store_table_find(struct store *store, const char *id)
{
	size_t len = strnlen(id, STORE_ID_BYTES);
	struct store_entry *found = NULL;

	if (len != STORE_ID_BYTES - 1)
		return NULL;
	for (size_t i = 0; i < store->count; i++)
		if (!gnutls_memcmp(store->entries[i]->file.id, id, len))
			found = store->entries[i];
	return found;
}

static size_t index_of(const struct store *store, const struct store_entry *entry)
{
	size_t i = 0;

	while (i < store->count && store->entries[i] != entry)
		i++;
	assert(i < store->count);
	return i;
}

static void close_gap(struct store *store, size_t index)
{
	store->count--;
	memmove(&store->entries[index], &store->entries[index + 1],
		(store->count - index) * sizeof(store->entries[0]));
}

static void let_go(struct store_entry *entry)
{
	if (entry->held_by)
		*entry->held_by = NULL;
	entry->held_by = NULL;
}

void store_table_take_out(struct store *store, struct store_entry *entry)
{
	close_gap(store, index_of(store, entry));
	if (entry->file.state == STORE_WHOLE)
		store->whole_bytes -= entry->file.size_bytes;
	let_go(entry);
}

void store_table_end(struct store *store, struct store_entry *entry, const struct store_file *file)
{
	store_table_take_out(store, entry);
	entry->file = *file;
	/* There is room: it has just been made. */
	store_table_add(store, entry);
}

static struct store_entry *oldest(const struct store *store)
{
	for (size_t i = 0; i < store->count; i++)
		if (store->entries[i]->file.state != STORE_GROWING)
			return store->entries[i];
	return NULL;
}

/* All are looked at: where the clock was set, the order of ending is not that of the times. */
static struct store_entry *too_old(const struct store *store, int64_t now_s)
{
	for (size_t i = 0; i < store->count; i++) {
		struct store_entry *entry = store->entries[i];
		int64_t age_s = now_s - entry->file.finished_s;

		if (entry->file.state != STORE_GROWING && age_s > 0 &&
		    (uint64_t)age_s > store->settings.most_age_s)
			return entry;
	}
	return NULL;
}

static struct store_entry *next_to_go(const struct store *store, int64_t now_s, size_t most_files)
{
	struct store_entry *entry = too_old(store, now_s);

	if (!entry &&
	    (store->whole_bytes > store->settings.most_bytes || store->count > most_files))
		entry = oldest(store);
	return entry;
}

struct store_entry *store_table_evict(struct store *store, int64_t now_s, size_t most_files)
{
	struct store_entry *list = NULL, *entry;

	while ((entry = next_to_go(store, now_s, most_files)) != NULL) {
		store_table_take_out(store, entry);
		entry->next = list;
		list = entry;
	}
	return list;
}

/* The note last: without its file it goes at the next start, a file without note would stay. */
static int delete_files(int dir, const struct store_file *file)
{
	const char *suffix = file->state == STORE_WHOLE ? bits_form_name(file->form) : STORE_PART;
	int ret = store_unlink(dir, file->id, suffix);

	return ret ? ret : store_unlink(dir, file->id, STORE_NOTE);
}

int store_table_bury(struct store *store, struct store_entry *list)
{
	int ret = 0;

	while (list) {
		struct store_entry *next = list->next;
		int error = delete_files(store->dir, &list->file);

		if (error) {
			log_warning("%s: a file is forgotten, but cannot be deleted: %s",
				    store->settings.directory, strerror(-error));
			ret = error;
		}
		free(list);
		list = next;
	}
	return ret;
}
