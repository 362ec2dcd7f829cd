/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue - who gets the next bytes of the pool. */
#include "fuse-trng/fs/queue.h"

#include "common/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool is_reader(const struct place *place)
{
	return place->account == LEDGER_RANDOM;
}

/* ---- the line ---- */

static void line_remove(struct queue *q, struct place *place)
{
	if (!place->is_waiting)
		return;
	*(place->previous ? &place->previous->next : &q->first) = place->next;
	*(place->next ? &place->next->previous : &q->last) = place->previous;
	place->previous = place->next = NULL;
	place->is_waiting = false;
}

static void line_append(struct queue *q, struct place *place)
{
	if (place->is_waiting)
		return;
	place->previous = q->last;
	place->next = NULL;
	*(q->last ? &q->last->next : &q->first) = place;
	q->last = place;
	place->is_waiting = true;
}

/* Its turn has come already and is not over. */
static void line_prepend(struct queue *q, struct place *place)
{
	line_remove(q, place);
	place->next = q->first;
	*(q->first ? &q->first->previous : &q->last) = place;
	q->first = place;
	place->is_waiting = true;
}

static bool is_alone(const struct queue *q, const struct place *place)
{
	return !q->first || (q->first == place && q->last == place);
}

/* ---- what is set aside ---- */

static void kept_remove(struct queue *q, struct place *place)
{
	*(place->previous_kept ? &place->previous_kept->next_kept : &q->first_kept) =
		place->next_kept;
	*(place->next_kept ? &place->next_kept->previous_kept : &q->last_kept) =
		place->previous_kept;
	place->previous_kept = place->next_kept = NULL;
}

static void kept_append(struct queue *q, struct place *place)
{
	place->previous_kept = q->last_kept;
	place->next_kept = NULL;
	*(q->last_kept ? &q->last_kept->next_kept : &q->first_kept) = place;
	q->last_kept = place;
}

/* What is set aside in one turn of a poller: no more than it read or tried to read before, if it
 * has. */
static size_t turn_bytes(const struct place *place)
{
	return place->asked_bytes > 0 ? place->asked_bytes : QUEUE_TURN_BYTES;
}

/* Move up to one turn of the pool to @place, which has nothing set aside. */
static bool set_aside(struct queue *q, struct place *place, uint64_t now_ms)
{
	size_t len = min_size(q->pool->len_bytes, turn_bytes(place));
	struct iovec iov[2];
	int count = pool_peek(q->pool, len, iov);

	if (len == 0)
		return false;
	place->set_aside = secret_alloc(QUEUE_TURN_BYTES);
	if (!place->set_aside)
		return false;
	for (int i = 0; i < count; i++) {
		memcpy(place->set_aside + place->set_aside_bytes, iov[i].iov_base, iov[i].iov_len);
		place->set_aside_bytes += iov[i].iov_len;
	}
	pool_drop(q->pool, len);
	place->keep_until_ms = now_ms + QUEUE_KEEP_MS;
	ledger_move(q->ledger, LEDGER_POOL, LEDGER_SET_ASIDE, len);
	kept_append(q, place);
	return true;
}

/* Take the oldest @len bytes that are set aside out of memory. */
static void drop_set_aside(struct queue *q, struct place *place, size_t len)
{
	size_t rest = place->set_aside_bytes - len;

	if (len == 0)
		return;
	memmove(place->set_aside, place->set_aside + len, rest);
	secret_wipe(place->set_aside + rest, len);
	place->set_aside_bytes = rest;
	if (rest > 0)
		return;
	secret_free(place->set_aside, QUEUE_TURN_BYTES);
	place->set_aside = NULL;
	kept_remove(q, place);
}

static void wipe_set_aside(struct queue *q, struct place *place, enum ledger_account lost_to)
{
	ledger_move(q->ledger, LEDGER_SET_ASIDE, lost_to, place->set_aside_bytes);
	q->wiped_bytes += place->set_aside_bytes;
	drop_set_aside(q, place, place->set_aside_bytes);
}

/* ---- answers ---- */

/*
 * Hand @len bytes over, first those set aside, then the pool's: straight from locked memory to the
 * reply. They are gone from here unless the reader was gone before it saw any of them.
 */
