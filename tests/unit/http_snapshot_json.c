/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snapshot: the keys of the status in JSON, and of text that the daemon never wrote. */
#include "httpd/snapshot.h"

#include "tests/unit/http_snapshot_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The JSON of @text, by way of its own text: what a client would see. */
static json_t *to_client(const char *text)
{
	static struct snapshot snapshot;
	json_t *json, *again;
	char *dumped;

	load(&snapshot, text);
	json = snapshot_json(&snapshot);
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	dumped = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	CU_ASSERT_PTR_NOT_NULL_FATAL(dumped);
	again = json_loads(dumped, JSON_REJECT_DUPLICATES, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(again);
	free(dumped);
	return again;
}

enum kind { WORD, WHOLE, REAL, LIST, NONE };

static void check_kind(const json_t *json, const char *key, enum kind kind)
{
	const json_t *value = json_object_get(json, key);
	bool is_so = kind == WORD    ? json_is_string(value)
		     : kind == WHOLE ? json_is_integer(value)
		     : kind == REAL  ? json_is_real(value)
		     : kind == LIST  ? json_is_array(value)
				     : json_is_null(value);

	if (!is_so)
		printf("%s has another type\n", key);
	CU_ASSERT(is_so);
}

static const struct {
	const char *key;
	enum kind kind;
} kinds[] = {
	{ "state", WORD },
	{ "state_since", WORD },
	{ "start_phase", WORD },
	{ "reason", WORD },
	{ "device", WORD },
	{ "identity", WORD },
	{ "firmware", WORD },
	{ "firmware_version", WORD },
	{ "firmware_build", WORD },
	{ "port", WORD },
	{ "profile", WORD },
	{ "last_command", WORD },
	{ "last_result", WORD },
	{ "baud_rate", WHOLE },
	{ "symbol_bits", WHOLE },
	{ "assessed_entropy", WHOLE },
	{ "uptime_s", WHOLE },
	{ "pool_bytes", WHOLE },
	{ "pool_capacity_bytes", WHOLE },
	{ "waiting_readers", WHOLE },
	{ "queue_bytes", WHOLE },
	{ "raw_bits", WHOLE },
	{ "tested_bytes", WHOLE },
	{ "held_bytes", WHOLE },
	{ "wiped_bytes", WHOLE },
	{ "released_bytes", WHOLE },
	{ "pool_dropped_bytes", WHOLE },
	{ "pool_wiped_bytes", WHOLE },
	{ "set_aside_bytes", WHOLE },
	{ "set_aside_wiped_bytes", WHOLE },
	{ "random_bytes", WHOLE },
	{ "alarms", WHOLE },
	{ "health_entropy", REAL },
	{ "false_alarms_per_year", REAL },
	{ "rate_bit_s", REAL },
	{ "eta_s", REAL },
	{ "state_s", REAL },
	{ "start_symbols", WHOLE },
	{ "start_needed_symbols", WHOLE },
	{ "start_eta_s", WHOLE },
	{ "entropy_symbols", WHOLE },
	{ "symbol_shares", LIST },
	{ "min_entropy", REAL },
	{ "min_entropy_upper", REAL },
	{ "entropy_next_symbols", WHOLE },
	{ "entropy_warning", WHOLE },
	{ "kernel_feed", WORD },
	{ "kernel_feed_s", WHOLE },
	{ "kernel_feeds", WHOLE },
	{ "kernel_bytes", WHOLE },
	{ "kernel_bits", WHOLE },
	{ "kernel_reseeds", WHOLE },
	{ "kernel_fed_s", WHOLE },
	{ "release_eta_s", REAL },
	{ "withheld_bytes", WHOLE },
	{ "cleared_bytes", WHOLE },
	{ "passed_bytes", WHOLE },
	{ "window_bytes", WHOLE },
	{ "conditioning", WORD },
	{ "conditioning_in_bytes", WHOLE },
	{ "conditioning_out_bytes", WHOLE },
	{ "conditioning_out_entropy", REAL },
	{ "assessed_bits", WHOLE },
	{ "urandom_seeded", WHOLE },
	{ "urandom_seeds", WHOLE },
	{ "urandom_seed_s", REAL },
	{ "urandom_bytes", WHOLE },
	{ "diverted", WHOLE },
	{ "raw_read_bytes", WHOLE },
	{ "urandom_waiting_readers", WHOLE },
	{ "causality", WORD },
	{ "causality_reason", WORD },
	{ "causality_time", WORD },
	{ "causality_count", WHOLE },
	{ "causality_bright_noise_lsb", REAL },
	{ "causality_bright_level_lsb", REAL },
	{ "causality_dark_noise_lsb", NONE },
	{ "causality_dark_level_lsb", NONE },
};

static void test_json_types(void)
{
	json_t *json = to_client(STATUS_TEXT);

	for (size_t i = 0; i < COUNT(kinds); i++)
		check_kind(json, kinds[i].key, kinds[i].kind);
	CU_ASSERT_EQUAL(json_object_size(json), COUNT(kinds) + 2); /* tests, ledger */
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json, "firmware_build")),
			       "123456789012");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json, "raw_bits")), 8512004);
	CU_ASSERT_EQUAL(json_real_value(json_object_get(json, "eta_s")), -1.0);
	json_decref(json);
}

