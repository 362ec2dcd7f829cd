/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command - init, shutdown and restart: a word for the file `control`, and what came of it. */
#include "httpd/command.h"

#include "httpd/reply.h"
#include "httpd/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A start has two attempts, a restart ends what was there before: after so much more the daemon
 * hangs. */
#define MOST_ATTEMPTS 4

/* The documented texts; `already` answers what the daemon calls EALREADY. */
static const struct verb {
	const char *word; /* of the path and of `control` */
	const char *done;
	unsigned already_code;
	const char *already;
} verbs[] = {
	{ "init", "System initialised successfully", 409, "System already initialized" },
	{ "shutdown", "System successfully shutdown", 409, "System already shut down" },
	{ "restart", "System successfully restarted", 200, "System already in standby" },
};

static const struct reason {
	const char *name; /* as `control` gives it back */
	int error;
	const char *text;
} reasons[] = {
	{ "EALREADY", EALREADY, "" },
	{ "ENODEV", ENODEV, "the device is not there; look at its plug and at `port`" },
	{ "EIO", EIO, "the start-up tests failed, or the device sends nothing" },
	{ "ETIMEDOUT", ETIMEDOUT, "the device did not get ready in time" },
	{ "EBUSY", EBUSY, "after an alarm the start-up tests are running; wait, or restart" },
	{ "ECANCELED", ECANCELED, "another command came in between" },
	{ "EACCES", EACCES, "this server may not write `control`; run it in the group trng" },
	{ "EPERM", EPERM, "this server may not write `control`; run it in the group trng" },
	{ "ENOENT", ENOENT, "fuse-trng does not run at the mount point" },
	{ "ENOTCONN", ENOTCONN, "fuse-trng has ended" },
};

struct command {
	struct task task; /* first */
	struct exchange *exchange;
	const struct verb *verb;
	uint64_t deadline_ms;
};

static struct command *command_of(struct task *task)
{
	return (struct command *)(void *)task;
}

static const struct reason *find_reason(int error)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].error == error)
			return &reasons[i];
	return NULL;
}

static void answer_failure(struct exchange *exchange, const struct verb *verb, int error,
			   const struct snapshot *snapshot)
{
	const struct reason *reason = find_reason(error);

	reply_error(exchange, WAIT_CODE_LOST, "%s failed: %s (state %s%s%s)", verb->word,
		    reason ? reason->text : strerror(error), snapshot_state_name(snapshot->state),
		    snapshot->reason[0] ? ", " : "", snapshot->reason);
}

/* @result: 0 or a positive errno. */
static void answer(struct hub *hub, struct command *command, int result)
{
	const struct verb *verb = command->verb;

	hub_forget(hub);
	if (result == 0)
		reply_message(command->exchange, MHD_HTTP_OK, verb->done);
	else if (result == EALREADY)
		reply_message(command->exchange, verb->already_code, verb->already);
	else
		answer_failure(command->exchange, verb, result, hub_snapshot(hub));
	hub_end(hub, &command->task);
}

/* ---- the task ---- */

/* Return: 0 or a positive errno as `control` wrote it; EIO for what is none of ours; -EAGAIN. */
static int read_result(int fd)
{
	char line[32];
	ssize_t got = read(fd, line, sizeof(line) - 1);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? -EAGAIN : errno;
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (!strcmp(line, "0"))
		return 0;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (!strcmp(line, reasons[i].name))
			return reasons[i].error;
	return EIO;
}

static void give(struct hub *hub, struct command *command)
{
	const char *word = command->verb->word;
	int fd = vfile_open(hub_vfile(hub), "control", O_RDWR);
	ssize_t put;
	int error;

	if (fd < 0) {
		answer(hub, command, -fd);
		return;
	}
	put = write(fd, word, strlen(word));
	error = put < 0 ? errno : 0;
	if (error != EINPROGRESS) {
		close(fd);
		answer(hub, command, error);
		return;
	}
	error = -hub_watch_file(hub, &command->task, fd, true);
	if (error == 0)
		error = -hub_watch_client(hub, &command->task, exchange_socket(command->exchange));
	if (error != 0)
		answer(hub, command, error);
}

static void start(struct hub *hub, struct task *list)
{
	while (list) {
		struct command *command = command_of(list);
		const struct server *server = command->exchange->server;

		list = list->fresh;
		command->deadline_ms =
			hub_now_ms(hub) + MOST_ATTEMPTS * 1000ULL * (server->init_timeout_s + 10);
		give(hub, command);
	}
}

static void ready(struct hub *hub, struct task *task)
{
	int result = read_result(task->file.fd);

	if (result != -EAGAIN)
		answer(hub, command_of(task), result);
}

static void tick(struct hub *hub, struct task *task, const struct snapshot *snapshot)
{
	(void)snapshot;
	if (hub_now_ms(hub) >= command_of(task)->deadline_ms)
		answer(hub, command_of(task), ETIMEDOUT);
}

static void leave(struct hub *hub, struct task *task, enum hub_leave why)
{
	if (why == HUB_LEAVE_GONE)
		reply_none(command_of(task)->exchange, EXCHANGE_CODE_GONE);
	hub_end(hub, task);
}

static void end(struct task *task)
{
	struct exchange *exchange = command_of(task)->exchange;

	free(task);
	exchange_resume(exchange);
}

static const struct task_ops ops = {
	.start = start, .ready = ready, .tick = tick, .leave = leave, .end = end
};

/* ---- the request ---- */

static const struct verb *verb_of(const char *path)
{
	const char *word = strrchr(path, '/') + 1;
	size_t i = 0;

	while (strcmp(verbs[i].word, word) != 0)
		i++;
	return &verbs[i];
}

void command_handle(struct exchange *exchange)
{
	struct command *command;

	if (!exchange_can_wait(exchange))
		return;
	command = calloc(1, sizeof(*command));
	if (!command)
		return;
	command->task.ops = &ops;
	command->exchange = exchange;
	command->verb = verb_of(exchange->path);
	exchange_suspend(exchange, &command->task);
}
