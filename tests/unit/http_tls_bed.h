/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_tls_bed - certificates of every kind, and a TLS client, for the unit programs of the server.
 */
#ifndef TRNG_TESTS_UNIT_HTTP_TLS_BED_H
#define TRNG_TESTS_UNIT_HTTP_TLS_BED_H

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define BED_BOUND_S 30 /* of every wait for the server */

/* A certificate; it and its key are files NAME.pem and NAME.key of the working directory. */
struct bed_kind {
	const char *name;
	const char *issuer;  /* name of one made before; NULL: itself */
	const char *purpose; /* NULL: any */
	bool is_authority;
	bool is_expired;
};

/* Outside of a suite CUnit cannot assert. */
static inline void bed_need(bool is_good)
{
	if (!is_good)
		abort();
}

static inline void bed_write(const char *name, const char *suffix, gnutls_datum_t *text)
{
	char path[100];
	FILE *file;

	snprintf(path, sizeof(path), "%s.%s", name, suffix);
	file = fopen(path, "w");
	bed_need(file && fwrite(text->data, 1, text->size, file) == text->size);
	fclose(file);
	gnutls_free(text->data);
}

static inline void bed_load(const char *name, gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	gnutls_datum_t text;
	char path[100];

	snprintf(path, sizeof(path), "%s.pem", name);
	bed_need(gnutls_load_file(path, &text) == 0);
	bed_need(gnutls_x509_crt_import(crt, &text, GNUTLS_X509_FMT_PEM) == 0);
	gnutls_free(text.data);
	snprintf(path, sizeof(path), "%s.key", name);
	bed_need(gnutls_load_file(path, &text) == 0);
	bed_need(gnutls_x509_privkey_import(key, &text, GNUTLS_X509_FMT_PEM) == 0);
	gnutls_free(text.data);
}

static inline void bed_fill(gnutls_x509_crt_t crt, const struct bed_kind *kind)
{
	time_t now = time(NULL), end = kind->is_expired ? now - 3600 : now + 3600;
	uint64_t serial = (uint64_t)now;

	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, &serial, sizeof(serial) - 1);
	gnutls_x509_crt_set_activation_time(crt, now - 7200);
	gnutls_x509_crt_set_expiration_time(crt, end);
	gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, kind->name,
				      (unsigned)strlen(kind->name));
	gnutls_x509_crt_set_basic_constraints(crt, kind->is_authority, -1);
	if (kind->purpose)
		gnutls_x509_crt_set_key_purpose_oid(crt, kind->purpose, 0);
}

static inline void bed_issue(const struct bed_kind *kind)
{
	gnutls_x509_crt_t crt, issuer;
	gnutls_x509_privkey_t key, issuer_key;
	gnutls_datum_t text;

	gnutls_x509_crt_init(&crt);
	gnutls_x509_crt_init(&issuer);
	gnutls_x509_privkey_init(&key);
	gnutls_x509_privkey_init(&issuer_key);
	bed_need(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
					      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
					      0) == 0);
	bed_fill(crt, kind);
	gnutls_x509_crt_set_key(crt, key);
	if (kind->issuer)
		bed_load(kind->issuer, issuer, issuer_key);
	bed_need(gnutls_x509_crt_sign2(crt, kind->issuer ? issuer : crt,
				       kind->issuer ? issuer_key : key, GNUTLS_DIG_SHA256, 0) == 0);
	bed_need(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &text) == 0);
	bed_write(kind->name, "pem", &text);
	bed_need(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text) == 0);
	bed_write(kind->name, "key", &text);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_crt_deinit(issuer);
	gnutls_x509_privkey_deinit(key);
	gnutls_x509_privkey_deinit(issuer_key);
}

static inline void bed_unlink(const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "%s.pem", name);
	unlink(path);
	snprintf(path, sizeof(path), "%s.key", name);
	unlink(path);
}

/* The body of main(): the tests run in a folder of their own that holds these certificates. */
static inline int bed_run(const char *suite, const struct unit_test *tests, size_t count,
			  const struct bed_kind *kinds, size_t kind_count)
{
	const char *parent = getenv("TRNG_TMP");
	char directory[4096];
	int ret;

	snprintf(directory, sizeof(directory), "%s/unit-%s.XXXXXX", parent ? parent : "/tmp",
		 suite);
	if (!mkdtemp(directory) || chdir(directory))
		return EXIT_FAILURE;
	umask(077);
	for (size_t i = 0; i < kind_count; i++)
		bed_issue(&kinds[i]);
	ret = unit_run(suite, tests, count);
	for (size_t i = 0; i < kind_count; i++)
		bed_unlink(kinds[i].name);
	return chdir("/") || rmdir(directory) ? EXIT_FAILURE : ret;
}