static void test_json_tests(void)
{
	static const char *const names[] = { "total_failure", "repetition", "proportion",
					     "lag",           "online",     "startup" };
	json_t *json = to_client(STATUS_TEXT);
	const json_t *tests = json_object_get(json, "tests"), *row;

	CU_ASSERT_EQUAL(json_object_size(tests), COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++) {
		row = json_object_get(tests, names[i]);
		check_kind(row, "trials", WHOLE);
		check_kind(row, "alarms", WHOLE);
		check_kind(row, "expected_alarms", REAL);
		check_kind(row, "alpha", REAL);
		CU_ASSERT(json_is_number(json_object_get(row, "cutoff")));
		CU_ASSERT_EQUAL(json_object_size(row), strcmp(names[i], "online") ? 5 : 6);
	}
	row = json_object_get(tests, "repetition");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "trials")), 25576);
	CU_ASSERT_EQUAL(json_real_value(json_object_get(row, "expected_alarms")), 6.815e-11);
	json_decref(json);
}

static void test_json_ledger(void)
{
	static const char *const names[] = { "entered_bits", "made_bits", "settling_bits",
					     "held_bits",    "pool_bits", "random_bits",
					     "drbg_bits" };
	json_t *json = to_client(STATUS_TEXT);
	const json_t *ledger = json_object_get(json, "ledger");

	CU_ASSERT_EQUAL(json_object_size(ledger), COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++)
		check_kind(ledger, names[i], WHOLE);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(ledger, "entered_bits")), 8512804);
	json_decref(json);
}

/* A word stays one, whatever it looks like; a number that is none is a word. */
static void test_lookalikes(void)
{
	static const char *const words[] = { "state",           "state_since",
					     "start_phase",     "reason",
					     "device",          "port",
					     "profile",         "identity",
					     "firmware",        "firmware_version",
					     "firmware_build",  "last_command",
					     "last_result",     "conditioning",
					     "kernel_feed",     "causality",
					     "causality_reason" };
	static const char *const values[] = { "1", "007", "-0", "1e9", "12.50", "inf", "0x10" };
	static const char *const odd[] = { "nan", "inf",   "-inf", "0x10", "1e400", " 1",
					   "1 ",  "1,000", "--1",  "1e",   "+1" };
	char text[128];
	json_t *json;

	for (size_t i = 0; i < COUNT(words); i++) {
		for (size_t j = 0; j < COUNT(values); j++) {
			snprintf(text, sizeof(text), "%s=%s\n", words[i], values[j]);
			json = to_client(text);
			CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json, words[i])),
					       values[j]);
			json_decref(json);
		}
	}
	for (size_t i = 0; i < COUNT(odd); i++) {
		snprintf(text, sizeof(text), "pool_bytes=%s\n", odd[i]);
		json = to_client(text);
		check_kind(json, "pool_bytes", WORD);
		json_decref(json);
	}
}

static const json_t *shares_of(const char *value, json_t **json)
{
	char text[256];

	snprintf(text, sizeof(text), "state=running\nsymbol_shares=%s\nalarms=3\n", value);
	*json = to_client(text);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(*json, "alarms")), 3);
	return json_object_get(*json, "symbol_shares");
}

