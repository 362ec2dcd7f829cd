/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config: every key and its default, the grammar, the environment, overrides. */
#include "tests/unit/config_load.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_defaults(void)
{
	struct config config;

	CU_ASSERT_EQUAL_FATAL(load(&config, NULL, NULL, 0), 0);
	CU_ASSERT_STRING_EQUAL(config.port, "auto");
	CU_ASSERT_STRING_EQUAL(config.profile, "nodemcu");
	CU_ASSERT_PTR_NULL(config.mountpoint);
	CU_ASSERT_EQUAL(config.baud_rate, 0);
	CU_ASSERT_FALSE(config.autostart);
	CU_ASSERT_EQUAL(config.init_timeout_s, 60);
	CU_ASSERT_EQUAL(config.unavailable, CONFIG_UNAVAILABLE_FAIL);
	CU_ASSERT_EQUAL(config.pool_capacity_bytes, 65536);
	CU_ASSERT_EQUAL(config.total_failure_limit, 0);
	CU_ASSERT_EQUAL(config.false_alarms_per_year, 0.1);
	CU_ASSERT_EQUAL(config.health_entropy, 0);
	CU_ASSERT_EQUAL(config.assessed_entropy, 0);
	CU_ASSERT_EQUAL(config.max_alarms, 5);
	CU_ASSERT_EQUAL(config.alarm_window_chunks, 300);
	CU_ASSERT_EQUAL(config.conditioning, CONFIG_CONDITIONING_NONE);
	CU_ASSERT_EQUAL(config.reseed_s, 300);
	CU_ASSERT_EQUAL(config.drbg_grace_s, 3600);
	CU_ASSERT_EQUAL(config.kernel_feed_s, 0);
	CU_ASSERT_EQUAL(config.causality_test_h, 0);
	CU_ASSERT_PTR_NULL(config.state_dir);
	CU_ASSERT_EQUAL(config.settle_ms, -1);
	CU_ASSERT_EQUAL(config.word_gap_ms, -1);
	CU_ASSERT_EQUAL(config.open_delay_ms, -1);
	CU_ASSERT_EQUAL(config.silence_ms, -1);
	CU_ASSERT_EQUAL(config.rate_bit_s, 0);
	CU_ASSERT_EQUAL(config.httpd.listen.count, 0);
	CU_ASSERT_EQUAL(config.httpd.anonymous, CONFIG_ANONYMOUS_AUTO);
	CU_ASSERT_EQUAL(config.httpd.request_timeout_s, 900);
	CU_ASSERT_EQUAL(config.httpd.max_waiting_bytes, 64u << 20);
	CU_ASSERT_EQUAL(config.httpd.header_timeout_s, 30);
	CU_ASSERT_EQUAL(config.httpd.max_connections, 4096);
	CU_ASSERT_EQUAL(config.httpd.max_connections_per_address, 64);
	CU_ASSERT_EQUAL(config.httpd.max_requests_per_s, 50);
	CU_ASSERT_EQUAL(config.httpd.max_request_bits, 1ULL << 23);
	CU_ASSERT_EQUAL(config.httpd.max_file_bits, 1ULL << 33);
	CU_ASSERT_EQUAL(config.httpd.max_files_bytes, 16ULL << 30);
	CU_ASSERT_EQUAL(config.httpd.max_file_age_s, 7 * 86400);
	CU_ASSERT_PTR_NULL(config.httpd.tls_client_ca);
	CU_ASSERT_PTR_NULL(config.httpd.access_log);
	CU_ASSERT_STRING_EQUAL(said, "");
	config_free(&config);
	config_free(&config);
}

static void test_documented_file(void)
{
	struct config config;

	CU_ASSERT_EQUAL_FATAL(load_text(&config, "port = \"/dev/ttyUSB0\"\n"
						 "baud_rate = 9600\n"
						 "httpd {\n"
						 "    listen = {\"127.0.0.1:8000\"}\n"
						 "}\n"),
			      0);
	CU_ASSERT_STRING_EQUAL(config.port, "/dev/ttyUSB0");
	CU_ASSERT_EQUAL(config.baud_rate, 9600);
	CU_ASSERT_EQUAL_FATAL(config.httpd.listen.count, 1);
	CU_ASSERT_STRING_EQUAL(config.httpd.listen.items[0], "127.0.0.1:8000");
	config_free(&config);
}

