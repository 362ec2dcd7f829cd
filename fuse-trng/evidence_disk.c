/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evidence_disk - the folder of records: whole files, only for us, only so many. */
#include "fuse-trng/evidence_disk.h"

#include "common/state_dir.h"
#include "common/write_all.h"
#include "fuse-trng/evidence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX      ".txt"
#define PART_SUFFIX ".part"             /* of a file that is not whole yet */
#define STAMP       "00000000T000000Z-" /* how a name begins, 0 for any digit */
#define MOST_LISTED 1000                /* removed in one go at most */

void evidence_disk_name(char name[EVIDENCE_NAME_BYTES], const struct timespec *time,
			uint64_t number, const char *alarm)
{
	char stamp[32] = "00000000T000000Z";
	struct tm utc;

	if (gmtime_r(&time->tv_sec, &utc))
		strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
	snprintf(name, EVIDENCE_NAME_BYTES, "%s-%04llu-%s" SUFFIX, stamp,
		 (unsigned long long)number, alarm);
}

/* Return: descriptor of a folder that only we can use; -errno. */
static int open_folder(const char *folder)
{
	char path[PATH_MAX];
	struct stat st;
	int fd, ret = 0;

	snprintf(path, sizeof(path), "%s", folder);
	ret = state_dir_make(path);
	if (ret < 0)
		return ret;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		ret = -errno;
	else if (st.st_uid != geteuid())
		ret = -EPERM;
	else if ((st.st_mode & 07777) != 0700 && fchmod(fd, 0700) < 0)
		ret = -errno;
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

static int write_part(int folder, const char *part, const char *text, size_t len_bytes)
{
	int ret, fd;

	(void)unlinkat(folder, part, 0);
	fd = openat(folder, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	ret = write_all(fd, text, len_bytes);
	if (ret == 0 && fsync(fd) < 0)
		ret = -errno;
	if (close(fd) < 0 && ret == 0)
		ret = -errno;
	return ret;
}

/* Whole, or not at all. */
static int replace(int folder, const char *name, const char *text, size_t len_bytes)
{
	char part[EVIDENCE_NAME_BYTES + sizeof(PART_SUFFIX)];
	int ret;

	snprintf(part, sizeof(part), "%s" PART_SUFFIX, name);
	ret = write_part(folder, part, text, len_bytes);
	if (ret == 0 && renameat(folder, part, folder, name) < 0)
		ret = -errno;
	if (ret < 0)
		(void)unlinkat(folder, part, 0);
	else
		(void)fsync(folder);
	return ret;
}

/* ---- only so many ---- */

static int has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return len > tail && strcmp(name + len - tail, suffix) == 0;
}

/* One of our names, whole or not. */
static int is_ours(const char *name)
{
	for (const char *like = STAMP; *like; like++, name++)
		if (*like == '0' ? *name < '0' || *name > '9' : *name != *like)
			return 0;
	return has_suffix(name, SUFFIX) || has_suffix(name, SUFFIX PART_SUFFIX);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of whole records but @newest; those of parts are removed at once. */
static size_t list(DIR *dir, const char *newest, char *names[MOST_LISTED])
{
	const struct dirent *entry;
	size_t count = 0;

	while (count < MOST_LISTED && (entry = readdir(dir))) {
		if (!is_ours(entry->d_name) || strcmp(entry->d_name, newest) == 0)
			continue;
		if (has_suffix(entry->d_name, PART_SUFFIX))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
		else if ((names[count] = strdup(entry->d_name)))
			count++;
	}
	return count;
}

/* Takes @folder. A clock that was set back must not remove the newest: it does not count. */
static void prune(int folder, const char *newest)
{
	char *names[MOST_LISTED];
	DIR *dir = fdopendir(folder);
	size_t count;

	if (!dir) {
		close(folder);
		return;
	}
	count = list(dir, newest, names);
	qsort(names, count, sizeof(names[0]), compare);
	for (size_t i = 0; i < count; i++) {
		if (count - i > EVIDENCE_FILES - 1)
			(void)unlinkat(folder, names[i], 0);
		free(names[i]);
	}
	closedir(dir);
}

int evidence_disk_write(const char *folder, const char *name, const char *text, size_t len_bytes)
{
	int fd = open_folder(folder);
	int ret;

	if (fd < 0)
		return fd;
	ret = replace(fd, name, text, len_bytes);
	if (ret == 0)
		prune(fd, name);
	else
		close(fd);
	return ret;
}
