/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The server's credentials. GnuTLS wants them to outlive every session that was given them, so
 * what a reload replaced stays until the last of its sessions has ended.
 */
#include "httpd/tls.h"

#include "common/log.h"
#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct credentials {
	gnutls_certificate_credentials_t x509;
	bool asks_clients; /* there is an authority for their certificates */
	size_t users;      /* sessions, and one more while it is the current one */
};

struct tls {
	char *certificate, *key, *client_ca; /* paths; NULL: no authority */
	pthread_mutex_t lock;                /* of all below */
	struct credentials *current;
	struct credentials **held; /* by the session on each descriptor; NULL: none */
	size_t held_count;
};

/* ---- files ---- */

static int check_file(int fd, const char *path, bool is_secret)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > TLS_FILE_MOST_BYTES)
		return -EFBIG;
	if (is_secret && st.st_mode & S_IROTH)
		log_warning("%s: everybody can read this key; chmod o-r", path);
	return 0;
}

/* The file may change while it is read: the buffer's end decides. */
static int read_text(int fd, gnutls_datum_t *text)
{
	text->size = 0;
	for (;;) {
		ssize_t got =
			read(fd, text->data + text->size, TLS_FILE_MOST_BYTES + 1 - text->size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		text->size += (unsigned)got;
		if (text->size > TLS_FILE_MOST_BYTES)
			return -EFBIG;
	}
}

static void free_text(gnutls_datum_t *text)
{
	if (text->data)
		secret_wipe(text->data, TLS_FILE_MOST_BYTES + 1);
	free(text->data);
	*text = (gnutls_datum_t){ 0 };
}

/* The whole of @path in @text, for free_text(). Complains. */
static int load(const char *path, bool is_secret, gnutls_datum_t *text)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int ret = fd < 0 ? -errno : check_file(fd, path, is_secret);

	if (ret == 0) {
		text->data = malloc(TLS_FILE_MOST_BYTES + 1);
		ret = text->data ? read_text(fd, text) : -ENOMEM;
	}
	if (fd >= 0)
		close(fd);
	if (ret < 0)
		log_error("%s: %s", path, ret == -EINVAL ? "not a regular file" : strerror(-ret));
	return ret;
}

/* ---- credentials ---- */

static int refuse(const char *path, int error, const char *what)
{
	log_error("%s: %s (%s)", path, what, gnutls_strerror(error));
	return error == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EINVAL;
}

static void warn_of_time(const char *path, gnutls_x509_crt_t crt)
{
	time_t now = time(NULL);

	if (gnutls_x509_crt_get_expiration_time(crt) < now)
		log_warning("%s: the certificate has expired; clients will refuse it", path);
	else if (gnutls_x509_crt_get_activation_time(crt) > now)
		log_warning("%s: the certificate is not valid yet; clients will refuse it", path);
}

/* @crts: for free_chain(). */
static int import_chain(const char *path, gnutls_x509_crt_t **crts, unsigned *count)
{
	gnutls_datum_t text = { 0 };
	int ret = load(path, false, &text);

	if (ret == 0) {
		ret = gnutls_x509_crt_list_import2(crts, count, &text, GNUTLS_X509_FMT_PEM,
						   GNUTLS_X509_CRT_LIST_SORT);
		if (ret < 0)
			ret = refuse(path, ret,
				     "no certificate chain in PEM form, the server's first");
		else
			warn_of_time(path, (*crts)[0]);
	}
	free_text(&text);
	return ret < 0 ? ret : 0;
}

static void free_chain(gnutls_x509_crt_t *crts, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		gnutls_x509_crt_deinit(crts[i]);
	gnutls_free(crts);
}

static int import_key(const char *path, gnutls_x509_privkey_t key)
{
	gnutls_datum_t text = { 0 };
	int ret = load(path, true, &text);

	if (ret == 0) {
		ret = gnutls_x509_privkey_import2(key, &text, GNUTLS_X509_FMT_PEM, NULL,
						  GNUTLS_PKCS_PLAIN);
		if (ret < 0)
			ret = refuse(path, ret, "no key in PEM form without a password");
	}
	free_text(&text);
	return ret;
}

static int take_pair(const struct tls *tls, gnutls_certificate_credentials_t x509)
{
	gnutls_x509_crt_t *crts = NULL;
	gnutls_x509_privkey_t key;
	unsigned count = 0;
	int ret;

	if (gnutls_x509_privkey_init(&key) < 0)
		return -ENOMEM;
	ret = import_chain(tls->certificate, &crts, &count);
	if (ret == 0)
		ret = import_key(tls->key, key);
	if (ret == 0) {
		ret = gnutls_certificate_set_x509_key(x509, crts, (int)count, key);
		if (ret < 0)
			ret = refuse(tls->key, ret, "cannot be used with the certificate");
	}
	free_chain(crts, count);
	gnutls_x509_privkey_deinit(key);
	return ret < 0 ? ret : 0;
}

