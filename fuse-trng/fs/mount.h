/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mount - whether a directory can be mounted on, and which of the mounts there is whose. */
#ifndef TRNG_FS_MOUNT_H
#define TRNG_FS_MOUNT_H

#include <limits.h>
#include <stdbool.h>

#define MOUNT_SUBTYPE "trng" /* shows as fuse.trng in mountinfo: how we know a mount as ours */

struct mount {
	char path[PATH_MAX]; /* without symbolic links */
	char device[24];     /* major:minor of our mount; "": not mounted */
};

/**
 * mount_prepare - make sure that @path is an existing, empty directory with nothing mounted on it.
 *
 * A mount of ours whose daemon is dead (stat says ENOTCONN) is unmounted lazily first. What is
 * wrong is logged in one sentence.
 * @mount:  its path is set on success.
 * Return: 0; -ENOENT, -ENOTDIR, -ENOTEMPTY, -EBUSY: something is mounted there; other -errno of
 *         the directory.
 */
int mount_prepare(struct mount *mount, const char *path);

/** mount_remember - what is mounted on mount->path now is ours. */
void mount_remember(struct mount *mount);

/** mount_is_there - whether ours is still the topmost mount on its path. Asks no mounted directory.
 */
bool mount_is_there(const struct mount *mount);

/** mount_detach - unmount lazily what is topmost on @path. Return: 0 or -errno. */
int mount_detach(const char *path);

#endif