/* ---- client ---- */

struct bed_client {
	int fd;
	gnutls_session_t session; /* NULL: plain */
	gnutls_certificate_credentials_t credentials;
};

/* A socket to @port of loopback on which no wait is for ever. */
static inline int bed_connect(unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval bound = { .tv_sec = BED_BOUND_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof(bound));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static inline void bed_leave(struct bed_client *client)
{
	if (client->session) {
		gnutls_deinit(client->session);
		gnutls_certificate_free_credentials(client->credentials);
	}
	if (client->fd >= 0)
		close(client->fd);
	*client = (struct bed_client){ .fd = -1 };
}

/*
 * Connect and shake hands. @versions: priority string's, "+VERS-TLS1.3". @own: name of the client's
 * own certificate, or NULL; it is shown whatever the server asks for.
 * Return: 0, or what GnuTLS says; then nothing is left to leave.
 */
static inline int bed_meet(struct bed_client *client, unsigned port, const char *versions,
			   const char *own)
{
	char priorities[200], crt[100], key[100];
	int ret;

	*client = (struct bed_client){ .fd = bed_connect(port) };
	if (client->fd < 0)
		return GNUTLS_E_PUSH_ERROR;
	snprintf(priorities, sizeof(priorities), "NORMAL:-VERS-ALL:%s", versions);
	gnutls_init(&client->session, GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT | GNUTLS_NO_SIGNAL);
	gnutls_priority_set_direct(client->session, priorities, NULL);
	gnutls_certificate_allocate_credentials(&client->credentials);
	if (own) {
		snprintf(crt, sizeof(crt), "%s.pem", own);
		snprintf(key, sizeof(key), "%s.key", own);
		gnutls_certificate_set_x509_key_file(client->credentials, crt, key,
						     GNUTLS_X509_FMT_PEM);
	}
	gnutls_credentials_set(client->session, GNUTLS_CRD_CERTIFICATE, client->credentials);
	gnutls_transport_set_int(client->session, client->fd);
	gnutls_handshake_set_timeout(client->session, BED_BOUND_S * 1000);
	do
		ret = gnutls_handshake(client->session);
	while (ret < 0 && !gnutls_error_is_fatal(ret));
	if (ret < 0)
		bed_leave(client);
	return ret;
}

static inline ssize_t bed_receive(struct bed_client *client, char *data, size_t size)
{
	ssize_t got;

	if (!client->session)
		return recv(client->fd, data, size, 0);
	do
		got = gnutls_record_recv(client->session, data, size);
	while (got < 0 && !gnutls_error_is_fatal((int)got));
	return got;
}

/* Sends a GET of @path. Return: whether an answer came whose body, of 2 bytes, is @body. */
static inline bool bed_get(struct bed_client *client, const char *path, const char *body)
{
	char text[2000];
	size_t len =
		(size_t)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
	const char *end = NULL;

	if (client->session)
		gnutls_record_send(client->session, text, len);
	else
		send(client->fd, text, len, MSG_NOSIGNAL);
	for (len = 0; !end || strlen(end) < 6;) {
		ssize_t got = bed_receive(client, text + len, sizeof(text) - 1 - len);

		if (got <= 0)
			return false;
		len += (size_t)got;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
	}
	return !strncmp(text, "HTTP/1.1 200 ", 13) && !strcmp(end + 4, body);
}

/* Whether the server's certificate is that of the file @path, in PEM. */
static inline bool bed_sees(const struct bed_client *client, const char *path)
{
	unsigned count = 0;
	const gnutls_datum_t *peers = gnutls_certificate_get_peers(client->session, &count);
	gnutls_datum_t text, der;
	gnutls_x509_crt_t crt;
	bool is_same;

	CU_ASSERT_EQUAL_FATAL(gnutls_load_file(path, &text), 0);
	gnutls_x509_crt_init(&crt);
	CU_ASSERT_EQUAL_FATAL(gnutls_x509_crt_import(crt, &text, GNUTLS_X509_FMT_PEM), 0);
	CU_ASSERT_EQUAL_FATAL(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der), 0);
	is_same = count > 0 && peers[0].size == der.size &&
		  !memcmp(peers[0].data, der.data, der.size);
	gnutls_free(der.data);
	gnutls_free(text.data);
	gnutls_x509_crt_deinit(crt);
	return is_same;
}

#endif
