/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens the store and answers what is in it; how a file grows is in store_writer.c. */
#include "httpd/store.h"

#include "common/log.h"
#include "httpd/store_note.h"
#include "httpd/store_table.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int complain(const char *directory, int error, const char *what)
{
	log_error("%s: %s", directory, what ? what : strerror(-error));
	return error;
}

/* The names in the directory are the right to the files, and what is in it is sent as random bits.
 */
static int check_mode(const char *directory, int dir)
{
	struct stat st;

	if (fstat(dir, &st))
		return complain(directory, -errno, NULL);
	if (st.st_mode & S_IWOTH)
		return complain(directory, -EPERM,
				"anybody may put files there, so nothing in it can be trusted");
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		log_warning("%s: others may list it, and so download everybody's files; it should "
			    "have mode 0700",
			    directory);
	return 0;
}

/* Return: descriptor, locked against a second process, which would delete what grows here. */
static int open_directory(const char *directory)
{
	int dir, ret;

	if (mkdir(directory, 0700) && errno != EEXIST)
		return complain(directory, -errno, NULL);
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return complain(directory, -errno, NULL);
	ret = check_mode(directory, dir);
	if (!ret && flock(dir, LOCK_EX | LOCK_NB))
		ret = errno == EWOULDBLOCK ? complain(directory, -EBUSY, "in use by another server")
					   : complain(directory, -errno, NULL);
	if (!ret)
		return dir;
	close(dir);
	return ret;
}

static int take_over(void *cls, const struct store_file *file)
{
	struct store_entry *entry = calloc(1, sizeof(*entry));
	int64_t now_s = time(NULL);
	int ret;

	if (!entry)
		return -ENOMEM;
	entry->file = *file;
	/* Ended while the clock was wrong: it would never be too old. */
	if (entry->file.finished_s > now_s)
		entry->file.finished_s = now_s;
	ret = store_table_add(cls, entry);
	if (ret)
		free(entry);
	return ret;
}

static int by_end(const void *left, const void *right)
{
	const struct store_entry *a = *(struct store_entry *const *)left;
	const struct store_entry *b = *(struct store_entry *const *)right;

	return (a->file.finished_s > b->file.finished_s) -
	       (a->file.finished_s < b->file.finished_s);
}

static int take_over_all(struct store *store)
{
	const char *directory = store->settings.directory;
	unsigned left_alone = 0;
	int ret = store_note_scan(store->dir, take_over, store, &left_alone);

	if (ret)
		return complain(directory, ret, NULL);
	if (left_alone)
		log_warning("%s: %u files there are left alone: their notes make no sense, they "
			    "are somebody else's, or there are too many",
			    directory, left_alone);
	qsort(store->entries, store->count, sizeof(store->entries[0]), by_end);
	store_expire(store, time(NULL));
	return 0;
}

int store_open(struct store **store, const struct store_settings *settings)
{
	struct store *fresh = calloc(1, sizeof(*fresh));
	char *directory = strdup(settings->directory);
	int ret;

	if (!fresh || !directory) {
		free(directory);
		free(fresh);
		return complain(settings->directory, -ENOMEM, NULL);
	}
	fresh->settings = *settings;
	fresh->settings.directory = fresh->directory = directory;
	pthread_mutex_init(&fresh->mutex, NULL);
	fresh->dir = ret = open_directory(directory);
	if (ret >= 0)
		ret = take_over_all(fresh);
	if (ret < 0) {
		store_close(fresh);
		return ret;
	}
	*store = fresh;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->count; i++) {
		assert(!store->entries[i]->held_by);
		free(store->entries[i]);
	}
	if (store->dir >= 0)
		close(store->dir);
	pthread_mutex_destroy(&store->mutex);
	free(store->directory);
	free(store);
}

int store_find(struct store *store, const char *id, struct store_file *file)
{
	const struct store_entry *entry;

	pthread_mutex_lock(&store->mutex);
	entry = store_table_find(store, id);
	if (entry)
		*file = entry->file;
	pthread_mutex_unlock(&store->mutex);
	return entry ? 0 : -ENOENT;
}

static bool is_whole(const struct store_file *file)
{
	return file->state == STORE_WHOLE;
}

static bool is_growing_job(const struct store_file *file)
{
	return file->state == STORE_GROWING && file->is_job;
}

static const struct store_entry *newest(const struct store *store, const char *owner,
					bool (*is_meant)(const struct store_file *file))
{
	for (size_t i = store->count; i-- > 0;) {
		const struct store_file *file = &store->entries[i]->file;

		if (is_meant(file) && !strcmp(file->owner, owner))
			return store->entries[i];
	}
	return NULL;
}

int store_latest(struct store *store, const char *owner, struct store_file *file)
{
	const struct store_entry *entry;

	pthread_mutex_lock(&store->mutex);
	entry = newest(store, owner, is_whole);
	if (!entry)
		entry = newest(store, owner, is_growing_job);
	if (entry)
		*file = entry->file;
	pthread_mutex_unlock(&store->mutex);
	return entry ? 0 : -ENOENT;
}

/* Return: how many @owner has; @files gets them unless NULL. */
static size_t copy_owned(const struct store *store, const char *owner, struct store_file *files)
{
	size_t count = 0;

	for (size_t i = store->count; i-- > 0;) {
		if (strcmp(store->entries[i]->file.owner, owner))
			continue;
		if (files)
			files[count] = store->entries[i]->file;
		count++;
	}
	return count;
}

ssize_t store_list(struct store *store, const char *owner, struct store_file **files)
{
	struct store_file *copies = NULL;
	size_t count;
	ssize_t ret;

	pthread_mutex_lock(&store->mutex);
	count = copy_owned(store, owner, NULL);
	ret = (ssize_t)count;
	if (count) {
		copies = calloc(count, sizeof(*copies));
		if (copies)
			copy_owned(store, owner, copies);
		else
			ret = -ENOMEM;
	}
	pthread_mutex_unlock(&store->mutex);
	if (ret >= 0)
		*files = copies;
	return ret;
}

int store_delete(struct store *store, const char *id)
{
	struct store_entry *entry;

	pthread_mutex_lock(&store->mutex);
	entry = store_table_find(store, id);
	if (entry)
		store_table_take_out(store, entry);
	pthread_mutex_unlock(&store->mutex);
	return entry ? store_table_bury(store, entry) : -ENOENT;
}

int store_open_file(struct store *store, const char *id)
{
	char name[STORE_DISK_BYTES];
	struct store_file file;
	struct stat st;
	int fd;

	if (store_find(store, id, &file) || file.state != STORE_WHOLE)
		return -ENOENT;
	store_disk_name(name, file.id, bits_form_name(file.form));
	fd = openat(store->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Its length is told before it is sent: a file that somebody cut is none. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != file.size_bytes) {
		close(fd);
		return -EIO;
	}
	return fd;
}

void store_expire(struct store *store, int64_t now_s)
{
	struct store_entry *list;

	pthread_mutex_lock(&store->mutex);
	list = store_table_evict(store, now_s, STORE_MOST_FILES);
	pthread_mutex_unlock(&store->mutex);
	store_table_bury(store, list);
}
