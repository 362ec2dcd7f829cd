/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tls: what the self-signed certificate says, and what each bad file is answered with. */
#include "httpd/tls.h"

#include "tests/unit/http_tls_bed.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <limits.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char said[4096]; /* what was logged */

/* ---- self-signed ---- */

static int sign(const char *directory, const char *const *names, size_t count)
{
	char *copies[10];
	int ret;

	for (size_t i = 0; i < count; i++)
		copies[i] = strdup(names[i]);
	unit_capture();
	ret = tls_self_signed(directory, copies, count);
	unit_captured(said, sizeof(said));
	for (size_t i = 0; i < count; i++)
		free(copies[i]);
	return ret;
}

static int sign_one(const char *directory, const char *name)
{
	return sign(directory, &name, 1);
}

static void remove_made(const char *directory)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/certificate.pem", directory);
	unlink(path);
	snprintf(path, sizeof(path), "%s/key.pem", directory);
	unlink(path);
	rmdir(directory);
}

static gnutls_x509_crt_t read_made(const char *path)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t text;

	gnutls_x509_crt_init(&crt);
	CU_ASSERT_EQUAL_FATAL(gnutls_load_file(path, &text), 0);
	CU_ASSERT_EQUAL_FATAL(gnutls_x509_crt_import(crt, &text, GNUTLS_X509_FMT_PEM), 0);
	gnutls_free(text.data);
	return crt;
}

/* Name @index of the certificate is @len bytes @name of this kind. */
static bool has_name(gnutls_x509_crt_t crt, unsigned index, int kind, const void *name, size_t len)
{
	unsigned char found[300];
	size_t found_len = sizeof(found);

	return gnutls_x509_crt_get_subject_alt_name(crt, index, found, &found_len, NULL) == kind &&
	       found_len == len && !memcmp(found, name, len);
}

static void test_names(void)
{
	static const char *const names[] = { "trng.example.org", "192.0.2.7", "::1", "localhost" };
	char common[100];
	size_t len = sizeof(common);
	gnutls_x509_crt_t crt;

	CU_ASSERT_EQUAL_FATAL(sign("made", names, COUNT(names)), 0);
	CU_ASSERT_STRING_EQUAL(said, "");
	crt = read_made("made/certificate.pem");
	CU_ASSERT_EQUAL(
		gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, common, &len),
		0);
	CU_ASSERT_STRING_EQUAL(common, "trng.example.org");
	CU_ASSERT(has_name(crt, 0, GNUTLS_SAN_DNSNAME, "trng.example.org", 16));
	CU_ASSERT(has_name(crt, 1, GNUTLS_SAN_IPADDRESS, "\300\0\2\7", 4));
	CU_ASSERT(has_name(crt, 2, GNUTLS_SAN_IPADDRESS, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16));
	CU_ASSERT(has_name(crt, 3, GNUTLS_SAN_DNSNAME, "localhost", 9));
	len = sizeof(common);
	CU_ASSERT_EQUAL(gnutls_x509_crt_get_subject_alt_name(crt, 4, common, &len, NULL),
			GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	CU_ASSERT_NOT_EQUAL(gnutls_x509_crt_check_hostname(crt, "trng.example.org"), 0);
	CU_ASSERT_NOT_EQUAL(gnutls_x509_crt_check_hostname(crt, "::1"), 0);
	CU_ASSERT_EQUAL(gnutls_x509_crt_check_hostname(crt, "example.org"), 0);
	gnutls_x509_crt_deinit(crt);
	remove_made("made");
}

