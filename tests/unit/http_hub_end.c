/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hub: the end of a task in each of its calls, by itself or by another; the end of the hub. */
#include "tests/unit/http_hub_bed.h"

struct outside {
	int pipe[2], client[2];
};

static struct outside watched(struct probe *probe)
{
	struct outside outside;

	CU_ASSERT_EQUAL_FATAL(pipe2(outside.pipe, O_CLOEXEC | O_NONBLOCK), 0);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, outside.client),
			      0);
	probe->file = outside.pipe[0];
	probe->client = outside.client[0];
	return outside;
}

/* Something to read, unless nobody reads any more, and nobody to answer. */
static void happen(struct outside *outside)
{
	CU_ASSERT(write(outside->pipe[1], "1", 1) == 1 || errno == EPIPE);
	close(outside->client[1]);
}

static void forget(struct outside *outside)
{
	close(outside->pipe[1]);
	close(outside->client[0]);
}

/* Ended in one call, it gets none of those that were due at the same time or are due later. */
static void end_in(unsigned calls)
{
	struct bed *bed = bed_open();
	struct probe probe = { .name = '1', .ends_in = calls }, other = { .name = '2' };
	struct outside outside = watched(&probe);

	add(bed, &probe, &kind_a);
	add(bed, &other, &kind_b);
	await(&probe, START, 1);
	await(&other, START, 1);
	if (!(calls & 1u << TICK)) {
		gate_close(bed);
		happen(&outside);
		gate_open(bed);
	}
	await(&probe, END, 1);
	if (calls & 1u << TICK)
		happen(&outside);
	await_more(&other, TICK, 1);
	CU_ASSERT_EQUAL(hub_waiting(bed->hub), 1);
	bed_end(bed);
	CU_ASSERT_EQUAL(probe.calls[STOPPING], 0);
	check_over(&probe);
	check_over(&other);
	forget(&outside);
}

static void test_in_start(void)
{
	end_in(1u << START);
}

static void test_in_ready_or_leave(void)
{
	end_in(1u << READY | 1u << GONE);
}

static void test_in_tick(void)
{
	end_in(1u << TICK);
}

/* In its last call the hub ends it, whether it has done so itself or not. */
static void test_in_stopping(void)
{
	struct bed *bed = bed_open();
	struct probe willing = { .name = '1', .ends_in = 1u << STOPPING },
		     unwilling = { .name = '2' };
	struct outside outside = watched(&willing);

	add(bed, &willing, &kind_a);
	add(bed, &unwilling, &kind_a);
	await(&unwilling, START, 1);
	bed_end(bed);
	CU_ASSERT_EQUAL(willing.calls[STOPPING], 1);
	CU_ASSERT_EQUAL(unwilling.calls[STOPPING], 1);
	check_over(&willing);
	check_over(&unwilling);
	close(outside.client[1]);
	forget(&outside);
}

/* ---- one ends another ---- */

/* In a tick, whichever of them comes first; and those behind still get theirs. */
static void test_other_in_tick(void)
{
	for (size_t first = 0; first < 2; first++) {
		struct bed *bed = bed_open();
		struct probe probes[4] = {
			{ .name = '1' }, { .name = '2' }, { .name = '3' }, { .name = '4' }
		};

		probes[1].ends_in = 1u << TICK;
		probes[1].victim = &probes[first ? 2 : 0];
		gate_close(bed);
		for (size_t i = 0; i < COUNT(probes); i++)
			add(bed, &probes[i], &kind_a);
		gate_open(bed);
		await(&probes[3], TICK, 2);
		bed_end(bed);
		CU_ASSERT_EQUAL(probes[1].victim->calls[STOPPING], 0);
		CU_ASSERT_EQUAL(probes[3].calls[STOPPING], 1);
		for (size_t i = 0; i < COUNT(probes); i++)
			check_over(&probes[i]);
	}
}

