/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the poll loop: readiness, deadlines, fairness, stopping, signals. */
#include "fuse-trng/loop.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A source that records how it was served and stops the loop when it has had enough. */
struct probe {
	int fd;
	short events;
	uint64_t deadline_ms;
	unsigned asked;
	unsigned served;
	unsigned wanted; /* stop after so many */
	short revents;
	uint64_t now_ms;
	bool keeps_deadline;
	struct probe *closes; /* takes this one's descriptor away */
	bool *is_stopping;
	char *order;
	char letter;
};

static int probe_fd(void *ctx, short *events)
{
	struct probe *probe = ctx;

	probe->asked++;
	*events = probe->events;
	return probe->fd;
}

static uint64_t probe_deadline(void *ctx)
{
	const struct probe *probe = ctx;

	return probe->deadline_ms;
}

static void probe_service(void *ctx, short revents, uint64_t now_ms)
{
	struct probe *probe = ctx;

	probe->served++;
	probe->revents = revents;
	probe->now_ms = now_ms;
	if (probe->order)
		strncat(probe->order, &probe->letter, 1);
	if (probe->closes)
		probe->closes->fd = -1;
	if (!probe->keeps_deadline)
		probe->deadline_ms = UINT64_MAX;
	if (probe->served == probe->wanted)
		*probe->is_stopping = true;
}

static struct loop_source source_of(struct probe *probe)
{
	return (struct loop_source){ "probe", probe_fd, probe_deadline, probe_service, probe };
}

static struct probe probe_of(bool *is_stopping, unsigned wanted)
{
	return (struct probe){
		.fd = -1, .deadline_ms = UINT64_MAX, .wanted = wanted, .is_stopping = is_stopping
	};
}

static int alarm_fd = -1; /* what the signal handler writes to */

static void on_alarm(int number)
{
	ssize_t ignored = alarm_fd >= 0 ? write(alarm_fd, "x", 1) : 0;

	(void)number;
	(void)ignored;
}

static void test_deadline(void)
{
	bool is_stopping = false;
	struct probe probe = probe_of(&is_stopping, 1);
	struct loop_source source = source_of(&probe);

	probe.deadline_ms = loop_now_ms() + 20;
	uint64_t wanted_ms = probe.deadline_ms;

	CU_ASSERT_EQUAL(loop_run(&source, 1, &is_stopping), 0);
	CU_ASSERT(probe.now_ms >= wanted_ms);
	CU_ASSERT_EQUAL(probe.revents, 0);
	CU_ASSERT_EQUAL(probe.served, 1);
}

/* A deadline of long ago is due at once, whatever the arithmetic of time-outs makes of it. */
static void test_past_and_far_deadlines(void)
{
	bool is_stopping = false;
	struct probe past = probe_of(&is_stopping, 3), far = probe_of(&is_stopping, 1);
	struct loop_source sources[] = { source_of(&far), source_of(&past) };

	past.deadline_ms = 0;
	past.keeps_deadline = true;
	far.deadline_ms = UINT64_MAX - 1;
	CU_ASSERT_EQUAL(loop_run(sources, 2, &is_stopping), 0);
	CU_ASSERT_EQUAL(past.served, 3);
	CU_ASSERT_EQUAL(far.served, 0);
}

/* A far deadline is slept for, not turned round for. */
static void test_far_deadline_sleeps(void)
{
	bool is_stopping = false;
	struct probe probe = probe_of(&is_stopping, 1);
	struct loop_source source = source_of(&probe);
	struct sigaction action = { .sa_handler = on_alarm }, before;
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	alarm_fd = ends[1];
	sigaction(SIGALRM, &action, &before);
	ualarm(20000, 0);
	probe.deadline_ms = UINT64_MAX - 1;
	probe.fd = ends[0];
	probe.events = POLLIN;
	CU_ASSERT_EQUAL(loop_run(&source, 1, &is_stopping), 0);
	CU_ASSERT(probe.asked < 10);
	sigaction(SIGALRM, &before, NULL);
	close(ends[0]);
	close(ends[1]);
	alarm_fd = -1;
}

static void test_far_deadline_and_ready(void)
{
	bool is_stopping = false;
	struct probe probe = probe_of(&is_stopping, 1);
	struct loop_source source = source_of(&probe);
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	CU_ASSERT_EQUAL(write(ends[1], "x", 1), 1);
	probe.fd = ends[0];
	probe.events = POLLIN;
	probe.deadline_ms = UINT64_MAX - 1;
	CU_ASSERT_EQUAL(loop_run(&source, 1, &is_stopping), 0);
	CU_ASSERT_EQUAL(probe.revents, POLLIN);
	close(ends[0]);
	close(ends[1]);
}

