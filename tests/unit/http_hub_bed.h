/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http_hub_bed - a hub on a mount point where nothing is mounted, and tasks that note their calls.
 *
 * A gate is a task that holds the hub in one call, so that much can happen before its next turn.
 */
#ifndef TRNG_TESTS_UNIT_HTTP_HUB_BED_H
#define TRNG_TESTS_UNIT_HTTP_HUB_BED_H

#include "httpd/hub.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define BOUND_S     120

enum call { START, READY, TICK, GONE, STOPPING, END, CALLS };

struct bed {
	char place[1][PATH_MAX];
	struct hub *hub;
	pthread_mutex_t lock; /* of all below, and of what probes count */
	pthread_cond_t changed;
	char order[256]; /* of starts: "a 1 2; b 3; " */
	unsigned seconds;
	uint64_t second_at_ms[8];
	struct snapshot snapshot; /* of the last second */
	unsigned lines;
	bool is_held, may_go; /* the gate */
	bool was_interruptible;
	struct task gate;
};

struct probe {
	struct task task; /* first */
	struct bed *bed;
	char name;
	int file, client; /* to watch from the start on; 0: none */
	bool for_write;
	bool drops_client;    /* at the first tick */
	unsigned ends_in;     /* 1 << CALL */
	struct probe *victim; /* ended in the same call */
	uint64_t owed, ask;   /* bytes */
	uint64_t ahead;       /* of ask bytes, at the start */
	int file_ret, client_ret;
	unsigned calls[CALLS]; /* under the bed's lock */
	unsigned late;         /* calls after END, or after hub_end() */
};

static inline struct probe *probe_of(struct task *task)
{
	return (struct probe *)(void *)task;
}

static inline void probe_note(struct probe *probe, enum call call)
{
	struct bed *bed = probe->bed;

	pthread_mutex_lock(&bed->lock);
	probe->late += probe->calls[END] > 0 || (probe->task.has_ended && call != END);
	probe->calls[call]++;
	pthread_cond_broadcast(&bed->changed);
	pthread_mutex_unlock(&bed->lock);
}

static inline void probe_act(struct hub *hub, struct probe *probe, enum call call)
{
	if (!(probe->ends_in & 1u << call))
		return;
	if (probe->victim)
		hub_end(hub, &probe->victim->task);
	else
		hub_end(hub, &probe->task);
}

static inline void bed_order(struct bed *bed, char what)
{
	size_t len = strlen(bed->order);

	if (len < sizeof(bed->order) - 1)
		bed->order[len] = what;
}

static inline void probe_begin(struct hub *hub, struct probe *probe)
{
	bed_order(probe->bed, probe->name);
	if (probe->ask)
		probe->ahead = hub_ahead_bytes(hub, &probe->task, probe->ask);
	if (probe->file)
		probe->file_ret = hub_watch_file(hub, &probe->task, probe->file, probe->for_write);
	if (probe->client)
		probe->client_ret = hub_watch_client(hub, &probe->task, probe->client);
	probe_note(probe, START);
	probe_act(hub, probe, START);
}

static inline void probe_start(struct hub *hub, struct task *list)
{
	struct bed *bed = probe_of(list)->bed;
	sigset_t blocked;

	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	bed->was_interruptible |= !sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGHUP);
	while (list) {
		struct probe *probe = probe_of(list);

		list = list->fresh;
		probe_begin(hub, probe);
	}
	bed_order(bed, ';');
}

/* Takes what is there: an event that was answered is over. */
static inline void probe_ready(struct hub *hub, struct task *task)
{
	struct probe *probe = probe_of(task);
	char byte[8];

	if (!probe->for_write && read(task->file.fd, byte, sizeof(byte)) <= 0)
		hub_drop_file(hub, task);
	probe_note(probe, READY);
	probe_act(hub, probe, READY);
}

static inline void probe_tick(struct hub *hub, struct task *task, const struct snapshot *snapshot)
{
	struct probe *probe = probe_of(task);

	CU_ASSERT_EQUAL(snapshot->state, SNAPSHOT_UNREACHABLE);
	if (probe->drops_client)
		hub_drop_client(hub, task);
	probe_note(probe, TICK);
	probe_act(hub, probe, TICK);
}

static inline uint64_t probe_owes(const struct task *task)
{
	return ((const struct probe *)(const void *)task)->owed;
}

/* One that is not to end goes on without its client, as a job does. */
static inline void probe_leave(struct hub *hub, struct task *task, enum hub_leave why)
{
	struct probe *probe = probe_of(task);
	enum call call = why == HUB_LEAVE_GONE ? GONE : STOPPING;

	hub_drop_client(hub, task);
	probe_note(probe, call);
	probe_act(hub, probe, call);
}

static inline void probe_end(struct task *task)
{
	probe_note(probe_of(task), END);
}

/* Two kinds, and one of which little is asked. */
static const struct task_ops kind_a = { .start = probe_start,
					.ready = probe_ready,
					.tick = probe_tick,
					.owes = probe_owes,
					.leave = probe_leave,
					.end = probe_end };
