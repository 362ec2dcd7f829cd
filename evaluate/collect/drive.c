/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drive - see drive.h */
#include "evaluate/collect/drive.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Well above what Linux has. */
#define ERRNO_MOST 200

int drive_open(const char *path)
{
	int fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Return: 0: done; -EINPROGRESS; -errno. */
static int give(int fd, const char *command)
{
	ssize_t put;

	do
		put = write(fd, command, strlen(command));
	while (put < 0 && errno == EINTR);
	return put < 0 ? -errno : 0;
}

int drive_start(int fd, const char *command)
{
	int ret = give(fd, command);

	return ret == -EINPROGRESS ? 0 : ret;
}

/* "0", or the name of an errno, in one line. */
static int parse_outcome(const char *line)
{
	const char *name;

	if (strcmp(line, "0") == 0)
		return 0;
	for (int error = 1; error < ERRNO_MOST; error++) {
		name = strerrorname_np(error);
		if (name && strcmp(line, name) == 0)
			return -error;
	}
	return -EIO;
}

static int read_outcome(int fd)
{
	char line[32];
	ssize_t got = read(fd, line, sizeof(line) - 1);

	if (got < 0)
		return -errno;
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return parse_outcome(line);
}

int drive_finish(int fd, const char *command, const struct tap_signals *signals)
{
	struct pollfd wanted[] = { { .fd = signals->fd, .events = POLLIN },
				   { .fd = fd, .events = POLLOUT } };
	int ret = give(fd, command);

	if (ret != -EINPROGRESS)
		return ret;
	while (poll(wanted, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return wanted[0].revents ? -EINTR : read_outcome(fd);
}
