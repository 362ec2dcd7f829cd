/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draw - bytes of the pool for the daemon itself. */
#include "fuse-trng/fs/draw.h"

#include "common/secret.h"

#include <errno.h>
#include <string.h>

static void append(struct draw *draw, const struct iovec *iov, int count)
{
	for (int i = 0; i < count; i++) {
		memcpy(draw->bytes + draw->got_bytes, iov[i].iov_base, iov[i].iov_len);
		draw->got_bytes += iov[i].iov_len;
	}
}

static int deliver(void *request, const struct iovec *iov, int count)
{
	struct draw *draw = request;

	append(draw, iov, count);
	draw->is_parked = false;
	return 0;
}

static void refuse(void *request, int error)
{
	(void)error;
	((struct draw *)request)->is_parked = false;
}

static void ready(struct place *place)
{
	(void)place;
}

static const struct queue_ops draw_ops = { .deliver = deliver, .refuse = refuse, .ready = ready };

int draw_open(struct draw *draw, struct queue *queue, enum ledger_account account,
	      size_t capacity_bytes)
{
	*draw = (struct draw){ .place = { .ops = &draw_ops, .account = LEDGER_SET_ASIDE },
			       .queue = queue,
			       .account = account,
			       .bytes = secret_alloc(capacity_bytes),
			       .capacity_bytes = capacity_bytes };
	return draw->bytes ? 0 : -ENOMEM;
}

void draw_close(struct draw *draw)
{
	if (draw->bytes)
		draw_drop(draw, LEDGER_REMAINDER);
	secret_free(draw->bytes, draw->capacity_bytes);
	*draw = (struct draw){ 0 };
}

void draw_want(struct draw *draw, size_t needed_bytes, bool is_due)
{
	draw->needed_bytes = needed_bytes;
	draw->is_due = is_due;
}

/* What nobody waits for. Return: bytes taken. */
static size_t take_idle(struct draw *draw, size_t len_bytes)
{
	struct pool *pool = draw->queue->pool;
	struct iovec iov[2];
	size_t had = draw->got_bytes;

	if (draw->queue->first)
		return 0;
	append(draw, iov, pool_peek(pool, len_bytes, iov));
	pool_drop(pool, draw->got_bytes - had);
	ledger_move(draw->queue->ledger, LEDGER_POOL, LEDGER_SET_ASIDE, draw->got_bytes - had);
	return draw->got_bytes - had;
}

/* Its turn in the line, or a place there. Return: whether it has got a turn. */
static bool take_turn(struct draw *draw, size_t len_bytes)
{
	size_t turn = len_bytes < QUEUE_TURN_BYTES ? len_bytes : QUEUE_TURN_BYTES;
	int ret = queue_read(draw->queue, &draw->place, draw, turn);

	draw->is_parked = ret > 0;
	return ret == 0;
}

bool draw_serve(struct draw *draw)
{
	bool has_got = true;

	while (has_got && !draw->is_parked && draw->got_bytes < draw->needed_bytes) {
		size_t missing = draw->needed_bytes - draw->got_bytes;

		has_got = draw->is_due ? take_turn(draw, missing) : take_idle(draw, missing) > 0;
	}
	return draw->needed_bytes > 0 && draw->got_bytes >= draw->needed_bytes;
}

static void empty(struct draw *draw, enum ledger_account to)
{
	ledger_move(draw->queue->ledger, LEDGER_SET_ASIDE, to, draw->got_bytes);
	secret_wipe(draw->bytes, draw->got_bytes);
	draw->got_bytes = 0;
	draw->needed_bytes = 0;
	draw->is_due = false;
}

void draw_used(struct draw *draw)
{
	empty(draw, draw->account);
}

void draw_drop(struct draw *draw, enum ledger_account lost_to)
{
	queue_leave(draw->queue, &draw->place);
	empty(draw, lost_to);
}
