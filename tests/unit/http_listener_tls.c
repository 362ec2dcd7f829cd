/* SPDX-License-Identifier: GPL-3.0-or-later */
/* listener with TLS: versions, reload, client certificates; by real handshakes. */
#include "tests/unit/http_listener_bed.h"

#define ROUNDS 40 /* of clients that come while the certificate changes */

static void test_versions(void)
{
	static const struct {
		const char *versions;
		gnutls_protocol_t got; /* 0: refused */
	} rows[] = {
		{ "+VERS-TLS1.3", GNUTLS_TLS1_3 },
		{ "+VERS-TLS1.2", GNUTLS_TLS1_2 },
		{ "+VERS-TLS1.3:+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0", GNUTLS_TLS1_3 },
		{ "+VERS-TLS1.1", 0 },
		{ "+VERS-TLS1.0", 0 },
	};
	struct bed bed;

	bed_open(&bed, true, NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bed_client client;
		int ret = bed_meet(&client, bed_port(&bed, 0), rows[i].versions, NULL);

		CU_ASSERT_EQUAL(ret == 0, rows[i].got != 0);
		if (ret < 0)
			continue;
		CU_ASSERT_EQUAL(gnutls_protocol_get_version(client.session), rows[i].got);
		CU_ASSERT(bed_sees(&client, "server.pem"));
		CU_ASSERT(bed_get(&client, "/", "ok"));
		CU_ASSERT(bed_get(&client, "/certified", "no"));
		bed_leave(&client);
	}
	CU_ASSERT(bed_wait_closed(&bed, COUNT(rows)));
	bed_close(&bed);
}

static void test_plain_to_tls(void)
{
	struct bed_client client = { 0 };
	struct bed bed;

	bed_open(&bed, true, NULL);
	client.fd = bed_connect(bed_port(&bed, 0));
	CU_ASSERT_FALSE(bed_get(&client, "/", "ok"));
	bed_leave(&client);
	CU_ASSERT(bed_wait_closed(&bed, 1));
	CU_ASSERT_EQUAL_FATAL(bed_meet(&client, bed_port(&bed, 0), ANY_VERSION, NULL), 0);
	CU_ASSERT(bed_get(&client, "/", "ok"));
	bed_leave(&client);
	bed_close(&bed);
}

static void test_reload(void)
{
	struct bed_client old, fresh;
	struct bed bed;

	bed_open(&bed, true, NULL);
	CU_ASSERT_EQUAL_FATAL(bed_meet(&old, bed_port(&bed, 0), ANY_VERSION, NULL), 0);
	CU_ASSERT(bed_get(&old, "/", "ok"));
	rename("server.pem", "first.pem");
	rename("server.key", "first.key");
	rename("other.pem", "server.pem");
	rename("other.key", "server.key");
	unit_capture();
	CU_ASSERT_EQUAL(tls_reload(bed.tls), 0);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "server.pem: read again"));
	CU_ASSERT_EQUAL_FATAL(bed_meet(&fresh, bed_port(&bed, 0), ANY_VERSION, NULL), 0);
	CU_ASSERT(bed_sees(&fresh, "server.pem"));
	CU_ASSERT_FALSE(bed_sees(&fresh, "first.pem"));
	CU_ASSERT(bed_get(&fresh, "/", "ok"));
	CU_ASSERT(bed_get(&old, "/", "ok"));
	CU_ASSERT(bed_sees(&old, "first.pem"));
	bed_leave(&old);
	bed_leave(&fresh);
	rename("server.pem", "other.pem");
	rename("server.key", "other.key");
	rename("first.pem", "server.pem");
	rename("first.key", "server.key");
	bed_close(&bed);
}

struct crowd {
	unsigned port;
	unsigned served;
};

static void *come_often(void *arg)
{
	struct crowd *crowd = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct bed_client client;

		if (bed_meet(&client, crowd->port, i % 2 ? "+VERS-TLS1.2" : "+VERS-TLS1.3",
			     "client") < 0)
			continue;
		crowd->served += bed_get(&client, "/certified", "ok");
		bed_leave(&client);
	}
	return NULL;
}

static void test_reload_in_a_crowd(void)
{
	struct crowd crowds[4];
	pthread_t threads[COUNT(crowds)];
	struct bed bed;

	bed_open(&bed, true, "authority.pem");
	for (size_t i = 0; i < COUNT(crowds); i++) {
		crowds[i] = (struct crowd){ .port = bed_port(&bed, 0) };
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, come_often, &crowds[i]), 0);
	}
	unit_capture();
	for (int i = 0; i < ROUNDS; i++)
		CU_ASSERT_EQUAL(tls_reload(bed.tls), 0);
	for (size_t i = 0; i < COUNT(crowds); i++)
		pthread_join(threads[i], NULL);
	unit_captured(said, sizeof(said));
	for (size_t i = 0; i < COUNT(crowds); i++)
		CU_ASSERT_EQUAL(crowds[i].served, ROUNDS);
	bed_close(&bed);
}

static void test_client_certificates(void)
{
	static const struct {
		const char *own, *authority, *answer;
	} rows[] = {
		{ NULL, "authority.pem", "no" },
		{ "client", "authority.pem", "ok" },
		{ "anything", "authority.pem", "ok" },
		{ "expired", "authority.pem", "no" },
		{ "site", "authority.pem", "no" },
		{ "stranger", "authority.pem", "no" },
		{ "server", "authority.pem", "no" },
		{ "client", "foreign.pem", "no" },
		{ "stranger", "foreign.pem", "ok" },
		{ "client", NULL, "no" },
		{ "client", "", "no" },
	};
	static const char *const versions[] = { "+VERS-TLS1.3", "+VERS-TLS1.2" };

	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		struct bed_client client;
		struct bed bed;

		bed_open(&bed, true, rows[i / 2].authority);
		CU_ASSERT_EQUAL(
			bed_meet(&client, bed_port(&bed, 0), versions[i % 2], rows[i / 2].own), 0);
		if (client.fd >= 0)
			CU_ASSERT(bed_get(&client, "/certified", rows[i / 2].answer));
		bed_leave(&client);
		bed_close(&bed);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "versions of TLS", test_versions },
		{ "plain HTTP where TLS is spoken", test_plain_to_tls },
		{ "reload", test_reload },
		{ "reload in a crowd", test_reload_in_a_crowd },
		{ "client certificates", test_client_certificates },
	};
	static const struct bed_kind kinds[] = {
		{ .name = "authority", .is_authority = true },
		{ .name = "foreign", .is_authority = true },
		{ .name = "server", .purpose = GNUTLS_KP_TLS_WWW_SERVER },
		{ .name = "other" },
		{ .name = "client", .issuer = "authority", .purpose = GNUTLS_KP_TLS_WWW_CLIENT },
		{ .name = "anything", .issuer = "authority" },
		{ .name = "expired", .issuer = "authority", .is_expired = true },
		{ .name = "site", .issuer = "authority", .purpose = GNUTLS_KP_TLS_WWW_SERVER },
		{ .name = "stranger", .issuer = "foreign" },
	};

	return bed_run("http_listener_tls", tests, COUNT(tests), kinds, COUNT(kinds));
}
