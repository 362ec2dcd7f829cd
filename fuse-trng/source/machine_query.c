/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine, what others ask: names, deadlines, errors of a read, honest waits. Changes nothing. */
#include "fuse-trng/source/machine.h"

#include <errno.h>

static const char *const state_names[MACHINE_STATES] = {
	[MACHINE_STANDBY] = "standby", [MACHINE_STARTING] = "starting",
	[MACHINE_RUNNING] = "running", [MACHINE_ALARM] = "alarm",
	[MACHINE_FAILED] = "failed",   [MACHINE_ABSENT] = "absent",
};

static const char *const command_names[MACHINE_COMMANDS] = {
	[MACHINE_INIT] = "init",
	[MACHINE_SHUTDOWN] = "shutdown",
	[MACHINE_RESTART] = "restart",
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

double machine_rate_bit_s(const struct machine *machine, uint64_t now_ms)
{
	return machine->is_settled ? rate_bit_s(&machine->rate, now_ms) : 0;
}

double machine_eta_s(const struct machine *machine, uint64_t bytes, uint64_t now_ms)
{
	size_t pooled = machine->pool.len_bytes;
	double rate = machine_rate_bit_s(machine, now_ms);
	double wait_s = 0;

	if (machine->state != MACHINE_STARTING && machine->state != MACHINE_RUNNING)
		return -1;
	if (bytes <= pooled)
		return 0;
	if (rate <= 0)
		rate = machine->settings.rate_bit_s;
	if (!machine->is_settled)
		wait_s = machine->settings.settle_ms / 1000.0;
	return wait_s + (double)pipeline_bytes_until(&machine->pipeline, bytes - pooled) * 8 / rate;
}
