/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mount - whether a directory can be mounted on. */
#include "fuse-trng/fs/mount.h"

#include "common/log.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_DEAD 16 /* mounts cleared one after the other */

/* The type of what is mounted on @path, the newest if there are several; false: nothing. */
static bool mounted_type(const char *path, char *type, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool is_mounted = false;

	if (!mounts)
		return false;
	while ((entry = getmntent(mounts))) {
		if (strcmp(entry->mnt_dir, path) == 0) {
			snprintf(type, size, "%s", entry->mnt_type);
			is_mounted = true;
		}
	}
	endmntent(mounts);
	return is_mounted;
}

/* What a user without privileges may unmount, only the setuid helper can. */
static int unmount_with_helper(const char *path)
{
	char *const argv[] = { (char[]){ "fusermount3" }, (char[]){ "-uzq" }, strdupa(path), NULL };
	int status;
	pid_t pid;
	int ret = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);

	if (ret != 0)
		return -ret;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return status == 0 ? 0 : -EPERM;
}

static int unmount_dead(const char *path)
{
	int ret = umount2(path, MNT_DETACH) < 0 ? -errno : 0;

	if (ret == -EPERM)
		ret = unmount_with_helper(path);
	if (ret < 0)
		log_error("%s: a dead mount of a predecessor cannot be unmounted: %s", path,
			  strerror(-ret));
	else
		log_notice("%s: unmounted what a killed predecessor had left", path);
	return ret;
}

/* The absolute path of @path without asking the dead directory itself: only its parent is resolved.
 */
static int resolve_dead(const char *path, char real[PATH_MAX])
{
	char copy[PATH_MAX], parent[PATH_MAX];
	char *slash;

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return -ENAMETOOLONG;
	while ((slash = strrchr(copy, '/')) && slash > copy && !slash[1])
		*slash = '\0';
	if (slash)
		*slash = '\0';
	if (!realpath(!slash ? "." : slash == copy ? "/" : copy, parent))
		return -errno;
	if (snprintf(real, PATH_MAX, "%s/%s", strcmp(parent, "/") ? parent : "",
		     slash ? slash + 1 : copy) >= PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}

/* stat() cannot reach the daemon behind the mount: is it one of ours? */
static int clear_dead(const char *path)
{
	char real[PATH_MAX];
	char type[64];
	int ret = resolve_dead(path, real);

	if (ret < 0)
		return ret;
	if (!mounted_type(real, type, sizeof(type)) || strcmp(type, "fuse." MOUNT_SUBTYPE) != 0) {
		log_error("%s: a dead mount that is not ours is in the way; unmount it first",
			  path);
		return -EBUSY;
	}
	return unmount_dead(real);
}

static int check_free(const char *path)
{
	char real[PATH_MAX];
	char type[64];

	if (!realpath(path, real))
		return -errno;
	if (!mounted_type(real, type, sizeof(type)))
		return 0;
	log_error("%s: already mounted (%s); unmount it, or set another mountpoint", path, type);
	return -EBUSY;
}

static int check_empty(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int ret = 0;

	if (!dir) {
		ret = -errno;
		log_error("%s: mount point cannot be opened: %s", path, strerror(-ret));
		return ret;
	}
	while (ret == 0 && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			ret = -ENOTEMPTY;
	}
	closedir(dir);
	if (ret < 0)
		log_error("%s: mount point is not empty; what is in it would be hidden", path);
	return ret;
}

static int check_directory(const char *path)
{
	struct stat attr;

	if (stat(path, &attr) < 0) {
		int error = errno;

		if (error == ENOENT)
			log_error("%s: mount point is missing; create it with mkdir", path);
		else if (error != ENOTCONN)
			log_error("%s: mount point: %s", path, strerror(error));
		return -error;
	}
	if (!S_ISDIR(attr.st_mode)) {
		log_error("%s: mount point is not a directory", path);
		return -ENOTDIR;
	}
	return 0;
}

int mount_prepare(const char *path)
{
	int ret = check_directory(path);

	/* Several predecessors may have died one upon the other. */
	for (int left = MOST_DEAD; ret == -ENOTCONN && left > 0; left--) {
		ret = clear_dead(path);
		if (ret == 0)
			ret = check_directory(path);
	}
	if (ret == 0)
		ret = check_free(path);
	if (ret == 0)
		ret = check_empty(path);
	return ret;
}
