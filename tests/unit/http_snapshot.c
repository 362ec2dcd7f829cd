/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snapshot: the daemon's own status, waiting times; text that it never wrote, and no daemon. */
#include "httpd/snapshot.h"

#include "tests/unit/http_snapshot_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ---- what the daemon writes ---- */

static void test_parse(void)
{
	static struct snapshot snapshot;

	load(&snapshot, STATUS_TEXT);
	CU_ASSERT_EQUAL(snapshot.state, SNAPSHOT_RUNNING);
	CU_ASSERT_STRING_EQUAL(snapshot.reason, "start-up tests passed");
	CU_ASSERT_EQUAL(snapshot.rate_bit_s, 60.5);
	CU_ASSERT_EQUAL(snapshot.pool_bytes, 6200);
	CU_ASSERT_EQUAL(snapshot.queue_bytes, 48);
}

static void test_states(void)
{
	static const char *const names[] = { "standby", "starting", "running",    "alarm",
					     "failed",  "absent",   "unreachable" };
	static struct snapshot snapshot;
	char text[64];

	CU_ASSERT_EQUAL(COUNT(names), SNAPSHOT_STATES);
	for (int i = 0; i < SNAPSHOT_STATES; i++) {
		CU_ASSERT_STRING_EQUAL(snapshot_state_name((enum snapshot_state)i), names[i]);
		snprintf(text, sizeof(text), "state=%s\n", names[i]);
		load(&snapshot, text);
		CU_ASSERT_EQUAL(snapshot.state, (enum snapshot_state)i);
		text[strlen(text) - 1] = '\0'; /* a last line without its end */
		load(&snapshot, text);
		CU_ASSERT_EQUAL(snapshot.state, (enum snapshot_state)i);
	}
}

/* A daemon whose state we do not know does not answer us. */
static void test_no_state(void)
{
	static const char *const texts[] = {
		"",
		"\n",
		"state\n",
		"state=\n",
		"state=Running\n",
		"state=run",
		"state=running ",
		"xstate=running\n",
		"reason=fine\n",
		" state=running\n",
		"=running",
		"state=alarms\n",
		"reason=state=running\n",
	};
	static struct snapshot snapshot;

	for (size_t i = 0; i < COUNT(texts); i++) {
		load(&snapshot, texts[i]);
		CU_ASSERT_EQUAL(snapshot.state, SNAPSHOT_UNREACHABLE);
		CU_ASSERT_EQUAL(snapshot.rate_bit_s, 0);
		CU_ASSERT_EQUAL(snapshot.pool_bytes, 0);
		CU_ASSERT_EQUAL(snapshot.queue_bytes, 0);
	}
}

static void test_values(void)
{
	static struct snapshot snapshot;
	const char *value = NULL;
	double number = 77;

	load(&snapshot, "a=1\nbc=two words\nempty=\nb=3\nlast=9.5");
	CU_ASSERT_EQUAL(snapshot_value(&snapshot, "a", &value), 1);
	CU_ASSERT_EQUAL(snapshot_value(&snapshot, "b", &value), 1);
	CU_ASSERT(!strncmp(value, "3", 1));
	CU_ASSERT_EQUAL(snapshot_value(&snapshot, "bc", &value), 9);
	CU_ASSERT_EQUAL(snapshot_value(&snapshot, "empty", &value), 0);
	CU_ASSERT_EQUAL(snapshot_value(&snapshot, "c", &value), -1);
	CU_ASSERT_EQUAL(snapshot_value(&snapshot, "last", &value), 3);
	CU_ASSERT_EQUAL(snapshot_number(&snapshot, "empty", &number), -ENOENT);
	CU_ASSERT_EQUAL(snapshot_number(&snapshot, "bc", &number), -ENOENT);
	CU_ASSERT_EQUAL(snapshot_number(&snapshot, "none", &number), -ENOENT);
	CU_ASSERT_EQUAL(number, 77);
	CU_ASSERT_EQUAL(snapshot_number(&snapshot, "last", &number), 0);
	CU_ASSERT_EQUAL(number, 9.5);
}

/* /healthz and 555 give the reason as JSON: what is kept of it has to be text, wherever it is cut.
 */
static void test_reason_is_text(void)
{
	static struct snapshot snapshot;
	char text[1024];
	json_t *json;

	load(&snapshot, "reason=\xff\xfe gone\n");
	json = json_string(snapshot.reason);
	CU_ASSERT_PTR_NOT_NULL(json);
	json_decref(json);
	for (int shift = 0; shift < 4; shift++) {
		int len = snprintf(text, sizeof(text), "state=absent\nreason=%.*s", shift, "xxx");

		for (int i = 0; i < 150; i++)
			len += snprintf(text + len, sizeof(text) - (size_t)len, "\xe2\x82\xac");
		load(&snapshot, text);
		CU_ASSERT(strlen(snapshot.reason) > 150);
		json = json_string(snapshot.reason);
		CU_ASSERT_PTR_NOT_NULL(json);
		json_decref(json);
	}
}

/* ---- how long it takes ---- */

