/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pty - the twin's serial port: a pseudo terminal under a stable name. */
#include "firmware/twin/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* Linux applies the master's settings to the slave. */
static int set_raw(int master)
{
	struct termios settings;

	if (tcgetattr(master, &settings))
		return -errno;
	cfmakeraw(&settings);
	cfsetspeed(&settings, B9600);
	return tcsetattr(master, TCSANOW, &settings) ? -errno : 0;
}

/* A slave that was never open shows no hang-up; afterwards poll() tells open from closed. */
static int touch_slave(const char *slave)
{
	int fd = open(slave, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int open_master(struct pty *pty)
{
	int err;

	pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (pty->master < 0)
		return -errno;
	if (grantpt(pty->master) || unlockpt(pty->master))
		return -errno;
	err = ptsname_r(pty->master, pty->slave, sizeof(pty->slave));
	if (err)
		return -err;
	err = set_raw(pty->master);
	return err ? err : touch_slave(pty->slave);
}

static int open_watch(struct pty *pty)
{
	pty->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (pty->watch < 0)
		return -errno;
	return inotify_add_watch(pty->watch, pty->slave, IN_OPEN | IN_CLOSE) < 0 ? -errno : 0;
}

static int make_link(const struct pty *pty)
{
	char temporary[PATH_MAX];
	struct stat status;
	int length;

	if (!lstat(pty->link, &status) && !S_ISLNK(status.st_mode))
		return -EEXIST;
	length = snprintf(temporary, sizeof(temporary), "%s.%ld", pty->link, (long)getpid());
	if (length < 0 || (size_t)length >= sizeof(temporary))
		return -ENAMETOOLONG;
	if (symlink(pty->slave, temporary))
		return -errno;
	if (rename(temporary, pty->link)) {
		int err = -errno;

		unlink(temporary);
		return err;
	}
	return 0;
}

/* Another twin may have taken the name over; its link stays. */
static void remove_link(const struct pty *pty)
{
	char target[sizeof(pty->slave)] = "";
	ssize_t length = readlink(pty->link, target, sizeof(target) - 1);

	if (length > 0 && !strcmp(target, pty->slave))
		unlink(pty->link);
}

int pty_open(struct pty *pty, const char *link)
{
	int err;

	*pty = (struct pty){ .link = link, .master = -1, .watch = -1 };
	err = open_master(pty);
	if (!err)
		err = open_watch(pty);
	if (!err)
		err = make_link(pty);
	if (err)
		pty_close(pty);
	return err;
}

void pty_close(struct pty *pty)
{
	if (pty->master >= 0) {
		remove_link(pty);
		close(pty->master);
	}
	if (pty->watch >= 0)
		close(pty->watch);
	pty->master = -1;
	pty->watch = -1;
	pty->openings = 0;
}

bool pty_is_open(const struct pty *pty)
{
	return pty->openings > 0;
}

static bool is_hung_up(const struct pty *pty)
{
	struct pollfd poll_fd = { .fd = pty->master };

	return poll(&poll_fd, 1, 0) == 1 && poll_fd.revents & POLLHUP;
}

/*
 * What nobody read: first the bytes under way to the slave, then (TCSAFLUSH, which changes
 * nothing else here) those in the slave's line discipline.
 */
static void flush(const struct pty *pty)
{
	struct termios settings;

	tcflush(pty->master, TCOFLUSH);
	if (!tcgetattr(pty->master, &settings))
		tcsetattr(pty->master, TCSAFLUSH, &settings);
}

static void count_openings(struct pty *pty, struct pty_change *change)
{
	_Alignas(struct inotify_event) char events[1024];
	ssize_t length;

	while ((length = read(pty->watch, events, sizeof(events))) > 0) {
		for (size_t at = 0; at < (size_t)length;) {
			struct inotify_event event;

			memcpy(&event, events + at, sizeof(event));
			at += sizeof(event) + event.len;
			if (event.mask & IN_OPEN && pty->openings++ == 0)
				change->opened = true;
			if (event.mask & IN_CLOSE && pty->openings && --pty->openings == 0)
				change->closed = true;
		}
	}
}

/*
 * Counting sees a port that is closed and opened again between two looks, which poll() does
 * not; poll() corrects the count where the kernel merged equal events. If they disagree, most
 * likely an event came between the two, hence the second look.
 */
struct pty_change pty_watch(struct pty *pty)
{
	struct pty_change change = { false, false };
	bool is_hung = false;

	if (pty->master < 0)
		return change;
	for (int look = 0; look < 2; look++) {
		count_openings(pty, &change);
		is_hung = is_hung_up(pty);
		if (is_hung != pty_is_open(pty))
			break;
	}
	if (is_hung && pty_is_open(pty)) {
		pty->openings = 0;
		change.closed = true;
	} else if (!is_hung && !pty_is_open(pty)) {
		pty->openings = 1;
		change.closed = false;
	}
	if (change.closed)
		flush(pty);
	return change;
}

size_t pty_read(struct pty *pty, uint8_t *bytes, size_t size_bytes)
{
	ssize_t length = pty->master < 0 ? 0 : read(pty->master, bytes, size_bytes);

	return length > 0 ? (size_t)length : 0;
}

size_t pty_write(struct pty *pty, const uint8_t *bytes, size_t len_bytes)
{
	ssize_t length;

	if (!pty_is_open(pty))
		return len_bytes;
	length = write(pty->master, bytes, len_bytes);
	return length > 0 ? (size_t)length : 0;
}