static void test_content(void)
{
	gnutls_x509_crt_t crt;
	unsigned char serial[40];
	char purpose[40];
	size_t len = sizeof(serial), purpose_len = sizeof(purpose);
	unsigned usage, critical, status;
	time_t now = time(NULL), end;

	CU_ASSERT_EQUAL_FATAL(sign_one("made", "localhost"), 0);
	crt = read_made("made/certificate.pem");
	end = gnutls_x509_crt_get_expiration_time(crt);
	CU_ASSERT(end >= now + (365 - 1) * 86400 && end <= now + (365 + 1) * 86400);
	CU_ASSERT(gnutls_x509_crt_get_activation_time(crt) <= now);
	CU_ASSERT_EQUAL(gnutls_x509_crt_get_pk_algorithm(crt, &usage), GNUTLS_PK_ECDSA);
	CU_ASSERT_EQUAL(usage, 256);
	CU_ASSERT_EQUAL(gnutls_x509_crt_get_signature_algorithm(crt), GNUTLS_SIGN_ECDSA_SHA256);
	CU_ASSERT_EQUAL(gnutls_x509_crt_get_version(crt), 3);
	CU_ASSERT_EQUAL(gnutls_x509_crt_get_serial(crt, serial, &len), 0);
	CU_ASSERT_EQUAL(len, 16);
	CU_ASSERT_EQUAL(gnutls_x509_crt_get_ca_status(crt, &critical), 0);
	CU_ASSERT_EQUAL(gnutls_x509_crt_get_key_usage(crt, &usage, &critical), 0);
	CU_ASSERT_EQUAL(usage, GNUTLS_KEY_DIGITAL_SIGNATURE);
	CU_ASSERT_EQUAL(gnutls_x509_crt_get_key_purpose_oid(crt, 0, purpose, &purpose_len, NULL),
			0);
	CU_ASSERT_STRING_EQUAL(purpose, GNUTLS_KP_TLS_WWW_SERVER);
	CU_ASSERT_EQUAL(gnutls_x509_crt_verify(crt, &crt, 1, 0, &status), 0);
	gnutls_x509_crt_deinit(crt);
	remove_made("made");
}

static void test_files(void)
{
	struct stat st;
	struct tls *tls;

	umask(022);
	CU_ASSERT_EQUAL_FATAL(sign_one("made", "localhost"), 0);
	CU_ASSERT_EQUAL(stat("made/key.pem", &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFREG | 0600);
	CU_ASSERT_EQUAL(stat("made/certificate.pem", &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFREG | 0644);
	CU_ASSERT_EQUAL(
		tls_open(&tls, "made/certificate.pem", "made/key.pem", "made/certificate.pem"), 0);
	tls_close(tls);
	CU_ASSERT_EQUAL(sign_one("made", "localhost"), -EEXIST);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "made/certificate.pem: File exists"));
	CU_ASSERT_EQUAL(tls_open(&tls, "made/certificate.pem", "made/key.pem", NULL), 0);
	tls_close(tls);
	unlink("made/certificate.pem");
	CU_ASSERT_EQUAL(sign_one("made", "localhost"), -EEXIST);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "made/key.pem: File exists"));
	CU_ASSERT_EQUAL(access("made/certificate.pem", F_OK), -1); /* no half of a pair */
	remove_made("made");
	umask(077);
}

static void test_two_differ(void)
{
	gnutls_x509_crt_t a, b;

	CU_ASSERT_EQUAL_FATAL(sign_one("a", "localhost"), 0);
	CU_ASSERT_EQUAL_FATAL(sign_one("b", "localhost"), 0);
	a = read_made("a/certificate.pem");
	b = read_made("b/certificate.pem");
	CU_ASSERT_FALSE(gnutls_x509_crt_equals(a, b));
	gnutls_x509_crt_deinit(a);
	gnutls_x509_crt_deinit(b);
	remove_made("a");
	remove_made("b");
}