static void test_shares(void)
{
	static const struct {
		const char *value;
		size_t count;
		double first, last;
	} rows[] = {
		{ "0.2512,0.2497,0.2490,0.2501", 4, 0.2512, 0.2501 },
		{ "1", 1, 1, 1 },
		{ "1.0000,0.0000", 2, 1, 0 },
		{ "", 0, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		json_t *json;
		const json_t *list = shares_of(rows[i].value, &json);

		CU_ASSERT(json_is_array(list));
		CU_ASSERT_EQUAL(json_array_size(list), rows[i].count);
		for (size_t j = 0; j < json_array_size(list); j++)
			CU_ASSERT(json_is_number(json_array_get(list, j)));
		CU_ASSERT_EQUAL(json_number_value(json_array_get(list, 0)), rows[i].first);
		CU_ASSERT_EQUAL(json_number_value(json_array_get(list, rows[i].count - 1)),
				rows[i].last);
		json_decref(json);
	}
}

/* What is no number in the list stays what it is, and the list a list. */
static void test_odd_shares(void)
{
	static const char *const values[] = { ",",     "0.5,", ",0.5",      "nan,inf",  "0.5 0.5",
					      "a,b,c", ",,,,", "\xff,\xc3", "0x1,1e400" };

	for (size_t i = 0; i < COUNT(values); i++) {
		size_t commas = 0;
		json_t *json;

		for (const char *at = values[i]; *at; at++)
			commas += *at == ',';
		CU_ASSERT_EQUAL(json_array_size(shares_of(values[i], &json)), commas + 1);
		json_decref(json);
	}
}

/* All values of a byte: the text has room for them, and nothing else is lost. */
static void test_most_shares(void)
{
	static char text[SNAPSHOT_BYTES] = STATUS_TEXT "symbol_shares=";
	const json_t *list;
	json_t *json;

	for (int i = 0; i < 256; i++)
		strcat(text, i ? ",0.0039" : "0.0039");
	strcat(text, "\n");
	CU_ASSERT(strlen(text) < sizeof(text) / 2);
	json = to_client(text);
	list = json_object_get(json, "symbol_shares");
	CU_ASSERT_EQUAL(json_array_size(list), 256);
	CU_ASSERT_EQUAL(json_number_value(json_array_get(list, 255)), 0.0039);
	json_decref(json);
}

static void test_no_figures_yet(void)
{
	json_t *json = to_client("min_entropy=\nmin_entropy_upper=\nsymbol_shares=\n"
				 "start_phase=\nentropy_symbols=0\ncausality=\n"
				 "causality_time=\ncausality_dark_noise_lsb=\nnewer_s=\n");

	CU_ASSERT(json_is_null(json_object_get(json, "min_entropy")));
	CU_ASSERT(json_is_null(json_object_get(json, "min_entropy_upper")));
	CU_ASSERT(json_is_null(json_object_get(json, "causality_time")));
	CU_ASSERT(json_is_null(json_object_get(json, "causality_dark_noise_lsb")));
	CU_ASSERT(json_is_null(json_object_get(json, "newer_s")));
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json, "causality")), "");
	CU_ASSERT(json_is_array(json_object_get(json, "symbol_shares")));
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json, "start_phase")), "");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json, "entropy_symbols")), 0);
	json_decref(json);
	json = to_client("min_entropy=2\nmin_entropy_upper=0.0000\nstart_eta_s=12.5\n");
	CU_ASSERT_EQUAL(json_number_value(json_object_get(json, "min_entropy")), 2);
	check_kind(json, "min_entropy_upper", REAL);
	check_kind(json, "start_eta_s", REAL);
	json_decref(json);
}

static void test_large_numbers(void)
{
	json_t *json = to_client("a=8999999999999999\nb=18446744073709551615\nc=-5\nd=1e15\n"
				 "e=1e300\nf=-1e-300\ng=5.\nh=.5\n");

	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json, "a")), 8999999999999999);
	CU_ASSERT_EQUAL(json_number_value(json_object_get(json, "b")), 18446744073709551615.0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json, "c")), -5);
	CU_ASSERT_EQUAL(json_number_value(json_object_get(json, "d")), 1e15);
	CU_ASSERT_EQUAL(json_number_value(json_object_get(json, "e")), 1e300);
	CU_ASSERT_EQUAL(json_number_value(json_object_get(json, "f")), -1e-300);
	CU_ASSERT_EQUAL(json_number_value(json_object_get(json, "g")), 5);
	CU_ASSERT_EQUAL(json_number_value(json_object_get(json, "h")), 0.5);
	json_decref(json);
}

