/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status - the widest text fits; keys of a start, of the shares, and the time of the state. */
#include "fuse-trng/fs/status.h"

#include "fuse-trng/fs/nodes.h"
#include "fuse-trng/fs/random.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct bed {
	struct machine machine;
	struct session session;
	struct handle handle;
	char path[PATH_MAX];
};

static void on_power(void *ctx, enum machine_power power, uint64_t now_ms)
{
	(void)ctx, (void)power, (void)now_ms;
}

static void on_changed(void *ctx, uint64_t now_ms)
{
	session_changed(&((struct bed *)ctx)->session, now_ms);
}

static void on_ready(void *ctx, uint64_t now_ms)
{
	(void)ctx, (void)now_ms;
}

static void on_done(void *ctx, uint64_t ticket, int result)
{
	(void)ctx, (void)ticket, (void)result;
}

static void on_event(void *ctx, const char *line)
{
	session_event(&((struct bed *)ctx)->session, line);
}

static void describe(void *ctx, struct text *text)
{
	text_add(text, "port=%s\n", ((struct bed *)ctx)->path);
}

static struct bed *bed_open(unsigned bits)
{
	const struct machine_settings settings = {
		.health = { .symbol_bits = bits,
			    .health_entropy = 0.9 * bits,
			    .rate_symbol_s = 30,
			    .false_alarms_per_year = 0.001,
			    .total_failure_limit = 14 },
		.pool_capacity_bytes = 4096,
		.init_timeout_ms = 60000,
		.settle_ms = 2000,
		.silence_ms = 5000,
		.max_alarms = 5,
		.alarm_window_chunks = 300,
		.rate_bit_s = 60,
		.assessed_entropy = 0.5 * bits,
	};
	const struct machine_ops ops = { .power = on_power,
					 .changed = on_changed,
					 .ready = on_ready,
					 .done = on_done,
					 .event = on_event };
	const struct generator_settings generator = { .reseed_ms = 300000, .grace_ms = 3600000 };
	struct bed *bed = calloc(1, sizeof(*bed));

	CU_ASSERT_FATAL(bed != NULL);
	CU_ASSERT_FATAL(machine_open(&bed->machine, &settings, &ops, bed, 1000) == 0);
	bed->session = (struct session){ .settings = { .describe = describe, .ctx = bed },
					 .machine = &bed->machine,
					 .now_ms = 1000 };
	queue_init(&bed->session.queue, &bed->machine.pool, &bed->machine.ledger);
	CU_ASSERT_FATAL(generator_open(&bed->session.generator, &generator, &bed->machine,
				       &bed->session.queue) == 0);
	bed->handle.session = &bed->session;
	return bed;
}

static void bed_close(struct bed *bed)
{
	generator_close(&bed->session.generator);
	machine_close(&bed->machine);
	events_close(&bed->session.events);
	free(bed);
}

static void feed(struct bed *bed, size_t len_bytes)
{
	for (size_t i = 0; i < len_bytes; i++) {
		uint8_t byte = (uint8_t)(random() >> 7);

		machine_bytes(&bed->machine, &byte, 1, 3000);
	}
}

static void to_running(struct bed *bed, size_t len_bytes)
{
	uint64_t ticket;

	machine_port_up(&bed->machine, 1000);
	machine_command(&bed->machine, MACHINE_INIT, 1000, &ticket);
	machine_settled(&bed->machine, 3000);
	feed(bed, len_bytes);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
}

/* The value of @key, ended by a NUL in the handle's text; "?" where it is not there. */
static const char *value_of(struct bed *bed, const char *key)
{
	char wanted[64];
	char *found, *end;

	snprintf(wanted, sizeof(wanted), "\n%s=", key);
	status_release(&bed->handle);
	CU_ASSERT_EQUAL_FATAL(status_open(&bed->session, &bed->handle), 0);
	found = strstr(bed->handle.text, wanted);
	if (!found)
		return "?";
	found += strlen(wanted);
	end = strchr(found, '\n');
	if (end)
		*end = '\0';
	return found;
}

static void check(struct bed *bed, const char *key, const char *value)
{
	const char *found = value_of(bed, key);

	if (strcmp(found, value) != 0)
		fprintf(stderr, "%s=%s, not %s\n", key, found, value);
	CU_ASSERT_STRING_EQUAL(found, value);
}

/* The last key, after the longest path of a port and 256 shares: nothing was cut. Of 8-bit symbols
 * there are figures after a whole long window only. */
static void the_widest_text_fits(void)
{
	struct bed *bed = bed_open(8);
	unsigned commas = 0;

	memset(bed->path, 'x', sizeof(bed->path) - 1);
	to_running(bed, 262144);
	check(bed, "entropy_symbols", "0");
	check(bed, "entropy_next_symbols", "1");
	feed(bed, 1);
	check(bed, "entropy_symbols", "262144");
	check(bed, "entropy_next_symbols", "262144");
	for (const char *at = value_of(bed, "symbol_shares"); *at; at++)
		commas += *at == ',';
	CU_ASSERT_EQUAL(commas, 255);
	CU_ASSERT(atoi(value_of(bed, "test.online.cutoff_long")) > 0);
	value_of(bed, "none");
	CU_ASSERT_EQUAL(bed->handle.text_bytes, strlen(bed->handle.text));
	CU_ASSERT_EQUAL(bed->handle.text[bed->handle.text_bytes - 1], '\n');
	CU_ASSERT_EQUAL(status_size(&bed->session, NULL), bed->handle.text_bytes);
	status_release(&bed->handle);
	bed_close(bed);
}

