/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wait: every state with every error, the two deadlines, and the answers to who cannot wait. */
#include "httpd/wait.h"

#include "httpd/reply.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define TIMEOUT_S   900
#define INIT_S      60

static const struct config_httpd config = { .request_timeout_s = TIMEOUT_S };

static struct wait begin(uint64_t now_ms)
{
	struct server server = { .config = &config, .init_timeout_s = INIT_S };
	struct wait wait;

	memset(&wait, 0xa5, sizeof(wait));
	wait_begin(&wait, &server, now_ms);
	return wait;
}

static const struct snapshot *in(enum snapshot_state state)
{
	static struct snapshot snapshot;

	snapshot.state = state;
	return &snapshot;
}

/* ---- who may wait ---- */

static void test_judge(void)
{
	static const struct {
		int error;
		unsigned while_up; /* what it means in `starting` and `running` */
	} errors[] = {
		{ 0, 0 },
		{ -EAGAIN, 0 },
		{ -EINTR, 0 },
		{ -ENODATA, WAIT_CODE_STANDBY },
		{ -ENODEV, WAIT_CODE_STANDBY },
		{ -ENOENT, WAIT_CODE_STANDBY },
		{ -ENOTCONN, WAIT_CODE_STANDBY },
		{ -EIO, WAIT_CODE_LOST },
		{ -EACCES, WAIT_CODE_LOST },
		{ -EMFILE, WAIT_CODE_LOST },
		{ -ENOMEM, WAIT_CODE_LOST },
		{ -EINVAL, WAIT_CODE_LOST },
		{ -4095, WAIT_CODE_LOST },
		{ EAGAIN, WAIT_CODE_LOST }, /* no errno of ours has that sign */
	};
	static const unsigned by_state[SNAPSHOT_STATES] = {
		[SNAPSHOT_STANDBY] = WAIT_CODE_STANDBY,
		[SNAPSHOT_STARTING] = 0,
		[SNAPSHOT_RUNNING] = 0,
		[SNAPSHOT_ALARM] = WAIT_CODE_LOST,
		[SNAPSHOT_FAILED] = WAIT_CODE_LOST,
		[SNAPSHOT_ABSENT] = WAIT_CODE_STANDBY,
		[SNAPSHOT_UNREACHABLE] = WAIT_CODE_STANDBY,
	};

	CU_ASSERT_EQUAL(WAIT_CODE_STANDBY, 432);
	CU_ASSERT_EQUAL(WAIT_CODE_LOST, 555);
	for (int state = 0; state < SNAPSHOT_STATES; state++)
		for (size_t i = 0; i < COUNT(errors); i++)
			CU_ASSERT_EQUAL(wait_judge(in((enum snapshot_state)state), errors[i].error),
					by_state[state] ? by_state[state] : errors[i].while_up);
}

/* Who waits already has lost, where one who comes would be told to start the source. */
static void test_check_states(void)
{
	for (int state = 0; state < SNAPSHOT_STATES; state++) {
		struct wait wait = begin(1000);
		bool is_up = state == SNAPSHOT_STARTING || state == SNAPSHOT_RUNNING;

		CU_ASSERT_EQUAL(wait_check(&wait, in((enum snapshot_state)state), 1000),
				is_up ? 0 : WAIT_CODE_LOST);
	}
}

static void test_deadline(void)
{
	const uint64_t start_ms = 5000000, end_ms = start_ms + TIMEOUT_S * 1000;
	struct wait wait = begin(start_ms);
	const struct snapshot *running = in(SNAPSHOT_RUNNING);

	CU_ASSERT_EQUAL(wait.deadline_ms, end_ms);
	CU_ASSERT_EQUAL(wait_check(&wait, running, start_ms), 0);
	CU_ASSERT_EQUAL(wait_check(&wait, running, end_ms - 1), 0);
	CU_ASSERT_EQUAL(wait_check(&wait, running, end_ms), 503);
	CU_ASSERT_EQUAL(wait_check(&wait, running, UINT64_MAX), 503);
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_FAILED), end_ms), WAIT_CODE_LOST);
}

/* A start may take so long from the moment that it was first seen; each start anew. */
static void test_start_deadline(void)
{
	struct wait wait = begin(1000);

	CU_ASSERT_EQUAL(wait.start_deadline_ms, 0);
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_STARTING), 2000), 0);
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_STARTING), 2000 + INIT_S * 1000 - 1), 0);
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_STARTING), 2000 + INIT_S * 1000),
			WAIT_CODE_LOST);
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_RUNNING), 70000), 0);
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_STARTING), 80000), 0);
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_STARTING), 80000 + INIT_S * 1000 - 1), 0);
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_STARTING), 80000 + INIT_S * 1000),
			WAIT_CODE_LOST);
	wait = begin(1000); /* both at once: the start is what it failed by */
	wait.deadline_ms = 1000 + INIT_S * 1000;
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_STARTING), 1000), 0);
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_STARTING), wait.deadline_ms), WAIT_CODE_LOST);
}

