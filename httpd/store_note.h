/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store_note - how the store's files lie on the disk, and what of an earlier run can be taken over.
 *
 * A file is called by its id: ID.part while it grows, ID.bin or ID.txt when whole. Its note is
 * ID.json, written before the file gets its last name and deleted after it, so that what is whole
 * always has one. The name of a file says who it is; a note is not believed in that.
 */
#ifndef TRNG_HTTPD_STORE_NOTE_H
#define TRNG_HTTPD_STORE_NOTE_H

#include "httpd/store.h"

#define STORE_NOTE_MOST_BYTES 4096
#define STORE_DISK_BYTES      (STORE_ID_BYTES + 5) /* the id, a dot and four letters */

#define STORE_PART "part"
#define STORE_NOTE "json"

/** store_disk_name - what the file @id is called in the directory. @suffix: up to four letters. */
void store_disk_name(char name[STORE_DISK_BYTES], const char *id, const char *suffix);

/** store_unlink - delete one of the files of @id; that it is gone already is fine. Return: 0,
 * -errno. */
int store_unlink(int dir, const char *id, const char *suffix);

/** store_name - set what a browser saves @file as, from its time, bits and form. */
void store_name(struct store_file *file);

/** store_is_owner - whether @owner can be kept: printable ASCII, and not too long. */
bool store_is_owner(const char *owner);

/** store_is_source - "random" or "urandom". */
bool store_is_source(const char *source);

/**
 * store_note_parse - what a note says of a whole file; nothing in it is believed unchecked.
 * @file: set on success, but for the id. Return: 0; -EINVAL: no note of ours; -ENOMEM.
 */
int store_note_parse(const char *text, size_t len_bytes, struct store_file *file);

/** store_note_text - the note of @file, for free(3); NULL: no memory. */
char *store_note_text(const struct store_file *file);

/** store_note_write - the note of @file, flushed to the disk; all of it or none. Return: 0, -errno.
 */
int store_note_write(int dir, const struct store_file *file);

/**
 * store_note_scan - hand every whole file in @dir to @found, delete what was growing and what is
 * no longer as its note says, and leave alone what is none of ours.
 *
 * @found: 0: taken over; -EMFILE: it has no room, the file is left alone; other -errno end the
 * scan.
 * @left_alone: how many files with a name of ours were of no use.
 * Return: 0, -errno.
 */
int store_note_scan(int dir, int (*found)(void *cls, const struct store_file *file), void *cls,
		    unsigned *left_alone);

#endif
