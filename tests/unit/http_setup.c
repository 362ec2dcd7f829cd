/* SPDX-License-Identifier: GPL-3.0-or-later */
/* setup of trng-httpd: what may be listened on, where everything lies, what is refused and how. */
#include "tests/unit/config_load.h"

#include <stdlib.h>
#include <sys/types.h>

static uid_t user = 1000; /* as whom the setup is made */
#define geteuid() user

/* Both daemons have a setup_make(): the one tested here comes with its source. */
#include "httpd/setup.c"

#define TLS      "httpd.tls_certificate=c.pem", "httpd.tls_key=k.pem"
#define INSECURE "httpd.allow_insecure=true"

static struct config config;
static struct setup setup;
static char here[PATH_MAX]; /* the working directory, $HOME */

/* Makes a setup of @overrides, ended by NULL; what it says is in @said. */
static int make(const char *const *overrides)
{
	size_t count = 0;
	int ret;

	config_free(&config);
	while (overrides[count])
		count++;
	CU_ASSERT_EQUAL_FATAL(load(&config, NULL, overrides, count), 0);
	unit_capture();
	ret = setup_make(&setup, &config);
	unit_captured(said, sizeof(said));
	return ret;
}

static int make_of(const char *a, const char *b, const char *c, const char *d)
{
	return make((const char *const[]){ a, b, c, d, NULL });
}

/* @path of the working directory. */
static const char *in_here(const char *path)
{
	static char text[PATH_MAX + 64];

	snprintf(text, sizeof(text), "%s/%s", here, path);
	return text;
}

static void test_defaults(void)
{
	char text[ADDRESS_TEXT_BYTES];

	CU_ASSERT_EQUAL_FATAL(make_of(NULL, NULL, NULL, NULL), 0);
	CU_ASSERT_STRING_EQUAL(said, "");
	CU_ASSERT_PTR_EQUAL(setup.config, &config);
	CU_ASSERT_EQUAL_FATAL(setup.listen_count, 1);
	CU_ASSERT_STRING_EQUAL(address_format(&setup.listen[0].address, true, text),
			       "127.0.0.1:8000");
	CU_ASSERT_FALSE(setup.listen[0].is_tls);
	CU_ASSERT_EQUAL_FATAL(setup.mountpoint_count, 2);
	CU_ASSERT_STRING_EQUAL(setup.mountpoints[0], in_here("run/trng"));
	CU_ASSERT_STRING_EQUAL(setup.mountpoints[1], "/mnt/trng");
	CU_ASSERT_STRING_EQUAL(setup.state_dir, in_here(".local/state/trng"));
	CU_ASSERT_STRING_EQUAL(setup.access_log, in_here(".local/state/trng/access.log"));
	CU_ASSERT_STRING_EQUAL(setup.tokens, in_here(".local/state/trng/tokens"));
	CU_ASSERT_STRING_EQUAL(setup.ui_dir, TRNG_UI_DIR);
	CU_ASSERT_STRING_EQUAL(setup.dygraphs_dir, "/usr/share/javascript/dygraphs");
	CU_ASSERT_STRING_EQUAL(setup.tls_certificate, "");
}

static void test_paths_are_absolute(void)
{
	CU_ASSERT_EQUAL_FATAL(make((const char *const[]){
				      "mountpoint=m", "httpd.state_dir=state/", "httpd.tokens=t",
				      "httpd.ui_dir=u", "httpd.dygraphs_dir=d",
				      "httpd.access_log=a", TLS, "httpd.tls_client_ca=ca", NULL }),
			      0);
	CU_ASSERT_EQUAL(setup.mountpoint_count, 1);
	CU_ASSERT_STRING_EQUAL(setup.mountpoints[0], in_here("m"));
	CU_ASSERT_STRING_EQUAL(setup.state_dir, in_here("state/"));
	CU_ASSERT_STRING_EQUAL(setup.tokens, in_here("t"));
	CU_ASSERT_STRING_EQUAL(setup.ui_dir, in_here("u"));
	CU_ASSERT_STRING_EQUAL(setup.dygraphs_dir, in_here("d"));
	CU_ASSERT_STRING_EQUAL(setup.access_log, in_here("a"));
	CU_ASSERT_STRING_EQUAL(setup.tls_certificate, in_here("c.pem"));
	CU_ASSERT_STRING_EQUAL(setup.tls_key, in_here("k.pem"));
	CU_ASSERT_STRING_EQUAL(setup.tls_client_ca, in_here("ca"));
	CU_ASSERT_EQUAL(rmdir("state"), 0);
	CU_ASSERT_EQUAL_FATAL(
		make_of("mountpoint=/m", "httpd.tokens=/t", "httpd.access_log=none", NULL), 0);
	CU_ASSERT_STRING_EQUAL(setup.mountpoints[0], "/m");
	CU_ASSERT_STRING_EQUAL(setup.tokens, "/t");
	CU_ASSERT_STRING_EQUAL(setup.access_log, "");
}

