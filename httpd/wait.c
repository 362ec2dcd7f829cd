/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wait - what the state of the source means for a request that wants bytes of it. */
#include "httpd/wait.h"

#include "httpd/clock.h"
#include "httpd/reply.h"

#include <errno.h>
#include <math.h>
#include <time.h>

static int64_t time_of_day_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void wait_begin(struct wait *wait, const struct server *server, uint64_t now_ms)
{
	*wait = (struct wait){ .since_ms = time_of_day_ms(),
			       .begun_ms = now_ms,
			       .timeout_s = server->config->request_timeout_s,
			       .init_timeout_s = server->init_timeout_s };
	wait->deadline_ms = now_ms + (uint64_t)server->config->request_timeout_s * 1000;
}

/* The state has changed between the read and the look at `status`: the read is right. */
static unsigned judge_error(int error)
{
	switch (error) {
	case 0:
	case -EAGAIN:
	case -EINTR:
		return 0;
	case -ENODATA:
	case -ENODEV:
	case -ENOENT:
	case -ENOTCONN:
		return WAIT_CODE_STANDBY;
	default:
		return WAIT_CODE_LOST;
	}
}

unsigned wait_judge(const struct snapshot *snapshot, int error)
{
	switch (snapshot->state) {
	case SNAPSHOT_STANDBY:
	case SNAPSHOT_ABSENT:
	case SNAPSHOT_UNREACHABLE:
		return WAIT_CODE_STANDBY;
	case SNAPSHOT_STARTING:
	case SNAPSHOT_RUNNING:
		return judge_error(error);
	case SNAPSHOT_ALARM:
	case SNAPSHOT_FAILED:
	case SNAPSHOT_STATES:
	default:
		return WAIT_CODE_LOST;
	}
}

unsigned wait_check(struct wait *wait, const struct snapshot *snapshot, uint64_t now_ms)
{
	if (wait_judge(snapshot, 0) != 0)
		return WAIT_CODE_LOST;
	if (snapshot->state != SNAPSHOT_STARTING)
		wait->start_deadline_ms = 0;
	else if (wait->start_deadline_ms == 0)
		wait->start_deadline_ms = now_ms + (uint64_t)(wait->init_timeout_s * 1000);
	else if (now_ms >= wait->start_deadline_ms)
		return WAIT_CODE_LOST;
	return wait_deadline(wait, now_ms);
}

unsigned wait_deadline(const struct wait *wait, uint64_t now_ms)
{
	return now_ms >= wait->deadline_ms ? MHD_HTTP_SERVICE_UNAVAILABLE : 0;
}

bool wait_is_over(const struct wait *wait, const struct event_line *line)
{
	return line->at_ms > wait->since_ms;
}

void wait_refuse(struct exchange *exchange, unsigned code, const struct snapshot *snapshot,
		 double eta_s)
{
	if (code == WAIT_CODE_STANDBY) {
		reply_message(exchange, code, WAIT_NOT_READY);
	} else if (code == WAIT_CODE_LOST) {
		wait_refuse_lost(exchange, snapshot_state_name(snapshot->state), snapshot->reason);
	} else {
		reply_json(exchange, code,
			   json_pack("{s:s, s:f}", "error",
				     "the source is too slow for this request to be served in time "
				     "(httpd.request_timeout_s); try again later, ask for less, or "
				     "use generateTestdata",
				     "eta_s", isfinite(eta_s) ? eta_s : -1.0));
		reply_retry(exchange, eta_s);
	}
}

void wait_refuse_lost(struct exchange *exchange, const char *state, const char *reason)
{
	reply_error(exchange, WAIT_CODE_LOST, "no random bits: the source is in state %s%s%s",
		    state, reason[0] ? ": " : "", reason);
}
