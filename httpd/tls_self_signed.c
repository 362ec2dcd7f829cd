/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes a key and a certificate that vouches for itself (RFC 5280). */
#include "httpd/tls.h"

#include "common/log.h"
#include "common/secret.h"
#include "common/write_all.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HOST_BYTES        253 /* RFC 1035, 2.3.4, as text */
#define LABEL_BYTES       63
#define COMMON_NAME_BYTES 64 /* RFC 5280, appendix A: ub-common-name */
#define SERIAL_BYTES      16
#define BACKDATED_S       3600 /* for clients whose clock is slow */

/* ---- names ---- */

/* Return: bytes of the address in network order, 0 if @name is none. */
static unsigned read_address(const char *name, unsigned char address[16])
{
	if (inet_pton(AF_INET, name, address) == 1)
		return 4;
	return inet_pton(AF_INET6, name, address) == 1 ? 16 : 0;
}

static bool is_label(const char *label, size_t len)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	return len > 0 && len <= LABEL_BYTES && strspn(label, characters) >= len &&
	       label[0] != '-' && label[len - 1] != '-';
}

/* RFC 1123, 2.1; a name whose last label is a number would be an address to others. */
static bool is_host_name(const char *name)
{
	const char *label = name;
	size_t len = strcspn(label, ".");

	if (strlen(name) > HOST_BYTES)
		return false;
	for (; is_label(label, len); len = strcspn(label, ".")) {
		if (!label[len])
			return strspn(label, "0123456789") < len;
		label += len + 1;
	}
	return false;
}

static int check_names(char *const *names, size_t count)
{
	unsigned char address[16];

	for (size_t i = 0; i < count; i++) {
		if (read_address(names[i], address) || is_host_name(names[i]))
			continue;
		log_error("\"%s\" is neither a host name nor an address", names[i]);
		return -EINVAL;
	}
	if (count == 0)
		log_error("a certificate needs a name");
	return count ? 0 : -EINVAL;
}

/* ---- certificate; these return what GnuTLS does ---- */

static int add_name(gnutls_x509_crt_t crt, const char *name)
{
	unsigned char address[16];
	unsigned len = read_address(name, address);

	if (len > 0)
		return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address, len,
							    GNUTLS_FSAN_APPEND);
	return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name,
						    (unsigned)strlen(name), GNUTLS_FSAN_APPEND);
}

static int set_names(gnutls_x509_crt_t crt, char *const *names, size_t count)
{
	const char *common = strlen(names[0]) <= COMMON_NAME_BYTES ? names[0] : "trng-httpd";
	int ret = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, common,
						(unsigned)strlen(common));

	for (size_t i = 0; ret >= 0 && i < count; i++)
		ret = add_name(crt, names[i]);
	return ret;
}

static int set_serial(gnutls_x509_crt_t crt)
{
	unsigned char serial[SERIAL_BYTES];
	int ret = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

	/* A positive number of just so many bytes. */
	serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
	return ret < 0 ? ret : gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
}

static int set_times(gnutls_x509_crt_t crt)
{
	time_t now = time(NULL);
	int ret = gnutls_x509_crt_set_activation_time(crt, now - BACKDATED_S);

	return ret < 0 ? ret
		       : gnutls_x509_crt_set_expiration_time(
				 crt, now + (time_t)TLS_SELF_SIGNED_DAYS * 86400);
}

static int set_key(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	unsigned char id[64];
	size_t len = sizeof(id);
	int ret = gnutls_x509_crt_set_key(crt, key);

	if (ret >= 0)
		ret = gnutls_x509_crt_get_key_id(crt, 0, id, &len);
	if (ret >= 0)
		ret = gnutls_x509_crt_set_subject_key_id(crt, id, len);
	return ret < 0 ? ret : gnutls_x509_crt_set_authority_key_id(crt, id, len);
}

/* No authority, although it vouches for itself: browsers refuse those as a server's. */
static int set_usage(gnutls_x509_crt_t crt)
{
	int ret = gnutls_x509_crt_set_basic_constraints(crt, 0, -1);

	if (ret >= 0)
		ret = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
	return ret < 0 ? ret
		       : gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
}

static int fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, char *const *names, size_t count)
{
	int ret = gnutls_x509_crt_set_version(crt, 3);

	if (ret >= 0)
		ret = set_serial(crt);
	if (ret >= 0)
		ret = set_times(crt);
	if (ret >= 0)
		ret = set_names(crt, names, count);
	if (ret >= 0)
		ret = set_key(crt, key);
	if (ret >= 0)
		ret = set_usage(crt);
	return ret < 0 ? ret : gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
}

/* Both as PEM, for gnutls_free(). */
static int make_pair(char *const *names, size_t count, gnutls_datum_t *crt_pem,
		     gnutls_datum_t *key_pem)
{
	gnutls_x509_crt_t crt = NULL;
	gnutls_x509_privkey_t key = NULL;
	int ret = gnutls_x509_crt_init(&crt);

	if (ret >= 0)
		ret = gnutls_x509_privkey_init(&key);
	if (ret >= 0)
		ret = gnutls_x509_privkey_generate(
			key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (ret >= 0)
		ret = fill(crt, key, names, count);
	if (ret >= 0)
		ret = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, crt_pem);
	if (ret >= 0)
		ret = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL,
							GNUTLS_PKCS_PLAIN, key_pem);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	return ret;
}

/* ---- files ---- */

static int write_new(const char *path, mode_t mode, const gnutls_datum_t *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int ret = fd < 0 ? -errno : write_all(fd, text->data, text->size);

	if (ret == 0 && fsync(fd))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && ret < 0)
		unlink(path);
	if (ret < 0)
		log_error("%s: %s", path, strerror(-ret));
	return ret;
}

static int write_pair(const char *directory, const gnutls_datum_t *crt, const gnutls_datum_t *key)
{
	char crt_path[PATH_MAX], key_path[PATH_MAX];
	int ret;

	if (snprintf(crt_path, PATH_MAX, "%s/certificate.pem", directory) >= PATH_MAX ||
	    snprintf(key_path, PATH_MAX, "%s/key.pem", directory) >= PATH_MAX) {
		log_error("%.60s...: path too long", directory);
		return -ENAMETOOLONG;
	}
	ret = write_new(crt_path, 0644, crt);
	if (ret < 0)
		return ret;
	ret = write_new(key_path, 0600, key);
	if (ret < 0)
		unlink(crt_path);
	return ret;
}

int tls_self_signed(const char *directory, char *const *names, size_t count)
{
	gnutls_datum_t crt = { 0 }, key = { 0 };
	int ret = check_names(names, count);

	if (ret < 0)
		return ret;
	if (mkdir(directory, 0755) && errno != EEXIST) {
		ret = -errno;
		log_error("%s: %s", directory, strerror(-ret));
		return ret;
	}
	ret = make_pair(names, count, &crt, &key);
	if (ret < 0) {
		log_error("the certificate cannot be made: %s", gnutls_strerror(ret));
		ret = -EIO;
	} else {
		ret = write_pair(directory, &crt, &key);
	}
	if (key.data)
		secret_wipe(key.data, key.size);
	gnutls_free(key.data);
	gnutls_free(crt.data);
	return ret;
}
