/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a file of the store grows: room, bits, hash, and its end. */
#include "common/secret.h"
#include "common/write_all.h"
#include "httpd/store_note.h"
#include "httpd/store_table.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define SPARE_BYTES     (16u << 20) /* left free on the disk, for notes and for others */
#define WRITEBACK_BYTES (4u << 20)
#define PIECE_BYTES     16384u /* of the file, cut at once */
#define SHA256_BYTES    32

struct store_writer {
	struct store *store;
	struct store_entry *entry; /* NULL: the file has been deleted; the store's mutex */
	char id[STORE_ID_BYTES];
	int fd;
	int error; /* of the first put that failed */
	gnutls_hash_hd_t hash;
	struct bits_writer bits;
	off_t written_bytes, begun_bytes; /* to the file; of these on their way to the disk */
};

static void put_hex(char *text, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static int draw_id(char id[STORE_ID_BYTES])
{
	uint8_t bytes[(STORE_ID_BYTES - 1) / 2];

	if (gnutls_rnd(GNUTLS_RND_KEY, bytes, sizeof(bytes)))
		return -EIO;
	put_hex(id, bytes, sizeof(bytes));
	return 0;
}

static int open_part(const struct store *store, const char *id)
{
	char name[STORE_DISK_BYTES];
	int fd;

	store_disk_name(name, id, STORE_PART);
	fd = openat(store->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int prepare(struct store_writer *writer)
{
	int ret = draw_id(writer->id);

	if (!ret && gnutls_hash_init(&writer->hash, GNUTLS_DIG_SHA256) < 0) {
		writer->hash = NULL;
		ret = -EIO;
	}
	if (ret)
		return ret;
	writer->fd = open_part(writer->store, writer->id);
	return writer->fd < 0 ? writer->fd : 0;
}

static void release(struct store_writer *writer)
{
	if (writer->fd >= 0) {
		close(writer->fd);
		store_unlink(writer->store->dir, writer->id, STORE_PART);
	}
	if (writer->hash)
		gnutls_hash_deinit(writer->hash, NULL);
	secret_wipe(writer, sizeof(*writer));
	free(writer);
}

/* Bytes that the disk does not have yet of all files that grow. */
static uint64_t promised_bytes(const struct store *store)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < store->count; i++) {
		const struct store_file *file = &store->entries[i]->file;
		uint64_t bits = file->bits - file->done_bits;

		if (file->state == STORE_GROWING &&
		    __builtin_add_overflow(sum, bits_file_bytes(file->form, bits), &sum))
			return UINT64_MAX;
	}
	return sum;
}

static int check_room(struct store *store)
{
	struct statvfs disk;
	uint64_t free_bytes, promised;

	if (fstatvfs(store->dir, &disk))
		return -errno;
	free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	pthread_mutex_lock(&store->mutex);
	promised = promised_bytes(store);
	pthread_mutex_unlock(&store->mutex);
	return free_bytes < SPARE_BYTES || free_bytes - SPARE_BYTES < promised ? -ENOSPC : 0;
}

/* The file is in the table before its room is looked for, so that two at once see each other. */
static int enter(struct store_writer *writer, const struct store_file *file)
{
	struct store_entry *entry = malloc(sizeof(*entry));
	struct store *store = writer->store;
	struct store_entry *list;
	int ret;

	if (!entry)
		return -ENOMEM;
	*entry = (struct store_entry){ .file = *file, .held_by = &writer->entry };
	pthread_mutex_lock(&store->mutex);
	list = store_table_evict(store, time(NULL), STORE_MOST_FILES - 1);
	ret = store_table_add(store, entry);
	writer->entry = ret ? NULL : entry;
	pthread_mutex_unlock(&store->mutex);
	store_table_bury(store, list);
	if (!ret)
		return check_room(store);
	free(entry);
	return ret;
}

static struct store_writer *new_writer(struct store *store, const struct store_file *file)
{
	struct store_writer *writer = malloc(sizeof(*writer));

	if (writer) {
		*writer = (struct store_writer){ .store = store, .fd = -1 };
		bits_writer_init(&writer->bits, file->form, file->bits);
	}
	return writer;
}

/* Return: 0, and @file has its id; -errno, and nothing is left. */
static int begin(struct store *store, struct store_file *file, struct store_writer **started)
{
	struct store_writer *writer = new_writer(store, file);
	int ret;

	if (!writer)
		return -ENOMEM;
	ret = prepare(writer);
	if (!ret) {
		memcpy(file->id, writer->id, sizeof(file->id));
		ret = enter(writer, file);
	}
	if (ret)
		store_abandon(writer, NULL);
	else
		*started = writer;
	return ret;
}

int store_create(struct store *store, const char *owner, const char *source, enum bits_form form,
		 uint64_t bits, struct store_writer **writer, struct store_file *file)
{
	struct store_file fresh = {
		.form = form,
		.state = STORE_GROWING,
		.bits = bits,
		.created_s = time(NULL),
	};
	int ret;

	if (!store_is_owner(owner) || !store_is_source(source) || !bits || bits > INT64_MAX)
		return -EINVAL;
	if (bits_file_bytes(form, bits) > store->settings.most_bytes)
		return -ENOSPC;
	snprintf(fresh.owner, sizeof(fresh.owner), "%s", owner);
	snprintf(fresh.source, sizeof(fresh.source), "%s", source);
	store_name(&fresh);
	ret = begin(store, &fresh, writer);
	if (!ret)
		*file = fresh;
	return ret;
}

uint64_t store_wants(const struct store_writer *writer)
{
	return bits_writer_wants(&writer->bits);
}

/* Without this the kernel may keep all in memory till the end, which then takes as long as all. */
static void begin_writeback(struct store_writer *writer)
{
	off_t waiting = writer->written_bytes - writer->begun_bytes;

	if (waiting < (off_t)WRITEBACK_BYTES)
		return;
	sync_file_range(writer->fd, writer->begun_bytes, waiting, SYNC_FILE_RANGE_WRITE);
	writer->begun_bytes = writer->written_bytes;
}

static int append(struct store_writer *writer, const uint8_t *bytes, size_t len)
{
	int ret = write_all(writer->fd, bytes, len);

	if (ret)
		return ret;
	if (gnutls_hash(writer->hash, bytes, len) < 0)
		return -EIO;
	writer->written_bytes += (off_t)len;
	begin_writeback(writer);
	return 0;
}

/* Return: 0; the error of the writer; -ECANCELED. */
static int tell_progress(struct store_writer *writer)
{
	pthread_mutex_lock(&writer->store->mutex);
	if (!writer->entry)
		writer->error = -ECANCELED;
	else if (!writer->error)
		writer->entry->file.done_bits = writer->entry->file.bits - writer->bits.bits_left;
	pthread_mutex_unlock(&writer->store->mutex);
	return writer->error;
}

int store_put(struct store_writer *writer, const uint8_t *bytes, size_t len_bytes)
{
	size_t most = writer->bits.form == BITS_TXT ? PIECE_BYTES / 8 : PIECE_BYTES;
	uint8_t cut[PIECE_BYTES];

	while (!writer->error && len_bytes > 0) {
		size_t len = len_bytes < most ? len_bytes : most;
		size_t cut_len = bits_writer_put(&writer->bits, bytes, len, cut);

		writer->error = append(writer, cut, cut_len);
		secret_wipe(cut, cut_len);
		bytes += len;
		len_bytes -= len;
	}
	return tell_progress(writer);
}

void store_note(struct store_writer *writer, const char *reason)
{
	pthread_mutex_lock(&writer->store->mutex);
	if (writer->entry)
		snprintf(writer->entry->file.reason, sizeof(writer->entry->file.reason), "%s",
			 reason ? reason : "");
	pthread_mutex_unlock(&writer->store->mutex);
}

void store_mark_job(struct store_writer *writer)
{
	pthread_mutex_lock(&writer->store->mutex);
	if (writer->entry)
		writer->entry->file.is_job = true;
	pthread_mutex_unlock(&writer->store->mutex);
}

/* @file as it will be when whole. Return: 0; -ECANCELED. */
static int foresee(struct store_writer *writer, struct store_file *file)
{
	uint8_t hash[SHA256_BYTES];
	int ret = writer->error;

	if (ret)
		return ret;
	pthread_mutex_lock(&writer->store->mutex);
	if (writer->entry)
		*file = writer->entry->file;
	else
		ret = -ECANCELED;
	pthread_mutex_unlock(&writer->store->mutex);
	gnutls_hash_output(writer->hash, hash);
	put_hex(file->sha256, hash, sizeof(hash));
	file->state = STORE_WHOLE;
	file->size_bytes = (uint64_t)writer->written_bytes;
	file->finished_s = time(NULL);
	file->reason[0] = '\0';
	return ret;
}

static int give_name(struct store_writer *writer, const struct store_file *file)
{
	char part[STORE_DISK_BYTES], name[STORE_DISK_BYTES];
	int dir = writer->store->dir;
	int ret = 0;

	store_disk_name(part, writer->id, STORE_PART);
	store_disk_name(name, writer->id, bits_form_name(file->form));
	pthread_mutex_lock(&writer->store->mutex);
	if (!writer->entry)
		ret = -ECANCELED;
	else if (renameat(dir, part, dir, name))
		ret = -errno;
	else
		store_table_end(writer->store, writer->entry, file);
	pthread_mutex_unlock(&writer->store->mutex);
	return ret;
}

/* The note comes first: after a crash a file has its last name only if it has its note as well. */
static int publish(struct store_writer *writer, const struct store_file *file)
{
	int dir = writer->store->dir;
	int ret = fdatasync(writer->fd) ? -errno : store_note_write(dir, file);

	if (ret)
		return ret;
	ret = give_name(writer, file);
	if (ret)
		store_unlink(dir, writer->id, STORE_NOTE);
	/* Should this fail, a crash may lose the file; until then it is as whole as any. */
	fsync(dir);
	return ret;
}

int store_finish(struct store_writer *writer, struct store_file *file)
{
	struct store *store = writer->store;
	struct store_file whole = { 0 };
	int ret;

	assert(writer->error || !store_wants(writer));
	ret = foresee(writer, &whole);
	if (!ret)
		ret = publish(writer, &whole);
	if (ret) {
		store_abandon(writer, strerror(-ret));
		return ret;
	}
	release(writer);
	*file = whole;
	store_expire(store, whole.finished_s);
	return 0;
}

/* A job's owner is not there to be told, so that it failed is kept for him. */
static struct store_entry *end_failed(struct store_writer *writer, const char *reason)
{
	struct store_entry *entry = writer->entry;
	struct store_file failed;

	if (!entry)
		return NULL;
	if (!entry->file.is_job) {
		store_table_take_out(writer->store, entry);
		return entry;
	}
	failed = entry->file;
	failed.state = STORE_FAILED;
	failed.finished_s = time(NULL);
	snprintf(failed.reason, sizeof(failed.reason), "%s", reason ? reason : "");
	store_table_end(writer->store, entry, &failed);
	return NULL;
}

void store_abandon(struct store_writer *writer, const char *reason)
{
	struct store_entry *entry;

	pthread_mutex_lock(&writer->store->mutex);
	entry = end_failed(writer, reason);
	pthread_mutex_unlock(&writer->store->mutex);
	free(entry);
	release(writer);
}
