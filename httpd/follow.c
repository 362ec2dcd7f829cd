/* SPDX-License-Identifier: GPL-3.0-or-later */
/* follow - the growing file `events`, read line by line. */
#include "httpd/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int follow_open(struct follow *follow, const struct vfile *vfile)
{
	int fd = vfile_open(vfile, "events", O_RDONLY);

	if (fd < 0) {
		follow->has_been_open = true; /* whoever comes now comes later than we */
		return fd;
	}
	if (!follow->has_been_open && lseek(fd, 0, SEEK_END) < 0) {
		close(fd);
		return -errno;
	}
	follow->fd = fd;
	follow->has_been_open = true;
	follow->len_bytes = 0;
	return 0;
}

void follow_close(struct follow *follow)
{
	if (follow->fd >= 0)
		close(follow->fd);
	follow->fd = -1;
}

static void take_lines(struct follow *follow,
		       void (*take)(void *ctx, const struct event_line *line), void *ctx)
{
	size_t at = 0;
	const char *end;

	while ((end = memchr(follow->text + at, '\n', follow->len_bytes - at))) {
		size_t len = (size_t)(end - (follow->text + at));
		struct event_line line;

		if (event_line_parse(&line, follow->text + at, len) == 0)
			take(ctx, &line);
		at += len + 1;
	}
	if (at == 0 && follow->len_bytes == FOLLOW_LINE_BYTES)
		at = FOLLOW_LINE_BYTES; /* no line of ours is so long */
	memmove(follow->text, follow->text + at, follow->len_bytes - at);
	follow->len_bytes -= at;
}

/* The file was cut in half because it had grown too long: go on at its end. */
static void follow_cut(struct follow *follow)
{
	off_t at = lseek(follow->fd, 0, SEEK_CUR);
	struct stat st;

	if (at > 0 && fstat(follow->fd, &st) == 0 && st.st_size < at)
		lseek(follow->fd, 0, SEEK_END);
}

size_t follow_told(const struct follow *follow)
{
	off_t at = follow->fd < 0 ? -1 : lseek(follow->fd, 0, SEEK_CUR);

	return at < 0 ? SIZE_MAX : (size_t)at - follow->len_bytes;
}

int follow_read(struct follow *follow, void (*take)(void *ctx, const struct event_line *line),
		void *ctx)
{
	ssize_t got = read(follow->fd, follow->text + follow->len_bytes,
			   FOLLOW_LINE_BYTES - follow->len_bytes);

	if (got < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	follow->len_bytes += (size_t)got;
	if (got > 0)
		take_lines(follow, take, ctx);
	else
		follow_cut(follow);
	return 0;
}
