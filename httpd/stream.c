/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream - /trng/events: state changes, alarms, a status each second, and the
 * caller's own progress.
 *
 * A stream is held by two: the hub as a task, and libmicrohttpd as the body of
 * the answer. The second to let go frees it. The hub writes into its buffer,
 * libmicrohttpd's thread reads from it; an empty buffer suspends the
 * connection, and the next event resumes it.
 */
#include "httpd/stream.h"

#include "httpd/draw.h"
#include "httpd/generate.h"
#include "httpd/numbers.h"
#include "httpd/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES  4096
#define FULL_RETRY_S 10
#define REPLAY_BYTES (1100 * 1024) /* `events` is cut at 1 MiB */

struct stream {
	struct task task; /* first */
	struct server *server;
	struct MHD_Connection *mhd;
	int socket; /* a copy: libmicrohttpd may close its own at any time */
	char owner[STORE_OWNER_BYTES];
	char since[QUERY_TIME_BYTES]; /* tell what has happened after it; "": from now on */
	pthread_mutex_t lock;         /* of all below */
	unsigned holders;
	bool is_suspended;
	bool has_ended; /* nothing will be added */
	bool is_closed; /* nobody reads any more */
	size_t len_bytes;
	char text[STREAM_MOST_BYTES];
};

static struct stream *stream_of(struct task *task)
{
	return (struct stream *)(void *)task;
}

static void let_go(struct stream *stream)
{
	unsigned holders;

	pthread_mutex_lock(&stream->lock);
	holders = --stream->holders;
	pthread_mutex_unlock(&stream->lock);
	if (holders > 0)
		return;
	atomic_fetch_sub(&stream->server->streams, 1);
	pthread_mutex_destroy(&stream->lock);
	close(stream->socket);
	free(stream);
}

/* ---- the reader: libmicrohttpd's thread ---- */

static ssize_t read_text(void *cls, uint64_t at, char *out, size_t room)
{
	struct stream *stream = cls;
	ssize_t len = 0;

	(void)at;
	pthread_mutex_lock(&stream->lock);
	if (stream->len_bytes > 0) {
		len = (ssize_t)(stream->len_bytes < room ? stream->len_bytes : room);
		memcpy(out, stream->text, (size_t)len);
		stream->len_bytes -= (size_t)len;
		memmove(stream->text, stream->text + len, stream->len_bytes);
	} else if (stream->has_ended) {
		len = MHD_CONTENT_READER_END_OF_STREAM;
	} else {
		stream->is_suspended = true;
		MHD_suspend_connection(stream->mhd);
	}
	pthread_mutex_unlock(&stream->lock);
	return len;
}

static void close_text(void *cls)
{
	struct stream *stream = cls;

	pthread_mutex_lock(&stream->lock);
	stream->is_closed = true;
	pthread_mutex_unlock(&stream->lock);
	let_go(stream);
}

/* ---- the writer: the hub's thread ---- */

static void resume(struct stream *stream)
{
	if (stream->is_suspended)
		MHD_resume_connection(stream->mhd);
	stream->is_suspended = false;
}

/* A reader who is too slow loses the stream, not a part of it: he can tell, and
 * comes again. */
static void add(struct stream *stream, const char *text, size_t len)
{
	pthread_mutex_lock(&stream->lock);
	if (len > STREAM_MOST_BYTES - stream->len_bytes) {
		stream->has_ended = true;
	} else if (!stream->has_ended) {
		memcpy(stream->text + stream->len_bytes, text, len);
		stream->len_bytes += len;
	}
	resume(stream);
	pthread_mutex_unlock(&stream->lock);
}

/* "event: TYPE, data: JSON"; JSON in one line has no line breaks of its own.
 * For free(3). */
static char *render(const char *type, const char *id, json_t *data)
{
	char *json = data ? json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
	char *text = NULL;

	json_decref(data);
	if (json && asprintf(&text, "event: %s\n%s%s%sdata: %s\n\n", type, id ? "id: " : "",
			     id ? id : "", id ? "\n" : "", json) < 0)
		text = NULL;
	free(json);
	return text;
}

static void tell(struct stream *stream, char *text)
{
	if (text)
		add(stream, text, strlen(text));
	free(text);
}