static const char every_key[] = "# every key there is\n"
				"port = /dev/ttyACM0\n"
				"baud_rate = 115200 // fast\n"
				"profile = 'stream'\n"
				"mountpoint = \"/mnt/a b\" /* quoted\n for its blank */\n"
				"autostart = yes\n"
				"init_timeout_s = 1\n"
				"unavailable = \"block\"\n"
				"pool_capacity = 256\n"
				"total_failure_limit = 9\n"
				"false_alarms_per_year = 1e-3\n"
				"health_entropy = 1.9\n"
				"assessed_entropy = 1.5\n"
				"max_alarms = 1\n"
				"alarm_window_chunks = 10\n"
				"conditioning = \"sha256\"\n"
				"reseed_s = 60\n"
				"drbg_grace_s = 0\n"
				"kernel_feed_s = 30\n"
				"causality_test_h = 24\n"
				"state_dir = \"/var/lib/trng\"\n"
				"settle_ms = 0\n"
				"word_gap_ms = 4600\n"
				"open_delay_ms = 2500\n"
				"silence_ms = 5000\n"
				"rate_bit_s = 1200\n"
				"httpd {\n"
				"  listen = {\"[::1]:443\", \"0.0.0.0:8443\"}\n"
				"  tls_certificate = /c\n"
				"  tls_key = /k\n"
				"  tls_client_ca = /a\n"
				"  tokens = /t\n"
				"  cors_origins = {\"https://a\"}\n"
				"  anonymous = \"operator\"\n"
				"  allow_insecure = true\n"
				"  trusted_proxies = {\"127.0.0.1\"}\n"
				"  server_names = {a, b, c}\n"
				"  request_timeout_s = 30\n"
				"  max_request_bits = 5000\n"
				"  max_file_bits = 8796093022208\n"
				"  max_waiting_bytes = 4096\n"
				"  ui_dir = /u\n"
				"  dygraphs_dir = /d\n"
				"  state_dir = /s\n"
				"  access_log = none\n"
				"  header_timeout_s = 5\n"
				"  max_connections = 9\n"
				"  max_connections_per_address = 0\n"
				"  max_requests_per_s = 0\n"
				"  max_files_bytes = 1\n"
				"  max_file_age_s = 2\n"
				"}\n";

static void test_every_key(void)
{
	struct config config;

	CU_ASSERT_EQUAL_FATAL(load_text(&config, every_key), 0);
	CU_ASSERT_STRING_EQUAL(config.port, "/dev/ttyACM0");
	CU_ASSERT_EQUAL(config.baud_rate, 115200);
	CU_ASSERT_STRING_EQUAL(config.profile, "stream");
	CU_ASSERT_STRING_EQUAL(config.mountpoint, "/mnt/a b");
	CU_ASSERT(config.autostart);
	CU_ASSERT_EQUAL(config.init_timeout_s, 1);
	CU_ASSERT_EQUAL(config.unavailable, CONFIG_UNAVAILABLE_BLOCK);
	CU_ASSERT_EQUAL(config.pool_capacity_bytes, 256);
	CU_ASSERT_EQUAL(config.total_failure_limit, 9);
	CU_ASSERT_EQUAL(config.false_alarms_per_year, 1e-3);
	CU_ASSERT_EQUAL(config.health_entropy, 1.9);
	CU_ASSERT_EQUAL(config.assessed_entropy, 1.5);
	CU_ASSERT_EQUAL(config.max_alarms, 1);
	CU_ASSERT_EQUAL(config.alarm_window_chunks, 10);
	CU_ASSERT_EQUAL(config.conditioning, CONFIG_CONDITIONING_SHA256);
	CU_ASSERT_EQUAL(config.reseed_s, 60);
	CU_ASSERT_EQUAL(config.drbg_grace_s, 0);
	CU_ASSERT_EQUAL(config.kernel_feed_s, 30);
	CU_ASSERT_EQUAL(config.causality_test_h, 24);
	CU_ASSERT_STRING_EQUAL(config.state_dir, "/var/lib/trng");
	CU_ASSERT_EQUAL(config.settle_ms, 0);
	CU_ASSERT_EQUAL(config.word_gap_ms, 4600);
	CU_ASSERT_EQUAL(config.open_delay_ms, 2500);
	CU_ASSERT_EQUAL(config.silence_ms, 5000);
	CU_ASSERT_EQUAL(config.rate_bit_s, 1200);
	config_free(&config);
}