static int hand_over(struct queue *q, struct place *place, void *request, size_t len)
{
	size_t from_aside = min_size(len, place->set_aside_bytes);
	struct iovec iov[QUEUE_MOST_PIECES];
	enum ledger_account to;
	int count = 0;
	int ret;

	if (from_aside > 0)
		iov[count++] =
			(struct iovec){ .iov_base = place->set_aside, .iov_len = from_aside };
	count += pool_peek(q->pool, len - from_aside, iov + count);
	ret = place->ops->deliver(request, iov, count);
	if (ret == -ENOENT)
		return ret;
	to = ret == 0 ? place->account : LEDGER_REMAINDER;
	ledger_move(q->ledger, LEDGER_SET_ASIDE, to, from_aside);
	ledger_move(q->ledger, LEDGER_POOL, to, len - from_aside);
	if (ret < 0)
		q->wiped_bytes += len;
	drop_set_aside(q, place, from_aside);
	pool_drop(q->pool, len - from_aside);
	return ret;
}

/*
 * The least that a turn gives where the size asked does not say it. While others wait, turns are
 * equal in bytes, whoever takes them; who is alone need not wait for more than there is.
 */
static size_t least_turn_bytes(const struct queue *q, const struct place *place, size_t turn)
{
	return is_alone(q, place) ? 1 : turn;
}

/*
 * What must be there before a poller is told. Who reads little gets it whole: half an answer is no
 * use to him, and some drivers of virtual machines never recover from one.
 */
static size_t least_ready_bytes(const struct queue *q, const struct place *place)
{
	size_t turn = turn_bytes(place);

	return turn < QUEUE_TURN_BYTES ? turn : least_turn_bytes(q, place, turn);
}

/* A small read is filled whole, so that nobody gets half a key. */
static size_t least_bytes(const struct queue *q, const struct place *place, size_t size)
{
	if (size <= QUEUE_TURN_BYTES)
		return size;
	return place->set_aside_bytes > 0 ? 1 : least_turn_bytes(q, place, QUEUE_TURN_BYTES);
}

/*
 * Bytes that a read of @size may have now if it is its turn. What was set aside comes first, and
 * alone if that is enough for an answer, so that an answer is one piece of the stream where it can.
 */
static size_t due_bytes(const struct queue *q, const struct place *place, size_t size)
{
	size_t aside = min_size(size, place->set_aside_bytes);
	size_t most = is_alone(q, place) ? size : min_size(size, QUEUE_TURN_BYTES);

	if (aside >= least_bytes(q, place, size))
		return aside;
	return min_size(most, place->set_aside_bytes + q->pool->len_bytes);
}

/* Take @request out of those that wait here. Return: NULL: it is none of them. */
static struct parked *unpark(struct queue *q, struct place *place, const void *request)
{
	struct parked *before = NULL;
	struct parked *parked = place->first;

	while (parked && parked->request != request) {
		before = parked;
		parked = parked->next;
	}
	if (!parked)
		return NULL;
	*(before ? &before->next : &place->first) = parked->next;
	if (place->last == parked)
		place->last = before;
	q->waiting_readers -= is_reader(place);
	return parked;
}

static void park(struct queue *q, struct place *place, struct parked *parked)
{
	parked->next = NULL;
	*(place->last ? &place->last->next : &place->first) = parked;
	place->last = parked;
	q->waiting_readers += is_reader(place);
}

/* The first in the line, which has a read that waits. Return: whether it could be answered. */
static bool serve_reader(struct queue *q, struct place *place)
{
	size_t due = due_bytes(q, place, place->first->size_bytes);
	struct parked *parked;

	if (due < least_bytes(q, place, place->first->size_bytes))
		return false;
	parked = unpark(q, place, place->first->request);
	hand_over(q, place, parked->request, due);
	free(parked);
	line_remove(q, place);
	if (place->first || place->wants_ready)
		line_append(q, place);
	return true;
}

static bool serve_ready(struct queue *q, struct place *place, uint64_t now_ms)
{
	/* What is left from an earlier turn has not been fetched yet: that is its turn. */
	if (place->set_aside_bytes == 0 &&
	    (q->pool->len_bytes < least_ready_bytes(q, place) || !set_aside(q, place, now_ms)))
		return false;
	place->wants_ready = false;
	line_remove(q, place);
	place->ops->ready(place);
	return true;
}

void queue_serve(struct queue *queue, uint64_t now_ms)
{
	bool is_served = true;

	while (queue->first && is_served)
		is_served = queue->first->first ? serve_reader(queue, queue->first)
						: serve_ready(queue, queue->first, now_ms);
}