/* A source that is always ready and one that is always due share the rounds with a third. */
static void test_nobody_starves(void)
{
	char order[16] = "";
	bool is_stopping = false;
	struct probe a = probe_of(&is_stopping, 0), b = a, c = a;
	struct loop_source sources[] = { source_of(&a), source_of(&b), source_of(&c) };
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	CU_ASSERT_EQUAL(write(ends[1], "x", 1), 1);
	a.fd = c.fd = ends[0];
	a.events = c.events = POLLIN;
	b.deadline_ms = 0;
	b.keeps_deadline = true;
	c.wanted = 3;
	a.order = b.order = c.order = order;
	a.letter = 'a', b.letter = 'b', c.letter = 'c';
	CU_ASSERT_EQUAL(loop_run(sources, 3, &is_stopping), 0);
	CU_ASSERT_STRING_EQUAL(order, "abcabcabc");
	close(ends[0]);
	close(ends[1]);
}

static void test_stop_is_immediate(void)
{
	bool is_stopping = false;
	struct probe a = probe_of(&is_stopping, 1), b = probe_of(&is_stopping, 0);
	struct loop_source sources[] = { source_of(&a), source_of(&b) };

	a.deadline_ms = b.deadline_ms = 0;
	CU_ASSERT_EQUAL(loop_run(sources, 2, &is_stopping), 0);
	CU_ASSERT_EQUAL(b.served, 0);
	CU_ASSERT_EQUAL(loop_run(sources, 2, &is_stopping), 0); /* still stopping */
	CU_ASSERT_EQUAL(a.served, 1);
}

/* What poll said about a descriptor that an earlier service of the round gave up is forgotten. */
static void test_descriptor_taken_away(void)
{
	bool is_stopping = false;
	struct probe a = probe_of(&is_stopping, 2), b = probe_of(&is_stopping, 0);
	struct loop_source sources[] = { source_of(&a), source_of(&b) };
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	CU_ASSERT_EQUAL(write(ends[1], "x", 1), 1);
	a.deadline_ms = 0;
	a.keeps_deadline = true;
	a.closes = &b;
	b.fd = ends[0];
	b.events = POLLIN;
	CU_ASSERT_EQUAL(loop_run(sources, 2, &is_stopping), 0);
	CU_ASSERT_EQUAL(b.served, 0);
	close(ends[0]);
	close(ends[1]);
}

static void test_sources_without_functions(void)
{
	bool is_stopping = false;
	struct probe probe = probe_of(&is_stopping, 1);
	struct loop_source sources[] = { source_of(&probe),
					 { "idle", NULL, NULL, probe_service, &probe } };

	probe.deadline_ms = 0;
	CU_ASSERT_EQUAL(loop_run(sources, 2, &is_stopping), 0);
	CU_ASSERT_EQUAL(probe.served, 1);
}

static void test_too_many(void)
{
	struct loop_source sources[LOOP_SOURCES + 1] = { { NULL, NULL, NULL, NULL, NULL } };
	bool is_stopping = false;

	CU_ASSERT_EQUAL(loop_run(sources, LOOP_SOURCES + 1, &is_stopping), -EINVAL);
}

static void test_signals(void)
{
	int fd = -1;

	CU_ASSERT_EQUAL_FATAL(loop_signals_open(&fd), 0);
	CU_ASSERT_EQUAL(loop_signals_take(fd), 0);
	raise(SIGTERM);
	raise(SIGHUP);
	raise(SIGINT);
	raise(SIGPIPE);
	int first = loop_signals_take(fd), second = loop_signals_take(fd),
	    third = loop_signals_take(fd);
	CU_ASSERT_EQUAL(first + second + third, SIGTERM + SIGHUP + SIGINT);
	CU_ASSERT(first && second && third);
	CU_ASSERT_EQUAL(loop_signals_take(fd), 0);
	close(fd);
}

/* A caught signal interrupts poll; the loop goes on waiting. */
static void test_interrupted_poll(void)
{
	bool is_stopping = false;
	struct probe probe = probe_of(&is_stopping, 1);
	struct loop_source source = source_of(&probe);
	struct sigaction action = { .sa_handler = on_alarm }, before;

	sigaction(SIGALRM, &action, &before);
	ualarm(5000, 0);
	probe.deadline_ms = loop_now_ms() + 50;
	uint64_t wanted_ms = probe.deadline_ms;

	CU_ASSERT_EQUAL(loop_run(&source, 1, &is_stopping), 0);
	CU_ASSERT(probe.now_ms >= wanted_ms);
	sigaction(SIGALRM, &before, NULL);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a deadline is served when it comes", test_deadline },
		{ "past deadlines are due, far ones are not", test_past_and_far_deadlines },
		{ "a far deadline is slept for", test_far_deadline_sleeps },
		{ "a ready descriptor does not wait for a deadline", test_far_deadline_and_ready },
		{ "nobody starves", test_nobody_starves },
		{ "stopping is immediate", test_stop_is_immediate },
		{ "a descriptor taken away is not served", test_descriptor_taken_away },
		{ "sources without descriptor and deadline", test_sources_without_functions },
		{ "too many sources", test_too_many },
		{ "signals", test_signals },
		{ "an interrupted poll goes on", test_interrupted_poll },
	};

	return unit_run("loop", tests, sizeof(tests) / sizeof(tests[0]));
}
