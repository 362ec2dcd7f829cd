/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vfile - the files of the mount, and the only code that opens them. */
#include "httpd/vfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

static int check_mount(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == FUSE_SUPER_MAGIC ? 0 : -ENOENT;
}

static int open_below(const char *mountpoint, const char *name, int flags)
{
	char path[PATH_MAX + 16];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%s", mountpoint, name);
	fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	if (fd < 0)
		return -errno;
	ret = check_mount(fd);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

int vfile_open(const struct vfile *vfile, const char *name, int flags)
{
	int first = -ENOENT;

	for (size_t i = 0; i < vfile->mountpoint_count; i++) {
		int fd = open_below(vfile->mountpoints[i], name, flags);

		if (fd >= 0)
			return fd;
		if (first == -ENOENT)
			first = fd;
	}
	return first;
}

ssize_t vfile_slurp(const struct vfile *vfile, const char *name, char *text, size_t size_bytes)
{
	int fd = vfile_open(vfile, name, O_RDONLY);
	size_t len = 0;
	ssize_t got;

	if (fd < 0)
		return fd;
	do {
		got = read(fd, text + len, size_bytes - len);
		if (got > 0)
			len += (size_t)got;
		if (len == size_bytes) {
			errno = EFBIG;
			got = -1;
			break;
		}
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		len = 0;
	text[len] = '\0';
	got = got < 0 ? -errno : (ssize_t)len;
	close(fd);
	return got;
}