static void test_every_httpd_key(void)
{
	const struct config_httpd *httpd;
	struct config config;

	CU_ASSERT_EQUAL_FATAL(load_text(&config, every_key), 0);
	httpd = &config.httpd;
	CU_ASSERT_EQUAL(httpd->listen.count, 2);
	CU_ASSERT_STRING_EQUAL(httpd->listen.items[1], "0.0.0.0:8443");
	CU_ASSERT_STRING_EQUAL(httpd->tls_certificate, "/c");
	CU_ASSERT_STRING_EQUAL(httpd->tls_key, "/k");
	CU_ASSERT_STRING_EQUAL(httpd->tokens, "/t");
	CU_ASSERT_STRING_EQUAL(httpd->cors_origins.items[0], "https://a");
	CU_ASSERT_EQUAL(httpd->anonymous, CONFIG_ANONYMOUS_OPERATOR);
	CU_ASSERT(httpd->allow_insecure);
	CU_ASSERT_STRING_EQUAL(httpd->trusted_proxies.items[0], "127.0.0.1");
	CU_ASSERT_EQUAL(httpd->server_names.count, 3);
	CU_ASSERT_EQUAL(httpd->request_timeout_s, 30);
	CU_ASSERT_EQUAL(httpd->max_request_bits, 5000);
	CU_ASSERT_EQUAL(httpd->max_file_bits, 1ULL << 43);
	CU_ASSERT_EQUAL(httpd->max_waiting_bytes, 4096);
	CU_ASSERT_STRING_EQUAL(httpd->ui_dir, "/u");
	CU_ASSERT_STRING_EQUAL(httpd->dygraphs_dir, "/d");
	CU_ASSERT_STRING_EQUAL(httpd->state_dir, "/s");
	CU_ASSERT_STRING_EQUAL(httpd->tls_client_ca, "/a");
	CU_ASSERT_STRING_EQUAL(httpd->access_log, "none");
	CU_ASSERT_EQUAL(httpd->header_timeout_s, 5);
	CU_ASSERT_EQUAL(httpd->max_connections, 9);
	CU_ASSERT_EQUAL(httpd->max_connections_per_address, 0);
	CU_ASSERT_EQUAL(httpd->max_requests_per_s, 0);
	CU_ASSERT_EQUAL(httpd->max_files_bytes, 1);
	CU_ASSERT_EQUAL(httpd->max_file_age_s, 2);
	config_free(&config);
}

static void test_environment(void)
{
	struct config config;

	setenv("UNIT_PORT", "/dev/from env", 1);
	unsetenv("UNIT_BAUD");
	CU_ASSERT_EQUAL_FATAL(load_text(&config,
					"port = ${UNIT_PORT}\nbaud_rate = ${UNIT_BAUD:-300}\n"
					"mountpoint = \"a/${UNIT_PORT:-x}/b\"\n"
					"httpd { tls_key = '${UNIT_PORT}' tokens = ${UNIT_NO} }"),
			      0);
	CU_ASSERT_STRING_EQUAL(config.port, "/dev/from env");
	CU_ASSERT_EQUAL(config.baud_rate, 300);
	CU_ASSERT_STRING_EQUAL(config.mountpoint, "a//dev/from env/b");
	CU_ASSERT_STRING_EQUAL(config.httpd.tls_key, "${UNIT_PORT}");
	CU_ASSERT_PTR_NULL(config.httpd.tokens);
	config_free(&config);
	unsetenv("UNIT_PORT");
}

static void test_harmless(void)
{
	static const char *const texts[] = {
		"",
		"\n",
		"#",
		"//",
		"/**/",
		"port = a",
		"port = a\r\nbaud_rate = 300\r\n",
		"httpd { }",
		"httpd { listen = {} }",
		"httpd {}\nhttpd { listen = a }",
		"port = a#b",
		"port = http://x/#c \"unclosed",
		"port = '\\'{'",
		"port = \"\\\"{ # /*\"",
		"# \"unclosed ${ {",
		"port = \"\xc3\xa4\"",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct config config;

		CU_ASSERT_EQUAL_FATAL(load_text(&config, texts[i]), 0);
		CU_ASSERT_STRING_EQUAL(said, "");
		config_free(&config);
	}
}

static void test_overrides(void)
{
	static const char *const overrides[] = {
		"port=/dev/a=b",        "baud_rate=300",        "baud_rate=19200", "mountpoint=/m",
		"httpd.listen=a:1,b:2", "httpd.anonymous=none", "autostart=on",    "port=/dev/c",
		"httpd.cors_origins=",  "httpd.tokens=t",       "httpd.tokens=",
	};
	struct config config;
	FILE *file = fopen("conf", "w");

	fputs("port = x\nhttpd { listen = {c, d, e} cors_origins = {o} }\nmax_alarms = 2", file);
	fclose(file);
	CU_ASSERT_EQUAL_FATAL(load(&config, "conf", overrides, COUNT(overrides)), 0);
	unlink("conf");
	CU_ASSERT_STRING_EQUAL(config.port, "/dev/c");
	CU_ASSERT_EQUAL(config.baud_rate, 19200);
	CU_ASSERT_STRING_EQUAL(config.mountpoint, "/m");
	CU_ASSERT_EQUAL(config.httpd.listen.count, 2);
	CU_ASSERT_STRING_EQUAL(config.httpd.listen.items[1], "b:2");
	CU_ASSERT_EQUAL(config.httpd.anonymous, CONFIG_ANONYMOUS_NONE);
	CU_ASSERT_EQUAL(config.httpd.cors_origins.count, 0);
	CU_ASSERT_PTR_NULL(config.httpd.tokens);
	CU_ASSERT_EQUAL(config.max_alarms, 2);
	CU_ASSERT(config.autostart);
	config_free(&config);
}

