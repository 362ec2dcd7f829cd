/* SPDX-License-Identifier: GPL-3.0-or-later */
/* finish - the end of a file, in a thread of its own. */
#include "httpd/finish.h"

#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void *run(void *arg)
{
	struct finish *finish = arg;
	const uint64_t one = 1;

	finish->ret = store_finish(finish->writer, &finish->file);
	if (write(finish->done_fd, &one, sizeof(one)) < 0)
		log_error("telling the end of a file: %s", strerror(errno));
	return NULL;
}

int finish_begin(struct finish *finish, struct store_writer *writer)
{
	sigset_t all, before;
	int watched, ret;

	finish->writer = writer;
	finish->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (finish->done_fd < 0)
		return -errno;
	watched = fcntl(finish->done_fd, F_DUPFD_CLOEXEC, 0);
	if (watched < 0) {
		ret = -errno;
		close(finish->done_fd);
		return ret;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	ret = pthread_create(&finish->thread, NULL, run, finish);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret == 0)
		return watched;
	close(finish->done_fd);
	close(watched);
	return -ret;
}

int finish_wait(struct finish *finish)
{
	pthread_join(finish->thread, NULL);
	close(finish->done_fd);
	return finish->ret;
}
