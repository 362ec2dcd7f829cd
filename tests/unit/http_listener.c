/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listener: addresses, what is refused, limits, the end; on real sockets. */
#include "tests/unit/http_listener_bed.h"

static void test_plain(void)
{
	struct bed_client client = { 0 };
	struct bed bed;

	bed_open(&bed, false, NULL);
	CU_ASSERT_NOT_EQUAL(bed_port(&bed, 0), 0);
	CU_ASSERT_FALSE(listener_address(bed.listener, 0)->is_tls);
	client.fd = bed_connect(bed_port(&bed, 0));
	CU_ASSERT_FATAL(client.fd >= 0);
	CU_ASSERT(bed_get(&client, "/", "ok"));
	CU_ASSERT(bed_get(&client, "/certified", "no"));
	CU_ASSERT_EQUAL(listener_connections(bed.listener), 1);
	bed_leave(&client);
	CU_ASSERT(bed_wait_closed(&bed, 1));
	bed_close(&bed);
	CU_ASSERT_EQUAL(bed.completed, 2);
}

static void test_several_addresses(void)
{
	struct bed_client client = { 0 };
	struct bed bed;

	bed_prepare(&bed, false);
	bed.settings.listen_count = 3;
	CU_ASSERT_EQUAL(address_parse_port(&bed.listen[1].address, "127.0.0.1:0"), 0);
	CU_ASSERT_EQUAL(address_parse_port(&bed.listen[2].address, "127.0.0.1:0"), 0);
	bed.listen[2].is_tls = true;
	CU_ASSERT_EQUAL_FATAL(tls_open(&bed.tls, "server.pem", "server.key", NULL), 0);
	bed.settings.tls = bed.tls;
	CU_ASSERT_EQUAL_FATAL(listener_open(&bed.listener, &bed.settings), 0);
	CU_ASSERT_NOT_EQUAL(bed_port(&bed, 0), bed_port(&bed, 1));
	for (size_t i = 0; i < 2; i++) {
		client.fd = bed_connect(bed_port(&bed, i));
		CU_ASSERT(bed_get(&client, "/", "ok"));
		bed_leave(&client);
	}
	CU_ASSERT_EQUAL_FATAL(bed_meet(&client, bed_port(&bed, 2), ANY_VERSION, NULL), 0);
	CU_ASSERT(bed_get(&client, "/", "ok"));
	bed_leave(&client);
	CU_ASSERT(bed_wait_closed(&bed, 3));
	CU_ASSERT_EQUAL(listener_connections(bed.listener), 0);
	bed_close(&bed);
}

static void test_ipv6(void)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct bed_client client = { 0 };
	struct bed bed;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has_ipv6 = fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof(to)) == 0;

	close(fd);
	if (!has_ipv6) {
		printf("skipped: no IPv6 here\n");
		return;
	}
	bed_prepare(&bed, false);
	CU_ASSERT_EQUAL(address_parse_port(&bed.listen[0].address, "[::1]:0"), 0);
	CU_ASSERT_EQUAL_FATAL(listener_open(&bed.listener, &bed.settings), 0);
	to.sin6_port = htons((uint16_t)bed_port(&bed, 0));
	client.fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CU_ASSERT_EQUAL(connect(client.fd, (struct sockaddr *)&to, sizeof(to)), 0);
	CU_ASSERT(bed_get(&client, "/", "ok"));
	bed_leave(&client);
	bed_close(&bed);
}

static int open_captured(struct bed *bed)
{
	int ret;

	unit_capture();
	ret = listener_open(&bed->listener, &bed->settings);
	unit_captured(said, sizeof(said));
	return ret;
}

static void test_cannot_bind(void)
{
	struct bed bed, second;
	int before, after;

	bed_open(&bed, false, NULL);
	bed_prepare(&second, false);
	second.settings.listen_count = 2;
	second.listen[1] = *listener_address(bed.listener, 0);
	before = dup(0);
	close(before);
	CU_ASSERT_EQUAL(open_captured(&second), -EADDRINUSE);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "cannot listen on 127.0.0.1:"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "another program listens there"));
	CU_ASSERT_EQUAL(address_parse_port(&second.listen[1].address, "192.0.2.1:0"), 0);
	CU_ASSERT_EQUAL(open_captured(&second), -EADDRNOTAVAIL);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "no interface"));
	after = dup(0);
	close(after);
	CU_ASSERT_EQUAL(before, after); /* nothing was left open */
	bed_close(&bed);
}

static void test_refused(void)
{
	struct bed_client client = { 0 };
	struct bed bed;

	bed_open(&bed, false, NULL);
	bed.refuses = true;
	client.fd = bed_connect(bed_port(&bed, 0));
	CU_ASSERT_FALSE(bed_get(&client, "/", "ok"));
	bed_leave(&client);
	CU_ASSERT_EQUAL(bed.started, 0);
	bed_close(&bed);
}

static void test_idle_timeout(void)
{
	struct bed_client client = { 0 };
	struct bed bed;
	char byte;

	bed_prepare(&bed, false);
	bed.settings.idle_timeout_s = 1;
	CU_ASSERT_EQUAL_FATAL(listener_open(&bed.listener, &bed.settings), 0);
	client.fd = bed_connect(bed_port(&bed, 0));
	CU_ASSERT_EQUAL(recv(client.fd, &byte, 1, 0), 0);
	bed_leave(&client);
	bed_close(&bed);
}

static void test_quiesce(void)
{
	struct bed_client old = { 0 }, late = { 0 };
	struct bed bed;

	bed_open(&bed, false, NULL);
	old.fd = bed_connect(bed_port(&bed, 0));
	CU_ASSERT(bed_get(&old, "/", "ok"));
	listener_quiesce(bed.listener);
	late.fd = bed_connect(bed_port(&bed, 0));
	CU_ASSERT_FALSE(bed_get(&late, "/", "ok"));
	CU_ASSERT(bed_get(&old, "/", "ok"));
	CU_ASSERT_EQUAL(listener_connections(bed.listener), 1);
	bed_close(&bed); /* with a connection that is still open */
	CU_ASSERT_EQUAL(bed.started, 1);
	bed_leave(&old);
	bed_leave(&late);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "plain", test_plain },
		{ "several addresses", test_several_addresses },
		{ "IPv6", test_ipv6 },
		{ "addresses that cannot be bound", test_cannot_bind },
		{ "refused by address", test_refused },
		{ "idle timeout", test_idle_timeout },
		{ "quiesce", test_quiesce },
	};
	static const struct bed_kind kinds[] = { { .name = "server" } };

	return bed_run("http_listener", tests, COUNT(tests), kinds, COUNT(kinds));
}