/* Keys that a newer daemon may have, and keys that no daemon has. */
static void test_foreign_keys(void)
{
	static const char *const texts[] = {
		"tests=5\ntest.a.b=1\nstate=running\n",
		"test.a.b=1\ntests=5\nstate=running\n",
		"test.a=1\ntest.a.b=2\nstate=running\n",
		"test..=1\ntest...=2\ntest.a.=3\ntest..b=4\nstate=running\n",
		"test.a.b.c.d=1\nstate=running\n",
		"ledger=5\nledger.a_bits=1\nstate=running\n",
		"ledger.a_bits=1\nledger=5\nledger.b_bits=1\nstate=running\n",
		"ledger.=1\nledger..=2\nledger.a.b.c=3\nstate=running\n",
		"=1\n==\n=\nnothing\n\n\nstate=running\n",
		"state=running\nstate=failed\n",
		"\xff=1\ntest.\xff.a=1\ntest.a.\xff=1\nstate=running\n",
		"a b=1\n\"=\"\n\\=\\\n\x01=\x01\r\nstate=running\n",
	};
	json_t *json;

	for (size_t i = 0; i < COUNT(texts); i++) {
		json = to_client(texts[i]);
		CU_ASSERT(json_is_string(json_object_get(json, "state")));
		json_decref(json);
	}
	json = to_client("test.a.b.c=1\n");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(
				json_object_get(json_object_get(json, "tests"), "a"), "b.c")),
			1);
	json_decref(json);
}

/* The path of a port may have bytes of any kind; all else must still be told. */
static void test_no_utf8(void)
{
	static const char *const values[] = { "\xff",         "/dev/tty\xe4", "a\xc3",
					      "\xed\xa0\x80", "\xc0\xaf",     "\xf5\x80\x80\x80",
					      "\x80 and more" };
	char text[128];

	for (size_t i = 0; i < COUNT(values); i++) {
		json_t *json;

		snprintf(text, sizeof(text), "state=running\nport=%s\npool_bytes=%s\nalarms=3\n",
			 values[i], values[i]);
		json = to_client(text);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json, "state")),
				       "running");
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(json, "alarms")), 3);
		CU_ASSERT(json_is_string(json_object_get(json, "port")));
		json_decref(json);
	}
}

static void test_utf8(void)
{
	json_t *json = to_client("port=/dev/tty\xc3\xa4\xf0\x9f\x8e\xb2\nreason=\"\\\t\x7f\n");

	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json, "port")),
			       "/dev/tty\xc3\xa4\xf0\x9f\x8e\xb2");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json, "reason")), "\"\\\t\x7f");
	json_decref(json);
}

/* ---- as large as it can be ---- */

static void test_giant(void)
{
	static struct snapshot snapshot;
	static char text[SNAPSHOT_BYTES];
	static const char *const lines[] = { "a=1\n", "test.x.y=1\n", "=\n", "\n", "k" };
	json_t *json;

	for (size_t i = 0; i < COUNT(lines); i++) {
		size_t len = strlen(lines[i]);

		for (size_t at = 0; at < sizeof(text) - 1; at++)
			text[at] = lines[i][at % len];
		text[sizeof(text) - 1] = '\0';
		load(&snapshot, text);
		CU_ASSERT_EQUAL(snapshot.state, SNAPSHOT_UNREACHABLE);
		json = snapshot_json(&snapshot);
		CU_ASSERT(json_is_object(json));
		json_decref(json);
	}
}

/* One value of 16 KiB: whole in JSON, and no number however many digits it has. */
static void test_giant_value(void)
{
	static struct snapshot snapshot;
	static char text[SNAPSHOT_BYTES];
	double number = 77;
	json_t *json;

	memset(text, '9', sizeof(text) - 1);
	memcpy(text, "pool_bytes=", 11);
	load(&snapshot, text);
	CU_ASSERT_EQUAL(snapshot.pool_bytes, 0);
	CU_ASSERT_EQUAL(snapshot_number(&snapshot, "pool_bytes", &number), -ENOENT);
	json = to_client(text);
	CU_ASSERT_EQUAL(json_string_length(json_object_get(json, "pool_bytes")),
			sizeof(text) - 1 - 11);
	json_decref(json);
	memset(text, 'k', sizeof(text) - 1);
	text[1000] = '=';
	json = to_client(text);
	CU_ASSERT_EQUAL(json_object_size(json), 0);
	json_decref(json);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "types in JSON", test_json_types },
		{ "tests in JSON", test_json_tests },
		{ "the ledger in JSON", test_json_ledger },
		{ "words that look like numbers", test_lookalikes },
		{ "symbol shares", test_shares },
		{ "symbol shares that are none", test_odd_shares },
		{ "as many symbol shares as there can be", test_most_shares },
		{ "figures that are not there yet", test_no_figures_yet },
		{ "large numbers", test_large_numbers },
		{ "foreign keys", test_foreign_keys },
		{ "what is no UTF-8", test_no_utf8 },
		{ "UTF-8", test_utf8 },
		{ "a giant text", test_giant },
		{ "a giant value", test_giant_value },
	};

	return unit_run("http_snapshot_json", tests, COUNT(tests));
}
