/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store in a directory of its own, and files of known bits in it. */
#ifndef TRNG_TESTS_UNIT_HTTP_STORE_BED_H
#define TRNG_TESTS_UNIT_HTTP_STORE_BED_H

#include "common/write_all.h"
#include "httpd/store.h"
#include "httpd/store_note.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWNER "token:alice"

struct bed {
	char directory[256]; /* the store's; made by it */
	struct store *store;
	struct store_settings settings;
};

static inline int bed_reopen(struct bed *bed)
{
	store_close(bed->store);
	bed->store = NULL;
	return store_open(&bed->store, &bed->settings);
}

/* A directory whose parent is fresh. Nothing is opened in it. */
static inline void bed_prepare(struct bed *bed)
{
	const char *tmp = getenv("TRNG_TMP");

	memset(bed, 0, sizeof(*bed));
	snprintf(bed->directory, sizeof(bed->directory), "%.200s/store.XXXXXX", tmp ? tmp : "/tmp");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(bed->directory));
	strcat(bed->directory, "/files");
	bed->settings = (struct store_settings){
		.directory = bed->directory,
		.most_bytes = 1u << 30,
		.most_age_s = 1000,
	};
}

static inline void bed_open(struct bed *bed)
{
	bed_prepare(bed);
	CU_ASSERT_EQUAL_FATAL(bed_reopen(bed), 0);
}

static inline int bed_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void bed_close(struct bed *bed)
{
	store_close(bed->store);
	*strrchr(bed->directory, '/') = '\0';
	CU_ASSERT_EQUAL(nftw(bed->directory, bed_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void bed_path(const struct bed *bed, char path[600], const char *id,
			    const char *suffix)
{
	snprintf(path, 600, "%s/%s%s%s", bed->directory, id, *suffix ? "." : "", suffix);
}

static inline bool bed_has(const struct bed *bed, const char *id, const char *suffix)
{
	struct stat st;
	char path[600];

	bed_path(bed, path, id, suffix);
	return !lstat(path, &st);
}

/* Things in the directory. */
static inline unsigned bed_count(const struct bed *bed)
{
	DIR *stream = opendir(bed->directory);
	unsigned count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
		count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(stream);
	return count;
}

static inline void bed_plant(const struct bed *bed, const char *id, const char *suffix,
			     const void *content, size_t len)
{
	char path[600];
	int fd;

	bed_path(bed, path, id, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write_all(fd, content, len), 0);
	close(fd);
}

/* Byte @at of every source. */
static inline uint8_t bed_byte(uint64_t at)
{
	return (uint8_t)((at * 2654435761u) >> 11);
}

/* Return: what store_put() did, after @len bytes or the first error. */
static inline int bed_put(struct store_writer *writer, uint64_t from, uint64_t len)
{
	uint8_t bytes[5000];
	int ret = 0;

	while (!ret && len > 0) {
		size_t piece = len < sizeof(bytes) ? (size_t)len : sizeof(bytes);

		for (size_t i = 0; i < piece; i++)
			bytes[i] = bed_byte(from + i);
		ret = store_put(writer, bytes, piece);
		from += piece;
		len -= piece;
	}
	return ret;
}

static inline struct store_writer *bed_create(struct bed *bed, const char *owner,
					      enum bits_form form, uint64_t bits,
					      struct store_file *file)
{
	struct store_writer *writer = NULL;

	CU_ASSERT_EQUAL_FATAL(store_create(bed->store, owner, "random", form, bits, &writer, file),
			      0);
	return writer;
}

/* A whole file. */
static inline struct store_file bed_make(struct bed *bed, const char *owner, enum bits_form form,
					 uint64_t bits)
{
	struct store_file file;
	struct store_writer *writer = bed_create(bed, owner, form, bits, &file);

	CU_ASSERT_EQUAL(bed_put(writer, 0, store_wants(writer)), 0);
	CU_ASSERT_EQUAL(store_finish(writer, &file), 0);
	return file;
}

static inline enum store_state bed_state(struct bed *bed, const char *id)
{
	struct store_file file = { .state = STORE_FAILED };

	CU_ASSERT_EQUAL(store_find(bed->store, id, &file), 0);
	return file.state;
}

/* Opens the store again. Return: what it logged. */
static inline const char *bed_reopen_logged(struct bed *bed, int expected)
{
	static char text[4000];
	int ret;

	unit_capture();
	ret = bed_reopen(bed);
	unit_captured(text, sizeof(text));
	CU_ASSERT_EQUAL(ret, expected);
	return text;
}

/* Id number @i; on the disk nothing else is believed. */
static inline const char *bed_id(unsigned i)
{
	static char id[STORE_ID_BYTES];

	snprintf(id, sizeof(id), "%032x", i);
	return id;
}

static inline char *bed_note(const char *id, const char *sha256, int64_t finished_s)
{
	struct store_file file = {
		.owner = OWNER,
		.source = "random",
		.form = BITS_TXT,
		.bits = 4,
		.created_s = finished_s,
		.finished_s = finished_s,
	};

	memcpy(file.id, id, sizeof(file.id));
	memset(file.sha256, 'a', STORE_SHA256_BYTES - 1);
	if (sha256)
		snprintf(file.sha256, sizeof(file.sha256), "%s", sha256);
	return store_note_text(&file);
}

/* File number @i as an earlier run would have left it. */
static inline void bed_plant_file(const struct bed *bed, unsigned i, int64_t finished_s)
{
	char *note = bed_note(bed_id(i), NULL, finished_s);

	CU_ASSERT_PTR_NOT_NULL_FATAL(note);
	bed_plant(bed, bed_id(i), "txt", "0110", 4);
	bed_plant(bed, bed_id(i), "json", note, strlen(note));
	free(note);
}

#endif
