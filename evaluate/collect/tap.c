/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tap - see tap.h */
#include "evaluate/collect/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TURN_MS 1000

/* A source that says it has data and then has none (it knows no poll) is asked so often. */
#define BEFORE_NEXT_TRY_MS 50

/* The two clocks differ by what the machine was suspended; reading both takes less than this. */
#define SUSPENDED_S 0.5

int tap_signals_open(struct tap_signals *signals)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action;
	sigset_t set;
	int ret = 0;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (!sigaction(ending[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(&set, ending[i]);
	if (sigprocmask(SIG_BLOCK, &set, &signals->before))
		return -errno;
	signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals->fd < 0) {
		ret = -errno;
		sigprocmask(SIG_SETMASK, &signals->before, NULL);
	}
	return ret;
}

void tap_signals_close(struct tap_signals *signals)
{
	struct signalfd_siginfo info;

	while (read(signals->fd, &info, sizeof(info)) > 0) {
	}
	close(signals->fd);
	sigprocmask(SIG_SETMASK, &signals->before, NULL);
}

int tap_sleep(const struct tap_signals *signals, unsigned wait_ms)
{
	struct pollfd wanted = { .fd = signals->fd, .events = POLLIN };

	return poll(&wanted, 1, (int)wait_ms) > 0 ? -EINTR : 0;
}

static double seconds(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double asleep_s(void)
{
	return seconds(CLOCK_BOOTTIME) - seconds(CLOCK_MONOTONIC);
}

/*
 * `raw` calls itself a regular file, for those who look before they read, but cannot be sought
 * in: so a regular file is one that can.
 */
static int find_kind(struct tap *tap)
{
	struct stat st;

	if (fstat(tap->fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		tap->kind = TAP_PIPE;
	else if (S_ISREG(st.st_mode) && lseek(tap->fd, 0, SEEK_CUR) >= 0)
		tap->kind = TAP_FILE;
	else
		tap->kind = TAP_DEVICE;
	return 0;
}

int tap_open(struct tap *tap, const char *path)
{
	int ret;

	*tap = (struct tap){ .asleep_s = asleep_s() };
	/* Standard input may be somebody else's as well: its flags stay. */
	tap->fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
					 : open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (tap->fd < 0)
		return -errno;
	ret = find_kind(tap);
	if (ret)
		tap_close(tap);
	return ret;
}

int tap_skip(struct tap *tap, uint64_t offset)
{
	struct stat st;

	if (fstat(tap->fd, &st))
		return -errno;
	if ((uint64_t)st.st_size < offset)
		return -ENODATA;
	return lseek(tap->fd, (off_t)offset, SEEK_SET) < 0 ? -errno : 0;
}

static bool was_suspended(const struct tap *tap)
{
	return tap->kind == TAP_DEVICE && asleep_s() - tap->asleep_s > SUSPENDED_S;
}

ssize_t tap_read(struct tap *tap, const struct tap_signals *signals, void *into, size_t size_bytes)
{
	struct pollfd wanted[] = { { .fd = signals->fd, .events = POLLIN },
				   { .fd = tap->fd, .events = POLLIN } };
	int count = poll(wanted, 2, TURN_MS);
	ssize_t got;

	if (count < 0)
		return errno == EINTR ? TAP_NOTHING_YET : -errno;
	if (wanted[0].revents)
		return -EINTR;
	if (count == 0)
		return was_suspended(tap) ? TAP_SUSPENDED : TAP_NOTHING_YET;
	got = read(tap->fd, into, size_bytes);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return tap_sleep(signals, BEFORE_NEXT_TRY_MS) ? -EINTR : TAP_NOTHING_YET;
	if (was_suspended(tap))
		return TAP_SUSPENDED;
	return got < 0 ? -errno : got;
}

void tap_close(struct tap *tap)
{
	if (tap->fd >= 0)
		close(tap->fd);
	tap->fd = -1;
}

const char *tap_says(int error)
{
	switch (error) {
	case 0:
	case -EPIPE:
		return "its data have ended";
	case TAP_SUSPENDED:
		return "the machine was suspended";
	case -ETIMEDOUT:
		return "no data for minutes";
	case -ECANCELED:
		return "somebody else commands the source";
	case -ENODEV:
		return "the board is gone: plug it in";
	case -ENODATA:
		return "the source is off: switch it on by `echo init > /mnt/trng/control`";
	case -EBUSY:
		return "another program reads it: end that one";
	case -EACCES:
	case -EPERM:
		return "not allowed: run this as root";
	case -ENOENT:
	case -ENOTCONN:
	case -ENXIO:
		return "it is not there: is fuse-trng running?";
	case -EISDIR:
		return "that is a directory";
	default:
		return strerror(-error);
	}
}
