/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one poll(2) loop. One thread, no state of its own between rounds. */
#include "fuse-trng/loop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* One source's answers in one round. */
struct round {
	struct pollfd polls[LOOP_SOURCES];
	uint64_t deadlines_ms[LOOP_SOURCES];
	uint64_t earliest_ms;
};

static int ask_fd(const struct loop_source *source, short *events)
{
	*events = 0;
	return source->fd ? source->fd(source->ctx, events) : -1;
}

static void ask(struct round *round, const struct loop_source *sources, size_t count)
{
	round->earliest_ms = UINT64_MAX;
	for (size_t i = 0; i < count; i++) {
		const struct loop_source *source = &sources[i];
		struct pollfd *poll_fd = &round->polls[i];

		poll_fd->fd = ask_fd(source, &poll_fd->events);
		poll_fd->revents = 0;
		round->deadlines_ms[i] =
			source->deadline_ms ? source->deadline_ms(source->ctx) : UINT64_MAX;
		if (round->deadlines_ms[i] < round->earliest_ms)
			round->earliest_ms = round->deadlines_ms[i];
	}
}

static int timeout_ms(uint64_t deadline_ms)
{
	uint64_t now_ms;

	if (deadline_ms == UINT64_MAX)
		return -1;
	now_ms = loop_now_ms();
	if (deadline_ms <= now_ms)
		return 0;
	return deadline_ms - now_ms > INT_MAX ? INT_MAX : (int)(deadline_ms - now_ms);
}

/* What poll said about @source, 0 if an earlier service of this round changed its descriptor. */
static short still_ready(const struct loop_source *source, const struct pollfd *polled)
{
	short events;

	if (!polled->revents || ask_fd(source, &events) != polled->fd)
		return 0;
	return polled->revents;
}

static void serve(const struct round *round, const struct loop_source *sources, size_t count,
		  const bool *is_stopping)
{
	uint64_t now_ms = loop_now_ms();

	for (size_t i = 0; i < count && !*is_stopping; i++) {
		short revents = still_ready(&sources[i], &round->polls[i]);

		if (revents || round->deadlines_ms[i] <= now_ms)
			sources[i].service(sources[i].ctx, revents, now_ms);
	}
}

uint64_t loop_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int loop_run(const struct loop_source *sources, size_t count, const bool *is_stopping)
{
	struct round round;

	if (count > LOOP_SOURCES)
		return -EINVAL;
	while (!*is_stopping) {
		ask(&round, sources, count);
		if (poll(round.polls, count, timeout_ms(round.earliest_ms)) < 0) {
			if (errno != EINTR)
				return -errno;
			continue;
		}
		serve(&round, sources, count, is_stopping);
	}
	return 0;
}

int loop_signals_open(int *fd)
{
	sigset_t signals;
	int opened;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	opened = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (opened < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	*fd = opened;
	return 0;
}

int loop_signals_take(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}