/* A key counts as given even when it is given its default. */
static void test_given(void)
{
	static const char *const override = "httpd.max_connections=4096";
	struct config config;

	CU_ASSERT_EQUAL_FATAL(load_text(&config, "max_alarms = 5\nhttpd { allow_insecure = no }"),
			      0);
	CU_ASSERT(config_is_given(&config, "max_alarms"));
	CU_ASSERT(config_is_given(&config, "httpd.allow_insecure"));
	CU_ASSERT_FALSE(config_is_given(&config, "port"));
	CU_ASSERT_FALSE(config_is_given(&config, "httpd.max_requests_per_s"));
	config_free(&config);
	CU_ASSERT_EQUAL_FATAL(load(&config, NULL, &override, 1), 0);
	CU_ASSERT(config_is_given(&config, "httpd.max_connections"));
	CU_ASSERT_FALSE(config_is_given(&config, "httpd.allow_insecure"));
	config_free(&config);
}

static void refuse(const struct config *config, const char *key)
{
	unit_capture();
	CU_ASSERT_EQUAL(config_refuse(config, key, "%d is wrong", 7), -EINVAL);
	unit_captured(said, sizeof(said));
}

static void test_refuse(void)
{
	static const char *const override = "httpd.tokens=t";
	struct config config;

	CU_ASSERT_EQUAL_FATAL(load_text(&config, "max_alarms = 5\nhttpd {\n listen = {a,\n b} }"),
			      0);
	refuse(&config, "max_alarms");
	CU_ASSERT_STRING_EQUAL(said, "conf:1: max_alarms: 7 is wrong\n");
	refuse(&config, "httpd.listen");
	CU_ASSERT_STRING_EQUAL(said, "conf:4: httpd.listen: 7 is wrong\n");
	refuse(&config, "httpd.tokens");
	CU_ASSERT_STRING_EQUAL(said, "default: httpd.tokens: 7 is wrong\n");
	config_free(&config);
	CU_ASSERT_EQUAL_FATAL(load(&config, NULL, &override, 1), 0);
	refuse(&config, "httpd.tokens");
	CU_ASSERT_STRING_EQUAL(said, "-o: httpd.tokens: 7 is wrong\n");
	config_free(&config);
}

static void test_absolute(void)
{
	struct config config;
	char path[PATH_MAX], expected[PATH_MAX + 8], name[PATH_MAX + 1];

	CU_ASSERT_EQUAL_FATAL(load(&config, NULL, NULL, 0), 0);
	CU_ASSERT_EQUAL(config_absolute(&config, "port", "/a/b", path), 0);
	CU_ASSERT_STRING_EQUAL(path, "/a/b");
	CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(expected, PATH_MAX));
	strcat(expected, "/a/b");
	CU_ASSERT_EQUAL(config_absolute(&config, "port", "a/b", path), 0);
	CU_ASSERT_STRING_EQUAL(path, expected);
	memset(name, 'a', PATH_MAX);
	name[PATH_MAX] = '\0';
	unit_capture();
	CU_ASSERT_EQUAL(config_absolute(&config, "port", name, path), -EINVAL);
	unit_captured(said, sizeof(said));
	CU_ASSERT_STRING_EQUAL(said, "default: port: path too long\n");
	config_free(&config);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "defaults", test_defaults },
		{ "the documented file", test_documented_file },
		{ "every key", test_every_key },
		{ "every key of httpd", test_every_httpd_key },
		{ "environment", test_environment },
		{ "odd but right", test_harmless },
		{ "overrides", test_overrides },
		{ "what is given", test_given },
		{ "refusing a value", test_refuse },
		{ "absolute paths", test_absolute },
	};
	const char *parent = getenv("TRNG_TMP");
	char directory[4096];
	int ret;

	snprintf(directory, sizeof(directory), "%s/unit-config.XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(directory) || chdir(directory))
		return EXIT_FAILURE;
	ret = unit_run("config", tests, COUNT(tests));
	return chdir("/") || rmdir(directory) ? EXIT_FAILURE : ret;
}
