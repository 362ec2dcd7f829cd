/* SPDX-License-Identifier: GPL-3.0-or-later */
/* limits: connections and requests per address, with an injected clock; a table that never grows.
 */
#include "httpd/limits.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>

static struct address numbered(unsigned number)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(0x0a000000u + number) };
	struct address address;

	address_from(&address, (struct sockaddr *)&v4);
	return address;
}

static struct limits *open_limits(unsigned connections, unsigned requests_per_s)
{
	struct limits_settings settings = { .connections = connections,
					    .requests_per_s = requests_per_s };
	struct limits *limits = NULL;

	CU_ASSERT_EQUAL_FATAL(limits_open(&limits, &settings), 0);
	return limits;
}

static void connections(void)
{
	struct limits *limits = open_limits(3, 0);
	struct address a = numbered(1), b = numbered(2);

	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(limits_connect(limits, &a), 0);
	CU_ASSERT_EQUAL(limits_connect(limits, &a), -EMFILE);
	CU_ASSERT_EQUAL(limits_connect(limits, &b), 0);
	limits_disconnect(limits, &a);
	CU_ASSERT_EQUAL(limits_connect(limits, &a),
			-EMFILE); /* the refused one counts till it ends */
	limits_disconnect(limits, &a);
	limits_disconnect(limits, &a);
	CU_ASSERT_EQUAL(limits_connect(limits, &a), 0);
	limits_close(limits);
	limits_close(NULL);
}

static void no_limits(void)
{
	struct limits *limits = open_limits(0, 0);
	struct address a = numbered(1);

	for (int i = 0; i < 10000; i++) {
		CU_ASSERT_EQUAL(limits_connect(limits, &a), 0);
		CU_ASSERT_EQUAL(limits_request(limits, &a, 5), 0);
	}
	limits_close(limits);
}

/* Two seconds' requests at once, then as many as the rate says, forever. */
static void bucket(void)
{
	struct limits *limits = open_limits(0, 10);
	struct address a = numbered(1), b = numbered(2);
	uint64_t now_ms = 1000000;
	unsigned passed = 0;

	for (int i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(limits_request(limits, &a, now_ms), 0);
	CU_ASSERT_EQUAL(limits_request(limits, &a, now_ms), 1);
	CU_ASSERT_EQUAL(limits_request(limits, &b, now_ms), 0);
	CU_ASSERT_EQUAL(limits_request(limits, &a, now_ms + 99), 1);
	CU_ASSERT_EQUAL(limits_request(limits, &a, now_ms + 100), 0);
	CU_ASSERT_EQUAL(limits_request(limits, &a, now_ms + 100), 1);
	for (uint64_t ms = 101; ms <= 10100; ms++)
		passed += limits_request(limits, &a, now_ms + ms) == 0;
	CU_ASSERT_EQUAL(passed, 100);
	passed = 0;
	for (int i = 0; i < 100; i++) /* a long pause fills the bucket, and no more */
		passed += limits_request(limits, &a, now_ms + 1000000) == 0;
	CU_ASSERT_EQUAL(passed, 20);
	limits_close(limits);
}

/* A thread that read the clock before another one did is not punished for it. */
static void clock_order(void)
{
	struct limits *limits = open_limits(0, 1);
	struct address a = numbered(1);

	CU_ASSERT_EQUAL(limits_request(limits, &a, 5000), 0);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 4000), 0);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 4000), 1);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 6000), 0);
	limits_close(limits);
}

static void loopback(void)
{
	struct limits_settings settings = { .connections = 1, .requests_per_s = 1 };
	struct limits *limits = NULL;
	struct address a;

	address_parse(&a, "::1");
	CU_ASSERT_EQUAL_FATAL(limits_open(&limits, &settings), 0);
	for (int i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(limits_connect(limits, &a), 0);
		CU_ASSERT_EQUAL(limits_request(limits, &a, 1), 0);
	}
	limits_disconnect(limits, &a);
	limits_close(limits);
	/* One of them given says nothing of the other. */
	settings.limits_loopback_requests = true;
	CU_ASSERT_EQUAL_FATAL(limits_open(&limits, &settings), 0);
	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(limits_connect(limits, &a), 0);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 1), 0);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 1), 0);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 1), 1);
	limits_close(limits);
	settings.limits_loopback_connections = true;
	CU_ASSERT_EQUAL_FATAL(limits_open(&limits, &settings), 0);
	CU_ASSERT_EQUAL(limits_connect(limits, &a), 0);
	CU_ASSERT_EQUAL(limits_connect(limits, &a), -EMFILE);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 1), 0);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 1), 0);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 1), 1);
	limits_close(limits);
}

