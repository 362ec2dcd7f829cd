/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine - THE state machine of the source. */
#include "fuse-trng/source/machine.h"
#include "fuse-trng/source/machine_entropy.h"
#include "fuse-trng/source/machine_record.h"
#include "fuse-trng/source/machine_steps.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STARTUP_ATTEMPTS 2 /* a failed start-up is repeated once on fresh symbols */

static void event(struct machine *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void event(struct machine *m, const char *format, ...)
{
	char line[320];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	m->ops.event(m->ctx, line);
}

/* Bytes of a source that stops running are never served. */
static void wipe_pool(struct machine *m, enum ledger_account lost_to)
{
	ledger_move(&m->ledger, LEDGER_POOL, lost_to, m->pool.len_bytes);
	m->pool_wiped_bytes += m->pool.len_bytes;
	pool_wipe(&m->pool);
	pipeline_forget(&m->pipeline, lost_to);
}

void machine_enter(struct machine *m, enum machine_state state, const char *reason, uint64_t now_ms)
{
	enum machine_state from = m->state;

	snprintf(m->reason, sizeof(m->reason), "%s", reason);
	if (from == state)
		return;
	m->state = state;
	if (from == MACHINE_RUNNING) {
		proof_ran(&m->proof, now_ms - m->state_ms);
		wipe_pool(m, machine_lost_to(m));
	}
	m->state_ms = now_ms;
	event(m, "state=%s from=%s reason=\"%s\"", machine_state_name(state),
	      machine_state_name(from), reason);
	m->ops.changed(m->ctx, now_ms);
}

uint64_t machine_new_ticket(struct machine *m)
{
	m->is_pending = true;
	return ++m->ticket;
}

void machine_finish(struct machine *m, int result)
{
	if (!m->is_pending)
		return;
	m->is_pending = false;
	m->ops.done(m->ctx, m->ticket, result);
}

/* Who reads the symbols untested must not take what follows for the next of the same stream. */
static void break_raw(struct machine *m, uint64_t now_ms)
{
	if (m->is_diverted && m->is_settled)
		m->ops.raw_gap(m->ctx, now_ms);
}

void machine_stop_stream(struct machine *m, uint64_t now_ms)
{
	machine_record_stop(m, "the source was stopped", now_ms);
	m->is_settled = false;
	m->settle_end_ms = 0;
	m->backoff_end_ms = 0;
	proof_stop(&m->proof);
	pipeline_restart(&m->pipeline, LEDGER_PARTIAL);
}

void machine_begin_attempt(struct machine *m, unsigned attempt, uint64_t now_ms)
{
	m->attempt = attempt;
	m->attempt_end_ms = now_ms + m->settings.init_timeout_ms;
}

void machine_begin_start(struct machine *m, const char *reason, uint64_t now_ms)
{
	break_raw(m, now_ms);
	machine_stop_stream(m, now_ms);
	machine_begin_attempt(m, 1, now_ms);
	machine_enter(m, MACHINE_STARTING, reason, now_ms);
}

int machine_begin_proof(struct machine *m, const char *reason, uint64_t now_ms)
{
	uint64_t left_ms;
	int ret = m->ops.prove ? m->ops.prove(m->ctx, now_ms, &left_ms) : -EOPNOTSUPP;

	proof_put_off(&m->proof, m->state_ms, now_ms);
	if (ret < 0)
		return ret;
	machine_begin_start(m, reason, now_ms);
	proof_begin(&m->proof, left_ms, now_ms);
	return 0;
}

static void fail(struct machine *m, int error, const char *reason, uint64_t now_ms)
{
	m->backoff_end_ms = 0;
	proof_stop(&m->proof);
	/* An alarm has wiped what was held: what is left, if anything, took too long. */
	pipeline_restart(&m->pipeline, LEDGER_PARTIAL);
	machine_enter(m, MACHINE_FAILED, reason, now_ms);
	machine_finish(m, error);
}

/* ---- alarms ---- */

/* Only what was tested counts: else a fast source would outrun its window during a pause. */
static uint64_t tested_chunks(const struct machine *m)
{
	return m->pipeline.counts.tested_bytes / HEALTH_CHUNK_BYTES;
}

/* A board that was reset has forgotten that it was on: tell it again. */
static void cycle_power(struct machine *m, uint64_t now_ms)
{
	break_raw(m, now_ms);
	m->is_settled = false;
	m->settle_end_ms = 0;
	m->ops.power(m->ctx, MACHINE_POWER_CYCLE, now_ms);
}

/* A test fired, or the board fell silent, in `running` or during the tests of `alarm`. */
static void raise_alarm(struct machine *m, const char *what, bool is_silence, uint64_t now_ms)
{
	bool is_repeated = m->state == MACHINE_ALARM;
	bool is_last = alarms_add(&m->recent, tested_chunks(m));
	char reason[128];

	m->alarms++;
	event(m, "alarm=%s count=%u max=%u stream_bytes=%llu", what, m->recent.count, m->recent.max,
	      (unsigned long long)m->stream_bytes);
	machine_record_begin(m, what, now_ms);
	if (is_last) {
		snprintf(reason, sizeof(reason), "%s: %u alarms within %u chunks", what,
			 m->recent.count, m->recent.window_chunks);
		fail(m, -EIO, reason, now_ms);
		return;
	}
	pipeline_restart(&m->pipeline, LEDGER_ALARM);
	machine_begin_attempt(m, 1, now_ms);
	if (is_repeated)
		m->backoff_end_ms = now_ms + alarms_next_backoff_ms(&m->recent);
	machine_enter(m, MACHINE_ALARM, what, now_ms);
	if (is_silence && !is_repeated)
		cycle_power(m, now_ms);
}

/* An alarm that no test gave: nothing is wiped yet. */
static void raise_other_alarm(struct machine *m, const char *what, bool is_silence, uint64_t now_ms)
{
	health_keep_snapshot(m->pipeline.health);
	pipeline_restart(&m->pipeline, LEDGER_ALARM);
	raise_alarm(m, what, is_silence, now_ms);
}

/* The verdict stands; the start-up tests come next, whatever it is. */
static void end_proof(struct machine *m, uint64_t now_ms)
{
	char line[PROOF_LINE_SIZE];
	enum causality_verdict verdict = proof_judge(&m->proof, line, now_ms);

	m->ops.event(m->ctx, line);
	machine_begin_attempt(m, 1, now_ms);
	if (verdict != CAUSALITY_CONTRADICTED)
		return;
	raise_other_alarm(m, "causality", false, now_ms);
	machine_finish(m, -EIO);
}

static void end_backoff(struct machine *m, uint64_t now_ms)
{
	m->backoff_end_ms = 0;
	machine_begin_attempt(m, 1, now_ms);
	pipeline_restart(&m->pipeline, LEDGER_ALARM);
	if (now_ms - m->last_bytes_ms >= m->settings.silence_ms)
		cycle_power(m, now_ms);
}

/* ---- events of the line ---- */

void machine_port_up(struct machine *machine, uint64_t now_ms)
{
	if (machine->state != MACHINE_ABSENT)
		return;
	if (machine->after_absence == MACHINE_STARTING)
		machine_begin_start(machine, "port is back", now_ms);
	else
		machine_enter(machine, machine->after_absence, "port is there", now_ms);
}

void machine_port_down(struct machine *machine, const char *why, uint64_t now_ms)
{
	enum machine_state state = machine->state;
	bool is_off = state == MACHINE_STANDBY;

	if (state == MACHINE_ABSENT) {
		snprintf(machine->reason, sizeof(machine->reason), "%s", why);
		return;
	}
	machine->after_absence = is_off || state == MACHINE_FAILED ? state : MACHINE_STARTING;
	machine_stop_stream(machine, now_ms);
	machine_enter(machine, MACHINE_ABSENT, why, now_ms);
	/* A board without its port is as good as off. */
	machine_finish(machine, is_off ? 0 : -ENODEV);
}

void machine_powered(struct machine *machine, bool is_on, uint64_t now_ms)
{
	break_raw(machine, now_ms);
	machine->is_settled = false;
	machine->settle_end_ms = is_on ? now_ms + machine->settings.settle_ms : 0;
	if (is_on)
		proof_told_on(&machine->proof, now_ms);
	if (!is_on && machine->state == MACHINE_STANDBY)
		machine_finish(machine, 0);
}

void machine_settled(struct machine *machine, uint64_t now_ms)
{
	break_raw(machine, now_ms);
	machine->is_settled = true;
	machine->last_bytes_ms = now_ms;
	pipeline_restart(&machine->pipeline, LEDGER_PARTIAL);
	rate_start(&machine->rate, now_ms);
}

void machine_proving(struct machine *machine, enum causality_phase phase, const uint16_t *readings,
		     uint64_t left_ms, uint64_t now_ms)
{
	if (!machine->proof.is_on)
		return;
	proof_measured(&machine->proof, phase, readings, left_ms, now_ms);
	machine_begin_attempt(machine, 1, now_ms);
}

void machine_stray(struct machine *machine, uint64_t now_ms)
{
	if (!machine->proof.is_on)
		return;
	causality_stray(&machine->proof.causality);
	end_proof(machine, now_ms);
}

static void startup_failed(struct machine *m, enum health_test fired, uint64_t now_ms)
{
	char reason[96];

	event(m, "startup=failed test=%s attempt=%u", health_test_name(fired), m->attempt);
	machine_record_begin(m, health_test_name(fired), now_ms);
	if (m->attempt < STARTUP_ATTEMPTS) {
		machine_begin_attempt(m, m->attempt + 1, now_ms);
		return;
	}
	snprintf(reason, sizeof(reason), "start-up tests failed twice: %s",
		 health_test_name(fired));
	fail(m, -EIO, reason, now_ms);
}

static void startup_passed(struct machine *m, uint64_t now_ms)
{
	m->recent.backoff_s = 0;
	machine_enter(m, MACHINE_RUNNING, "start-up tests passed", now_ms);
	machine_finish(m, 0);
}

static void judge(struct machine *m, enum pipeline_verdict verdict, enum health_test fired,
		  uint64_t now_ms)
{
	if (verdict == PIPELINE_STARTED)
		startup_passed(m, now_ms);
	else if (verdict == PIPELINE_ALARM && m->state == MACHINE_STARTING)
		startup_failed(m, fired, now_ms);
	else if (verdict == PIPELINE_ALARM)
		raise_alarm(m, health_test_name(fired), false, now_ms);
}

/* Whether bytes are tested now: not in a pause of `alarm`, and not once the verdict is `failed`. */
static bool is_testing(const struct machine *m)
{
	return m->is_settled && m->backoff_end_ms == 0 &&
	       (m->state == MACHINE_STARTING || m->state == MACHINE_RUNNING ||
		m->state == MACHINE_ALARM);
}

static enum pipeline_use use_now(const struct machine *m)
{
	if (m->is_diverted)
		return PIPELINE_DIVERTED;
	return machine_record_wants(m) ? PIPELINE_RECORDED : PIPELINE_FOR_POOL;
}

/* Bytes that are all for the same use, up to a verdict. Return: how many. */
static size_t take_bytes(struct machine *m, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms)
{
	enum pipeline_verdict verdict = PIPELINE_GOES_ON;
	enum health_test fired = HEALTH_TESTS;
	size_t taken;

	m->pipeline.use = use_now(m);
	if (m->pipeline.use == PIPELINE_RECORDED && blackbox_wanted_bytes(&m->box) < len_bytes)
		len_bytes = blackbox_wanted_bytes(&m->box);
	taken = len_bytes;
	if (is_testing(m))
		verdict = pipeline_feed(&m->pipeline, bytes, len_bytes, &taken, &fired);
	else
		ledger_enter(&m->ledger, m->is_diverted ? LEDGER_DIVERTED : LEDGER_UNTESTED, taken);
	m->stream_bytes += taken;
	if (m->pipeline.use == PIPELINE_RECORDED)
		machine_record_add(m, bytes, taken, now_ms);
	judge(m, verdict, fired, now_ms);
	machine_tell_entropy(m);
	return taken;
}

void machine_bytes(struct machine *machine, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms)
{
	uint64_t had = machine->pipeline.counts.released_bytes;
	size_t taken;

	machine->last_bytes_ms = now_ms;
	if (machine->proof.is_on) /* on has started it again */
		end_proof(machine, now_ms);
	rate_count(&machine->rate, len_bytes, now_ms);
	if (machine->is_diverted)
		machine->ops.raw(machine->ctx, bytes, len_bytes, now_ms);
	for (; len_bytes > 0; bytes += taken, len_bytes -= taken)
		taken = take_bytes(machine, bytes, len_bytes, now_ms);
	if (machine->pipeline.counts.released_bytes > had)
		machine->ops.ready(machine->ctx, now_ms);
}

void machine_dropped(struct machine *machine, size_t len_bytes)
{
	ledger_enter(&machine->ledger, machine->proof.is_on ? LEDGER_UNTESTED : LEDGER_SETTLING,
		     len_bytes);
}

void machine_divert(struct machine *machine, bool is_diverted)
{
	machine->is_diverted = is_diverted;
	if (is_diverted)
		machine_record_stop(machine, MACHINE_RECORD_RAW, machine->last_bytes_ms);
}

/* ---- time ---- */

static void attempt_timed_out(struct machine *m, uint64_t now_ms)
{
	bool was_proving = m->proof.is_on;
	char reason[96];

	if (m->state == MACHINE_STANDBY) {
		machine_finish(m, -ETIMEDOUT); /* the board takes no words */
		return;
	}
	if (m->state == MACHINE_ALARM || was_proving) {
		proof_stop(&m->proof);
		raise_other_alarm(m, "timeout", true, now_ms);
		if (was_proving)
			machine_finish(m, -ETIMEDOUT);
		return;
	}
	snprintf(reason, sizeof(reason), "start-up took longer than %u s",
		 m->settings.init_timeout_ms / 1000);
	fail(m, -ETIMEDOUT, reason, now_ms);
}

void machine_tick(struct machine *machine, uint64_t now_ms)
{
	if (now_ms >= machine_deadlines(machine).backoff_ms)
		end_backoff(machine, now_ms);
	if (now_ms >= machine_deadlines(machine).record_ms)
		machine_record_stop(machine, "no more came for too long", now_ms);
	if (now_ms >= machine_deadlines(machine).silence_ms)
		raise_other_alarm(machine, "silence", true, now_ms);
	if (now_ms >= machine_deadlines(machine).attempt_ms)
		attempt_timed_out(machine, now_ms);
	if (now_ms >= machine_deadlines(machine).prove_ms)
		machine_begin_proof(machine, "causality test is due", now_ms);
}

int machine_open(struct machine *machine, const struct machine_settings *settings,
		 const struct machine_ops *ops, void *ctx, uint64_t now_ms)
{
	int ret;

	if (settings->max_alarms < 1 || settings->max_alarms > ALARMS_MAX)
		return -EINVAL;
	*machine = (struct machine){ .settings = *settings, .ops = *ops, .ctx = ctx };
	machine->state = MACHINE_ABSENT;
	machine->after_absence = settings->autostart ? MACHINE_STARTING : MACHINE_STANDBY;
	proof_init(&machine->proof, settings->prove_every_ms);
	machine->recent.max = settings->max_alarms;
	machine->recent.window_chunks = settings->alarm_window_chunks;
	machine->started_ms = now_ms;
	machine->state_ms = now_ms;
	snprintf(machine->reason, sizeof(machine->reason), "port not opened yet");
	ret = pool_open(&machine->pool, settings->pool_capacity_bytes);
	if (ret == 0)
		ret = blackbox_open(&machine->box, settings->health.symbol_bits);
	if (ret == 0)
		ret = pipeline_open(&machine->pipeline, &settings->health, &machine->pool,
				    &machine->ledger);
	if (ret == 0 && settings->is_conditioned)
		ret = pipeline_condition(&machine->pipeline, machine_line_bits_byte(machine));
	if (ret < 0)
		machine_close(machine);
	else
		machine->pipeline.box = &machine->box;
	return ret;
}

void machine_close(struct machine *machine)
{
	if (machine->is_pending)
		machine_finish(machine, -ENODEV);
	machine_record_stop(machine, "the daemon ended", machine->last_bytes_ms);
	blackbox_close(&machine->box);
	proof_stop(&machine->proof);
	pipeline_close(&machine->pipeline);
	pool_close(&machine->pool);
}