/* Given as "", there is none; by the file as well. */
static void test_no_folders(void)
{
	CU_ASSERT_EQUAL_FATAL(make_of("httpd.ui_dir=", "httpd.dygraphs_dir=", NULL, NULL), 0);
	CU_ASSERT_STRING_EQUAL(setup.ui_dir, "");
	CU_ASSERT_STRING_EQUAL(setup.dygraphs_dir, "");
	config_free(&config);
	CU_ASSERT_EQUAL_FATAL(load_text(&config, "httpd { dygraphs_dir = \"\" }\n"), 0);
	CU_ASSERT_EQUAL_FATAL(setup_make(&setup, &config), 0);
	CU_ASSERT_STRING_EQUAL(setup.dygraphs_dir, "");
	CU_ASSERT_STRING_EQUAL(setup.ui_dir, TRNG_UI_DIR);
}

static void test_state_dir(void)
{
	struct stat st;

	setenv("XDG_STATE_HOME", in_here("xdg"), 1);
	CU_ASSERT_EQUAL_FATAL(make_of(NULL, NULL, NULL, NULL), 0);
	CU_ASSERT_STRING_EQUAL(setup.state_dir, in_here("xdg/trng"));
	CU_ASSERT_EQUAL(stat("xdg/trng", &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFDIR | 0700);
	CU_ASSERT_EQUAL_FATAL(make_of(NULL, NULL, NULL, NULL), 0); /* it is there already */
	rmdir("xdg/trng");
	rmdir("xdg");
	setenv("STATE_DIRECTORY", in_here("systemd:/elsewhere"), 1);
	CU_ASSERT_EQUAL_FATAL(make_of(NULL, NULL, NULL, NULL), 0);
	CU_ASSERT_STRING_EQUAL(setup.state_dir, in_here("systemd"));
	CU_ASSERT_EQUAL(rmdir("systemd"), 0);
	unsetenv("STATE_DIRECTORY");
	setenv("XDG_STATE_HOME", "relative", 1);
	CU_ASSERT_EQUAL_FATAL(make_of(NULL, NULL, NULL, NULL), 0);
	CU_ASSERT_STRING_EQUAL(setup.state_dir, in_here(".local/state/trng"));
	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	CU_ASSERT_EQUAL(make_of(NULL, NULL, NULL, NULL), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "default: httpd.state_dir: not set"));
	setenv("HOME", here, 1);
}

static void test_bad_state_dir(void)
{
	FILE *file = fopen("file", "w");

	fclose(file);
	CU_ASSERT_EQUAL(make_of("httpd.state_dir=file", NULL, NULL, NULL), -ENOTDIR);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "-o: httpd.state_dir: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "Not a directory"));
	CU_ASSERT_EQUAL(make_of("httpd.state_dir=file/below", NULL, NULL, NULL), -ENOTDIR);
	unlink("file");
	CU_ASSERT_EQUAL(make_of("httpd.state_dir=/proc/none/there", NULL, NULL, NULL), -ENOENT);
}

static void test_root(void)
{
	user = 0;
	CU_ASSERT_EQUAL_FATAL(make_of("httpd.state_dir=root", NULL, NULL, NULL), 0);
	CU_ASSERT_EQUAL(setup.mountpoint_count, 1);
	CU_ASSERT_STRING_EQUAL(setup.mountpoints[0], "/mnt/trng");
	rmdir("root");
	free(config.httpd.state_dir);
	config.httpd.state_dir = NULL;
	CU_ASSERT_EQUAL(choose_state_dir(&setup, &config), 0);
	CU_ASSERT_STRING_EQUAL(setup.state_dir, "/var/lib/trng");
	user = 1000;
}

