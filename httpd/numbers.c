/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbers - getRandom: bits of the source as numbers, for who waits for them.
 */
#include "httpd/numbers.h"

#include "common/secret.h"
#include "httpd/bits.h"
#include "httpd/draw.h"
#include "httpd/reply.h"
#include "httpd/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FULL_RETRY_S 10
#define PIECE_BYTES  (1u << 20) /* of a turn: then others get theirs */

struct numbers {
	struct task task; /* first */
	struct exchange *exchange;
	struct wait wait;
	enum draw_source source;
	uint64_t bits, quantity;
	uint64_t promised_bytes; /* of max_waiting_bytes */
	char owner[STORE_OWNER_BYTES];
	char tag[QUERY_TAG_BYTES];
	size_t wanted_bytes, got_bytes;
	uint8_t bytes[]; /* random; wiped */
};

static struct numbers *numbers_of(struct task *task)
{
	return (struct numbers *)(void *)task;
}

/* ---- answers; the hub's thread ---- */

static void answer(struct hub *hub, struct numbers *numbers)
{
	struct exchange *exchange = numbers->exchange;
	char *json = reply_secret_alloc(bits_json_bytes(numbers->bits, numbers->quantity));

	if (json) {
		bits_json(numbers->bits, numbers->quantity, numbers->bytes, json);
		numbers->promised_bytes -= bits_json_bytes(numbers->bits, numbers->quantity);
		reply_secret(exchange, json);
		reply_header(exchange, "Trng-Source", "%s", draw_source_name(numbers->source));
		exchange->bits = numbers->bits * numbers->quantity;
	}
	hub_end(hub, &numbers->task);
}

static void refuse(struct hub *hub, struct numbers *numbers, unsigned code,
		   const struct snapshot *snapshot, double eta_s)
{
	wait_refuse(numbers->exchange, code, snapshot, eta_s);
	hub_end(hub, &numbers->task);
}

static double eta_s(struct hub *hub, const struct numbers *numbers)
{
	return hub_eta_s(hub, &numbers->task, numbers->wanted_bytes - numbers->got_bytes);
}

/* Where nothing can be said (no rate, or `raw` is being read) nobody is refused for it. */
static bool is_hopeless(const struct numbers *numbers, double wait_s)
{
	return isfinite(wait_s) && wait_s > numbers->wait.timeout_s;
}

/* Return: 0: it has all it wants; 1: not yet, and others have their turn first; -EAGAIN; or why it
 * can have nothing. */
static int read_more(struct numbers *numbers, int fd)
{
	size_t piece = PIECE_BYTES;

	while (numbers->got_bytes < numbers->wanted_bytes) {
		size_t missing = numbers->wanted_bytes - numbers->got_bytes;
		ssize_t got = read(fd, numbers->bytes + numbers->got_bytes,
				   missing < piece ? missing : piece);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		numbers->got_bytes += (size_t)got;
		piece -= (size_t)got;
		if (piece == 0 && (size_t)got < missing)
			return 1;
	}
	return 0;
}

/* Whether what read_more() said leaves something to wait for; `urandom` that has nothing now has no
 * seed, and nobody waits for that. */
static bool is_patient(const struct numbers *numbers, int ret)
{
	return ret == 1 || (ret == -EAGAIN && numbers->source == DRAW_RANDOM);
}

/* ---- one who has to wait ---- */

static int await(struct hub *hub, struct numbers *numbers, int fd)
{
	int ret = read_more(numbers, fd); /* also tells the daemon how much is wanted */

	if (ret == 0) {
		close(fd);
		answer(hub, numbers);
		return 0;
	}
	if (!is_patient(numbers, ret)) {
		close(fd);
		return ret;
	}
	ret = hub_watch_file(hub, &numbers->task, fd, false);
	if (ret == 0)
		ret = hub_watch_client(hub, &numbers->task, exchange_socket(numbers->exchange));
	return ret;
}

static void serve_urandom(struct hub *hub, struct numbers *numbers)
{
	const struct snapshot *snapshot;
	int ret = vfile_open(hub_vfile(hub), draw_source_name(DRAW_URANDOM), O_RDONLY);

	if (ret >= 0)
		ret = await(hub, numbers, ret);
	if (ret == 0)
		return;
	hub_forget(hub);
	snapshot = hub_snapshot(hub);
	draw_refuse(numbers->exchange, draw_judge_urandom(snapshot, ret), snapshot);
	hub_end(hub, &numbers->task);
}

/* @fd: a place in the daemon's line that is taken over, or -1. @error: of the
 * read that gave none.
 */
static void settle(struct hub *hub, struct numbers *numbers, int fd, int error)
{
	const struct snapshot *snapshot = hub_snapshot(hub);
	unsigned code = wait_judge(snapshot, error);
	double wait_s = code ? 0 : eta_s(hub, numbers);
	int ret;

	if (code == 0 && is_hopeless(numbers, wait_s))
		code = MHD_HTTP_SERVICE_UNAVAILABLE;
	if (code != 0) {
		if (fd >= 0)
			close(fd);
		refuse(hub, numbers, code, snapshot, wait_s);
		return;
	}
	ret = fd >= 0 ? fd : vfile_open(hub_vfile(hub), draw_source_name(DRAW_RANDOM), O_RDONLY);
	if (ret >= 0)
		ret = await(hub, numbers, ret);
	if (ret == 0)
		return;
	hub_forget(hub);
	snapshot = hub_snapshot(hub);
	code = wait_judge(snapshot, ret);
	refuse(hub, numbers, code ? code : WAIT_CODE_LOST, snapshot, 0);
}

