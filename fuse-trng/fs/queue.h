/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue - who gets the next bytes of the pool: one fair line of readers, one place per open handle.
 *
 * Blocking readers, non-blocking readers that got nothing, and pollers stand in the same line. A
 * blocking reader's turn is answered; for the others up to QUEUE_TURN_BYTES are set aside and
 * kept for a while. Knows nothing of FUSE: a request is an opaque pointer that
 * queue_ops->deliver answers.
 */
#ifndef TRNG_FS_QUEUE_H
#define TRNG_FS_QUEUE_H

#include "fuse-trng/source/ledger.h"
#include "fuse-trng/source/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define QUEUE_TURN_BYTES                                                                           \
	256 /* reads up to this are filled whole; most a turn gives while others wait */
#define QUEUE_KEEP_MS     5000 /* how long bytes set aside wait for their reader */
#define QUEUE_MOST_PIECES 3    /* of a reply: what was set aside, and the pool's ring in two */

struct place;
struct queue_ops;

/* A read that waits. */
struct parked {
	struct parked *next;
	struct place *place;
	void *request;
	size_t size_bytes;
};

/* One open handle. The caller owns the memory; but for ops and account
 * zeroed it is a place outside the line. */
struct place {
	const struct queue_ops *ops;   /* set by the caller before the first call */
	enum ledger_account account;   /* of what is delivered here; LEDGER_RANDOM: to a reader */
	struct place *previous, *next; /* in the line */
	bool is_waiting;               /* in the line */
	bool wants_ready;              /* a poller, or a non-blocking reader that got nothing */
	size_t asked_bytes; /* by its newest non-blocking read, one turn at most; 0: none yet */
	struct parked *first, *last; /* reads that wait, oldest first */
	uint8_t *set_aside;          /* locked memory, NULL while nothing is set aside */
	size_t set_aside_bytes;
	uint64_t keep_until_ms;
	struct place *previous_kept, *next_kept; /* places with bytes set aside, oldest first */
};

struct queue_ops {
	/*
	 * Answer a read with these bytes. 0: delivered; -ENOENT: the reader is gone and has seen
	 * nothing; another -errno: it is unknown what it has seen.
	 */
	int (*deliver)(void *request, const struct iovec *iov, int count);
	/* Answer a read with an error. */
	void (*refuse)(void *request, int error);
	/* Bytes are set aside for the place: wake its pollers. */
	void (*ready)(struct place *place);
};

struct queue {
	struct pool *pool;
	struct place *first, *last;           /* the line */
	struct place *first_kept, *last_kept; /* those with bytes set aside */
	size_t waiting_readers;               /* parked reads, but for the daemon's own */
	struct ledger *ledger;                /* told of what leaves the pool */
	uint64_t wiped_bytes; /* set aside and wiped unread, or lost with their reader */
};

/** queue_init - an empty line in front of @pool; all must outlive the queue. */
void queue_init(struct queue *queue, struct pool *pool, struct ledger *ledger);

/**
 * queue_read - a blocking read: answered now if it is its turn and there is enough, else parked.
 * Return: 0: answered; 1: parked, until queue_serve(), queue_interrupt(), queue_flush() or
 *         queue_leave() answers; -ENOMEM (the caller answers).
 */
int queue_read(struct queue *queue, struct place *place, void *request, size_t size_bytes);

/**
 * queue_try - a non-blocking read: answered with what is its due now, else a place in the line.
 *
 * When its turn comes no more is set aside than it asked for: what it would not fetch is lost.
 * Return: 0: answered; -EAGAIN (the caller answers).
 */
int queue_try(struct queue *queue, struct place *place, void *request, size_t size_bytes,
	      uint64_t now_ms);

/** queue_poll - true when bytes are set aside for @place; else it now stands in the line. */
bool queue_poll(struct queue *queue, struct place *place, uint64_t now_ms);

/**
 * queue_interrupt - take a parked read out: with what is its due, or -EINTR.
 * @may_deliver: false when the reader is dying and would lose what it were given.
 */
void queue_interrupt(struct queue *queue, struct place *place, void *request, bool may_deliver);

/** queue_leave - @place is closed: out of the line, what was set aside is wiped. */
void queue_leave(struct queue *queue, struct place *place);

/** queue_serve - the pool has grown, or the line has changed: everybody whose turn it is. */
void queue_serve(struct queue *queue, uint64_t now_ms);

/**
 * queue_flush - wipe all that is set aside; with @error, refuse everybody who waits.
 * @lost_to: the ledger's account for what is wiped.
 */
void queue_flush(struct queue *queue, int error, enum ledger_account lost_to);

/**
 * queue_asked_bytes - what everybody in the line asks for; a large read, or a poller that has not
 * tried to read, counts one turn.
 */
uint64_t queue_asked_bytes(const struct queue *queue);

/** queue_deadline_ms, queue_expire - when and to wipe what was set aside and not fetched. */
uint64_t queue_deadline_ms(const struct queue *queue);
void queue_expire(struct queue *queue, uint64_t now_ms);

#endif
