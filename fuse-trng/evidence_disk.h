/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evidence_disk - the folder of records: whole files, only for us, only so many. Blocks. */
#ifndef TRNG_FUSE_TRNG_EVIDENCE_DISK_H
#define TRNG_FUSE_TRNG_EVIDENCE_DISK_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define EVIDENCE_NAME_BYTES 96

/**
 * evidence_disk_name - "20260131T235959Z-0007-repetition.txt": the order of names is that of time.
 */
void evidence_disk_name(char name[EVIDENCE_NAME_BYTES], const struct timespec *time,
			uint64_t number, const char *alarm);

/**
 * evidence_disk_write - put @text under @name into @folder, in the place of a file of that name;
 * then remove the oldest records beyond EVIDENCE_FILES, and what a crash has left.
 *
 * The folder is made if it is missing; it must be ours and gets mode 0700. Other files in it are
 * left alone.
 * Return: 0: the file is on the disk; -errno: it is not, and nothing of it is there. -EPERM: the
 *         folder is somebody else's.
 */
int evidence_disk_write(const char *folder, const char *name, const char *text, size_t len_bytes);

#endif
