/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generate - generateTestdata: bits of the source into a file, at once or as a job. */
#include "httpd/generate.h"

#include "common/log.h"
#include "common/secret.h"
#include "httpd/draw.h"
#include "httpd/finish.h"
#include "httpd/reply.h"
#include "httpd/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE_BYTES 65536 /* of one read: others get their turn in between */

struct generate {
	struct task task;          /* first */
	struct exchange *exchange; /* NULL: a job, its client has its answer */
	struct server *server;
	struct wait wait;
	enum draw_source source;
	enum bits_form form;
	uint64_t bits;
	char owner[STORE_OWNER_BYTES];
	char tag[QUERY_TAG_BYTES];
	struct store_writer *writer; /* NULL: not begun, or ending, or over */
	struct store_file file;
	struct finish finish;
	bool is_finishing;                /* all bits are there; the disk has the word */
	char payer[TOKEN_NAME_BYTES];     /* of a job: whose budget it was charged to, ... */
	uint64_t charged_bits, charged_s; /* ... given back if it comes to nothing */
};

static struct generate *generate_of(struct task *task)
{
	return (struct generate *)(void *)task;
}

static uint64_t wants(const struct generate *generate)
{
	if (generate->is_finishing)
		return 0;
	return generate->writer ? store_wants(generate->writer) : bits_bytes(generate->bits);
}

/* What need not wait for the source goes on as fast as it has gone so far. */
static double eta_s(const struct generate *generate)
{
	struct hub *hub = generate->server->hub;
	uint64_t missing = wants(generate), done = bits_bytes(generate->bits) - missing;
	double took_s = (double)(hub_now_ms(hub) - generate->wait.begun_ms) / 1000;

	if (generate->source == DRAW_RANDOM)
		return hub_eta_s(hub, &generate->task, missing);
	return done > 0 ? (double)missing / (double)done * took_s : 0;
}

/* ---- answers ---- */

static json_t *describe(const struct generate *generate, const char *message)
{
	const struct store_file *file = &generate->file;

	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s}", "message", message, "id", file->id,
			 "name", file->name, "bits", (json_int_t)file->bits, "filetype",
			 bits_form_name(file->form), "source", file->source);
}

static void answer_whole(struct hub *hub, struct generate *generate)
{
	struct exchange *exchange = generate->exchange;
	json_t *json;

	if (!exchange) {
		generate->charged_bits = 0;
		metrics_bits(generate->server->metrics, generate->bits,
			     generate->source == DRAW_URANDOM);
	} else {
		json = describe(generate, "Generation successful");
		json_object_set_new(json, "size_bytes",
				    json_integer((json_int_t)generate->file.size_bytes));
		json_object_set_new(json, "sha256", json_string(generate->file.sha256));
		reply_json(exchange, MHD_HTTP_OK, json);
		exchange->bits = generate->bits;
	}
	hub_end(hub, &generate->task);
}

/* The exchange would give the charge back, since nobody has bits yet. */
static void take_charge(struct generate *generate)
{
	struct exchange *exchange = generate->exchange;

	memcpy(generate->payer, exchange->caller.token.name, sizeof(generate->payer));
	generate->charged_bits = exchange->charged_bits;
	generate->charged_s = exchange->charged_s;
	exchange->charged_bits = 0;
}

/* The client has its answer; the task goes on. */
static void go_on_alone(struct hub *hub, struct generate *generate)
{
	struct exchange *exchange = generate->exchange;

	take_charge(generate);
	hub_drop_client(hub, &generate->task);
	generate->exchange = NULL;
	exchange_resume(exchange);
}

static void become_job(struct hub *hub, struct generate *generate)
{
	struct exchange *exchange = generate->exchange;
	double wait_s = eta_s(generate);
	json_t *json = describe(generate, "Generation started");

	store_mark_job(generate->writer);
	json_object_set_new(json, "eta_s", isfinite(wait_s) ? json_real(wait_s) : json_null());
	reply_json(exchange, MHD_HTTP_ACCEPTED, json);
	reply_retry(exchange, wait_s);
	go_on_alone(hub, generate);
}