static void test_bad_names(void)
{
	static const char *const bad[] = {
		"",      " ",    "a b",     "-a",       "a-",         "a..b",      ".a",
		"a.",    "a_b",  "*.a.org", "a/b",      "1.2.3",      "1.2.3.256", "::g",
		"[::1]", "a:80", "a\n",     "\xc3\xa4", "10.0.0.0/8", "http://a",
	};
	char name[300];

	for (size_t i = 0; i < COUNT(bad); i++) {
		CU_ASSERT_EQUAL(sign_one("made", bad[i]), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "neither a host name nor an address"));
	}
	CU_ASSERT_EQUAL(sign("made", NULL, 0), -EINVAL);
	CU_ASSERT_EQUAL(sign("made", (const char *const[]){ "good", "b ad" }, 2), -EINVAL);
	memset(name, 'a', sizeof(name));
	name[64] = '\0';
	CU_ASSERT_EQUAL(sign_one("made", name), -EINVAL);
	for (size_t i = 0; i < 253; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[64] = 'a';
	name[253] = 'a';
	name[254] = '\0';
	CU_ASSERT_EQUAL(sign_one("made", name), -EINVAL);
	CU_ASSERT_EQUAL(access("made", F_OK), -1);
}

static void test_long_names(void)
{
	char name[254];

	for (size_t i = 0; i < 253; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[253] = '\0';
	CU_ASSERT_EQUAL(sign_one("made", name), 0);
	remove_made("made");
	memset(name, 'a', 63);
	name[63] = '\0';
	CU_ASSERT_EQUAL(sign_one("made", name), 0);
	remove_made("made");
}

static void test_bad_directory(void)
{
	CU_ASSERT_EQUAL(sign_one("none/there", "localhost"), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "none/there: No such file"));
	CU_ASSERT_EQUAL(sign_one("server.pem", "localhost"), -ENOTDIR);
}

/* ---- files that are read ---- */

static int open_tls(struct tls **tls, const char *certificate, const char *key, const char *ca)
{
	int ret;

	unit_capture();
	ret = tls_open(tls, certificate, key, ca);
	unit_captured(said, sizeof(said));
	return ret;
}

static void put_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

static void test_bad_files(void)
{
	static const struct {
		const char *certificate, *key, *ca;
		int ret;
		const char *part;
	} rows[] = {
		{ "none", "server.key", NULL, -ENOENT, "none: No such file" },
		{ "server.pem", "none", NULL, -ENOENT, "none: No such file" },
		{ "server.pem", "server.key", "none", -ENOENT, "none: No such file" },
		{ ".", "server.key", NULL, -EISDIR, ".: Is a directory" },
		{ "fifo", "server.key", NULL, -EINVAL, "fifo: not a regular file" },
		{ "/dev/zero", "server.key", NULL, -EINVAL, "/dev/zero: not a regular file" },
		{ "server.pem", "huge", NULL, -EFBIG, "huge: File too large" },
		{ "empty", "server.key", NULL, -EINVAL, "empty: no certificate chain in PEM" },
		{ "text", "server.key", NULL, -EINVAL, "text: no certificate chain in PEM" },
		{ "broken", "server.key", NULL, -EINVAL, "broken: no certificate chain in PEM" },
		{ "server.key", "server.key", NULL, -EINVAL, "server.key: no certificate" },
		{ "server.pem", "server.pem", NULL, -EINVAL, "server.pem: no key in PEM" },
		{ "server.pem", "empty", NULL, -EINVAL, "empty: no key in PEM" },
		{ "server.pem", "text", NULL, -EINVAL, "text: no key in PEM" },
		{ "server.pem", "other.key", NULL, -EINVAL, "other.key: cannot be used with" },
		{ "server.pem", "server.key", "text", -EINVAL, "text: no certificate in PEM" },
		{ "server.pem", "server.key", "empty", -EINVAL, "empty: no certificate in PEM" },
	};

	mkfifo("fifo", 0600);
	put_file("empty", "");
	put_file("text", "hello\n");
	put_file("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	put_file("huge", "");
	CU_ASSERT_EQUAL(truncate("huge", TLS_FILE_MOST_BYTES + 1), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tls *tls = NULL;

		CU_ASSERT_EQUAL(open_tls(&tls, rows[i].certificate, rows[i].key, rows[i].ca),
				rows[i].ret);
		CU_ASSERT_PTR_NULL(tls);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, rows[i].part));
	}
	unlink("fifo");
	unlink("empty");
	unlink("text");
	unlink("broken");
	unlink("huge");
}