static int take_authority(const struct tls *tls, gnutls_certificate_credentials_t x509)
{
	gnutls_datum_t text = { 0 };
	int ret = load(tls->client_ca, false, &text);

	if (ret == 0) {
		ret = gnutls_certificate_set_x509_trust_mem(x509, &text, GNUTLS_X509_FMT_PEM);
		if (ret <= 0)
			ret = refuse(tls->client_ca, ret ? ret : GNUTLS_E_NO_CERTIFICATE_FOUND,
				     "no certificate in PEM form");
	}
	free_text(&text);
	return ret < 0 ? ret : 0;
}

static void free_credentials(struct credentials *credentials)
{
	if (credentials->x509)
		gnutls_certificate_free_credentials(credentials->x509);
	free(credentials);
}

static int read_credentials(const struct tls *tls, struct credentials **read)
{
	struct credentials *credentials = calloc(1, sizeof(*credentials));
	int ret = -ENOMEM;

	if (!credentials)
		return -ENOMEM;
	credentials->users = 1;
	if (gnutls_certificate_allocate_credentials(&credentials->x509) < 0)
		goto fail;
	ret = take_pair(tls, credentials->x509);
	if (ret == 0 && tls->client_ca) {
		ret = take_authority(tls, credentials->x509);
		credentials->asks_clients = true;
	}
	if (ret < 0)
		goto fail;
	*read = credentials;
	return 0;
fail:
	free_credentials(credentials);
	return ret;
}

/* Under the lock. */
static void drop(struct credentials *credentials)
{
	if (--credentials->users == 0)
		free_credentials(credentials);
}

/* ---- public ---- */

int tls_open(struct tls **tls, const char *certificate, const char *key, const char *client_ca)
{
	struct tls *opened = calloc(1, sizeof(*opened));
	bool has_ca = client_ca && client_ca[0];
	int ret = -ENOMEM;

	if (!opened)
		return -ENOMEM;
	pthread_mutex_init(&opened->lock, NULL);
	opened->certificate = strdup(certificate);
	opened->key = strdup(key);
	opened->client_ca = has_ca ? strdup(client_ca) : NULL;
	if (opened->certificate && opened->key && (opened->client_ca || !has_ca))
		ret = read_credentials(opened, &opened->current);
	if (ret < 0) {
		tls_close(opened);
		return ret;
	}
	*tls = opened;
	return 0;
}

int tls_reload(struct tls *tls)
{
	struct credentials *fresh;
	int ret = read_credentials(tls, &fresh);

	if (ret < 0) {
		log_error("the certificate in use stays");
		return ret;
	}
	pthread_mutex_lock(&tls->lock);
	drop(tls->current);
	tls->current = fresh;
	pthread_mutex_unlock(&tls->lock);
	log_notice("%s: read again", tls->certificate);
	return 0;
}

void tls_close(struct tls *tls)
{
	if (!tls)
		return;
	if (tls->current)
		drop(tls->current);
	pthread_mutex_destroy(&tls->lock);
	free(tls->held);
	free(tls->certificate);
	free(tls->key);
	free(tls->client_ca);
	free(tls);
}

/* Under the lock. Room for descriptor @fd. */
static int grow(struct tls *tls, size_t fd)
{
	size_t count = 2 * fd + 64;
	struct credentials **held;

	if (fd < tls->held_count)
		return 0;
	held = reallocarray(tls->held, count, sizeof(struct credentials *));
	if (!held)
		return -ENOMEM;
	memset(held + tls->held_count, 0, (count - tls->held_count) * sizeof(struct credentials *));
	tls->held = held;
	tls->held_count = count;
	return 0;
}

static struct credentials *hold(struct tls *tls, int fd)
{
	struct credentials *credentials = NULL;

	pthread_mutex_lock(&tls->lock);
	if (grow(tls, (size_t)fd) == 0) {
		credentials = tls->current;
		credentials->users++;
		tls->held[fd] = credentials;
	}
	pthread_mutex_unlock(&tls->lock);
	return credentials;
}

int tls_attach(struct tls *tls, gnutls_session_t session, int fd)
{
	const struct credentials *credentials = hold(tls, fd);

	if (!credentials)
		return -ENOMEM;
	if (gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials->x509) < 0) {
		tls_detach(tls, fd);
		return -ENOMEM;
	}
	gnutls_certificate_server_set_request(
		session, credentials->asks_clients ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_IGNORE);
	return 0;
}

void tls_detach(struct tls *tls, int fd)
{
	pthread_mutex_lock(&tls->lock);
	if ((size_t)fd < tls->held_count && tls->held[fd]) {
		drop(tls->held[fd]);
		tls->held[fd] = NULL;
	}
	pthread_mutex_unlock(&tls->lock);
}

bool tls_is_certified(gnutls_session_t session)
{
	char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
	gnutls_typed_vdata_st wanted = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
					 .data = (unsigned char *)purpose };
	unsigned status = ~0u;

	return gnutls_certificate_verify_peers(session, &wanted, 1, &status) == 0 && status == 0;
}
