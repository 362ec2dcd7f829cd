/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wait - what the state of the source means for a request that wants bytes of it. */
#ifndef TRNG_HTTPD_WAIT_H
#define TRNG_HTTPD_WAIT_H

#include "httpd/exchange.h"
#include "httpd/hub.h"

#define WAIT_CODE_STANDBY 432 /* documented: not initialised */
#define WAIT_CODE_LOST    555 /* documented: whatever else */
#define WAIT_NOT_READY    "System not initialized"

struct wait {
	int64_t since_ms;           /* time of day: events before it are no loss */
	uint64_t begun_ms;          /* monotonic */
	uint64_t deadline_ms;       /* monotonic */
	uint64_t start_deadline_ms; /* 0: the source does not start */
	double timeout_s, init_timeout_s;
};

/** wait_begin - one who asks now. */
void wait_begin(struct wait *wait, const struct server *server, uint64_t now_ms);

/**
 * wait_judge - whether he may wait.
 * @error: what reading `random` said: -EAGAIN, or why not.
 * Return: 0; WAIT_CODE_STANDBY; WAIT_CODE_LOST.
 */
unsigned wait_judge(const struct snapshot *snapshot, int error);

/** wait_check - each second: whether he may go on. Return: 0; WAIT_CODE_LOST; 503: his time is
 * over. */
unsigned wait_check(struct wait *wait, const struct snapshot *snapshot, uint64_t now_ms);

/** wait_deadline - the last of these alone: for what the state of the source does not concern. */
unsigned wait_deadline(const struct wait *wait, uint64_t now_ms);

/** wait_is_over - whether an event of @line ends this wait. */
bool wait_is_over(const struct wait *wait, const struct event_line *line);

/** wait_refuse - answer with a code of the above; @eta_s for Retry-After of a 503. */
void wait_refuse(struct exchange *exchange, unsigned code, const struct snapshot *snapshot,
		 double eta_s);

/** wait_refuse_lost - 555 with what happened. */
void wait_refuse_lost(struct exchange *exchange, const char *state, const char *reason);

#endif