static void test_warnings(void)
{
	struct tls *tls;

	CU_ASSERT_EQUAL(open_tls(&tls, "server.pem", "server.key", NULL), 0);
	CU_ASSERT_STRING_EQUAL(said, "");
	tls_close(tls);
	CU_ASSERT_EQUAL(open_tls(&tls, "expired.pem", "expired.key", NULL), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "expired.pem: the certificate has expired"));
	tls_close(tls);
	chmod("server.key", 0644);
	CU_ASSERT_EQUAL(open_tls(&tls, "server.pem", "server.key", ""), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "server.key: everybody can read this key"));
	tls_close(tls);
	chmod("server.key", 0600);
	tls_close(NULL);
}

static void test_chain(void)
{
	struct tls *tls;

	CU_ASSERT_EQUAL(system("cat leaf.pem authority.pem >chain.pem"), 0);
	CU_ASSERT_EQUAL(open_tls(&tls, "chain.pem", "leaf.key", NULL), 0);
	CU_ASSERT_STRING_EQUAL(said, "");
	tls_close(tls);
	unlink("chain.pem");
}

/* What cannot be used leaves what is in use: a session begun later still gets it. */
static void test_bad_reload(void)
{
	gnutls_certificate_credentials_t before, after;
	gnutls_session_t session;
	struct tls *tls;
	void *found;

	CU_ASSERT_EQUAL_FATAL(open_tls(&tls, "server.pem", "server.key", NULL), 0);
	CU_ASSERT_EQUAL(gnutls_init(&session, GNUTLS_SERVER), 0);
	CU_ASSERT_EQUAL(tls_attach(tls, session, 1000), 0);
	gnutls_credentials_get(session, GNUTLS_CRD_CERTIFICATE, &found);
	before = found;
	rename("server.key", "kept.key");
	put_file("server.key", "half a k");
	unit_capture();
	CU_ASSERT_EQUAL(tls_reload(tls), -EINVAL);
	unit_captured(said, sizeof(said));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "the certificate in use stays"));
	rename("kept.key", "server.key");
	tls_detach(tls, 1000);
	CU_ASSERT_EQUAL(tls_attach(tls, session, 3), 0);
	gnutls_credentials_get(session, GNUTLS_CRD_CERTIFICATE, &found);
	after = found;
	CU_ASSERT_PTR_EQUAL(before, after);
	gnutls_deinit(session);
	tls_detach(tls, 3);
	tls_detach(tls, 3);     /* a connection that never held anything */
	tls_detach(tls, 90000); /* nor this one */
	tls_close(tls);
}

static void test_priorities(void)
{
	gnutls_priority_t priorities;

	CU_ASSERT_EQUAL_FATAL(gnutls_priority_init(&priorities, TLS_PRIORITIES, NULL), 0);
	gnutls_priority_deinit(priorities);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "self-signed: names", test_names },
		{ "self-signed: content", test_content },
		{ "self-signed: files", test_files },
		{ "self-signed: two differ", test_two_differ },
		{ "self-signed: bad names", test_bad_names },
		{ "self-signed: long names", test_long_names },
		{ "self-signed: bad directory", test_bad_directory },
		{ "bad files", test_bad_files },
		{ "warnings", test_warnings },
		{ "a chain", test_chain },
		{ "a reload that fails", test_bad_reload },
		{ "priorities", test_priorities },
	};
	static const struct bed_kind kinds[] = {
		{ .name = "authority", .is_authority = true },
		{ .name = "leaf", .issuer = "authority" },
		{ .name = "server" },
		{ .name = "other" },
		{ .name = "expired", .is_expired = true },
	};

	return bed_run("http_tls", tests, COUNT(tests), kinds, COUNT(kinds));
}
