/* SPDX-License-Identifier: GPL-3.0-or-later */
/* look - what the source is like now: status, metrics, health. */
#include "httpd/look.h"

#include "httpd/reply.h"
#include "httpd/route.h"

#include <stdlib.h>
#include <string.h>

struct look {
	struct task task; /* first */
	struct exchange *exchange;
	void (*answer)(struct exchange *exchange, const struct snapshot *snapshot);
};

/* ---- answers ---- */

static void answer_status(struct exchange *exchange, const struct snapshot *snapshot)
{
	if (snapshot->state == SNAPSHOT_UNREACHABLE)
		reply_json(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
			   json_pack("{s:s, s:s}", "error", snapshot->reason, "state",
				     snapshot_state_name(snapshot->state)));
	else
		reply_json(exchange, MHD_HTTP_OK, snapshot_json(snapshot));
}

static void answer_metrics(struct exchange *exchange, const struct snapshot *snapshot)
{
	struct server *server = exchange->server;
	struct metrics_now now = { .connections = connections_count(&server->connections),
				   .waiting = hub_waiting(server->hub),
				   .streams = atomic_load(&server->streams) };
	size_t len = 0;
	char *text;

	now.route_names = route_names(&now.route_count);
	/* Neither streams nor this one. */
	now.waiting -= now.waiting > now.streams ? now.streams + 1 : now.waiting;
	text = metrics_render(server->metrics, snapshot, &now, &len);
	if (text)
		reply_text(exchange, MHD_HTTP_OK, METRICS_TYPE, text, len);
}

static void answer_health(struct exchange *exchange, const struct snapshot *snapshot)
{
	const char *state = snapshot_state_name(snapshot->state);

	if (snapshot->state == SNAPSHOT_RUNNING)
		reply_json(exchange, MHD_HTTP_OK,
			   json_pack("{s:s, s:s}", "status", "ok", "state", state));
	else
		reply_json(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
			   json_pack("{s:s, s:s, s:s}", "status", "unavailable", "state", state,
				     "reason", snapshot->reason));
}

/* ---- the task: all who look in one turn see one state ---- */

static void start(struct hub *hub, struct task *list)
{
	while (list) {
		struct look *look = (struct look *)(void *)list;

		list = list->fresh;
		look->answer(look->exchange, hub_snapshot(hub));
		hub_end(hub, &look->task);
	}
}

static void leave(struct hub *hub, struct task *task, enum hub_leave why)
{
	(void)why;
	hub_end(hub, task);
}

static void end(struct task *task)
{
	struct exchange *exchange = ((struct look *)(void *)task)->exchange;

	free(task);
	exchange_resume(exchange);
}

static const struct task_ops ops = { .start = start, .leave = leave, .end = end };

static void look_at(struct exchange *exchange,
		    void (*answer)(struct exchange *, const struct snapshot *))
{
	struct snapshot stuck = { .state = SNAPSHOT_UNREACHABLE,
				  .reason = "fuse-trng has not answered for seconds: it is stopped "
					    "or hangs" };
	struct look *look;

	if (hub_is_stuck(exchange->server->hub)) {
		answer(exchange, &stuck);
		return;
	}
	look = calloc(1, sizeof(*look));
	if (!look)
		return;
	look->task.ops = &ops;
	look->exchange = exchange;
	look->answer = answer;
	exchange_suspend(exchange, &look->task);
}

void look_status(struct exchange *exchange)
{
	look_at(exchange, answer_status);
}

void look_metrics(struct exchange *exchange)
{
	look_at(exchange, answer_metrics);
}

void look_health(struct exchange *exchange)
{
	look_at(exchange, answer_health);
}
