/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine_bed - a machine with a scripted line and clock, for its unit programs. */
#ifndef TRNG_TESTS_UNIT_MACHINE_BED_H
#define TRNG_TESTS_UNIT_MACHINE_BED_H

#include "fuse-trng/source/machine.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 60000
#define SILENCE_MS 5000

struct bed {
	struct machine machine;
	uint64_t now_ms;
	enum machine_power power; /* last told */
	unsigned powers;
	unsigned changes;
	unsigned readies;
	uint64_t done_ticket;
	int done_result;
	unsigned dones;
	char event[320];
	uint64_t raw_bytes;
	unsigned raw_gaps;
	char causality[320]; /* the last event about it */
	char entropy[320];   /* the last event about a warning */
	unsigned warnings, warning_ends;
	int prove_result; /* of on_prove() */
	unsigned proves;
	uint64_t prove_left_ms;
};

static inline void on_power(void *ctx, enum machine_power power, uint64_t now_ms)
{
	struct bed *bed = ctx;

	(void)now_ms;
	bed->power = power;
	bed->powers++;
}

static inline void on_changed(void *ctx, uint64_t now_ms)
{
	(void)now_ms;
	((struct bed *)ctx)->changes++;
}

static inline void on_ready(void *ctx, uint64_t now_ms)
{
	(void)now_ms;
	((struct bed *)ctx)->readies++;
}

static inline void on_done(void *ctx, uint64_t ticket, int result)
{
	struct bed *bed = ctx;

	bed->done_ticket = ticket;
	bed->done_result = result;
	bed->dones++;
}

static inline void on_event(void *ctx, const char *line)
{
	struct bed *bed = ctx;

	snprintf(bed->event, sizeof(bed->event), "%s", line);
	if (strncmp(line, "causality=", 10) == 0)
		snprintf(bed->causality, sizeof(bed->causality), "%s", line);
	if (strncmp(line, "entropy_warning=", 16) == 0)
		snprintf(bed->entropy, sizeof(bed->entropy), "%s", line);
	bed->warnings += strncmp(line, "entropy_warning=1 ", 18) == 0;
	bed->warning_ends += strncmp(line, "entropy_warning=0 ", 18) == 0;
}

static inline void on_raw(void *ctx, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms)
{
	struct bed *bed = ctx;

	(void)bytes, (void)now_ms;
	bed->raw_bytes += len_bytes;
}

static inline void on_raw_gap(void *ctx, uint64_t now_ms)
{
	(void)now_ms;
	((struct bed *)ctx)->raw_gaps++;
}

static inline int on_prove(void *ctx, uint64_t now_ms, uint64_t *left_ms)
{
	struct bed *bed = ctx;

	(void)now_ms;
	bed->proves++;
	*left_ms = bed->prove_left_ms;
	return bed->prove_result;
}

static const struct machine_ops ops = { .power = on_power,
					.changed = on_changed,
					.ready = on_ready,
					.done = on_done,
					.event = on_event,
					.raw = on_raw,
					.raw_gap = on_raw_gap,
					.prove = on_prove };

/* @prove_every_ms: as the setting of that name. */
static inline struct bed *bed_open_as(unsigned max_alarms, bool is_conditioned,
				      uint64_t prove_every_ms)
{
	const struct machine_settings settings = {
		.health = { .symbol_bits = 2,
			    .health_entropy = 1.9,
			    .rate_symbol_s = 30,
			    .false_alarms_per_year = 0.001,
			    .total_failure_limit = 14 },
		.pool_capacity_bytes = 4096,
		.init_timeout_ms = TIMEOUT_MS,
		.settle_ms = 2000,
		.silence_ms = SILENCE_MS,
		.max_alarms = max_alarms,
		.alarm_window_chunks = 300,
		.rate_bit_s = 60,
		.assessed_entropy = 1.0,
		.is_conditioned = is_conditioned,
		.prove_every_ms = prove_every_ms,
	};
	struct bed *bed = calloc(1, sizeof(*bed));

	CU_ASSERT_FATAL(bed != NULL);
	bed->now_ms = 1000;
	CU_ASSERT_FATAL(machine_open(&bed->machine, &settings, &ops, bed, bed->now_ms) == 0);
	return bed;
}

static inline struct bed *bed_open(unsigned max_alarms)
{
	return bed_open_as(max_alarms, false, 0);
}

static inline struct bed *bed_open_proving(unsigned max_alarms, uint64_t prove_every_ms)
{
	return bed_open_as(max_alarms, false, prove_every_ms);
}

/* Nothing has vanished, and what is live is where the ledger says. */
static inline void check_ledger(const struct bed *bed)
{
	const struct machine *machine = &bed->machine;
	const struct ledger *ledger = &machine->ledger;
	uint64_t sum = 0;

	for (unsigned i = 0; i < LEDGER_ACCOUNTS; i++)
		sum += ledger->bytes[i];
	CU_ASSERT_EQUAL(sum, ledger->entered_bytes + ledger->made_bytes);
	CU_ASSERT_EQUAL(ledger->bytes[LEDGER_HELD], machine->pipeline.held_bytes);
	CU_ASSERT_EQUAL(ledger->bytes[LEDGER_POOL], machine->pool.len_bytes);
	CU_ASSERT_EQUAL(ledger->bytes[LEDGER_CONDITIONER], machine->pipeline.conditioner.len_bytes);
	CU_ASSERT_EQUAL(ledger->entered_bytes - ledger->bytes[LEDGER_SETTLING],
			machine->stream_bytes);
}

static inline void bed_close(struct bed *bed)
{
	check_ledger(bed);
	machine_close(&bed->machine);
	free(bed);
}

static inline void good_bytes(struct bed *bed, size_t len)
{
	uint8_t bytes[4096];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(random() >> 7);
	machine_bytes(&bed->machine, bytes, len, bed->now_ms);
}

static inline void stuck_bytes(struct bed *bed, size_t len)
{
	uint8_t bytes[4096] = { 0 };

	machine_bytes(&bed->machine, bytes, len, bed->now_ms);
}

static inline int command(struct bed *bed, enum machine_command word)
{
	uint64_t ticket = 0;

	return machine_command(&bed->machine, word, bed->now_ms, &ticket);
}

static inline void to_standby(struct bed *bed)
{
	machine_port_up(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STANDBY);
}

static inline void to_starting(struct bed *bed)
{
	to_standby(bed);
	CU_ASSERT_EQUAL(command(bed, MACHINE_INIT), MACHINE_PENDING);
	machine_powered(&bed->machine, true, bed->now_ms);
	machine_settled(&bed->machine, bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_STARTING);
}

static inline void to_running(struct bed *bed)
{
	to_starting(bed);
	good_bytes(bed, 256);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->done_result, 0);
}

static inline void to_alarm(struct bed *bed)
{
	to_running(bed);
	stuck_bytes(bed, 6);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
}

static inline void to_failed(struct bed *bed)
{
	to_starting(bed);
	stuck_bytes(bed, 100);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_FAILED);
}

static inline void to_absent(struct bed *bed)
{
	to_running(bed);
	machine_port_down(&bed->machine, "pulled", bed->now_ms);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ABSENT);
}

#endif