static void test_eta(void)
{
	static const struct {
		double rate_bit_s;
		uint64_t pool, queue, bytes, ahead;
		double eta_s;
	} rows[] = {
		{ 60, 0, 0, 60, 0, 8 },
		{ 60, 60, 0, 60, 0, 0 },
		{ 60, 61, 0, 60, 0, 0 },
		{ 60, 59, 0, 60, 0, 8.0 / 60 },
		{ 60, 0, 30, 30, 60, 16 },
		{ 60, 60, 30, 30, 60, 8 },
		{ 60, 0, 0, 6750, 0, 900 }, /* 54,000 bits at the board's speed */
		{ 60, 0, 0, 0, 0, 0 },
		{ 0, 0, 0, 1, 0, INFINITY },
		{ 0, 1, 0, 1, 0, 0 },
		{ 0, 1, 1, 1, 0, INFINITY },
		{ -5, 0, 0, 1, 0, INFINITY },
		{ 8, 0, 0, UINT64_MAX, UINT64_MAX, 2 * 18446744073709551616.0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct snapshot snapshot = { .rate_bit_s = rows[i].rate_bit_s,
					     .pool_bytes = rows[i].pool,
					     .queue_bytes = rows[i].queue };

		CU_ASSERT_EQUAL(snapshot_eta_s(&snapshot, rows[i].bytes, rows[i].ahead),
				rows[i].eta_s);
	}
}

/* The tests let go whole chunks of 100, of whole windows of 128, of a whole start of 256 bytes. */
static void test_eta_on_the_grid(void)
{
	static const struct {
		uint64_t passed, bytes;
		double start_bytes, eta_s; /* at a byte a second, the next bytes 5 s away */
	} rows[] = {
		{ 0, 1, 0, 5 },         /* 100 of 128 */
		{ 0, 100, 0, 5 },       /* the same */
		{ 0, 101, 0, 5 + 128 }, /* 200 of 256 */
		{ 0, 300, 0, 5 + 256 }, /* 300 of 384 */
		{ 0, 301, 0, 5 + 384 }, /* 400 of 512, ... */
		{ 0, 500, 0, 5 + 384 }, /* ... and 500 of it, too */
		{ 0, 200, 256, 5 },     /* all whole chunks of a start come at its end */
		{ 0, 201, 256, 5 + 128 },
		{ 400, 100, 256, 5 }, /* 500 of 512 */
		{ 500, 1, 256, 5 },   /* 600 of 640 */
		{ 500, 160, 256, 5 + 128 },
	};
	static struct snapshot snapshot;
	char text[300];

	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text),
			 "state=running\nrate_bit_s=8\nrelease_eta_s=5.0\nwindow_bytes=128\n"
			 "passed_bytes=%llu\nsymbol_bits=2\nstart_needed_symbols=%g\n",
			 (unsigned long long)rows[i].passed, rows[i].start_bytes * 4);
		load(&snapshot, text);
		CU_ASSERT_EQUAL(snapshot_eta_s(&snapshot, rows[i].bytes, 0), rows[i].eta_s);
	}
	load(&snapshot, "rate_bit_s=8\nrelease_eta_s=-1\nwindow_bytes=128\n");
	CU_ASSERT_EQUAL(snapshot_eta_s(&snapshot, 300, 0), 300);
	/* 300 bytes are 10 digests of 80 bytes each: 1024 bytes of stream, and one digest 256. */
	load(&snapshot, "rate_bit_s=8\nrelease_eta_s=5\nwindow_bytes=128\npassed_bytes=10\n"
			"conditioning_in_bytes=80\nconditioning_out_bytes=32\n");
	CU_ASSERT_EQUAL(snapshot_eta_s(&snapshot, 300, 0), 5 + 1024 - 128);
	load(&snapshot, "rate_bit_s=8\nrelease_eta_s=5\nwindow_bytes=0\n");
	CU_ASSERT_EQUAL(snapshot_eta_s(&snapshot, 300, 0), 300);
}

/* Numbers that no daemon reports make no estimate of them. */
static void test_hostile_numbers(void)
{
	static struct snapshot snapshot;

	load(&snapshot, "rate_bit_s=1e301\npool_bytes=-5\nqueue_bytes=1e30\n");
	CU_ASSERT_EQUAL(snapshot.rate_bit_s, 0);
	CU_ASSERT_EQUAL(snapshot.pool_bytes, 0);
	CU_ASSERT_EQUAL(snapshot.queue_bytes, 0);
	load(&snapshot, "rate_bit_s=nan\npool_bytes=1.5\nqueue_bytes=0x10\n");
	CU_ASSERT_EQUAL(snapshot.rate_bit_s, 0);
	CU_ASSERT_EQUAL(snapshot.pool_bytes, 1);
	CU_ASSERT_EQUAL(snapshot.queue_bytes, 0);
}

/* ---- nobody there ---- */

