/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mount - whether a directory can be mounted on, and what a dead predecessor left there. */
#ifndef TRNG_FS_MOUNT_H
#define TRNG_FS_MOUNT_H

#define MOUNT_SUBTYPE "trng" /* shows as fuse.trng in mountinfo: how we know a mount as ours */

/**
 * mount_prepare - make sure that @path is an existing, empty directory with nothing mounted on it.
 *
 * A mount of ours whose daemon is dead (stat says ENOTCONN) is unmounted lazily first. What is
 * wrong is logged in one sentence.
 * Return: 0; -ENOENT, -ENOTDIR, -ENOTEMPTY, -EBUSY: something is mounted there; other -errno of
 *         the directory.
 */
int mount_prepare(const char *path);

#endif
