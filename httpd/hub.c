/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hub - the one thread that works on the files of the mount for everybody who
 * waits. */
#include "httpd/hub.h"

#include "common/log.h"
#include "httpd/clock.h"
#include "httpd/follow.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND_MS  1000
#define STUCK_MS   5000
#define TURN       256 /* what is looked at between two looks at the clock */
#define TURN_BYTES 256 /* of `random` while others wait: docs/DESIGN.md, section 2 */

struct hub {
	struct hub_settings settings;
	pthread_t thread;
	int epoll_fd;
	struct watch wake;   /* an eventfd: the inbox has something, or the end has come */
	struct watch events; /* the file `events` */
	struct follow follow;

	pthread_mutex_t lock;
	struct task *inbox_first, *inbox_last; /* under lock */
	bool is_closed;                        /* under lock */
	atomic_bool is_stopping;
	atomic_uint waiting;
	_Atomic uint64_t busy_since_ms; /* 0: waits in epoll_wait */

	struct task *first, *last, *ended;
	uint64_t now_ms, next_second_ms;
	bool has_changed; /* everybody should look at the state */
	bool has_snapshot;
	struct snapshot snapshot;
};

/* ---- what is watched ---- */

static int watch(struct hub *hub, struct watch *watch, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	if (epoll_ctl(hub->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	watch->fd = fd;
	return 0;
}

static void unwatch(struct hub *hub, struct watch *watch)
{
	if (watch->fd >= 0)
		epoll_ctl(hub->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fd = -1;
}

int hub_watch_file(struct hub *hub, struct task *task, int fd, bool for_write)
{
	int ret;

	hub_drop_file(hub, task);
	ret = watch(hub, &task->file, fd, for_write ? EPOLLOUT : EPOLLIN);
	if (ret < 0)
		close(fd);
	return ret;
}

void hub_drop_file(struct hub *hub, struct task *task)
{
	int fd = task->file.fd;

	unwatch(hub, &task->file);
	if (fd >= 0)
		close(fd);
}

int hub_watch_client(struct hub *hub, struct task *task, int fd)
{
	return watch(hub, &task->client, fd, EPOLLRDHUP);
}

void hub_drop_client(struct hub *hub, struct task *task)
{
	unwatch(hub, &task->client);
}

/* ---- tasks ---- */

static void list_append(struct hub *hub, struct task *task)
{
	task->previous = hub->last;
	task->next = NULL;
	*(hub->last ? &hub->last->next : &hub->first) = task;
	hub->last = task;
}

static void list_remove(struct hub *hub, struct task *task)
{
	*(task->previous ? &task->previous->next : &hub->first) = task->next;
	*(task->next ? &task->next->previous : &hub->last) = task->previous;
}

/* Its memory stays until the turn is over: an event that came in the same turn
 * may still name it.
 */
void hub_end(struct hub *hub, struct task *task)
{
	if (task->has_ended)
		return;
	task->has_ended = true;
	hub_drop_file(hub, task);
	hub_drop_client(hub, task);
	list_remove(hub, task);
	task->ended = hub->ended;
	hub->ended = task;
}

static void bury(struct hub *hub)
{
	while (hub->ended) {
		struct task *task = hub->ended;

		hub->ended = task->ended;
		atomic_fetch_sub(&hub->waiting, 1);
		task->ops->end(task);
	}
}

void hub_add(struct hub *hub, struct task *task)
{
	const uint64_t one = 1;
	bool is_closed, is_first;

	task->file = task->client = (struct watch){ .task = task, .fd = -1 };
	task->fresh = NULL;
	pthread_mutex_lock(&hub->lock);
	is_closed = hub->is_closed;
	is_first = !hub->inbox_first;
	if (!is_closed) {
		*(is_first ? &hub->inbox_first : &hub->inbox_last->fresh) = task;
		hub->inbox_last = task;
		atomic_fetch_add(&hub->waiting, 1);
	}
	pthread_mutex_unlock(&hub->lock);
	if (is_closed)
		task->ops->end(task);
	else if (is_first && write(hub->wake.fd, &one, sizeof(one)) < 0)
		log_error("waking the hub: %s", strerror(errno));
}

static struct task *take_inbox(struct hub *hub, bool and_close)
{
	struct task *list;

	pthread_mutex_lock(&hub->lock);
	list = hub->inbox_first;
	hub->inbox_first = hub->inbox_last = NULL;
	hub->is_closed = and_close;
	pthread_mutex_unlock(&hub->lock);
	for (struct task *task = list; task; task = task->fresh)
		list_append(hub, task);
	return list;
}

/* Cut the tasks of the first one's kind out of @list, in their order. One that
 * another has ended before it could start is of no kind any more. */
static struct task *take_kind(struct task **list)
{
	const struct task_ops *ops = (*list)->ops;
	struct task *kind = NULL, **kind_end = &kind;

	while (*list) {
		struct task *task = *list;

		if (task->ops != ops && !task->has_ended) {
			list = &task->fresh;
			continue;
		}
		*list = task->fresh;
		task->fresh = NULL;
		if (task->has_ended)
			continue;
		*kind_end = task;
		kind_end = &task->fresh;
	}
	return kind;
}

static void start_fresh(struct hub *hub)
{
	struct task *list = take_inbox(hub, false);

	while (list) {
		struct task *kind = take_kind(&list);

		if (kind)
			kind->ops->start(hub, kind);
	}
}

/* ---- the file `events` ---- */

static void look_again(struct hub *hub)
{
	hub->has_changed = true;
	hub->has_snapshot = false;
}

static void lose_events(struct hub *hub)
{
	unwatch(hub, &hub->events);
	follow_close(&hub->follow);
	look_again(hub);
}

static void open_events(struct hub *hub)
{
	if (follow_open(&hub->follow, &hub->settings.vfile) < 0)
		return;
	if (watch(hub, &hub->events, hub->follow.fd, EPOLLIN) < 0)
		follow_close(&hub->follow);
	else
		look_again(hub);
}

/* Leaving a state in which bytes come is the end of every wait that began
 * before. */
static void tell_lost(struct hub *hub, const struct event_line *line)
{
	struct task *next;

	for (struct task *task = hub->first; task; task = next) {
		next = task->next;
		if (task->ops->lost && !task->has_ended)
			task->ops->lost(hub, task, line);
	}
}

static void take_line(void *ctx, const struct event_line *line)
{
	struct hub *hub = ctx;

	hub->settings.on_line(hub->settings.ctx, line);
	if (line->state[0] && strcmp(line->state, "starting") != 0 &&
	    strcmp(line->state, "running") != 0)
		tell_lost(hub, line);
}

static void read_events(struct hub *hub)
{
	look_again(hub);
	if (follow_read(&hub->follow, take_line, hub) < 0)
		lose_events(hub);
}

/* ---- the turn ---- */

const struct snapshot *hub_snapshot(struct hub *hub)
{
	if (!hub->has_snapshot)
		snapshot_take(&hub->snapshot, &hub->settings.vfile);
	hub->has_snapshot = true;
	return &hub->snapshot;
}

void hub_forget(struct hub *hub)
{
	hub->has_snapshot = false;
}

static void tick_all(struct hub *hub)
{
	struct task *next;

	hub->has_changed = false;
	for (struct task *task = hub->first; task; task = next) {
		next = task->next;
		if (task->ops->tick && !task->has_ended)
			task->ops->tick(hub, task, hub_snapshot(hub));
	}
}

static void second(struct hub *hub)
{
	hub->next_second_ms = hub->now_ms + SECOND_MS;
	if (hub->events.fd < 0)
		open_events(hub);
	if (!hub->first)
		return;
	hub->settings.on_second(hub->settings.ctx, hub_snapshot(hub));
	hub->has_changed = true;
}

static void handle(struct hub *hub, struct watch *watch)
{
	struct task *task = watch->task;
	uint64_t count;

	if (watch == &hub->wake) {
		if (read(watch->fd, &count, sizeof(count)) < 0)
			return;
	} else if (watch == &hub->events) {
		if (watch->fd >= 0)
			read_events(hub);
	} else if (!task->has_ended && watch->fd >= 0) {
		if (watch == &task->client)
			task->ops->leave(hub, task, HUB_LEAVE_GONE);
		else
			task->ops->ready(hub, task);
	}
}

static int wait_ms(const struct hub *hub)
{
	uint64_t now = clock_now_ms();

	return now >= hub->next_second_ms ? 0 : (int)(hub->next_second_ms - now);
}

static void turn(struct hub *hub)
{
	struct epoll_event events[TURN];
	int count = epoll_wait(hub->epoll_fd, events, TURN, wait_ms(hub));

	hub->now_ms = clock_now_ms();
	atomic_store(&hub->busy_since_ms, hub->now_ms);
	hub->has_snapshot = false;
	for (int i = 0; i < count; i++)
		handle(hub, events[i].data.ptr);
	start_fresh(hub);
	if (hub->now_ms >= hub->next_second_ms)
		second(hub);
	if (hub->has_changed)
		tick_all(hub);
	bury(hub);
	atomic_store(&hub->busy_since_ms, 0);
}

static void send_home(struct hub *hub)
{
	struct task *next;

	take_inbox(hub, true);
	for (struct task *task = hub->first; task; task = next) {
		next = task->next;
		if (!task->has_ended)
			task->ops->leave(hub, task, HUB_LEAVE_STOPPING);
		hub_end(hub, task);
	}
	bury(hub);
}

static void *run(void *arg)
{
	struct hub *hub = arg;

	while (!atomic_load(&hub->is_stopping))
		turn(hub);
	send_home(hub);
	return NULL;
}

/* ---- open and close ---- */

static int start_thread(struct hub *hub)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	ret = pthread_create(&hub->thread, NULL, run, hub);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -ret;
}

int hub_open(struct hub **out, const struct hub_settings *settings)
{
	struct hub *hub = calloc(1, sizeof(*hub));
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int ret = -ENOMEM;

	if (!hub || fd < 0)
		goto fail;
	hub->settings = *settings;
	hub->events.fd = hub->wake.fd = hub->follow.fd = -1;
	pthread_mutex_init(&hub->lock, NULL);
	hub->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	ret = hub->epoll_fd < 0 ? -errno : watch(hub, &hub->wake, fd, EPOLLIN);
	if (ret == 0)
		ret = start_thread(hub);
	if (ret == 0) {
		*out = hub;
		return 0;
	}
	if (hub->epoll_fd >= 0)
		close(hub->epoll_fd);
fail:
	if (fd >= 0)
		close(fd);
	free(hub);
	return ret;
}

int hub_stop(struct hub *hub)
{
	const uint64_t one = 1;
	struct timespec until;

	atomic_store(&hub->is_stopping, true);
	if (write(hub->wake.fd, &one, sizeof(one)) < 0)
		log_error("waking the hub: %s", strerror(errno));
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += STUCK_MS / 1000;
	return -pthread_clockjoin_np(hub->thread, NULL, CLOCK_MONOTONIC, &until);
}

void hub_close(struct hub *hub)
{
	follow_close(&hub->follow);
	close(hub->wake.fd);
	close(hub->epoll_fd);
	pthread_mutex_destroy(&hub->lock);
	free(hub);
}

bool hub_is_stuck(struct hub *hub)
{
	uint64_t since = atomic_load(&hub->busy_since_ms);

	return since > 0 && clock_now_ms() > since + STUCK_MS;
}

unsigned hub_waiting(const struct hub *hub)
{
	return atomic_load(&hub->waiting);
}

const struct vfile *hub_vfile(const struct hub *hub)
{
	return &hub->settings.vfile;
}

uint64_t hub_now_ms(const struct hub *hub)
{
	return hub->now_ms;
}

size_t hub_events_told(const struct hub *hub)
{
	return follow_told(&hub->follow);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t hub_ahead_bytes(const struct hub *hub, const struct task *own, uint64_t bytes)
{
	uint64_t turns = (bytes + TURN_BYTES - 1) / TURN_BYTES;
	uint64_t ahead = 0;

	for (const struct task *task = hub->first; task && turns > 1; task = task->next) {
		uint64_t owed = task != own && task->ops->owes ? task->ops->owes(task) : 0;

		ahead += least(owed, turns * TURN_BYTES) - least(owed, TURN_BYTES);
	}
	return ahead;
}

double hub_eta_s(struct hub *hub, const struct task *own, uint64_t bytes)
{
	/* Who stands in the daemon's line is in queue_bytes with his next turn. */
	uint64_t counted = own->file.fd >= 0 ? least(bytes, TURN_BYTES) : 0;

	return snapshot_eta_s(hub_snapshot(hub), bytes - counted, hub_ahead_bytes(hub, own, bytes));
}

struct task *hub_first(const struct hub *hub)
{
	return hub->first;
}
