/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics: the whole text is read back by the grammar, whatever the daemon has written. */
#include "httpd/metrics.h"

#include "httpd/route.h"
#include "tests/unit/http_prometheus.h"
#include "tests/unit/http_snapshot_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct prometheus seen; /* what render() has made */
static struct snapshot snapshot;

static struct metrics *open_metrics(void)
{
	struct metrics *metrics = NULL;

	CU_ASSERT_EQUAL_FATAL(metrics_open(&metrics), 0);
	return metrics;
}

/* Render and read back. */
static void render(struct metrics *metrics)
{
	struct metrics_now now = { .connections = 3, .waiting = 2, .streams = 1 };
	size_t len = 0;
	char *text;

	now.route_names = route_names(&now.route_count);
	text = metrics_render(metrics, &snapshot, &now, &len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	if (!prometheus_read(&seen, text, len))
		printf("not well formed: %s\n", seen.fault);
	CU_ASSERT_PTR_NULL(seen.fault);
	free(text);
}

static void render_text(const char *text)
{
	struct metrics *metrics = open_metrics();

	load(&snapshot, text);
	render(metrics);
	metrics_close(metrics);
}

static void check(const char *series, double value)
{
	double is = prometheus_get(&seen, series);

	if (!(fabs(is - value) <= fabs(value) * 1e-12))
		printf("%s is %.17g, not %.17g\n", series, is, value);
	CU_ASSERT(fabs(is - value) <= fabs(value) * 1e-12);
}

static void check_none(const char *series)
{
	CU_ASSERT(isnan(prometheus_get(&seen, series)));
}

/* ---- what the daemon writes ---- */

static void test_status(void)
{
	static const struct {
		const char *series;
		double value;
	} rows[] = {
		{ "trng_up", 1 },
		{ "trng_uptime_seconds", 4 },
		{ "trng_raw_bytes_total", 1064000.5 },
		{ "trng_random_bytes_total", 4096 },
		{ "trng_wiped_bytes_total", 17 },
		{ "trng_pool_dropped_bytes_total", 5 },
		{ "trng_rate_bits_per_second", 60.5 },
		{ "trng_pool_bytes", 6200 },
		{ "trng_pool_capacity_bytes", 65536 },
		{ "trng_waiting_readers", 3 },
		{ "trng_queue_bytes", 48 },
		{ "trng_eta_seconds", -1 },
		{ "trng_alarms_total", 2 },
		{ "trng_test_trials_total{test=\"total_failure\"}", 63 },
		{ "trng_test_trials_total{test=\"repetition\"}", 25576 },
		{ "trng_test_trials_total{test=\"startup\"}", 1 },
		{ "trng_test_alarms_total{test=\"repetition\"}", 1 },
		{ "trng_test_alarms_total{test=\"online\"}", 0 },
		{ "trng_test_expected_alarms{test=\"lag\"}", 2.504e-13 },
		{ "trng_withheld_bytes_total", 11 },
		{ "trng_cleared_bytes_total", 6205 },
		{ "trng_assessed_entropy_bits_total", 24820 },
		{ "trng_ledger_entered_bytes_total", 1064100.5 },
		{ "trng_ledger_made_bytes_total", 32 },
		{ "trng_ledger_bytes_total{account=\"settling\"}", 100 },
		{ "trng_ledger_bytes_total{account=\"random\"}", 4096 },
		{ "trng_ledger_bytes_total{account=\"drbg\"}", 96 },
		{ "trng_ledger_live_bytes{account=\"held\"}", 194 },
		{ "trng_ledger_live_bytes{account=\"pool\"}", 6200 },
		{ "trng_conditioning_in_bytes", 80 },
		{ "trng_conditioning_out_bytes", 32 },
		{ "trng_urandom_seeded", 1 },
		{ "trng_urandom_seeds_total", 4 },
		{ "trng_urandom_seed_age_seconds", 12.5 },
		{ "trng_urandom_bytes_total", 10485760 },
		{ "trng_urandom_waiting_readers", 5 },
		{ "trng_diverted", 0 },
		{ "trng_raw_read_bytes_total", 100 },
		{ "trng_kernel_feed{state=\"off\"}", 1 },
		{ "trng_kernel_feed{state=\"on\"}", 0 },
		{ "trng_kernel_feeds_total", 3 },
		{ "trng_kernel_bytes_total", 192 },
		{ "trng_kernel_entropy_bits_total", 768 },
		{ "trng_kernel_reseeds_total", 2 },
		{ "trng_kernel_fed_age_seconds", -1 },
		{ "trng_symbol_bits", 2 },
		{ "trng_health_entropy_bits", 1.9 },
		{ "trng_assessed_entropy_bits", 1 },
		{ "trng_entropy_symbols", 8192 },
		{ "trng_min_entropy_bits", 1.9335 },
		{ "trng_min_entropy_upper_bits", 2 },
		{ "trng_entropy_warning", 0 },
		{ "trng_causality_tests_total", 1 },
		{ "trng_causality{verdict=\"proven\"}", 1 },
		{ "trng_causality{verdict=\"contradicted\"}", 0 },
		{ "trng_causality_noise_lsb{phase=\"bright\"}", 31.25 },
		{ "trng_causality_level_lsb{phase=\"bright\"}", 512 },
		{ "trng_http_connections", 3 },
		{ "trng_http_waiting_requests", 2 },
		{ "trng_http_event_streams", 1 },
		{ "trng_http_bits_total{source=\"random\"}", 0 },
		{ "trng_http_bits_total{source=\"urandom\"}", 0 },
	};

	render_text(STATUS_TEXT);
	for (size_t i = 0; i < COUNT(rows); i++)
		check(rows[i].series, rows[i].value);
	check_none("trng_causality_noise_lsb{phase=\"dark\"}");
	check_none("trng_ledger_bytes_total{account=\"pool\"}");
	check_none("trng_ledger_bytes_total{account=\"entered\"}");
	check_none("trng_ledger_live_bytes{account=\"random\"}");
}

/* No account that a newer daemon has is lost, and no verdict stands for another. */
static void test_newer(void)
{
	render_text("ledger.new_bits=16\ncausality=new\nkernel_feed=\n");
	check("trng_ledger_bytes_total{account=\"new\"}", 2);
	check("trng_causality{verdict=\"proven\"}", 0);
	check("trng_kernel_feed{state=\"off\"}", 0);
	check_none("trng_entropy_warning");
}

static void test_states(void)
{
	char text[64];

	for (int state = 0; state < SNAPSHOT_STATES; state++) {
		snprintf(text, sizeof(text), "state=%s\n",
			 snapshot_state_name((enum snapshot_state)state));
		render_text(text);
		check("trng_up", state != SNAPSHOT_UNREACHABLE);
		for (int i = 0; i < SNAPSHOT_STATES; i++) {
			snprintf(text, sizeof(text), "trng_state{state=\"%s\"}",
				 snapshot_state_name((enum snapshot_state)i));
			check(text, i == state);
		}
	}
}

/* Without a daemon, what it would count is not 0 but unknown. */
static void test_nobody(void)
{
	render_text("");
	check("trng_up", 0);
	check_none("trng_pool_bytes");
	check_none("trng_raw_bytes_total");
	check("trng_http_connections", 3);
}

/* ---- what is counted here ---- */

static void test_requests(void)
{
	static const unsigned codes[] = { 200, 202, 204, 206, 304, 400, 401, 403, 404, 405, 409,
					  413, 414, 416, 421, 429, 432, 499, 500, 503, 507, 555 };
	struct metrics *metrics = open_metrics();
	const char *const *names;
	unsigned routes;
	char series[160];

	names = route_names(&routes);
	CU_ASSERT(routes <= METRICS_MOST_ROUTES);
	for (unsigned route = 0; route < routes; route++)
		for (size_t i = 0; i < COUNT(codes); i++)
			for (unsigned times = 0; times <= route + i; times++)
				metrics_count(metrics, route, codes[i], 0, false);
	load(&snapshot, STATUS_TEXT);
	render(metrics);
	for (unsigned route = 0; route < routes; route++) {
		for (unsigned i = 0; i < COUNT(codes); i++) {
			snprintf(series, sizeof(series),
				 "trng_http_requests_total{route=\"%s\",code=\"%u\"}", names[route],
				 codes[i]);
			check(series, route + i + 1);
		}
	}
	metrics_close(metrics);
	metrics_close(NULL);
}

/* A code that nobody foresaw is counted as 0, not lost and not somebody else's. */
static void test_other_codes(void)
{
	static const unsigned codes[] = { 0, 1, 100, 201, 418, 599, 4294967295u };
	struct metrics *metrics = open_metrics();

	for (size_t i = 0; i < COUNT(codes); i++)
		metrics_count(metrics, METRICS_MOST_ROUTES - 1, codes[i], 0, false);
	for (size_t i = 0; i < COUNT(codes); i++)
		metrics_count(metrics, 0, codes[i], 0, false);
	load(&snapshot, "");
	render(metrics);
	check("trng_http_requests_total{route=\"/trng/randomNum/getRandom\",code=\"0\"}",
	      COUNT(codes));
	check_none("trng_http_requests_total{route=\"/trng/randomNum/getRandom\",code=\"200\"}");
	metrics_close(metrics);
}

static void test_bits(void)
{
	struct metrics *metrics = open_metrics();

	metrics_count(metrics, 0, 200, 1280, false);
	metrics_count(metrics, 1, 200, 20, false);
	metrics_count(metrics, 0, 200, 5, true);
	metrics_count(metrics, 0, 200, 8589934592, true);
	load(&snapshot, "");
	render(metrics);
	check("trng_http_bits_total{source=\"random\"}", 1300);
	check("trng_http_bits_total{source=\"urandom\"}", 8589934597);
	metrics_close(metrics);
}

static void *count_many(void *arg)
{
	for (unsigned i = 0; i < 20000; i++)
		metrics_count(arg, i % 2, 200, 1, i % 2 == 0);
	return NULL;
}

static void test_threads(void)
{
	struct metrics *metrics = open_metrics();
	pthread_t thread[4];

	load(&snapshot, STATUS_TEXT);
	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, count_many, metrics), 0);
	render(metrics);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	render(metrics);
	check("trng_http_requests_total{route=\"/trng/randomNum/getRandom\",code=\"200\"}", 40000);
	check("trng_http_bits_total{source=\"random\"}", 40000);
	check("trng_http_bits_total{source=\"urandom\"}", 40000);
	metrics_close(metrics);
}

