/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generator_bed - a generator behind the machine of machine_bed, served as the session does it. */
#ifndef TRNG_TESTS_UNIT_GENERATOR_BED_H
#define TRNG_TESTS_UNIT_GENERATOR_BED_H

#include "fuse-trng/fs/generator.h"

#include "tests/unit/machine_bed.h"

#include <errno.h>

#define RESEED_MS 300000
#define GRACE_MS  3600000

struct stage {
	struct bed *bed;
	struct machine *machine; /* the bed's */
	struct queue queue;
	struct generator generator;
	enum machine_state state; /* that the generator has been told of */
};

static inline void stage_open_at(struct stage *stage, bool is_conditioned, double assessed_entropy)
{
	const struct generator_settings settings = { RESEED_MS, GRACE_MS };
	struct bed *bed = bed_open_as(100, is_conditioned, 0);

	bed->machine.settings.assessed_entropy = assessed_entropy;
	*stage = (struct stage){ .bed = bed, .machine = &bed->machine, .state = MACHINE_ABSENT };
	queue_init(&stage->queue, &bed->machine.pool, &bed->machine.ledger);
	CU_ASSERT_FATAL(
		generator_open(&stage->generator, &settings, &bed->machine, &stage->queue) == 0);
}

/* The assessment is drawn: seeds of 50 to 1000 bytes. */
static inline void stage_open(struct stage *stage, bool is_conditioned)
{
	stage_open_at(stage, is_conditioned, 0.1 + 1.8 * (double)(random() % 1000) / 1000);
}

static inline void stage_close(struct stage *stage)
{
	generator_close(&stage->generator);
	CU_ASSERT_PTR_NULL(stage->queue.first);
	CU_ASSERT_EQUAL(stage->machine->ledger.bytes[LEDGER_SET_ASIDE], 0);
	bed_close(stage->bed);
}

/* What the session does after every news: whoever waits, then the generator. */
static inline void follow(struct stage *stage)
{
	struct machine *machine = stage->machine;
	struct generator *generator = &stage->generator;
	uint64_t now_ms = stage->bed->now_ms;

	if (stage->state != machine->state) {
		stage->state = machine->state;
		generator_changed(generator, now_ms);
		if (machine->state != MACHINE_RUNNING)
			queue_flush(&stage->queue, -machine_read_error(machine),
				    machine_lost_to(machine));
	}
	queue_serve(&stage->queue, now_ms);
	generator_serve(generator, now_ms);
	/* Else the daemon's loop would spin. */
	CU_ASSERT(generator_deadline_ms(generator) > now_ms);
	CU_ASSERT(machine->state == MACHINE_RUNNING ||
		  machine->ledger.bytes[LEDGER_SET_ASIDE] == 0);
}

/* As `reseed` does. */
static inline int asks(struct stage *stage)
{
	int result = generator_reseed(&stage->generator);

	follow(stage);
	return result;
}

static inline void pass(struct stage *stage, uint64_t ms)
{
	stage->bed->now_ms += ms;
	follow(stage);
}

/* ---- the line ---- */

static inline void good(struct stage *stage, size_t len_bytes)
{
	for (size_t step; len_bytes > 0; len_bytes -= step) {
		step = len_bytes < 64 ? len_bytes : 64;
		good_bytes(stage->bed, step);
		follow(stage);
	}
}

static inline void until_running(struct stage *stage)
{
	while (stage->machine->state != MACHINE_RUNNING)
		good(stage, 1);
}

static inline void start(struct stage *stage)
{
	to_starting(stage->bed);
	follow(stage);
	until_running(stage);
}

/* As many zero bytes as fire the repetition test behind another symbol. */
static inline size_t fatal_bytes(const struct stage *stage)
{
	const struct machine *machine = stage->machine;
	unsigned cutoff = (unsigned)health_row(machine->pipeline.health, HEALTH_REPETITION).cutoff;
	unsigned a_byte = 8 / machine->settings.health.symbol_bits;

	return (cutoff + a_byte - 1) / a_byte;
}