static unsigned code_of(int error)
{
	return error == -ENOSPC || error == -EDQUOT || error == -EFBIG || error == -EMFILE
		       ? MHD_HTTP_INSUFFICIENT_STORAGE
		       : WAIT_CODE_LOST;
}

/* The disk, or the file's deletion, ends it. */
static void fail(struct hub *hub, struct generate *generate, int error)
{
	const char *why = error == -ECANCELED ? "deleted" : strerror(-error);

	if (generate->writer)
		store_abandon(generate->writer, why);
	generate->writer = NULL;
	if (generate->exchange)
		reply_error(generate->exchange, code_of(error), "the file cannot be written: %s",
			    why);
	hub_end(hub, &generate->task);
}

static void refuse(struct hub *hub, struct generate *generate, unsigned code,
		   const struct snapshot *snapshot)
{
	if (generate->writer)
		store_abandon(generate->writer, snapshot->reason);
	generate->writer = NULL;
	draw_refuse(generate->exchange, code, snapshot);
	hub_end(hub, &generate->task);
}

/* ---- bits ---- */

static void take_result(struct hub *hub, struct generate *generate, int ret);

static void end_finishing(struct hub *hub, struct generate *generate)
{
	int ret = finish_wait(&generate->finish);

	generate->is_finishing = false;
	generate->file = generate->finish.file;
	take_result(hub, generate, ret);
}

/* The disk has had its word. */
static void take_result(struct hub *hub, struct generate *generate, int ret)
{
	if (ret == 0)
		answer_whole(hub, generate);
	else
		fail(hub, generate, ret);
}

static void finish_file(struct hub *hub, struct generate *generate)
{
	struct store_writer *writer = generate->writer;
	int fd = finish_begin(&generate->finish, writer);

	generate->writer = NULL;
	if (fd < 0) {
		take_result(hub, generate, store_finish(writer, &generate->file));
		return;
	}
	generate->is_finishing = true;
	hub_drop_file(hub, &generate->task);
	if (hub_watch_file(hub, &generate->task, fd, false) < 0)
		end_finishing(hub, generate);
}

/* One piece a turn. Return: 0; -EAGAIN; 1: over; another -errno: the source gives nothing. */
static int pump(struct hub *hub, struct generate *generate, int fd)
{
	uint8_t piece[PIECE_BYTES];
	uint64_t missing = store_wants(generate->writer);
	ssize_t got = read(fd, piece, missing < sizeof(piece) ? missing : sizeof(piece));
	int ret;

	if (got <= 0)
		return got < 0 ? (errno == EINTR ? 0 : -errno) : -EIO;
	ret = store_put(generate->writer, piece, (size_t)got);
	secret_wipe(piece, (size_t)got);
	if (ret == 0 && store_wants(generate->writer) > 0)
		return 0;
	if (ret < 0)
		fail(hub, generate, ret);
	else
		finish_file(hub, generate);
	return 1;
}

/* `urandom` that has nothing now has no seed: a job waits for that, nobody else. */
static bool is_patient(const struct generate *generate, int ret)
{
	return ret == 0 ||
	       (ret == -EAGAIN && (generate->source == DRAW_RANDOM || !generate->exchange));
}

/* Take a place in the daemon's line. Return: as pump(); the task watches the file unless it fails.
 */
static int open_source(struct hub *hub, struct generate *generate)
{
	int fd = vfile_open(hub_vfile(hub), draw_source_name(generate->source), O_RDONLY);
	int ret;

	if (fd < 0)
		return fd;
	ret = pump(hub, generate, fd);
	if (!is_patient(generate, ret)) {
		close(fd);
		return ret;
	}
	return hub_watch_file(hub, &generate->task, fd, false);
}

/* What makes a request fail is something that a job waits out. */
static void interrupt(struct hub *hub, struct generate *generate, const struct snapshot *snapshot)
{
	if (generate->exchange) {
		refuse(hub, generate, WAIT_CODE_LOST, snapshot);
		return;
	}
	hub_drop_file(hub, &generate->task);
	store_note(generate->writer, snapshot->reason);
}

