/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store - generated files in a directory (mode 0600, called by their id: two of one second have the
 * same name), and beside each whole one a note (JSON) that says whose it is; see store_note.h.
 *
 * All functions are safe from any thread; a struct store_writer belongs to one thread at a time.
 * Writing past a limit of the process must not kill it: the program ignores SIGXFSZ.
 */
#ifndef TRNG_HTTPD_STORE_H
#define TRNG_HTTPD_STORE_H

#include "httpd/bits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define STORE_ID_BYTES     33 /* 128 random bits as hex, and the NUL: the right to the file */
#define STORE_NAME_BYTES   64 /* "trng-20261121-143809-5000bit.bin" */
#define STORE_OWNER_BYTES  72 /* "token:NAME" or "address:..." */
#define STORE_SHA256_BYTES 65
#define STORE_REASON_BYTES 120
#define STORE_RIGHT_S      3600 /* how long an id alone is the right to download */
#define STORE_MOST_FILES   4096 /* whole and growing together */

enum store_state { STORE_GROWING, STORE_WHOLE, STORE_FAILED };

/* What is known of a file; a copy. */
struct store_file {
	char id[STORE_ID_BYTES];
	char name[STORE_NAME_BYTES]; /* what a browser saves it as; date and time of the request,
					UTC */
	char owner[STORE_OWNER_BYTES];
	char source[16]; /* "random" or "urandom" */
	enum bits_form form;
	enum store_state state;
	uint64_t bits;
	uint64_t done_bits;
	uint64_t size_bytes;             /* when whole */
	int64_t created_s, finished_s;   /* since the epoch, UTC; finished: whole or failed */
	char sha256[STORE_SHA256_BYTES]; /* hex, when whole */
	char reason[STORE_REASON_BYTES]; /* why it failed, or what it waits for; "" else */
	bool is_job;                     /* goes on without its client */
};

struct store_settings {
	const char *directory; /* made if need be, mode 0700; copied */
	uint64_t most_bytes;   /* of all whole files together; those that ended first go first */
	uint64_t most_age_s;   /* since their end */
};

struct store;
struct store_writer;

/**
 * store_open - take over what an earlier run left: whole files with a note and the right size stay,
 * what was growing goes. Other files in the directory are not touched.
 * Return: 0, or -errno (complained of by a log line that names the directory); -EBUSY: another
 *         process has it; -EPERM: anybody may write there.
 */
int store_open(struct store **store, const struct store_settings *settings);

/** store_close - @store may be NULL; no writer may be left. */
void store_close(struct store *store);

/**
 * store_create - start a file of @bits bits for @owner.
 *
 * Room is checked first: what the file and all growing ones still need must be free on the disk
 * (statvfs, what an unprivileged user may use) with 16 MiB to spare, after what retention may
 * delete has been deleted. Where there are STORE_MOST_FILES, the oldest that does not grow goes.
 * @owner: printable ASCII. @file: gets what is known.
 * Return: 0; -ENOSPC: no room, or more than most_bytes; -EMFILE: too many that grow; -EIO: no
 * random id; -EINVAL: no such owner or source, no bits; -errno.
 */
int store_create(struct store *store, const char *owner, const char *source, enum bits_form form,
		 uint64_t bits, struct store_writer **writer, struct store_file *file);

/** store_wants - source bytes that the file still lacks. */
uint64_t store_wants(const struct store_writer *writer);

/**
 * store_put - the next source bytes; the hash grows with them; writeback is begun every few MiB, so
 * that the end is short. Short writes and EINTR are handled. @bytes stay the caller's to wipe;
 * copies are wiped. Return: 0; -ENOSPC, ...; -ECANCELED: the file has been deleted meanwhile.
 */
int store_put(struct store_writer *writer, const uint8_t *bytes, size_t len_bytes);

/** store_note - what a growing file waits for ("" or NULL: for nothing but bits). */
void store_note(struct store_writer *writer, const char *reason);

/** store_mark_job - it goes on without its client. */
void store_mark_job(struct store_writer *writer);

/**
 * store_finish - flush to the disk, write the note, rename. @writer is gone whatever is returned.
 *
 * All that is wanted has been put, or a put has failed.
 * Return: 0 with @file as it is now; -errno: the file is gone, or failed if it was a job.
 */
int store_finish(struct store_writer *writer, struct store_file *file);

/** store_abandon - a growing file goes; of a job stays that it failed and why. */
void store_abandon(struct store_writer *writer, const char *reason);

/** store_find - by id, in time that does not tell how much was right. Return: 0, -ENOENT. */
int store_find(struct store *store, const char *id, struct store_file *file);

/**
 * store_latest - of @owner's whole files the one that ended last; if he has none, his newest job
 * that grows. Return: 0, -ENOENT.
 */
int store_latest(struct store *store, const char *owner, struct store_file *file);

/**
 * store_list - copies of @owner's files for free(3), newest first: a growing file by its beginning,
 * others by their end. Return: their number, -ENOMEM.
 */
ssize_t store_list(struct store *store, const char *owner, struct store_file **files);

/**
 * store_delete - a growing file's writer learns it by -ECANCELED; who has it open may read on.
 * Return: 0; -ENOENT; other -errno: nobody gets it any more, but the disk may keep it (logged).
 */
int store_delete(struct store *store, const char *id);

/**
 * store_open_file - a whole file, for reading.
 * Return: descriptor; -ENOENT; -EIO: it is not as long as it was; -errno.
 */
int store_open_file(struct store *store, const char *id);

/** store_expire - delete what is too old, and the oldest while there is too much. */
void store_expire(struct store *store, int64_t now_s);

#endif
