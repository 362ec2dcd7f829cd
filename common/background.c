/* SPDX-License-Identifier: GPL-3.0-or-later */
/* background - become a daemon. */
#include "common/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int background_open_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return -1;
	}
	return 0;
}

static void wait_and_exit(int fd)
{
	char byte;
	ssize_t got;

	do
		got = read(fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	/* End of file without a word: the child has died and has said why. */
	_exit(got == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int background_start(struct background *background)
{
	int fds[2];
	pid_t pid;

	background->report_fd = -1;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		int error = errno;

		close(fds[0]);
		close(fds[1]);
		return -error;
	}
	if (pid > 0) {
		close(fds[1]);
		wait_and_exit(fds[0]);
	}
	close(fds[0]);
	background->report_fd = fds[1];
	setsid();
	return chdir("/") < 0 ? -errno : 0;
}

void background_ready(struct background *background)
{
	int null_fd;

	if (background->report_fd < 0)
		return;
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = STDIN_FILENO; null_fd >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null_fd, fd);
	/* A parent that was killed meanwhile needs no answer: SIGPIPE is ignored by then. */
	if (write(background->report_fd, "", 1) < 0)
		errno = 0;
	close(background->report_fd);
	background->report_fd = -1;
	if (null_fd > STDERR_FILENO)
		close(null_fd);
}