/* ---- the task ---- */

static bool may_begin(struct hub *hub, struct generate *generate)
{
	const struct snapshot *snapshot = hub_snapshot(hub);
	unsigned code = generate->source == DRAW_URANDOM ? 0 : wait_judge(snapshot, 0);
	int ret;

	if (code != 0) {
		refuse(hub, generate, code, snapshot);
		return false;
	}
	ret = store_create(generate->server->store, generate->owner,
			   draw_source_name(generate->source), generate->form, generate->bits,
			   &generate->writer, &generate->file);
	if (ret < 0) {
		fail(hub, generate, ret);
		return false;
	}
	snprintf(generate->exchange->file, sizeof(generate->exchange->file), "%s",
		 generate->file.name);
	return true;
}

static void begin(struct hub *hub, struct generate *generate)
{
	const struct snapshot *snapshot;
	double wait_s;
	int ret;

	wait_begin(&generate->wait, generate->server, hub_now_ms(hub));
	if (!may_begin(hub, generate))
		return;
	if (hub_watch_client(hub, &generate->task, exchange_socket(generate->exchange)) < 0)
		log_warning("a client cannot be watched: %s", strerror(errno));
	ret = open_source(hub, generate);
	if (ret == 1)
		return;
	if (ret < 0) {
		/* It was running when the request came. */
		hub_forget(hub);
		snapshot = hub_snapshot(hub);
		refuse(hub, generate,
		       generate->source == DRAW_URANDOM ? draw_judge_urandom(snapshot, ret)
							: WAIT_CODE_LOST,
		       snapshot);
		return;
	}
	wait_s = eta_s(generate);
	if (isfinite(wait_s) && wait_s > generate->wait.timeout_s)
		become_job(hub, generate);
}

static void start(struct hub *hub, struct task *list)
{
	while (list) {
		struct task *task = list;

		list = list->fresh;
		begin(hub, generate_of(task));
	}
}

static void ready(struct hub *hub, struct task *task)
{
	struct generate *generate = generate_of(task);
	int ret;

	if (generate->is_finishing) {
		end_finishing(hub, generate);
		return;
	}
	ret = pump(hub, generate, task->file.fd);
	if (ret < 0 && !is_patient(generate, ret)) {
		hub_forget(hub);
		interrupt(hub, generate, hub_snapshot(hub));
	}
}

/* Return: whether the file is open, for the first time or again. */
static bool reopen(struct hub *hub, struct generate *generate, const struct snapshot *snapshot)
{
	/* Of `urandom` only the file itself says whether it gives. */
	if (generate->source == DRAW_RANDOM && snapshot->state != SNAPSHOT_RUNNING)
		return false;
	return open_source(hub, generate) == 0;
}

static void tick_job(struct hub *hub, struct generate *generate, const struct snapshot *snapshot)
{
	struct store_file now;
	double is_seeded = 1;

	if (store_find(generate->server->store, generate->file.id, &now) < 0) {
		fail(hub, generate, -ECANCELED);
		return;
	}
	if (generate->task.file.fd < 0 && !reopen(hub, generate, snapshot))
		return;
	if (generate->source == DRAW_URANDOM)
		snapshot_number(snapshot, "urandom_seeded", &is_seeded);
	store_note(generate->writer, is_seeded > 0 ? NULL : "urandom has no seed");
}

static void tick(struct hub *hub, struct task *task, const struct snapshot *snapshot)
{
	struct generate *generate = generate_of(task);
	unsigned code;

	if (generate->is_finishing)
		return;
	if (!generate->exchange) {
		tick_job(hub, generate, snapshot);
		return;
	}
	code = generate->source == DRAW_URANDOM
		       ? wait_deadline(&generate->wait, hub_now_ms(hub))
		       : wait_check(&generate->wait, snapshot, hub_now_ms(hub));
	if (code == MHD_HTTP_SERVICE_UNAVAILABLE)
		become_job(hub, generate);
	else if (code != 0)
		refuse(hub, generate, code, snapshot);
}

