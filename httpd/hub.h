/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hub - the one thread that works on the files of the mount for everybody who waits.
 *
 * A task is something that waits: a request for numbers, a command, a file that grows, a stream of
 * events. It may watch one file of the mount and the socket of its client. libmicrohttpd does not
 * look at the socket of a suspended connection, so the hub does: who leaves is forgotten at once.
 */
#ifndef TRNG_HTTPD_HUB_H
#define TRNG_HTTPD_HUB_H

#include "httpd/event_line.h"
#include "httpd/snapshot.h"
#include "httpd/vfile.h"

#include <stdbool.h>
#include <stdint.h>

struct hub;
struct task;

enum hub_leave {
	HUB_LEAVE_GONE,    /* the client has closed its socket */
	HUB_LEAVE_STOPPING /* the server ends */
};

/* All are called on the hub's thread, one at a time. */
struct task_ops {
	/* Tasks of one kind that have come since the last turn, linked by `fresh`. */
	void (*start)(struct hub *hub, struct task *list);
	/* The watched file can be read or written, or has an error. */
	void (*ready)(struct hub *hub, struct task *task);
	/* Each second, and at once when `events` has grown or the mount came or went. May be NULL.
	 */
	void (*tick)(struct hub *hub, struct task *task, const struct snapshot *snapshot);
	/* The source left the state that it was in, at this time of day: what waits for it is lost.
	 * May be NULL. */
	void (*lost)(struct hub *hub, struct task *task, const struct event_line *line);
	/* Bytes of `random` that the task still lacks. NULL: none. */
	uint64_t (*owes)(const struct task *task);
	/* The task must end (hub_end) or, a job, go on without its client. */
	void (*leave)(struct hub *hub, struct task *task, enum hub_leave why);
	/* Last call: everybody has let go of it; resume the client and free the memory. */
	void (*end)(struct task *task);
};

struct watch {
	struct task *task;
	int fd; /* -1: none */
};

/* First member of what a module adds. Zeroed, then ops set, before hub_add(). */
struct task {
	const struct task_ops *ops;
	struct task *previous, *next; /* the hub's list */
	struct task *fresh;           /* next of those that have just come */
	struct task *ended;           /* next of those that end */
	struct watch file, client;
	bool has_ended;
};

struct hub_settings {
	struct vfile vfile;
	/* On the hub's thread: a new line of `events`; each second while there are tasks. */
	void (*on_line)(void *ctx, const struct event_line *line);
	void (*on_second)(void *ctx, const struct snapshot *snapshot);
	void *ctx;
};

/** hub_open - start the thread, all signals blocked. Return: 0, -errno. */
int hub_open(struct hub **hub, const struct hub_settings *settings);

/**
 * hub_stop - tell every task to leave, take no more (they are told at once), and end the thread.
 * Blocking: until the thread has ended, 5 s at most.
 * Return: 0; -ETIMEDOUT: the daemon keeps it in a call; only the end of the process ends that.
 */
int hub_stop(struct hub *hub);
void hub_close(struct hub *hub);

/** hub_add - hand a task over. From any thread. */
void hub_add(struct hub *hub, struct task *task);

/** hub_is_stuck - whether the thread has been in one call for 5 s: the daemon is stopped or hangs.
 * From any thread. */
bool hub_is_stuck(struct hub *hub);

/** hub_waiting - how many tasks there are. From any thread. */
unsigned hub_waiting(const struct hub *hub);

/* ---- on the hub's thread only ---- */

const struct vfile *hub_vfile(const struct hub *hub);

/** hub_events_told - bytes of the file `events` whose lines on_line has been given; SIZE_MAX while
 * it is not open. */
size_t hub_events_told(const struct hub *hub);

/** hub_now_ms - monotonic time of this turn. */
uint64_t hub_now_ms(const struct hub *hub);

/** hub_snapshot - the state, read at most once a turn. */
const struct snapshot *hub_snapshot(struct hub *hub);

/** hub_forget - the state has just been changed by us: the next hub_snapshot() reads it. */
void hub_forget(struct hub *hub);

/** hub_watch_file - @task owns @fd now: wake it when @fd can be read (and written, if @for_write).
 * Return: 0, -errno with @fd closed. */
int hub_watch_file(struct hub *hub, struct task *task, int fd, bool for_write);

/** hub_drop_file - close the watched file, if any. */
void hub_drop_file(struct hub *hub, struct task *task);

/** hub_watch_client - notice when the peer of @fd leaves; @fd stays the caller's, open until the
 * task ends. Return: 0, -errno. */
int hub_watch_client(struct hub *hub, struct task *task, int fd);

void hub_drop_client(struct hub *hub, struct task *task);

/** hub_end - @task is over: it gets no call any more but `end`, at the end of this turn. */
void hub_end(struct hub *hub, struct task *task);

/**
 * hub_ahead_bytes - what our tasks but @own (NULL: somebody who comes now) are given before it has
 * @bytes, beyond what queue_bytes of `status` counts: turns are 256 bytes each, and it counts one
 * turn of everybody.
 */
uint64_t hub_ahead_bytes(const struct hub *hub, const struct task *own, uint64_t bytes);

/** hub_eta_s - until @own has @bytes more of `random`: what is missing over the rate; INFINITY
 * without one. */
double hub_eta_s(struct hub *hub, const struct task *own, uint64_t bytes);

/** hub_first - to walk over all tasks by `next`. */
struct task *hub_first(const struct hub *hub);

#endif