static json_t *status_json(const struct snapshot *snapshot)
{
	if (snapshot->state != SNAPSHOT_UNREACHABLE)
		return snapshot_json(snapshot);
	return json_pack("{s:s, s:s}", "state", snapshot_state_name(snapshot->state), "reason",
			 snapshot->reason);
}

/* @text: "TIME ...", one line of `events`. Times are of one form, so their order is that of text.
 */
static void replay_line(struct stream *stream, const char *text, size_t len)
{
	struct event_line line;
	const char *type;
	json_t *json;

	if (event_line_parse(&line, text, len) < 0 || strcmp(line.time, stream->since) <= 0)
		return;
	json = event_line_json(&line, &type);
	tell(stream, render(type, line.time, json));
}

/* Who comes back after a gap says what he saw last, and who is new may want the past; the file has
 * what came since. */
static void replay(struct hub *hub, struct stream *stream)
{
	char *text = malloc(REPLAY_BYTES);
	ssize_t len = text ? vfile_slurp(hub_vfile(hub), "events", text, REPLAY_BYTES) : 0;
	const char *at = text;

	/* The hub is about to tell what is behind; it would be told twice. */
	if (len > 0 && (size_t)len > hub_events_told(hub))
		text[len = (ssize_t)hub_events_told(hub)] = '\0';
	/* Of many the last: more than half of what may lie unread would end the stream. */
	if (len > STREAM_MOST_BYTES / 4)
		at += len - STREAM_MOST_BYTES / 4;
	while (len > 0 && *at) {
		size_t line_len = strcspn(at, "\n");

		replay_line(stream, at, line_len);
		at += line_len + (at[line_len] == '\n');
	}
	free(text);
}

static void start(struct hub *hub, struct task *list)
{
	while (list) {
		struct stream *stream = stream_of(list);

		list = list->fresh;
		if (stream->since[0])
			replay(hub, stream);
		tell(stream, render("status", NULL, status_json(hub_snapshot(hub))));
		if (hub_watch_client(hub, &stream->task, stream->socket) < 0)
			hub_end(hub, &stream->task);
	}
}

static void ready(struct hub *hub, struct task *task)
{
	(void)hub, (void)task;
}

static void tick(struct hub *hub, struct task *task, const struct snapshot *snapshot)
{
	struct stream *stream = stream_of(task);
	bool is_over;

	(void)snapshot;
	pthread_mutex_lock(&stream->lock);
	is_over = stream->is_closed || stream->has_ended;
	pthread_mutex_unlock(&stream->lock);
	if (is_over)
		hub_end(hub, task);
}

static void leave(struct hub *hub, struct task *task, enum hub_leave why)
{
	(void)why;
	hub_end(hub, task);
}

static void end(struct task *task)
{
	struct stream *stream = stream_of(task);

	pthread_mutex_lock(&stream->lock);
	stream->has_ended = true;
	resume(stream);
	pthread_mutex_unlock(&stream->lock);
	let_go(stream);
}

static const struct task_ops ops = {
	.start = start, .ready = ready, .tick = tick, .leave = leave, .end = end
};

/* The stream that @task is, or NULL. */
static struct stream *as_stream(struct task *task)
{
	return task->ops == &ops ? stream_of(task) : NULL;
}

static void tell_all(struct server *server, const char *text)
{
	for (struct task *task = hub_first(server->hub); text && task; task = task->next) {
		struct stream *stream = as_stream(task);

		if (stream)
			add(stream, text, strlen(text));
	}
}

void stream_tell_line(void *cls, const struct event_line *line)
{
	struct server *server = cls;
	const char *type;
	json_t *json;
	char *text;

	if (atomic_load(&server->streams) == 0)
		return;
	json = event_line_json(line, &type);
	text = render(type, line->time, json);
	tell_all(server, text);
	free(text);
}

/* ---- progress ---- */

/* Nobody can tell how long an alarm, an empty port or a source that is off will last. */
static double foresee_s(struct hub *hub, const struct task *own, uint64_t missing)
{
	enum snapshot_state state = hub_snapshot(hub)->state;

	return state == SNAPSHOT_RUNNING || state == SNAPSHOT_STARTING
		       ? hub_eta_s(hub, own, missing)
		       : INFINITY;
}