static void test_listen(void)
{
	char text[ADDRESS_TEXT_BYTES];

	CU_ASSERT_EQUAL_FATAL(make_of("httpd.listen=127.0.0.1:1,http://[::1]:2,https://0.0.0.0:3,"
				      "192.0.2.1:4,http://localhost:0",
				      TLS, NULL),
			      0);
	CU_ASSERT_EQUAL_FATAL(setup.listen_count, 5);
	CU_ASSERT(setup.listen[0].is_tls);
	CU_ASSERT_FALSE(setup.listen[1].is_tls);
	CU_ASSERT_STRING_EQUAL(address_format(&setup.listen[1].address, true, text), "[::1]:2");
	CU_ASSERT(setup.listen[2].is_tls);
	CU_ASSERT_STRING_EQUAL(address_format(&setup.listen[2].address, true, text), "0.0.0.0:3");
	CU_ASSERT(setup.listen[3].is_tls);
	CU_ASSERT_FALSE(setup.listen[4].is_tls);
	CU_ASSERT_STRING_EQUAL(address_format(&setup.listen[4].address, true, text), "127.0.0.1:0");
}

static void test_bad_listen(void)
{
	static const char *const bad[] = {
		"httpd.listen=8000",           "httpd.listen=127.0.0.1",
		"httpd.listen=127.0.0.1:",     "httpd.listen=127.0.0.1:65536",
		"httpd.listen=example.org:80", "httpd.listen=ftp://127.0.0.1:21",
		"httpd.listen=http://",        "httpd.listen=http://127.0.0.1:80/",
		"httpd.listen=::1:80x",        "httpd.listen=http://https://127.0.0.1:80",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		CU_ASSERT_EQUAL(make_of(bad[i], TLS, NULL), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "-o: httpd.listen: \""));
		CU_ASSERT_PTR_NOT_NULL(strstr(said, "is no address with a port"));
	}
}

static void test_most_addresses(void)
{
	char listen[4096] = "httpd.listen=127.0.0.1:0";

	for (int i = 1; i < SETUP_MOST_ADDRESSES; i++)
		strcat(listen, ",127.0.0.1:0");
	CU_ASSERT_EQUAL(make_of(listen, NULL, NULL, NULL), 0);
	CU_ASSERT_EQUAL(setup.listen_count, SETUP_MOST_ADDRESSES);
	strcat(listen, ",127.0.0.1:0");
	CU_ASSERT_EQUAL(make_of(listen, NULL, NULL, NULL), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "more than 64 addresses"));
}

