/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * evidence - the records of alarms on the disk, readable text, written by a thread of their own:
 * the loop never waits for a disk.
 *
 * STATE_DIR/alarms (0700) holds at most EVIDENCE_FILES files (0600) of at most EVIDENCE_TEXT_BYTES;
 * the oldest go. A record is written when the alarm comes and again, over itself, when its symbols
 * after the alarm are there; a file is whole or not there at all. What cannot be written is told
 * and forgotten: evidence never stops or delays the source.
 */
#ifndef TRNG_FUSE_TRNG_EVIDENCE_H
#define TRNG_FUSE_TRNG_EVIDENCE_H

#include "common/text.h"
#include "fuse-trng/evidence_disk.h"
#include "fuse-trng/source/blackbox.h"

#include <limits.h>
#include <stdbool.h>
#include <time.h>

#define EVIDENCE_FILES       20
#define EVIDENCE_TEXT_BYTES  24576
#define EVIDENCE_JOBS        4    /* that wait for the disk at most */
#define EVIDENCE_END_MS      2000 /* how long evidence_close() waits for a disk */
#define EVIDENCE_ALARM_BYTES 32

struct evidence;

/* What became of a record. */
struct evidence_result {
	char alarm[EVIDENCE_ALARM_BYTES];
	char name[EVIDENCE_NAME_BYTES]; /* of the file, in evidence_folder() */
	int error;                      /* 0: it is there; -errno: it is not */
	bool is_again; /* the record had been written before, without the symbols after the alarm */
};

/**
 * evidence_open - start the writer.
 *
 * @state_dir: absolute; made when it is needed. Copied.
 * State:      SIGXFSZ is ignored from here on: a limit of file sizes is a full disk.
 * Return:     0; -ENOMEM, -EMFILE, -EAGAIN ...: there will be no records.
 */
int evidence_open(struct evidence **evidence, const char *state_dir);

/**
 * evidence_close - let the writer finish what it has, for EVIDENCE_END_MS at most; NULL is fine.
 *
 * A writer that still hangs in the disk then is left alone, with its memory.
 */
void evidence_close(struct evidence *evidence);

/**
 * evidence_write - hand the newest record of @box over. Does not block.
 *
 * @settings: lines of key=value about device and configuration, for the record's head.
 * A record that finds the writer EVIDENCE_JOBS behind is lost: -EBUSY of evidence_next().
 */
void evidence_write(struct evidence *evidence, const struct blackbox *box, const char *settings);

/** evidence_fd - readable when evidence_next() has something; the evidence's own. */
int evidence_fd(const struct evidence *evidence);

/** evidence_next - take the next result. Return: whether there was one. */
bool evidence_next(struct evidence *evidence, struct evidence_result *result);

/** evidence_folder - where the files are: STATE_DIR/alarms. */
const char *evidence_folder(const struct evidence *evidence);

/**
 * evidence_format - the text of a record.
 * @time: when the alarm was.
 */
void evidence_format(struct text *text, const struct blackbox *box, const struct timespec *time,
		     const char *settings);

#endif
