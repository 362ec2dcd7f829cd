/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hub: tasks start in order, by kind; files and clients are watched; each
 * second is told. */
#include "tests/unit/http_hub_bed.h"

#include <sys/eventfd.h>

/* ---- start ---- */

/* Of what has come in one turn, those of one kind start together, the kinds as
 * they came. */
static void test_kinds(void)
{
	struct bed *bed = bed_open();
	struct probe probes[6] = { 0 };
	static const struct task_ops *const kinds[] = { &kind_b, &kind_a, &kind_b,
							&kind_c, &kind_a, &kind_b };

	gate_close(bed);
	for (size_t i = 0; i < COUNT(probes); i++) {
		probes[i].name = (char)('1' + i);
		add(bed, &probes[i], kinds[i]);
	}
	CU_ASSERT_EQUAL(hub_waiting(bed->hub), COUNT(probes) + 1);
	gate_open(bed);
	await(&probes[3], START, 1);
	hub_stop(bed->hub);
	CU_ASSERT_STRING_EQUAL(bed->order, "136;25;4;");
	for (size_t i = 0; i < COUNT(probes); i++) {
		CU_ASSERT_EQUAL(probes[i].calls[START], 1);
		check_over(&probes[i]);
	}
	bed_close(bed);
}

static void test_turns(void)
{
	struct bed *bed = bed_open();
	struct probe probes[3] = { 0 };

	for (size_t i = 0; i < COUNT(probes); i++) {
		probes[i].name = (char)('1' + i);
		add(bed, &probes[i], &kind_a);
		await(&probes[i], START, 1);
		CU_ASSERT_EQUAL(hub_waiting(bed->hub), i + 1);
	}
	hub_stop(bed->hub);
	CU_ASSERT_STRING_EQUAL(bed->order, "1;2;3;");
	bed_close(bed);
}

enum { ADDERS = 4, EACH = 250 };

struct adder {
	struct bed *bed;
	struct probe probes[EACH];
};

static void *add_many(void *arg)
{
	struct adder *adder = arg;

	for (size_t i = 0; i < EACH; i++) {
		adder->probes[i].name = 'x';
		adder->probes[i].ends_in = 1u << START;
		add(adder->bed, &adder->probes[i], i % 2 ? &kind_a : &kind_c);
	}
	return NULL;
}

/* Many come at once, and the hub is stopped while some of them still come. */
static void add_while(bool is_stopping)
{
	struct bed *bed = bed_open();
	struct adder *adders = calloc(ADDERS, sizeof(*adders));
	pthread_t thread[ADDERS];

	CU_ASSERT_PTR_NOT_NULL_FATAL(adders);
	for (size_t i = 0; i < ADDERS; i++) {
		adders[i].bed = bed;
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, add_many, &adders[i]), 0);
	}
	if (is_stopping)
		hub_stop(bed->hub);
	for (size_t i = 0; i < ADDERS; i++)
		pthread_join(thread[i], NULL);
	if (!is_stopping)
		hub_stop(bed->hub);
	for (size_t i = 0; i < ADDERS * EACH; i++)
		check_over(&adders[i / EACH].probes[i % EACH]);
	free(adders);
	bed_close(bed);
}

static void test_many(void)
{
	add_while(false);
	add_while(true);
}

/* ---- files ---- */

static void test_pipe(void)
{
	struct bed *bed = bed_open();
	struct probe probe = { .name = '1' };
	struct pollfd writer = { .events = POLLOUT };
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	probe.file = ends[0];
	add(bed, &probe, &kind_a);
	await(&probe, START, 1);
	CU_ASSERT_EQUAL(write(ends[1], "1", 1), 1);
	await(&probe, READY, 1);
	CU_ASSERT_EQUAL(write(ends[1], "2", 1), 1);
	await(&probe, READY, 2);
	CU_ASSERT_EQUAL(calls_of(&probe, END), 0);
	hub_stop(bed->hub);
	writer.fd = ends[1]; /* the reading end was the hub's, and went with the task */
	CU_ASSERT_EQUAL(poll(&writer, 1, 0), 1);
	CU_ASSERT(writer.revents & POLLERR);
	close(ends[1]);
	check_over(&probe);
	bed_close(bed);
}

/* The other end goes: that is an event, too, and one that does not come for
 * ever. */
