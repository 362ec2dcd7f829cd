/* SPDX-License-Identifier: GPL-3.0-or-later */
/* access - the access log, in the common form, with what is ours at the end of
 * each line. */
#include "httpd/access.h"

#include "common/log.h"
#include "common/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES       2048 /* holds three foreign texts, each byte of them as \\xHH */
#define PATH_SHOWN_BYTES 120

struct access {
	pthread_mutex_t lock; /* of all below */
	char path[PATH_MAX];
	int fd; /* -1: no log */
	uint64_t size_bytes;
	bool has_failed; /* said so already */
	bool is_torn;    /* the last line has no end */
	time_t stamp_s;  /* the second that stamp is of */
	char stamp[40];
};

static int open_file(struct access *access)
{
	int fd = open(access->path,
		      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (access->fd >= 0)
		close(access->fd);
	access->fd = fd;
	access->size_bytes = fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	access->has_failed = access->is_torn = false;
	return 0;
}

int access_open(struct access **out, const char *path)
{
	struct access *access = calloc(1, sizeof(*access));
	int ret = 0;

	if (!access)
		return -ENOMEM;
	access->fd = -1;
	pthread_mutex_init(&access->lock, NULL);
	snprintf(access->path, sizeof(access->path), "%s", path);
	if (path[0])
		ret = open_file(access);
	if (ret < 0) {
		log_error("%s: the access log cannot be written: %s (httpd.access_log)", path,
			  strerror(-ret));
		access_close(access);
		return ret;
	}
	*out = access;
	return 0;
}

void access_close(struct access *access)
{
	if (!access)
		return;
	if (access->fd >= 0)
		close(access->fd);
	pthread_mutex_destroy(&access->lock);
	free(access);
}

void access_reopen(struct access *access)
{
	int ret = 0;

	pthread_mutex_lock(&access->lock);
	if (access->fd >= 0)
		ret = open_file(access);
	pthread_mutex_unlock(&access->lock);
	if (ret < 0)
		log_warning("%s: %s; the old file is written on", access->path, strerror(-ret));
}

/* Nobody's disk is filled by those who call: one old file is kept. */
static void turn_over(struct access *access)
{
	char old[PATH_MAX + 2];
	struct stat st;

	snprintf(old, sizeof(old), "%s.1", access->path);
	access->size_bytes = 0; /* tried again after as much more */
	/* /dev/null and /dev/stdout are not ours to rename. */
	if (lstat(access->path, &st) == 0 &&
	    (!S_ISREG(st.st_mode) || rename(access->path, old) < 0))
		return;
	open_file(access);
}

/* With the month's English name whatever the locale. */
static const char *stamp(struct access *access)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t now = time(NULL);
	struct tm utc;

	if (now != access->stamp_s && gmtime_r(&now, &utc)) {
		snprintf(access->stamp, sizeof(access->stamp), "%02d/%.3s/%d:%02d:%02d:%02d +0000",
			 utc.tm_mday, months + 3 * utc.tm_mon, utc.tm_year + 1900, utc.tm_hour,
			 utc.tm_min, utc.tm_sec);
		access->stamp_s = now;
	}
	return access->stamp;
}

/* What came from outside can neither end a line nor a quoted part. */
static void add_foreign(struct text *text, const char *foreign)
{
	size_t len = strnlen(foreign, PATH_SHOWN_BYTES);

	for (size_t i = 0; i < len; i++) {
		if (foreign[i] == '"' || foreign[i] == ' ')
			text_add(text, "%%%02X", (unsigned char)foreign[i]);
		else
			text_add_escaped(text, foreign + i, 1);
	}
}

static void render(struct access *access, const struct access_entry *entry, struct text *text)
{
	char address[ADDRESS_TEXT_BYTES];

	text_add(text, "%s - %s [%s] \"", address_format(entry->address, false, address),
		 entry->user ? entry->user : "-", stamp(access));
	add_foreign(text, entry->method);
	text_add(text, " ");
	add_foreign(text, entry->path);
	text_add(text, " ");
	add_foreign(text, entry->version);
	text_add(text, "\" %u %llu bits=%llu file=%s ms=%llu\n", entry->code,
		 (unsigned long long)entry->body_bytes, (unsigned long long)entry->bits,
		 entry->file ? entry->file : "-", (unsigned long long)entry->took_ms);
}

void access_write(struct access *access, const struct access_entry *entry)
{
	char line[LINE_BYTES];
	struct text text;
	ssize_t put;

	pthread_mutex_lock(&access->lock);
	if (access->fd >= 0) {
		text_init(&text, line, sizeof(line));
		if (access->is_torn)
			text_add(&text, "\n");
		render(access, entry, &text);
		put = write(access->fd, text.data, text.len_bytes);
		if (put > 0)
			access->is_torn = text.data[put - 1] != '\n';
		if (put > 0)
			access->size_bytes += (size_t)put;
		else if (!access->has_failed)
			log_warning("%s: %s; requests go unlogged", access->path, strerror(errno));
		access->has_failed = put <= 0;
		if (access->size_bytes > ACCESS_MOST_BYTES)
			turn_over(access);
	}
	pthread_mutex_unlock(&access->lock);
}