/* ---- requests ---- */

int queue_read(struct queue *queue, struct place *place, void *request, size_t size_bytes)
{
	bool is_first = !queue->first || place->set_aside_bytes > 0;
	struct parked *parked;
	size_t due;

	if (is_first && !place->first) {
		due = due_bytes(queue, place, size_bytes);
		if (due > 0 && due >= least_bytes(queue, place, size_bytes)) {
			hand_over(queue, place, request, due);
			return 0;
		}
	}
	parked = malloc(sizeof(*parked));
	if (!parked)
		return -ENOMEM;
	*parked = (struct parked){ .place = place, .request = request, .size_bytes = size_bytes };
	park(queue, place, parked);
	if (place->set_aside_bytes > 0)
		line_prepend(queue, place);
	else
		line_append(queue, place);
	return 1;
}

int queue_try(struct queue *queue, struct place *place, void *request, size_t size_bytes,
	      uint64_t now_ms)
{
	size_t due = min_size(size_bytes, place->set_aside_bytes);

	place->asked_bytes = min_size(size_bytes, QUEUE_TURN_BYTES);
	if (!queue->first)
		due = due_bytes(queue, place, size_bytes);
	if (due > 0) {
		hand_over(queue, place, request, due);
		return 0;
	}
	place->wants_ready = true;
	line_append(queue, place);
	queue_serve(queue, now_ms);
	return -EAGAIN;
}

bool queue_poll(struct queue *queue, struct place *place, uint64_t now_ms)
{
	if (place->set_aside_bytes > 0)
		return true;
	place->wants_ready = true;
	line_append(queue, place);
	queue_serve(queue, now_ms);
	return place->set_aside_bytes > 0;
}

void queue_interrupt(struct queue *queue, struct place *place, void *request, bool may_deliver)
{
	bool is_next = queue->first == place && place->first && place->first->request == request;
	struct parked *parked = unpark(queue, place, request);
	size_t due;

	if (!parked)
		return;
	due = is_next ? due_bytes(queue, place, parked->size_bytes)
		      : min_size(parked->size_bytes, place->set_aside_bytes);
	if (due > 0 && may_deliver)
		hand_over(queue, place, request, due);
	else
		place->ops->refuse(request, EINTR);
	free(parked);
	if (!place->first && !place->wants_ready)
		line_remove(queue, place);
}

static void refuse_all(struct queue *q, struct place *place, int error)
{
	struct parked *parked;

	while (place->first) {
		parked = unpark(q, place, place->first->request);
		place->ops->refuse(parked->request, error);
		free(parked);
	}
	place->wants_ready = false;
	line_remove(q, place);
}

void queue_leave(struct queue *queue, struct place *place)
{
	refuse_all(queue, place, EINTR);
	wipe_set_aside(queue, place, LEDGER_REMAINDER);
}

void queue_flush(struct queue *queue, int error, enum ledger_account lost_to)
{
	while (queue->first_kept)
		wipe_set_aside(queue, queue->first_kept, lost_to);
	while (error && queue->first)
		refuse_all(queue, queue->first, error);
}

uint64_t queue_asked_bytes(const struct queue *queue)
{
	uint64_t bytes = 0;

	for (const struct place *place = queue->first; place; place = place->next) {
		bytes += place->first ? 0 : turn_bytes(place);
		for (const struct parked *read = place->first; read; read = read->next)
			bytes += min_size(read->size_bytes, QUEUE_TURN_BYTES);
	}
	return bytes;
}

/* ---- time ---- */

/* Bytes whose handle has a read waiting for more belong to that read and do not expire. */
uint64_t queue_deadline_ms(const struct queue *queue)
{
	for (const struct place *place = queue->first_kept; place; place = place->next_kept) {
		if (!place->first)
			return place->keep_until_ms;
	}
	return UINT64_MAX;
}

void queue_expire(struct queue *queue, uint64_t now_ms)
{
	struct place *next;

	for (struct place *place = queue->first_kept; place; place = next) {
		next = place->next_kept;
		if (!place->first && place->keep_until_ms <= now_ms)
			wipe_set_aside(queue, place, LEDGER_REMAINDER);
	}
}

void queue_init(struct queue *queue, struct pool *pool, struct ledger *ledger)
{
	*queue = (struct queue){ .pool = pool, .ledger = ledger };
}