/* Each row: what is given, and whether that starts. */
static void test_beyond_loopback(void)
{
	static const struct {
		const char *overrides[5];
		int ret;
	} rows[] = {
		{ { "httpd.listen=0.0.0.0:80" }, -EINVAL },
		{ { "httpd.listen=[::]:80" }, -EINVAL },
		{ { "httpd.listen=127.0.0.1:80,192.0.2.1:80" }, -EINVAL },
		{ { "httpd.listen=0.0.0.0:80", "httpd.anonymous=operator" }, -EINVAL },
		{ { "httpd.listen=http://0.0.0.0:80", TLS }, -EINVAL },
		{ { "httpd.listen=0.0.0.0:80", INSECURE }, 0 },
		{ { "httpd.listen=0.0.0.0:80", INSECURE, "httpd.anonymous=none" }, 0 },
		{ { "httpd.listen=http://0.0.0.0:80", INSECURE, TLS }, 0 },
		{ { "httpd.listen=0.0.0.0:443", TLS }, 0 },
		{ { "httpd.listen=127.1.2.3:80,[::1]:80" }, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CU_ASSERT_EQUAL(make(rows[i].overrides), rows[i].ret);
}

static void test_refusal_explains(void)
{
	static const char *const parts[] = {
		"conf:2: httpd.listen: \"0.0.0.0:80\"",
		"beyond loopback",
		"plain HTTP",
		"tls_certificate and tls_key",
		"--self-signed",
		"allow_insecure = true",
		"anonymous = ",
		"\"reader\"",
		"by default nothing\n",
	};

	config_free(&config);
	CU_ASSERT_EQUAL_FATAL(load_text(&config, "httpd {\n listen = { \"0.0.0.0:80\" }\n}\n"), 0);
	unit_capture();
	CU_ASSERT_EQUAL(setup_make(&setup, &config), -EINVAL);
	unit_captured(said, sizeof(said));
	for (size_t i = 0; i < COUNT(parts); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(said, parts[i]));
}

static void test_notice(void)
{
	static const struct {
		const char *overrides[5];
		bool is_told;
	} rows[] = {
		{ { "httpd.listen=0.0.0.0:443", TLS }, true },
		{ { "httpd.listen=0.0.0.0:443", TLS, "httpd.anonymous=none" }, true },
		{ { "httpd.listen=0.0.0.0:443", TLS, "httpd.tokens=missing" }, true },
		{ { "httpd.listen=0.0.0.0:443", TLS, "httpd.anonymous=reader" }, false },
		{ { "httpd.listen=0.0.0.0:443", TLS, "httpd.tokens=t" }, false },
		{ { "httpd.listen=0.0.0.0:443", TLS, "httpd.tls_client_ca=ca" }, false },
		{ { "httpd.listen=127.0.0.1:443", TLS }, false },
	};

	fclose(fopen("t", "w"));
	for (size_t i = 0; i < COUNT(rows); i++) {
		CU_ASSERT_EQUAL(make(rows[i].overrides), 0);
		CU_ASSERT_EQUAL(strstr(said, "nobody may do anything") != NULL, rows[i].is_told);
	}
	unlink("t");
}

static void test_tls_keys(void)
{
	static const struct {
		const char *overrides[4];
		const char *part;
	} rows[] = {
		{ { "httpd.tls_certificate=c" }, "httpd.tls_certificate: needs tls_key" },
		{ { "httpd.tls_key=k" }, "httpd.tls_key: needs tls_certificate" },
		{ { "httpd.tls_client_ca=a" }, "httpd.tls_client_ca: needs TLS" },
		{ { "httpd.listen=https://127.0.0.1:80" }, "\"https://127.0.0.1:80\" needs tls_" },
		{ { "httpd.listen=https://0.0.0.0:80", INSECURE }, "needs tls_certificate" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		CU_ASSERT_EQUAL(make(rows[i].overrides), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, rows[i].part));
	}
}

static void test_long_paths(void)
{
	char override[PATH_MAX + 64] = "httpd.tokens=";

	memset(override + strlen(override), 'a', PATH_MAX - 2);
	CU_ASSERT_EQUAL(make_of(override, NULL, NULL, NULL), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "httpd.tokens: path too long"));
	snprintf(override, sizeof(override), "httpd.state_dir=/");
	memset(override + strlen(override), 'a', 300);
	CU_ASSERT_EQUAL(make_of(override, NULL, NULL, NULL), -ENAMETOOLONG);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "defaults", test_defaults },
		{ "paths are absolute", test_paths_are_absolute },
		{ "no folders of the page", test_no_folders },
		{ "state directory", test_state_dir },
		{ "bad state directory", test_bad_state_dir },
		{ "root", test_root },
		{ "addresses", test_listen },
		{ "bad addresses", test_bad_listen },
		{ "too many addresses", test_most_addresses },
		{ "beyond loopback", test_beyond_loopback },
		{ "the refusal explains", test_refusal_explains },
		{ "a notice where nobody may anything", test_notice },
		{ "keys of TLS", test_tls_keys },
		{ "long paths", test_long_paths },
	};
	const char *parent = getenv("TRNG_TMP");
	char directory[4096];
	int ret;

	snprintf(directory, sizeof(directory), "%s/unit-http-setup.XXXXXX",
		 parent ? parent : "/tmp");
	if (!mkdtemp(directory) || chdir(directory) || !getcwd(here, sizeof(here)))
		return EXIT_FAILURE;
	setenv("HOME", here, 1);
	setenv("XDG_RUNTIME_DIR", in_here("run"), 1);
	unsetenv("XDG_STATE_HOME");
	unsetenv("STATE_DIRECTORY");
	ret = unit_run("http_setup", tests, COUNT(tests));
	config_free(&config);
	rmdir(".local/state/trng");
	rmdir(".local/state");
	rmdir(".local");
	return chdir("/") || rmdir(directory) ? EXIT_FAILURE : ret;
}
