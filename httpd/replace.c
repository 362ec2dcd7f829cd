/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replaces a file by rename(2), so that a reader sees the old content or the new. */
#include "httpd/replace.h"

#include "common/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The owner goes first: until the mode is set, nobody else can open the file. */
static int make_alike(int fd, const struct stat *like, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (like && (like->st_uid != st.st_uid || like->st_gid != st.st_gid) &&
	    fchown(fd, like->st_uid, like->st_gid))
		return -errno;
	return fchmod(fd, like ? like->st_mode & 0777 : mode) ? -errno : 0;
}

int replace_file(const char *path, const void *data, size_t len_bytes, const struct stat *like,
		 mode_t mode)
{
	char *beside = NULL;
	int fd, ret;

	if (asprintf(&beside, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		free(beside);
		return ret;
	}
	ret = write_all(fd, data, len_bytes);
	if (!ret)
		ret = make_alike(fd, like, mode);
	if (!ret && fsync(fd))
		ret = -errno;
	close(fd);
	if (!ret && rename(beside, path))
		ret = -errno;
	if (ret)
		unlink(beside);
	free(beside);
	return ret;
}
