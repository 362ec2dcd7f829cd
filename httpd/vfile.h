/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vfile - the files of the mount, and the only code that opens them. */
#ifndef TRNG_HTTPD_VFILE_H
#define TRNG_HTTPD_VFILE_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

/* Where the mount may be; the first place that has the file wins. Borrowed memory. */
struct vfile {
	const char (*mountpoints)[PATH_MAX];
	size_t mountpoint_count;
};

/**
 * vfile_open - open a file of the mount, non-blocking and not inherited by children.
 *
 * Only on a FUSE mount: what lies in the mount point while nothing is mounted is no random number.
 * Blocking: as long as the daemon takes to answer, which is at once unless it is stopped.
 * @flags:  O_RDONLY or O_RDWR.
 * Return:  descriptor; -ENOENT: no such mount or file; -ENOTCONN: the daemon has died; -errno.
 */
int vfile_open(const struct vfile *vfile, const char *name, int flags);

/**
 * vfile_slurp - the text of a small file, whole. @text: NUL-terminated on success.
 * Return: its length; -EFBIG; else as vfile_open().
 */
ssize_t vfile_slurp(const struct vfile *vfile, const char *name, char *text, size_t size_bytes);

#endif