/* As the documents give them where there is nothing to tell. */
static void before_anything(void)
{
	struct bed *bed = bed_open(2);

	bed->session.now_ms = 4250;
	check(bed, "state_s", "3.2");
	check(bed, "start_phase", "");
	check(bed, "start_symbols", "0");
	check(bed, "start_needed_symbols", "1024");
	check(bed, "start_eta_s", "-1");
	check(bed, "entropy_symbols", "0");
	check(bed, "symbol_shares", "");
	check(bed, "min_entropy", "");
	check(bed, "min_entropy_upper", "");
	check(bed, "entropy_next_symbols", "8192");
	check(bed, "entropy_warning", "0");
	status_release(&bed->handle);
	bed_close(bed);
}

static void a_start(void)
{
	struct bed *bed = bed_open(2);
	const uint8_t bytes[3] = { 0x1b, 0xe4, 0x4e };
	uint64_t ticket;

	machine_port_up(&bed->machine, 1000);
	machine_command(&bed->machine, MACHINE_INIT, 1000, &ticket);
	machine_powered(&bed->machine, true, 1000);
	bed->session.now_ms = 1500;
	check(bed, "start_phase", "settling");
	check(bed, "start_eta_s", "35.6"); /* 1.5 + 2048 / 60 */
	machine_settled(&bed->machine, 3000);
	machine_bytes(&bed->machine, bytes, 3, 3000);
	bed->session.now_ms = 3000;
	check(bed, "start_phase", "testing");
	check(bed, "start_symbols", "12");
	check(bed, "start_eta_s", "33.7"); /* 2024 / 60 */
	check(bed, "state_s", "2.0");
	status_release(&bed->handle);
	bed_close(bed);
}

/* Four of four decimals each, whole steps of 39 symbols, and the estimate beside them. They stand
 * while symbols come, until there are twice as many. */
static void shares(void)
{
	struct bed *bed = bed_open(2);
	char *text, *frozen;
	unsigned count = 0;
	double sum = 0;

	to_running(bed, 2049);
	check(bed, "entropy_symbols", "8192");
	check(bed, "entropy_next_symbols", "8189"); /* the stream's first symbol is in no window */
	text = strdup(value_of(bed, "symbol_shares"));
	frozen = strdup(text);
	for (char *rest = text, *share; (share = strsep(&rest, ",")); count++) {
		double steps = strtod(share, NULL) * 8192 / 39;

		CU_ASSERT_EQUAL(strlen(share), 6);
		CU_ASSERT_DOUBLE_EQUAL(steps, round(steps), 0.00005 * 8192 / 39);
		sum += strtod(share, NULL);
	}
	free(text);
	CU_ASSERT_EQUAL(count, 4);
	CU_ASSERT_DOUBLE_EQUAL(sum, 1, 4 * 19.5 / 8192 + 0.0002);
	CU_ASSERT_EQUAL(strlen(value_of(bed, "min_entropy")), 6);
	CU_ASSERT(strtod(value_of(bed, "min_entropy"), NULL) > 1.8);
	CU_ASSERT(strtod(value_of(bed, "min_entropy_upper"), NULL) > 1.9);
	feed(bed, 2047);
	check(bed, "entropy_next_symbols", "1");
	check(bed, "symbol_shares", frozen);
	free(frozen);
	feed(bed, 1);
	check(bed, "entropy_symbols", "16384");
	check(bed, "entropy_next_symbols", "16381");
	status_release(&bed->handle);
	bed_close(bed);
}

/* The newest state line's own time, also when other lines came after it. */
static void the_time_of_the_state(void)
{
	struct bed *bed = bed_open(2);
	const char *line;
	char stamp[32];

	to_running(bed, 256);
	session_event(&bed->session, "alarm=none");
	line = strstr(bed->session.events.data, "state=running");
	CU_ASSERT_FATAL(line != NULL);
	snprintf(stamp, sizeof(stamp), "%.24s", line - 25);
	check(bed, "state_since", stamp);
	CU_ASSERT_EQUAL(stamp[23], 'Z');
	status_release(&bed->handle);
	bed_close(bed);
}

static const struct unit_test tests[] = {
	{ "the widest text fits", the_widest_text_fits },
	{ "before anything", before_anything },
	{ "a start", a_start },
	{ "shares", shares },
	{ "the time of the state", the_time_of_the_state },
};

int main(void)
{
	srandom((unsigned)unit_seed());
	return unit_run("status", tests, sizeof(tests) / sizeof(tests[0]));
}