/* A test fires on the last of @len_bytes bytes. */
static inline void alarm_behind(struct stage *stage, size_t len_bytes)
{
	const uint8_t not_zero = 0x55;

	CU_ASSERT_FATAL(len_bytes > fatal_bytes(stage));
	good(stage, len_bytes - fatal_bytes(stage) - 1);
	machine_bytes(stage->machine, &not_zero, 1, stage->bed->now_ms);
	follow(stage);
	CU_ASSERT_EQUAL_FATAL(stage->machine->state, MACHINE_RUNNING);
	stuck_bytes(stage->bed, fatal_bytes(stage));
	CU_ASSERT_EQUAL_FATAL(stage->machine->state, MACHINE_ALARM);
	follow(stage);
}

/* Until the newest seed has come, and then as many bytes as make it trusted. */
static inline void settle(struct stage *stage)
{
	struct generator *generator = &stage->generator;

	while (!drbg_is_seeded(generator->drbg) || generator->is_forced)
		good(stage, 100);
	good(stage, stage->machine->pipeline.window_bytes);
}

/* The pool has so many bytes; the others have gone to somebody. */
static inline void leave_in_pool(struct stage *stage, size_t len_bytes)
{
	struct machine *machine = stage->machine;
	size_t gone = machine->pool.len_bytes - len_bytes;

	CU_ASSERT_FATAL(machine->pool.len_bytes >= len_bytes);
	pool_drop(&machine->pool, gone);
	ledger_move(&machine->ledger, LEDGER_POOL, LEDGER_RANDOM, gone);
}

static inline void fill_pool(struct stage *stage, size_t len_bytes)
{
	while (stage->machine->pool.len_bytes < len_bytes)
		good(stage, 100);
}

/* ---- how the source is lost and found ---- */

static inline void lose_by_alarm(struct stage *stage)
{
	alarm_behind(stage, 32);
}

static inline void lose_port(struct stage *stage)
{
	machine_port_down(stage->machine, "pulled", stage->bed->now_ms);
	follow(stage);
}

static inline void shut_down(struct stage *stage)
{
	CU_ASSERT_EQUAL(command(stage->bed, MACHINE_SHUTDOWN), MACHINE_PENDING);
	follow(stage);
}

static inline void come_back(struct stage *stage)
{
	if (stage->machine->state == MACHINE_ABSENT)
		machine_port_up(stage->machine, stage->bed->now_ms);
	if (stage->machine->state == MACHINE_STANDBY)
		CU_ASSERT_EQUAL(command(stage->bed, MACHINE_INIT), MACHINE_PENDING);
	machine_powered(stage->machine, true, stage->bed->now_ms);
	machine_settled(stage->machine, stage->bed->now_ms);
	follow(stage);
	until_running(stage);
}

/* ---- a reader of random ---- */

struct reader {
	struct place place;
	unsigned answers;
	int error;
};

static inline int to_reader(void *request, const struct iovec *iov, int count)
{
	(void)iov, (void)count;
	((struct reader *)request)->answers++;
	return 0;
}

static inline void no_to_reader(void *request, int error)
{
	((struct reader *)request)->answers++;
	((struct reader *)request)->error = error;
}

static inline void wake_reader(struct place *place)
{
	(void)place;
}

static const struct queue_ops reader_ops = { to_reader, no_to_reader, wake_reader };

static inline void reads(struct stage *stage, struct reader *reader, size_t len_bytes)
{
	*reader = (struct reader){ .place = { .ops = &reader_ops, .account = LEDGER_RANDOM } };
	CU_ASSERT_EQUAL(queue_read(&stage->queue, &reader->place, reader, len_bytes), 1);
}

/* ---- what is expected ---- */

/* Bytes with @bits of assessed min-entropy, from the settings alone. */
static inline size_t holding(const struct stage *stage, unsigned bits)
{
	const struct machine_settings *settings = &stage->machine->settings;
	double a_byte = settings->is_conditioned
				? 8
				: settings->assessed_entropy * 8 / settings->health.symbol_bits;
	size_t len = bits / 8;

	while ((double)len * a_byte < bits)
		len++;
	return len;
}

static inline uint64_t in_account(const struct stage *stage, enum ledger_account account)
{
	return stage->machine->ledger.bytes[account];
}

static inline bool gives(struct stage *stage)
{
	uint8_t bytes[64] = { 0 }, none[64] = { 0 };
	int error = generator_error(&stage->generator);

	if (error < 0)
		return false;
	CU_ASSERT_EQUAL(generator_give(&stage->generator, bytes, sizeof(bytes)), 0);
	CU_ASSERT(memcmp(bytes, none, sizeof(bytes)) != 0);
	return true;
}

#endif