static void test_large_timeout(void)
{
	struct config_httpd long_config = { .request_timeout_s = 4294967295u };
	struct server server = { .config = &long_config, .init_timeout_s = 4294967295u };
	struct wait wait;

	wait_begin(&wait, &server, 1);
	CU_ASSERT_EQUAL(wait.deadline_ms, 1 + 4294967295000);
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_STARTING), 1), 0);
	CU_ASSERT_EQUAL(wait_check(&wait, in(SNAPSHOT_STARTING), 4294967295000), 0);
}

/* Only what happened after he came ends his wait. */
static void test_events(void)
{
	struct timespec before, after;
	struct wait wait;
	struct event_line line = { 0 };

	clock_gettime(CLOCK_REALTIME, &before);
	wait = begin(1000);
	clock_gettime(CLOCK_REALTIME, &after);
	CU_ASSERT(wait.since_ms >= (int64_t)before.tv_sec * 1000 + before.tv_nsec / 1000000);
	CU_ASSERT(wait.since_ms <= (int64_t)after.tv_sec * 1000 + after.tv_nsec / 1000000);
	line.at_ms = wait.since_ms - 1;
	CU_ASSERT_FALSE(wait_is_over(&wait, &line));
	line.at_ms = wait.since_ms;
	CU_ASSERT_FALSE(wait_is_over(&wait, &line));
	line.at_ms = wait.since_ms + 1;
	CU_ASSERT(wait_is_over(&wait, &line));
}

/* ---- answers ---- */

static void check_answer(struct exchange *exchange, unsigned code, const char *retry_after)
{
	const char *retry, *type;

	CU_ASSERT_EQUAL(exchange->code, code);
	CU_ASSERT_PTR_NOT_NULL_FATAL(exchange->response);
	type = MHD_get_response_header(exchange->response, "Content-Type");
	CU_ASSERT_STRING_EQUAL(type, "application/json");
	retry = MHD_get_response_header(exchange->response, "Retry-After");
	CU_ASSERT_STRING_EQUAL(retry ? retry : "", retry_after);
	MHD_destroy_response(exchange->response);
	*exchange = (struct exchange){ 0 };
}

static void test_refuse(void)
{
	struct exchange exchange = { 0 };
	struct snapshot snapshot = { .state = SNAPSHOT_ALARM, .reason = "lag" };

	wait_refuse(&exchange, WAIT_CODE_STANDBY, &snapshot, 5);
	CU_ASSERT_EQUAL(exchange.body_out_bytes, strlen("{\"message\":\"" WAIT_NOT_READY "\"}"));
	check_answer(&exchange, 432, "");
	wait_refuse(&exchange, WAIT_CODE_LOST, &snapshot, 5);
	check_answer(&exchange, 555, "");
	wait_refuse(&exchange, 503, &snapshot, 12.2);
	check_answer(&exchange, 503, "13");
	wait_refuse(&exchange, 503, &snapshot, 0);
	check_answer(&exchange, 503, "1");
	wait_refuse(&exchange, 503, &snapshot, INFINITY);
	check_answer(&exchange, 503, "60");
}

/* What the daemon gives as its reason may be no text at all: 555 stays 555. */
static void test_refuse_bytes(void)
{
	static const char *const reasons[] = { "", "/dev/tty\xff is gone", "\"\\\n\x01", "%s%n" };
	struct exchange exchange = { 0 };
	struct snapshot snapshot = { .state = SNAPSHOT_FAILED };

	for (size_t i = 0; i < COUNT(reasons); i++) {
		snprintf(snapshot.reason, sizeof(snapshot.reason), "%s", reasons[i]);
		wait_refuse(&exchange, WAIT_CODE_LOST, &snapshot, 0);
		check_answer(&exchange, 555, "");
		wait_refuse_lost(&exchange, "absent", reasons[i]);
		check_answer(&exchange, 555, "");
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "states and errors", test_judge },
		{ "states of who waits", test_check_states },
		{ "the deadline", test_deadline },
		{ "the deadline of a start", test_start_deadline },
		{ "large timeouts", test_large_timeout },
		{ "events", test_events },
		{ "refusals", test_refuse },
		{ "a reason that is no text", test_refuse_bytes },
	};

	return unit_run("http_wait", tests, COUNT(tests));
}