/* ---- who need not wait is served with all others that have just come, by one read ---- */

static uint64_t wanted_by(const struct task *list)
{
	uint64_t sum = 0;

	for (; list; list = list->fresh) {
		const struct numbers *numbers = (const struct numbers *)(const void *)list;

		sum += numbers->wanted_bytes - numbers->got_bytes;
	}
	return sum;
}

/* @len bytes of the scratch go to those at the head of @list. Return: the first
 * who lacks some. */
static struct task *deal(struct hub *hub, struct desk *desk, struct task *list, size_t len)
{
	const uint8_t *from = desk->scratch;

	while (list) {
		struct numbers *numbers = numbers_of(list);
		size_t missing = numbers->wanted_bytes - numbers->got_bytes;
		size_t part = missing < len ? missing : len;

		memcpy(numbers->bytes + numbers->got_bytes, from, part);
		numbers->got_bytes += part;
		from += part;
		len -= part;
		if (part < missing)
			break;
		list = list->fresh;
		answer(hub, numbers);
	}
	return list;
}

/*
 * Who is refused in the end must not have emptied the pool before: when there may be less in it
 * than all of them want, each is judged by what those before him leave. Return: those who stay.
 */
static struct task *turn_away(struct hub *hub, struct desk *desk, struct task *list)
{
	struct task *stay = NULL, **stay_end = &stay;
	struct snapshot left;

	if (wanted_by(list) <= desk_expects(hub, desk))
		return list;
	left = *hub_snapshot(hub);
	desk_learn(hub, desk);
	while (list) {
		struct numbers *numbers = numbers_of(list);
		uint64_t wanted = numbers->wanted_bytes;
		double wait_s =
			snapshot_eta_s(&left, wanted, hub_ahead_bytes(hub, &numbers->task, wanted));

		list = list->fresh;
		numbers->task.fresh = NULL;
		if (wait_judge(&left, 0) == 0 && is_hopeless(numbers, wait_s)) {
			refuse(hub, numbers, MHD_HTTP_SERVICE_UNAVAILABLE, &left, wait_s);
			continue;
		}
		left.pool_bytes -= wanted < left.pool_bytes ? wanted : left.pool_bytes;
		*stay_end = &numbers->task;
		stay_end = &numbers->task.fresh;
	}
	return stay;
}

static void serve_random(struct hub *hub, struct desk *desk, struct task *list)
{
	int fd = -1;
	ssize_t got = 0;

	list = turn_away(hub, desk, list);
	while (list) {
		got = desk_read(hub, desk, wanted_by(list));
		if (got < 0)
			break;
		list = deal(hub, desk, list, (size_t)got);
		secret_wipe(desk->scratch, (size_t)got);
	}
	if (list && got == -EAGAIN)
		fd = desk_give_place(desk);
	while (list) {
		struct numbers *numbers = numbers_of(list);

		list = list->fresh;
		settle(hub, numbers, fd, (int)got);
		fd = -1;
	}
}

/* ---- the task ---- */

static void start(struct hub *hub, struct task *list)
{
	struct task *random = NULL, **random_end = &random;
	struct desk *desk = &numbers_of(list)->exchange->server->desk;

	while (list) {
		struct numbers *numbers = numbers_of(list);

		list = list->fresh;
		wait_begin(&numbers->wait, numbers->exchange->server, hub_now_ms(hub));
		if (numbers->source == DRAW_URANDOM) {
			serve_urandom(hub, numbers);
			continue;
		}
		*random_end = &numbers->task;
		random_end = &numbers->task.fresh;
		numbers->task.fresh = NULL;
	}
	serve_random(hub, desk, random);
}

static void ready(struct hub *hub, struct task *task)
{
	struct numbers *numbers = numbers_of(task);
	int ret = read_more(numbers, task->file.fd);

	if (ret == 0) {
		answer(hub, numbers);
	} else if (!is_patient(numbers, ret)) {
		hub_forget(hub);
		refuse(hub, numbers, WAIT_CODE_LOST, hub_snapshot(hub), 0);
	}
}

static void tick(struct hub *hub, struct task *task, const struct snapshot *snapshot)
{
	struct numbers *numbers = numbers_of(task);
	unsigned code = numbers->source == DRAW_URANDOM
				? wait_deadline(&numbers->wait, hub_now_ms(hub))
				: wait_check(&numbers->wait, snapshot, hub_now_ms(hub));

	if (code != 0)
		refuse(hub, numbers, code, snapshot, eta_s(hub, numbers));
}