static void test_closed_pipe(void)
{
	struct bed *bed = bed_open();
	struct probe probe = { .name = '1' };
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	probe.file = ends[0];
	add(bed, &probe, &kind_a);
	await(&probe, START, 1);
	close(ends[1]);
	await(&probe, READY, 1); /* the probe drops the file */
	await_more(&probe, TICK, 1);
	bed_end(bed);
	CU_ASSERT_EQUAL(probe.calls[READY], 1);
	check_over(&probe);
}

static void test_write(void)
{
	struct bed *bed = bed_open();
	struct probe probe = { .name = '1', .for_write = true, .ends_in = 1u << READY };

	probe.file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	add(bed, &probe, &kind_a);
	await(&probe, END, 1);
	CU_ASSERT_EQUAL(fcntl(probe.file, F_GETFD), -1);
	bed_end(bed);
	CU_ASSERT_EQUAL(probe.calls[READY], 1);
	check_over(&probe);
}

/* What cannot be watched is closed all the same. */
static void test_unwatchable(void)
{
	struct bed *bed = bed_open();
	struct probe folder = { .name = '1' }, closed = { .name = '2', .file = 1000000 };

	folder.file = open("/tmp", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	CU_ASSERT_FATAL(folder.file > 0);
	gate_close(bed);
	add(bed, &folder, &kind_a);
	add(bed, &closed, &kind_a);
	gate_open(bed);
	await(&closed, START, 1);
	CU_ASSERT_EQUAL(folder.file_ret, -EPERM);
	CU_ASSERT_EQUAL(fcntl(folder.file, F_GETFD), -1);
	CU_ASSERT_EQUAL(closed.file_ret, -EBADF);
	bed_end(bed);
	check_over(&folder);
	check_over(&closed);
}

/* ---- clients ---- */

static void test_client(bool is_half_closed)
{
	struct bed *bed = bed_open();
	struct probe probe = { .name = '1', .ends_in = 1u << GONE };
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	probe.client = ends[0];
	add(bed, &probe, &kind_a);
	await(&probe, START, 1);
	CU_ASSERT_EQUAL(write(ends[1], "more", 4), 4); /* what he sends is no leaving */
	await_more(&probe, TICK, 1);
	CU_ASSERT_EQUAL(calls_of(&probe, GONE), 0);
	if (is_half_closed)
		shutdown(ends[1], SHUT_WR);
	else
		close(ends[1]);
	await(&probe, END, 1);
	CU_ASSERT(fcntl(ends[0], F_GETFD) >= 0); /* the socket is not the hub's */
	close(ends[0]);
	if (is_half_closed)
		close(ends[1]);
	bed_end(bed);
	CU_ASSERT_EQUAL(probe.calls[GONE], 1);
	CU_ASSERT_EQUAL(probe.calls[STOPPING], 0);
	check_over(&probe);
}

static void test_clients(void)
{
	test_client(false);
	test_client(true);
}

/* A job: its client leaves once, and it goes on until the server ends. */
static void test_job(void)
{
	struct bed *bed = bed_open();
	struct probe job = { .name = '1' }, dropping = { .name = '2', .drops_client = true };
	int one[2], two[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, one), 0);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, two), 0);
	job.client = one[0];
	dropping.client = two[0];
	add(bed, &job, &kind_a);
	add(bed, &dropping, &kind_a);
	await(&dropping, TICK, 1);
	close(one[1]);
	close(two[1]);
	await(&job, GONE, 1);
	await_more(&job, TICK, 2);
	CU_ASSERT_EQUAL(calls_of(&job, END), 0);
	bed_end(bed);
	CU_ASSERT_EQUAL(job.calls[GONE], 1);
	CU_ASSERT_EQUAL(job.calls[STOPPING], 1);
	CU_ASSERT_EQUAL(dropping.calls[GONE], 0);
	check_over(&job);
	check_over(&dropping);
	close(one[0]);
	close(two[0]);
}