static char *render_progress(struct hub *hub, const struct task *own,
			     const struct progress *progress)
{
	uint64_t missing = (progress->bits - progress->done_bits + 7) / 8;
	double eta_s = isnan(progress->eta_s) ? foresee_s(hub, own, missing) : progress->eta_s;

	return render("progress", NULL,
		      json_pack("{s:s, s:s, s:s, s:I, s:I, s:o}", "route", progress->route, "tag",
				progress->tag, "id", progress->id, "bits",
				(json_int_t)progress->bits, "done_bits",
				(json_int_t)progress->done_bits, "eta_s",
				isfinite(eta_s) ? json_real(eta_s) : json_null()));
}

/* To every stream of whoever waits by @own. */
static void tell_owner(struct server *server, const struct task *own,
		       const struct progress *progress)
{
	char *text = NULL;

	for (struct task *task = hub_first(server->hub); task; task = task->next) {
		struct stream *stream = as_stream(task);

		if (!stream || strcmp(stream->owner, progress->owner) != 0)
			continue;
		if (!text)
			text = render_progress(server->hub, own, progress);
		if (text)
			add(stream, text, strlen(text));
	}
	free(text);
}

void stream_tell_second(void *cls, const struct snapshot *snapshot)
{
	struct server *server = cls;
	struct progress progress;
	char *text;

	if (atomic_load(&server->streams) == 0)
		return;
	text = render("status", NULL, status_json(snapshot));
	tell_all(server, text);
	free(text);
	for (struct task *task = hub_first(server->hub); task; task = task->next)
		if (numbers_progress(task, &progress) || generate_progress(task, &progress))
			tell_owner(server, task, &progress);
}

/* ---- the request ---- */

/* The URL says it once; a browser that comes back repeats it, and says in the header what it has
 * seen meanwhile. False: answered. */
static bool take_since(struct exchange *exchange, char since[QUERY_TIME_BYTES])
{
	const char *id =
		MHD_lookup_connection_value(exchange->mhd, MHD_HEADER_KIND, "Last-Event-ID");
	char why[200];
	struct text text;

	text_init(&text, why, sizeof(why));
	if (query_time(&exchange->query, QUERY_SINCE, since, &text) < 0) {
		reply_error(exchange, MHD_HTTP_BAD_REQUEST, "%s", why);
		return false;
	}
	if (id && *id && strlen(id) < QUERY_TIME_BYTES)
		strcpy(since, id);
	return true;
}

static struct stream *make(struct exchange *exchange, const char *since)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->task.ops = &ops;
	stream->server = exchange->server;
	stream->mhd = exchange->mhd;
	stream->holders = 2;
	stream->socket = fcntl(exchange_socket(exchange), F_DUPFD_CLOEXEC, 0);
	exchange_owner(exchange, stream->owner);
	strcpy(stream->since, since);
	pthread_mutex_init(&stream->lock, NULL);
	if (stream->socket >= 0)
		return stream;
	pthread_mutex_destroy(&stream->lock);
	free(stream);
	return NULL;
}

static bool has_room(struct exchange *exchange)
{
	if (atomic_fetch_add(&exchange->server->streams, 1) < STREAM_MOST)
		return true;
	atomic_fetch_sub(&exchange->server->streams, 1);
	reply_error(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "there are %d event streams already; try again later", STREAM_MOST);
	reply_retry(exchange, FULL_RETRY_S);
	return false;
}

void stream_handle(struct exchange *exchange)
{
	char since[QUERY_TIME_BYTES];
	struct MHD_Response *response;
	struct stream *stream;

	if (!take_since(exchange, since) || !exchange_can_wait(exchange) || !has_room(exchange))
		return;
	stream = make(exchange, since);
	if (!stream) {
		atomic_fetch_sub(&exchange->server->streams, 1);
		return;
	}
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_text,
						     stream, close_text);
	if (!response)
		close_text(stream);
	reply_take(exchange, MHD_HTTP_OK, response);
	reply_header(exchange, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
	reply_header(exchange, "X-Accel-Buffering", "no"); /* nginx would hold events back */
	hub_add(exchange->server->hub, &stream->task);
}