static const struct task_ops kind_b = { .start = probe_start,
					.ready = probe_ready,
					.tick = probe_tick,
					.leave = probe_leave,
					.end = probe_end };
static const struct task_ops kind_c = { .start = probe_start,
					.leave = probe_leave,
					.end = probe_end };

static inline void add(struct bed *bed, struct probe *probe, const struct task_ops *ops)
{
	probe->bed = bed;
	probe->task.ops = ops;
	hub_add(bed->hub, &probe->task);
}

/* ---- waiting ---- */

/* Until @probe has had @count of such calls. */
static inline void await(struct probe *probe, enum call call, unsigned count)
{
	struct bed *bed = probe->bed;
	struct timespec until;
	int ret = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += BOUND_S;
	pthread_mutex_lock(&bed->lock);
	while (probe->calls[call] < count && ret == 0)
		ret = pthread_cond_timedwait(&bed->changed, &bed->lock, &until);
	pthread_mutex_unlock(&bed->lock);
	CU_ASSERT_EQUAL_FATAL(ret, 0);
}

static inline unsigned calls_of(struct probe *probe, enum call call)
{
	unsigned count;

	pthread_mutex_lock(&probe->bed->lock);
	count = probe->calls[call];
	pthread_mutex_unlock(&probe->bed->lock);
	return count;
}

static inline void await_more(struct probe *probe, enum call call, unsigned more)
{
	await(probe, call, calls_of(probe, call) + more);
}

/* ---- the gate ---- */

static inline void gate_start(struct hub *hub, struct task *task)
{
	struct bed *bed = (struct bed *)(void *)((char *)task - offsetof(struct bed, gate));

	pthread_mutex_lock(&bed->lock);
	bed->is_held = true;
	pthread_cond_broadcast(&bed->changed);
	while (!bed->may_go)
		pthread_cond_wait(&bed->changed, &bed->lock);
	bed->is_held = false;
	pthread_mutex_unlock(&bed->lock);
	hub_end(hub, task);
}

static inline void gate_end(struct task *task)
{
	(void)task;
}

static const struct task_ops gate_ops = { .start = gate_start, .end = gate_end };

/* The hub is in a call until gate_open(). Once a bed. */
static inline void gate_close(struct bed *bed)
{
	bed->gate.ops = &gate_ops;
	hub_add(bed->hub, &bed->gate);
	pthread_mutex_lock(&bed->lock);
	while (!bed->is_held)
		pthread_cond_wait(&bed->changed, &bed->lock);
	pthread_mutex_unlock(&bed->lock);
}

static inline void gate_open(struct bed *bed)
{
	pthread_mutex_lock(&bed->lock);
	bed->may_go = true;
	pthread_cond_broadcast(&bed->changed);
	pthread_mutex_unlock(&bed->lock);
}

/* ---- open and close ---- */

static inline void bed_on_line(void *ctx, const struct event_line *line)
{
	struct bed *bed = ctx;

	(void)line;
	pthread_mutex_lock(&bed->lock);
	bed->lines++;
	pthread_mutex_unlock(&bed->lock);
}

static inline void bed_on_second(void *ctx, const struct snapshot *snapshot)
{
	struct bed *bed = ctx;

	pthread_mutex_lock(&bed->lock);
	bed->snapshot = *snapshot;
	if (bed->seconds < COUNT(bed->second_at_ms))
		bed->second_at_ms[bed->seconds] = hub_now_ms(bed->hub);
	bed->seconds++;
	pthread_mutex_unlock(&bed->lock);
}

static inline struct bed *bed_open(void)
{
	struct bed *bed = calloc(1, sizeof(*bed));
	struct hub_settings settings = { .on_line = bed_on_line, .on_second = bed_on_second };

	CU_ASSERT_PTR_NOT_NULL_FATAL(bed);
	strcpy(bed->place[0], "/tmp/trng-hub-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(bed->place[0]));
	pthread_mutex_init(&bed->lock, NULL);
	pthread_cond_init(&bed->changed, NULL);
	settings.ctx = bed;
	settings.vfile = (struct vfile){ (const char(*)[PATH_MAX])bed->place, 1 };
	CU_ASSERT_EQUAL_FATAL(hub_open(&bed->hub, &settings), 0);
	return bed;
}

/* The hub has been stopped. */
static inline void bed_close(struct bed *bed)
{
	CU_ASSERT_EQUAL(hub_waiting(bed->hub), 0);
	CU_ASSERT_PTR_NULL(hub_first(bed->hub));
	CU_ASSERT_FALSE(bed->was_interruptible);
	CU_ASSERT_EQUAL(bed->lines, 0);
	hub_close(bed->hub);
	pthread_cond_destroy(&bed->changed);
	pthread_mutex_destroy(&bed->lock);
	rmdir(bed->place[0]);
	free(bed);
}

static inline void bed_end(struct bed *bed)
{
	hub_stop(bed->hub);
	bed_close(bed);
}

/* Over, by exactly one call of END and none after it. */
static inline void check_over(const struct probe *probe)
{
	CU_ASSERT_EQUAL(probe->calls[END], 1);
	CU_ASSERT_EQUAL(probe->late, 0);
}

#endif