/* Both are ready at once; each wants to end the other, so one of them is called. */
static void test_other_in_ready(void)
{
	struct bed *bed = bed_open();
	struct probe one = { .name = '1', .ends_in = 1u << READY | 1u << GONE };
	struct probe two = { .name = '2', .ends_in = 1u << READY | 1u << GONE };
	struct probe other = { .name = '3' };
	struct outside outside_one = watched(&one), outside_two = watched(&two);

	one.victim = &two;
	two.victim = &one;
	add(bed, &one, &kind_a);
	add(bed, &two, &kind_b);
	add(bed, &other, &kind_b);
	await(&one, START, 1);
	await(&two, START, 1);
	gate_close(bed);
	happen(&outside_one);
	happen(&outside_two);
	gate_open(bed);
	await_more(&other, TICK, 2);
	bed_end(bed);
	CU_ASSERT_EQUAL(one.calls[STOPPING] + two.calls[STOPPING], 1);
	check_over(&one);
	check_over(&two);
	forget(&outside_one);
	forget(&outside_two);
}

/* One of another kind that has come in the same turn is ended before it starts: it never does, and
 * those that came after it do. */
static void test_other_in_start(void)
{
	struct bed *bed = bed_open();
	struct probe probes[4] = {
		{ .name = '1' }, { .name = '2' }, { .name = '3' }, { .name = '4' }
	};

	probes[0].ends_in = 1u << START;
	probes[0].victim = &probes[1];
	gate_close(bed);
	add(bed, &probes[0], &kind_a);
	add(bed, &probes[1], &kind_b);
	add(bed, &probes[2], &kind_b);
	add(bed, &probes[3], &kind_c);
	gate_open(bed);
	await(&probes[0], TICK, 1);
	hub_stop(bed->hub);
	CU_ASSERT_STRING_EQUAL(bed->order, "1;3;4;");
	for (size_t i = 0; i < COUNT(probes); i++)
		check_over(&probes[i]);
	bed_close(bed);
}

/* ---- the end of the hub ---- */

static void *stop(void *arg)
{
	hub_stop(arg);
	return NULL;
}

/* Nobody is forgotten: those that wait, and those that had come but not been looked at. */
static void test_stop(void)
{
	struct bed *bed = bed_open();
	struct probe probes[6] = { 0 };
	pthread_t stopper;

	for (size_t i = 0; i < COUNT(probes); i++)
		probes[i].name = (char)('1' + i);
	for (size_t i = 0; i < 3; i++)
		add(bed, &probes[i], i == 1 ? &kind_c : &kind_a);
	await(&probes[2], START, 1);
	gate_close(bed);
	for (size_t i = 3; i < COUNT(probes); i++)
		add(bed, &probes[i], i == 4 ? &kind_c : &kind_a);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&stopper, NULL, stop, bed->hub), 0);
	gate_open(bed);
	pthread_join(stopper, NULL);
	for (size_t i = 0; i < COUNT(probes); i++) {
		CU_ASSERT_EQUAL(probes[i].calls[STOPPING], 1);
		CU_ASSERT_EQUAL(probes[i].calls[GONE], 0);
		check_over(&probes[i]);
	}
	bed_close(bed);
}

/* Who comes too late is told at once, and nothing else. */
static void test_add_after_stop(void)
{
	struct bed *bed = bed_open();
	struct probe probe = { .name = '1' };

	hub_stop(bed->hub);
	CU_ASSERT_EQUAL(bed->seconds, 0); /* nobody has waited */
	add(bed, &probe, &kind_a);
	for (int call = 0; call < CALLS; call++)
		CU_ASSERT_EQUAL(probe.calls[call], call == END);
	bed_close(bed);
}

static void test_open_and_close(void)
{
	for (int i = 0; i < 20; i++)
		bed_end(bed_open());
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "in start", test_in_start },
		{ "in ready or leave", test_in_ready_or_leave },
		{ "in tick", test_in_tick },
		{ "when all end", test_in_stopping },
		{ "of another in tick", test_other_in_tick },
		{ "of another in ready", test_other_in_ready },
		{ "of another in start", test_other_in_start },
		{ "of the hub", test_stop },
		{ "too late", test_add_after_stop },
		{ "open and close", test_open_and_close },
	};

	signal(SIGPIPE, SIG_IGN);
	return unit_run("http_hub_end", tests, COUNT(tests));
}
