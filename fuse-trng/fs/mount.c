/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mount - whether a directory can be mounted on. */
#include "fuse-trng/fs/mount.h"

#include "common/log.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_DEAD  16 /* mounts cleared one after the other */
#define MOST_LINKS 40 /* as the kernel allows */

/* One line of mountinfo, as proc(5) describes it. */
struct entry {
	char device[24];
	char path[PATH_MAX];
	char type[64];
};

/* Undo the octal escapes of blanks and backslashes. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned byte;

		if (*from == '\\' && sscanf(from + 1, "%3o", &byte) == 1) {
			*to = (char)byte;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static bool parse_entry(const char *line, struct entry *entry)
{
	const char *tail = strstr(line, " - ");

	if (sscanf(line, "%*s %*s %23s %*s %4095s", entry->device, entry->path) != 2)
		return false;
	unescape(entry->path);
	return tail && sscanf(tail, " - %63s", entry->type) == 1;
}

/* The topmost mount on @path; false: nothing is mounted there. */
static bool find_topmost(const char *path, struct entry *found)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	bool is_found = false;
	struct entry entry;
	char *line = NULL;
	size_t size = 0;

	if (!mounts)
		return false;
	while (getline(&line, &size, mounts) > 0) {
		if (parse_entry(line, &entry) && strcmp(entry.path, path) == 0) {
			*found = entry;
			is_found = true;
		}
	}
	free(line);
	fclose(mounts);
	return is_found;
}

/* Start @argv with the signals that a program expects to find. */
static int spawn_helper(char *const argv[], pid_t *pid)
{
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int ret;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	ret = posix_spawnp(pid, argv[0], NULL, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	return -ret;
}

/* What a user without privileges may unmount, only the setuid program of fuse3 can. */
static int detach_as_user(const char *path)
{
	char *const argv[] = { (char[]){ "fusermount3" }, (char[]){ "-uzq" }, strdupa(path), NULL };
	int status;
	pid_t pid;
	int ret = spawn_helper(argv, &pid);

	if (ret < 0)
		return ret;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return status == 0 ? 0 : -EPERM;
}

int mount_detach(const char *path)
{
	if (umount2(path, MNT_DETACH) == 0)
		return 0;
	return errno == EPERM ? detach_as_user(path) : -errno;
}

/* The absolute path of @path, which is no symbolic link; only its parent is asked. */
static int resolve_last(const char *path, char real[PATH_MAX])
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

/* The same for a directory whose daemon is dead, behind as many links as there are. */
static int resolve_dead(const char *path, char real[PATH_MAX])
{
	char at[PATH_MAX], target[PATH_MAX];
	int ret = resolve_last(path, real);

	for (int links = 0; ret == 0 && links < MOST_LINKS; links++) {
		ssize_t len = readlink(real, target, sizeof(target) - 1);

		if (len < 0)
			return 0;
		target[len] = '\0';
		*strrchr(real, '/') = '\0';
		if (snprintf(at, sizeof(at), "%s%s%s", target[0] == '/' ? "" : real,
			     target[0] == '/' ? "" : "/", target) >= (int)sizeof(at))
			return -ENAMETOOLONG;
		ret = resolve_last(at, real);
	}
	return ret;
}

/* stat() cannot reach the daemon behind the mount: is it one of ours? */
static int clear_dead(const char *path)
{
	char real[PATH_MAX];
	struct entry entry;
	int ret = resolve_dead(path, real);

	if (ret < 0)
		return ret;
	if (!find_topmost(real, &entry) || strcmp(entry.type, "fuse." MOUNT_SUBTYPE) != 0) {
		log_error("%s: a dead mount that is not ours is in the way; unmount it first",
			  path);
		return -EBUSY;
	}
	ret = mount_detach(real);
	if (ret < 0)
		log_error("%s: a dead mount of a predecessor cannot be unmounted: %s", path,
			  strerror(-ret));
	else
		log_notice("%s: unmounted what a killed predecessor had left", path);
	return ret;
}

static int check_free(const char *path, const char *real)
{
	struct entry entry;

	if (!find_topmost(real, &entry))
		return 0;
	log_error("%s: already mounted (%s); unmount it, or set another mountpoint", path,
		  entry.type);
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

int mount_prepare(struct mount *mount, const char *path)
{
	int ret = check_directory(path);

	/* Several predecessors may have died one upon the other. */
	for (int left = MOST_DEAD; ret == -ENOTCONN && left > 0; left--) {
		ret = clear_dead(path);
		if (ret == 0)
			ret = check_directory(path);
	}
	if (ret == 0 && !realpath(path, mount->path))
		ret = -errno;
	if (ret == 0)
		ret = check_free(path, mount->path);
	if (ret == 0)
		ret = check_empty(path);
	return ret;
}

void mount_remember(struct mount *mount)
{
	struct entry entry;

	if (find_topmost(mount->path, &entry))
		memcpy(mount->device, entry.device, sizeof(mount->device));
}

bool mount_is_there(const struct mount *mount)
{
	struct entry entry;

	return mount->device[0] && find_topmost(mount->path, &entry) &&
	       strcmp(entry.device, mount->device) == 0;
}