static void test_unreachable(void)
{
	static const char state[] = "state=running\n";
	static char places[1][PATH_MAX] = { "/tmp/trng-snapshot-XXXXXX" };
	static struct snapshot snapshot;
	struct vfile vfile = { (const char(*)[PATH_MAX])places, 1 };
	char path[PATH_MAX + 16];
	FILE *file;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(places[0]));
	load(&snapshot, STATUS_TEXT);
	snapshot_take(&snapshot, &vfile);
	CU_ASSERT_EQUAL(snapshot.state, SNAPSHOT_UNREACHABLE);
	CU_ASSERT_EQUAL(snapshot.len_bytes, 0);
	CU_ASSERT_EQUAL(snapshot.rate_bit_s, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(snapshot.reason, "does not answer"));
	/* A file that lies in the mount point while nothing is mounted is nobody's status. */
	snprintf(path, sizeof(path), "%s/status", places[0]);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(state, file);
	fclose(file);
	snapshot_take(&snapshot, &vfile);
	CU_ASSERT_EQUAL(snapshot.state, SNAPSHOT_UNREACHABLE);
	unlink(path);
	rmdir(places[0]);
}

/* Before the first byte there is no rate, but the daemon foretells when a start is over. */
static void test_eta_of_a_start(void)
{
	static struct snapshot snapshot;

	load(&snapshot, "state=starting\nrate_bit_s=0.0\nrelease_eta_s=7.5\nwindow_bytes=128\n"
			"start_needed_symbols=1024\nsymbol_bits=2\n"
			"conditioning_out_entropy=4\nconditioning_in_bytes=1\n"
			"conditioning_out_bytes=1\n");
	CU_ASSERT_EQUAL(snapshot_eta_s(&snapshot, 1, 0), 7.5);
	CU_ASSERT_EQUAL(snapshot_eta_s(&snapshot, 150, 50), 7.5);
	CU_ASSERT(isinf(snapshot_eta_s(&snapshot, 201, 0)));
	CU_ASSERT_EQUAL(snapshot_seed_eta_s(&snapshot), 7.5);
}

static void test_eta_diverted(void)
{
	static struct snapshot snapshot;

	load(&snapshot, "state=running\nrate_bit_s=8\npool_bytes=10\ndiverted=1\nrelease_eta_s=-1\n"
			"window_bytes=128\n");
	CU_ASSERT(isinf(snapshot_eta_s(&snapshot, 11, 0)));
	CU_ASSERT_EQUAL(snapshot_eta_s(&snapshot, 10, 0), 0);
	load(&snapshot, "state=running\nrate_bit_s=8\ndiverted=0\n");
	CU_ASSERT_EQUAL(snapshot_eta_s(&snapshot, 11, 0), 11);
}

/* 384 bits of assessed min-entropy. */
static void test_seed_eta(void)
{
	static const struct {
		const char *text;
		double eta_s;
	} rows[] = {
		{ "state=starting\nconditioning_out_entropy=4\nconditioning_in_bytes=1\n"
		  "conditioning_out_bytes=1\n",
		  96 },
		{ "state=starting\nconditioning_out_entropy=7.6\nconditioning_in_bytes=1\n"
		  "conditioning_out_bytes=1\n",
		  51 },
		{ "state=starting\nconditioning_out_entropy=256\nconditioning_in_bytes=80\n"
		  "conditioning_out_bytes=32\n",
		  160 },
		/* What it waits for has been asked for; then it is in the line with a turn of it.
		 */
		{ "state=running\nconditioning_out_entropy=4\nconditioning_in_bytes=1\n"
		  "conditioning_out_bytes=1\nqueue_bytes=70\npool_bytes=20\n",
		  50 },
		{ "state=running\nconditioning_out_entropy=1\nconditioning_in_bytes=1\n"
		  "conditioning_out_bytes=1\nqueue_bytes=256\n",
		  384 },
		{ "state=running\nconditioning_out_entropy=4\n", INFINITY },
		{ "state=running\nconditioning_out_bytes=1\n", INFINITY },
		{ "state=running\nconditioning_out_entropy=1e-30\nconditioning_in_bytes=1\n"
		  "conditioning_out_bytes=1\n",
		  INFINITY },
		{ "state=starting\nconditioning_out_entropy=-4\nconditioning_out_bytes=1\n",
		  INFINITY },
	};
	static struct snapshot snapshot;
	char text[256];

	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(text, sizeof(text), "rate_bit_s=8\n%s", rows[i].text);
		load(&snapshot, text);
		CU_ASSERT_EQUAL(snapshot_seed_eta_s(&snapshot), rows[i].eta_s);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the daemon's text", test_parse },
		{ "each state", test_states },
		{ "no state", test_no_state },
		{ "values", test_values },
		{ "a reason is text", test_reason_is_text },
		{ "waiting times", test_eta },
		{ "waits on the grid of windows", test_eta_on_the_grid },
		{ "waits for a start", test_eta_of_a_start },
		{ "waits while raw is read", test_eta_diverted },
		{ "waits for the first seed", test_seed_eta },
		{ "hostile numbers", test_hostile_numbers },
		{ "nobody answers", test_unreachable },
	};

	return unit_run("http_snapshot", tests, COUNT(tests));
}