static void lost(struct hub *hub, struct task *task, const struct event_line *line)
{
	struct numbers *numbers = numbers_of(task);

	if (numbers->source != DRAW_RANDOM || !wait_is_over(&numbers->wait, line))
		return;
	wait_refuse_lost(numbers->exchange, line->state, line->reason);
	hub_end(hub, task);
}

static uint64_t owes(const struct task *task)
{
	const struct numbers *numbers = (const struct numbers *)(const void *)task;

	return numbers->source == DRAW_RANDOM ? numbers->wanted_bytes - numbers->got_bytes : 0;
}

static void leave(struct hub *hub, struct task *task, enum hub_leave why)
{
	if (why == HUB_LEAVE_GONE)
		reply_none(numbers_of(task)->exchange, EXCHANGE_CODE_GONE);
	hub_end(hub, task);
}

static void end(struct task *task)
{
	struct numbers *numbers = numbers_of(task);
	struct exchange *exchange = numbers->exchange;

	atomic_fetch_sub(&exchange->server->waiting_bytes, numbers->promised_bytes);
	secret_wipe(numbers->bytes, numbers->wanted_bytes);
	free(numbers);
	exchange_resume(exchange);
}

static const struct task_ops ops = { .start = start,
				     .ready = ready,
				     .tick = tick,
				     .lost = lost,
				     .owes = owes,
				     .leave = leave,
				     .end = end };

bool numbers_progress(const struct task *task, struct progress *progress)
{
	const struct numbers *numbers = (const struct numbers *)(const void *)task;

	if (task->ops != &ops)
		return false;
	*progress = (struct progress){ .route = "getRandom",
				       .tag = numbers->tag,
				       .id = "",
				       .owner = numbers->owner,
				       .eta_s = numbers->source == DRAW_URANDOM ? 0 : NAN,
				       .bits = numbers->bits * numbers->quantity,
				       .done_bits = numbers->got_bytes * 8 };
	if (progress->done_bits > progress->bits)
		progress->done_bits = progress->bits;
	return true;
}

/* ---- the request; libmicrohttpd's thread ---- */

/* Memory is promised before it is taken: many large requests must not fill it.
 */
static bool promise(struct exchange *exchange, uint64_t bytes)
{
	struct server *server = exchange->server;
	uint64_t most = server->config->max_waiting_bytes;

	if (bytes > most) {
		reply_error(exchange, MHD_HTTP_BAD_REQUEST,
			    "the answer would take more memory than all waiting requests may "
			    "(httpd.max_waiting_bytes); ask for less or use generateTestdata");
		return false;
	}
	if (atomic_fetch_add(&server->waiting_bytes, bytes) + bytes <= most)
		return true;
	atomic_fetch_sub(&server->waiting_bytes, bytes);
	reply_error(exchange, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "requests that wait have taken all memory that is meant for them");
	reply_retry(exchange, FULL_RETRY_S);
	return false;
}

static struct numbers *make(struct exchange *exchange, uint64_t bits, uint64_t quantity)
{
	uint64_t bytes = bits_bytes(bits * quantity);
	uint64_t promised = bytes + bits_json_bytes(bits, quantity) + sizeof(struct numbers);
	struct numbers *numbers;

	if (!promise(exchange, promised))
		return NULL;
	numbers = malloc(sizeof(*numbers) + bytes);
	if (!numbers) {
		atomic_fetch_sub(&exchange->server->waiting_bytes, promised);
		return NULL;
	}
	*numbers = (struct numbers){ .task.ops = &ops,
				     .exchange = exchange,
				     .bits = bits,
				     .quantity = quantity,
				     .promised_bytes = promised,
				     .wanted_bytes = bytes };
	exchange_owner(exchange, numbers->owner);
	return numbers;
}

static bool take_size(struct exchange *exchange, uint64_t *bits, uint64_t *quantity)
{
	uint64_t most = exchange->server->config->max_request_bits;

	if (!draw_take_u64(exchange, QUERY_NUM_BITS, UINT64_MAX, 1, bits) ||
	    !draw_take_u64(exchange, QUERY_QUANTITY, UINT64_MAX, 1, quantity))
		return false;
	if (*bits <= most && *quantity <= most / *bits)
		return true;
	reply_error(exchange, MHD_HTTP_BAD_REQUEST,
		    "numBits * quantity is more than %llu bits (httpd.max_request_bits); "
		    "use generateTestdata for so many",
		    (unsigned long long)most);
	return false;
}

void numbers_handle(struct exchange *exchange)
{
	enum draw_source source;
	char tag[QUERY_TAG_BYTES];
	uint64_t bits, quantity;
	struct numbers *numbers;

	if (!take_size(exchange, &bits, &quantity) || !draw_take_source(exchange, &source) ||
	    !draw_take_tag(exchange, tag) || !exchange_can_wait(exchange) ||
	    !draw_charge(exchange, bits * quantity))
		return;
	numbers = make(exchange, bits, quantity);
	if (!numbers)
		return;
	numbers->source = source;
	exchange->is_urandom = source == DRAW_URANDOM;
	memcpy(numbers->tag, tag, sizeof(tag));
	exchange_suspend(exchange, &numbers->task);
}