/* ---- what no daemon should write: no line of it breaks the text or becomes another series ---- */

static void test_names(void)
{
	static const char *const names[] = {
		"a\"} 1\\ntrng_up{x=\"", "a b", "A", "\xc3\xa4", "", "a\\", "a-b", "a,b=\"c\"", "\t"
	};
	char text[256];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(text, sizeof(text),
			 "test.%s.trials=1\ntest.good_1.trials=2\nledger.%s_bits=8\n"
			 "ledger.good_bits=8\ncausality_%s_noise_lsb=1\ncausality=%s\n",
			 names[i], names[i], names[i], names[i]);
		render_text(text);
		check("trng_ledger_bytes_total{account=\"good\"}", 1);
		check("trng_test_trials_total{test=\"good_1\"}", 2);
	}
}

static void test_values(void)
{
	static const char *const values[] = { "",     "abc",   "1 2", "nan", "inf",
					      "0x10", "1\r",   " 1",  "1 ",  "1,5",
					      "--1",  "1e400", "-",   "1\t", "1 # ",
					      "\xff", "1}",    "1e",  "1e-", "999999e999" };
	char text[256];

	for (size_t i = 0; i < COUNT(values); i++) {
		snprintf(text, sizeof(text),
			 "pool_bytes=%s\nalarms=%s\ntest.bad.trials=%s\ntest.bad.alarms=%s\n"
			 "test.bad.expected_alarms=%s\ntest.good.trials=2\n",
			 values[i], values[i], values[i], values[i], values[i]);
		render_text(text);
		check("trng_test_trials_total{test=\"good\"}", 2);
		check_none("trng_pool_bytes");
		check_none("trng_test_trials_total{test=\"bad\"}");
	}
}

static void test_lines(void)
{
	static const char *const texts[] = {
		"test.a.trials=1\ntest.a.trials=2\n",
		"alarms=1\nalarms=2\npool_bytes=1\npool_bytes=1\n",
		"test.a.trials\ntest.a.trials=\ntest.a.trialsx=1\ntest.a.xtrials=1\n",
		"test.a.b.trials=1\n",
		"test.a\ntrials=5\n",
		"test.\ntest.a\ntest.a.\ntest\n",
		"alarms=-1\ntest.a.trials=-1\nrandom_bytes=-5\n",
		"test.a.trials=1",
	};

	for (size_t i = 0; i < COUNT(texts); i++)
		render_text(texts[i]);
	check("trng_test_trials_total{test=\"a\"}", 1);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "status", test_status },
		{ "what a newer daemon writes", test_newer },
		{ "each state", test_states },
		{ "no daemon", test_nobody },
		{ "requests by route and code", test_requests },
		{ "other codes", test_other_codes },
		{ "bits by source", test_bits },
		{ "threads", test_threads },
		{ "hostile names of tests", test_names },
		{ "hostile values", test_values },
		{ "hostile lines", test_lines },
	};

	return unit_run("http_metrics", tests, COUNT(tests));
}
