/* SPDX-License-Identifier: GPL-3.0-or-later */
/* board - the master side of a pty as a scripted board, for the tests of port and link. */
#ifndef TRNG_TESTS_UNIT_BOARD_H
#define TRNG_TESTS_UNIT_BOARD_H

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#define BOARD_PATIENCE_MS                                                                          \
	10000              /* for what must come: generous, so that only a fault runs into it */
#define BOARD_SILENCE_MS 5 /* for what must not come */

struct board {
	int master;
	int keeper; /* slave side held open, so that the master never sees a hang-up of its own */
	char path[PATH_MAX];
};

/* Raw from the start: else what the board says before the port is opened is echoed back to it. */
static inline bool board_plug(struct board *board)
{
	struct termios termios;

	board->keeper = -1;
	board->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (board->master < 0 || grantpt(board->master) || unlockpt(board->master) ||
	    ptsname_r(board->master, board->path, sizeof(board->path)))
		return false;
	board->keeper = open(board->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (board->keeper < 0 || tcgetattr(board->keeper, &termios))
		return false;
	cfmakeraw(&termios);
	return !tcsetattr(board->keeper, TCSANOW, &termios);
}

static inline void board_unplug(struct board *board)
{
	if (board->master >= 0)
		close(board->master);
	if (board->keeper >= 0)
		close(board->keeper);
	board->master = board->keeper = -1;
}

static inline bool board_wait(int fd, short events, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };

	return poll(&poll_fd, 1, timeout_ms) > 0;
}

/* What the board has heard; waits for it unless nothing is expected. Return: a length, 0: none. */
static inline size_t board_hear(const struct board *board, char *text, size_t size_bytes,
				int timeout_ms)
{
	ssize_t len = 0;

	if (board_wait(board->master, POLLIN, timeout_ms))
		len = read(board->master, text, size_bytes - 1);
	text[len > 0 ? len : 0] = '\0';
	return len > 0 ? (size_t)len : 0;
}

/* By the system call: a test may play write(2) to count what the other side says. */
static inline bool board_say(const struct board *board, const void *bytes, size_t len_bytes)
{
	return syscall(SYS_write, board->master, bytes, len_bytes) == (long)len_bytes;
}

#endif