static void lost(struct hub *hub, struct task *task, const struct event_line *line)
{
	struct generate *generate = generate_of(task);

	if (generate->source != DRAW_RANDOM || !generate->exchange || generate->is_finishing ||
	    !wait_is_over(&generate->wait, line))
		return;
	store_abandon(generate->writer, line->reason);
	generate->writer = NULL;
	wait_refuse_lost(generate->exchange, line->state, line->reason);
	hub_end(hub, task);
}

static uint64_t owes(const struct task *task)
{
	const struct generate *generate = (const struct generate *)(const void *)task;

	return generate->source == DRAW_RANDOM ? wants(generate) : 0;
}

/* A request of a client who has left is over, unless his file is all but there; a job is not his.
 */
static void leave(struct hub *hub, struct task *task, enum hub_leave why)
{
	struct generate *generate = generate_of(task);

	if (generate->exchange && why == HUB_LEAVE_GONE)
		reply_none(generate->exchange, EXCHANGE_CODE_GONE);
	if (generate->is_finishing) {
		if (why == HUB_LEAVE_GONE)
			go_on_alone(hub, generate);
		else
			end_finishing(hub, generate);
		return;
	}
	if (generate->writer)
		store_abandon(generate->writer,
			      why == HUB_LEAVE_GONE ? "the client left" : "the server stopped");
	generate->writer = NULL;
	hub_end(hub, task);
}

static void end(struct task *task)
{
	struct generate *generate = generate_of(task);
	struct exchange *exchange = generate->exchange;

	if (generate->charged_bits > 0)
		budgets_return(generate->server->budgets, generate->payer, generate->charged_bits,
			       generate->charged_s);
	free(generate);
	if (exchange)
		exchange_resume(exchange);
}

static const struct task_ops ops = { .start = start,
				     .ready = ready,
				     .tick = tick,
				     .lost = lost,
				     .owes = owes,
				     .leave = leave,
				     .end = end };

bool generate_progress(const struct task *task, struct progress *progress)
{
	const struct generate *generate = (const struct generate *)(const void *)task;
	uint64_t missing;

	if (task->ops != &ops)
		return false;
	missing = wants(generate) * 8;
	*progress = (struct progress){
		.route = "generateTestdata",
		.tag = generate->tag,
		.id = generate->file.id,
		.owner = generate->owner,
		.eta_s = generate->source == DRAW_URANDOM ? eta_s(generate) : NAN,
		.bits = generate->bits,
		.done_bits = missing < generate->bits ? generate->bits - missing : 0
	};
	return true;
}

/* ---- the request ---- */

static bool take_form(struct exchange *exchange, enum bits_form *form)
{
	const char *word;
	char why[200];
	struct text text;

	text_init(&text, why, sizeof(why));
	if (query_word(&exchange->query, QUERY_FILETYPE, "bin", &word, &text) == 0 &&
	    bits_form_parse(form, word) == 0)
		return true;
	reply_error(exchange, MHD_HTTP_BAD_REQUEST, "filetype is bin or txt%s%s",
		    why[0] ? ": " : "", why);
	return false;
}

void generate_handle(struct exchange *exchange)
{
	uint64_t most = exchange->server->config->max_file_bits;
	struct generate made = { .task.ops = &ops,
				 .exchange = exchange,
				 .server = exchange->server };
	struct generate *generate;

	if (!draw_take_u64(exchange, QUERY_NUM_BITS, most, 5000, &made.bits) ||
	    !take_form(exchange, &made.form) || !draw_take_source(exchange, &made.source) ||
	    !draw_take_tag(exchange, made.tag) || !exchange_can_wait(exchange) ||
	    !draw_charge(exchange, made.bits))
		return;
	generate = malloc(sizeof(*generate));
	if (!generate)
		return;
	*generate = made;
	exchange_owner(exchange, generate->owner);
	exchange->is_urandom = made.source == DRAW_URANDOM;
	exchange_suspend(exchange, &generate->task);
}