static void test_bad_client(void)
{
	struct bed *bed = bed_open();
	struct probe first = { .name = '1' }, second = { .name = '2' },
		     closed = { .name = '3', .client = 1000000 };
	int ends[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	first.client = second.client = ends[0];
	add(bed, &first, &kind_a);
	add(bed, &second, &kind_a);
	add(bed, &closed, &kind_a);
	await(&closed, START, 1);
	CU_ASSERT_EQUAL(first.client_ret, 0);
	CU_ASSERT_EQUAL(second.client_ret, -EEXIST); /* one task a connection */
	CU_ASSERT_EQUAL(closed.client_ret, -EBADF);
	bed_end(bed);
	close(ends[0]);
	close(ends[1]);
}

/* ---- time ---- */

static void test_seconds(void)
{
	struct bed *bed = bed_open();
	struct probe probe = { .name = '1' }, deaf = { .name = '2' };

	add(bed, &deaf, &kind_c);
	add(bed, &probe, &kind_a);
	await(&probe, TICK, 3);
	bed_end(bed);
	CU_ASSERT_EQUAL(probe.calls[READY], 0);
	CU_ASSERT_EQUAL(deaf.calls[TICK], 0);
	check_over(&probe);
}

/* A second is one at least, and what is told then is that nobody answers. */
static void test_on_second(void)
{
	struct bed *bed = bed_open();
	struct probe probe = { .name = '1' };

	add(bed, &probe, &kind_a);
	await(&probe, TICK, 3);
	hub_stop(bed->hub);
	CU_ASSERT_FATAL(bed->seconds >= 3);
	for (unsigned i = 1; i < bed->seconds && i < COUNT(bed->second_at_ms); i++)
		CU_ASSERT(bed->second_at_ms[i] >= bed->second_at_ms[i - 1] + 1000);
	CU_ASSERT_EQUAL(bed->snapshot.state, SNAPSHOT_UNREACHABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(bed->snapshot.reason, "does not answer"));
	CU_ASSERT_EQUAL(hub_vfile(bed->hub)->mountpoint_count, 1);
	bed_close(bed);
}

/* While the daemon hangs in a call, others can see that. */
static void test_stuck(void)
{
	struct bed *bed = bed_open();
	struct probe probe = { .name = '1' };
	const struct timespec pause = { .tv_nsec = 20000000 };
	int tries = BOUND_S * 50;

	CU_ASSERT_FALSE(hub_is_stuck(bed->hub));
	gate_close(bed);
	CU_ASSERT_FALSE(hub_is_stuck(bed->hub));
	while (!hub_is_stuck(bed->hub) && --tries > 0)
		nanosleep(&pause, NULL);
	CU_ASSERT(tries > 0);
	gate_open(bed);
	add(bed, &probe, &kind_a);
	await(&probe, START, 1);
	hub_stop(bed->hub);
	CU_ASSERT_FALSE(hub_is_stuck(bed->hub));
	bed_close(bed);
}

/* ---- what is ahead ---- */

static uint64_t ahead_of(uint64_t bytes, const uint64_t *owed, size_t count)
{
	struct bed *bed = bed_open();
	struct probe others[8] = { 0 }, asker = { .name = '?', .ask = bytes, .owed = bytes };

	gate_close(bed);
	for (size_t i = 0; i < count; i++) {
		others[i].name = 'o';
		others[i].owed = owed[i];
		add(bed, &others[i], &kind_a);
	}
	add(bed, &asker, &kind_a); /* nobody is ahead of himself */
	gate_open(bed);
	await(&asker, START, 1);
	bed_end(bed);
	return asker.ahead;
}

/* Turns are 256 bytes each; the first turn of everybody is in queue_bytes. */
static void test_ahead(void)
{
	static const uint64_t owed[] = { 0, 1, 256, 257, 1000, 10000 };
	static const struct {
		uint64_t bytes, ahead;
	} rows[] = {
		{ 1, 0 },
		{ 256, 0 },
		{ 257, 1 + 256 + 256 },
		{ 512, 1 + 256 + 256 },
		{ 513, 1 + 512 + 512 },
		{ 1024, 1 + 744 + 768 },
		{ 10000, 1 + 744 + 9744 },
		{ 1ULL << 33, 1 + 744 + 9744 },
	};

	CU_ASSERT_EQUAL(ahead_of(1 << 20, NULL, 0), 0);
	for (size_t i = 0; i < COUNT(rows); i++)
		CU_ASSERT_EQUAL(ahead_of(rows[i].bytes, owed, COUNT(owed)), rows[i].ahead);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "kinds", test_kinds },
		{ "turns", test_turns },
		{ "many at once", test_many },
		{ "a pipe", test_pipe },
		{ "a closed pipe", test_closed_pipe },
		{ "writing", test_write },
		{ "what cannot be watched", test_unwatchable },
		{ "a client leaves", test_clients },
		{ "a job goes on", test_job },
		{ "clients that cannot be watched", test_bad_client },
		{ "each second", test_seconds },
		{ "what a second tells", test_on_second },
		{ "stuck", test_stuck },
		{ "what is ahead", test_ahead },
	};

	return unit_run("http_hub", tests, COUNT(tests));
}