enum { CROWD = 300000, MOST_ENTRIES = 65536 + 4096 };

/* Each of @from..@to-1 connects. Return: how many of them were not refused. */
static unsigned connect_all(struct limits *limits, unsigned from, unsigned to)
{
	unsigned count = 0;

	for (unsigned i = from; i < to; i++) {
		struct address a = numbered(i);

		count += limits_connect(limits, &a) == 0;
	}
	return count;
}

static void disconnect_all(struct limits *limits, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		struct address a = numbered(i);

		limits_disconnect(limits, &a);
	}
}

/* More addresses than entries, all connected at once: who shares is refused, and so is everybody's
 * second connection. */
static void crowded(void)
{
	struct limits *limits = open_limits(1, 0);
	unsigned first = connect_all(limits, 0, CROWD);

	CU_ASSERT(first >= 50000 && first <= MOST_ENTRIES);
	CU_ASSERT_EQUAL(connect_all(limits, 0, CROWD), 0);
	limits_close(limits);
}

/* Many who shared get entries of their own later: when all have gone, nothing is left of them. */
static void leaves_nothing(void)
{
	struct limits *limits = open_limits(1, 0);
	unsigned first = connect_all(limits, 0, CROWD);

	disconnect_all(limits, 0, MOST_ENTRIES);
	CU_ASSERT(connect_all(limits, MOST_ENTRIES, CROWD) > 0);
	disconnect_all(limits, MOST_ENTRIES, CROWD);
	disconnect_all(limits, MOST_ENTRIES, CROWD);
	CU_ASSERT_EQUAL(connect_all(limits, 0, CROWD), first);
	disconnect_all(limits, 0, CROWD);
	disconnect_all(limits, 0, CROWD); /* once too often, which must not count below nothing */
	CU_ASSERT_EQUAL(connect_all(limits, 0, CROWD), first);
	limits_close(limits);
}

/* Who still owes requests keeps his entry: a flood of others does not give him a new bucket
 * before his own has filled. */
static void debts_stay(void)
{
	struct limits *limits = open_limits(0, 1);
	struct address a = numbered(1);
	unsigned entries = 0;

	CU_ASSERT_EQUAL(limits_request(limits, &a, 1000), 0);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 1000), 0);
	for (unsigned i = 2; i < 200000; i++) {
		struct address other = numbered(i);

		entries += limits_connect(limits, &other) == 0;
		limits_disconnect(limits, &other);
	}
	CU_ASSERT_EQUAL(entries, 199998);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 1000), 1);
	CU_ASSERT_EQUAL(limits_request(limits, &a, 2000), 0);
	limits_close(limits);
}

static void *come_and_go(void *arg)
{
	struct limits *limits = arg;

	for (unsigned i = 0; i < 20000; i++) {
		struct address a = numbered(i % 7);

		limits_connect(limits, &a);
		limits_request(limits, &a, i);
		limits_disconnect(limits, &a);
	}
	return NULL;
}

static void threads(void)
{
	struct limits *limits = open_limits(1, 1000);
	pthread_t thread[4];

	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, come_and_go, limits), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	for (unsigned i = 0; i < 7; i++) {
		struct address a = numbered(i);

		CU_ASSERT_EQUAL(limits_connect(limits, &a), 0);
	}
	limits_close(limits);
}

static const struct unit_test tests[] = {
	{ "connections", connections },       { "no limits", no_limits },   { "bucket", bucket },
	{ "clock order", clock_order },       { "loopback", loopback },     { "crowded", crowded },
	{ "leaves nothing", leaves_nothing }, { "debts stay", debts_stay }, { "threads", threads },
};

int main(void)
{
	return unit_run("http_limits", tests, sizeof(tests) / sizeof(tests[0]));
}
