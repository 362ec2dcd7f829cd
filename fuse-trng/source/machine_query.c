/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine, what others ask: names, deadlines, errors of a read, honest waits. Changes nothing. */
#include "fuse-trng/source/machine.h"

#include <errno.h>
#include <math.h>

static const char *const state_names[MACHINE_STATES] = {
	[MACHINE_STANDBY] = "standby", [MACHINE_STARTING] = "starting",
	[MACHINE_RUNNING] = "running", [MACHINE_ALARM] = "alarm",
	[MACHINE_FAILED] = "failed",   [MACHINE_ABSENT] = "absent",
};

static const char *const command_names[MACHINE_COMMANDS] = {
	[MACHINE_INIT] = "init",
	[MACHINE_SHUTDOWN] = "shutdown",
	[MACHINE_RESTART] = "restart",
	[MACHINE_PROVE] = "prove",
};

const char *machine_state_name(enum machine_state state)
{
	return state_names[state];
}

const char *machine_command_name(enum machine_command command)
{
	return command_names[command];
}

int machine_read_error(const struct machine *machine)
{
	static const int errors[MACHINE_STATES] = {
		[MACHINE_STANDBY] = -ENODATA,
		[MACHINE_ALARM] = -EIO,
		[MACHINE_FAILED] = -EIO,
		[MACHINE_ABSENT] = -ENODEV,
	};

	return errors[machine->state];
}

enum ledger_account machine_lost_to(const struct machine *machine)
{
	bool is_alarm = machine->state == MACHINE_ALARM || machine->state == MACHINE_FAILED;

	return is_alarm ? LEDGER_ALARM : LEDGER_STOPPED;
}

double machine_rate_bit_s(const struct machine *machine, uint64_t now_ms)
{
	return machine->is_settled ? rate_bit_s(&machine->rate, now_ms) : 0;
}

static double left_s(uint64_t end_ms, uint64_t now_ms)
{
	return end_ms > now_ms ? (double)(end_ms - now_ms) / 1000 : 0;
}

static double settle_left_s(const struct machine *machine, uint64_t now_ms)
{
	if (machine->is_settled)
		return 0;
	if (machine->settle_end_ms == 0)
		return machine->settings.settle_ms / 1000.0;
	return left_s(machine->settle_end_ms, now_ms);
}

static double foreseen_bit_s(const struct machine *machine, uint64_t now_ms)
{
	double nominal = machine->settings.rate_bit_s;

	return machine->is_settled ? rate_foreseen_bit_s(&machine->rate, nominal, now_ms) : nominal;
}

double machine_line_bits_byte(const struct machine *machine)
{
	const struct machine_settings *settings = &machine->settings;

	return settings->assessed_entropy * 8 / settings->health.symbol_bits;
}

/*
 * A digest's min-entropy falls short of full by 2^-27 of a bit at most (conditioner_output_bits()),
 * 2^-35 for each of its bits, which SP 800-90C (September 2025) counts as full.
 */
double machine_assessed_bits_byte(const struct machine *machine)
{
	return machine->settings.is_conditioned ? 8 : machine_line_bits_byte(machine);
}

size_t machine_bytes_holding(const struct machine *machine, unsigned bits)
{
	return (size_t)ceil(bits / machine_assessed_bits_byte(machine));
}

double machine_eta_s(const struct machine *machine, uint64_t bytes, uint64_t now_ms)
{
	size_t pooled = machine->pool.len_bytes;

	if (machine->state != MACHINE_STARTING && machine->state != MACHINE_RUNNING)
		return -1;
	if (bytes <= pooled)
		return 0;
	if (machine->is_diverted)
		return -1;
	return proof_left_s(&machine->proof, now_ms) + settle_left_s(machine, now_ms) +
	       (double)pipeline_bytes_until(&machine->pipeline, bytes - pooled) * 8 /
		       foreseen_bit_s(machine, now_ms);
}

static const char *start_phase(const struct machine *machine)
{
	if (machine->state != MACHINE_STARTING && machine->state != MACHINE_ALARM)
		return "";
	if (machine->proof.is_on)
		return "proving";
	if (machine->backoff_end_ms)
		return "pausing";
	return machine->is_settled ? "testing" : "settling";
}

struct machine_start machine_start(const struct machine *machine, uint64_t now_ms)
{
	struct machine_start start = { .phase = start_phase(machine), .eta_s = -1 };
	unsigned bits = machine->settings.health.symbol_bits;

	if (!*start.phase)
		return start;
	start.symbols = pipeline_startup_symbols(&machine->pipeline);
	start.eta_s =
		proof_left_s(&machine->proof, now_ms) + left_s(machine->backoff_end_ms, now_ms) +
		settle_left_s(machine, now_ms) +
		(HEALTH_STARTUP_SYMBOLS - start.symbols) * bits / foreseen_bit_s(machine, now_ms);
	return start;
}

/* ---- time ---- */

static uint64_t silence_end_ms(const struct machine *m)
{
	bool is_watched = m->is_settled && m->backoff_end_ms == 0 &&
			  (m->state == MACHINE_RUNNING || m->state == MACHINE_ALARM);

	return is_watched ? m->last_bytes_ms + m->settings.silence_ms : UINT64_MAX;
}

static uint64_t attempt_end_ms(const struct machine *m)
{
	bool is_trying = m->state == MACHINE_STARTING ||
			 (m->state == MACHINE_STANDBY && m->is_pending) ||
			 (m->state == MACHINE_ALARM && m->backoff_end_ms == 0);

	return is_trying ? m->attempt_end_ms : UINT64_MAX;
}

static uint64_t backoff_end_ms(const struct machine *m)
{
	return m->backoff_end_ms ? m->backoff_end_ms : UINT64_MAX;
}

static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

static uint64_t prove_ms(const struct machine *m)
{
	bool may_prove = m->state == MACHINE_RUNNING && !m->is_diverted;

	return may_prove ? proof_due_ms(&m->proof, m->state_ms) : UINT64_MAX;
}

struct machine_deadlines machine_deadlines(const struct machine *machine)
{
	return (struct machine_deadlines){ silence_end_ms(machine), attempt_end_ms(machine),
					   backoff_end_ms(machine), prove_ms(machine),
					   blackbox_deadline_ms(&machine->box) };
}

uint64_t machine_deadline_ms(const struct machine *machine)
{
	struct machine_deadlines at = machine_deadlines(machine);

	return earlier(earlier(earlier(at.silence_ms, at.prove_ms), at.record_ms),
		       earlier(at.attempt_ms, at.backoff_ms));
}
