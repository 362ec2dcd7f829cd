/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine, what each command does in each state. */
#include "fuse-trng/source/machine.h"
#include "fuse-trng/source/machine_steps.h"

#include <errno.h>

static int begin_transition(struct machine *m, enum machine_power power, const char *reason,
			    uint64_t now_ms, uint64_t *ticket)
{
	machine_finish(m, -ECANCELED);
	*ticket = machine_new_ticket(m);
	alarms_clear(&m->recent);
	machine_begin_start(m, reason, now_ms);
	m->ops.power(m->ctx, power, now_ms);
	return MACHINE_PENDING;
}

static int command_init(struct machine *m, uint64_t now_ms, uint64_t *ticket)
{
	return begin_transition(m, MACHINE_POWER_ON, "init", now_ms, ticket);
}

static int command_init_again(struct machine *m, uint64_t now_ms, uint64_t *ticket)
{
	return begin_transition(m, MACHINE_POWER_CYCLE, "init", now_ms, ticket);
}

static int command_restart(struct machine *m, uint64_t now_ms, uint64_t *ticket)
{
	return begin_transition(m, MACHINE_POWER_CYCLE, "restart", now_ms, ticket);
}

static int command_join(struct machine *m, uint64_t now_ms, uint64_t *ticket)
{
	(void)now_ms;
	if (!m->is_pending)
		machine_new_ticket(m);
	*ticket = m->ticket;
	return MACHINE_PENDING;
}

static int command_shutdown(struct machine *m, uint64_t now_ms, uint64_t *ticket)
{
	machine_finish(m, -ECANCELED);
	*ticket = machine_new_ticket(m);
	machine_stop_stream(m, now_ms);
	machine_begin_attempt(m, 1, now_ms);
	machine_enter(m, MACHINE_STANDBY, "shutdown", now_ms);
	m->ops.power(m->ctx, MACHINE_POWER_OFF, now_ms);
	return MACHINE_PENDING;
}

static int command_forget(struct machine *m, uint64_t now_ms, uint64_t *ticket)
{
	(void)ticket;
	m->after_absence = MACHINE_STANDBY;
	m->ops.power(m->ctx, MACHINE_POWER_OFF, now_ms);
	return 0;
}

/* Who reads the symbols untested is not interrupted. */
static int command_prove(struct machine *m, uint64_t now_ms, uint64_t *ticket)
{
	int ret = m->is_diverted ? -EBUSY : machine_begin_proof(m, "causality test", now_ms);

	if (ret < 0)
		return ret;
	*ticket = machine_new_ticket(m);
	return MACHINE_PENDING;
}

static int command_join_proof(struct machine *m, uint64_t now_ms, uint64_t *ticket)
{
	return m->proof.is_on ? command_join(m, now_ms, ticket) : -EBUSY;
}

/* What a command does in a state: carried out, or refused with an error. */
struct answer {
	int (*carry_out)(struct machine *m, uint64_t now_ms, uint64_t *ticket);
	int error;
};

#define DO(fn)                                                                                     \
	{                                                                                          \
		fn, 0                                                                              \
	}
#define NO(error)                                                                                  \
	{                                                                                          \
		NULL, -(error)                                                                     \
	}

static const struct answer answers[MACHINE_STATES][MACHINE_COMMANDS] = {
	/* init, shutdown, restart, prove */
	[MACHINE_STANDBY] = { DO(command_init), NO(EALREADY), NO(EALREADY), NO(ENODATA) },
	[MACHINE_STARTING] = { DO(command_join), DO(command_shutdown), DO(command_restart),
			       DO(command_join_proof) },
	[MACHINE_RUNNING] = { NO(EALREADY), DO(command_shutdown), DO(command_restart),
			      DO(command_prove) },
	[MACHINE_ALARM] = { NO(EBUSY), DO(command_shutdown), DO(command_restart), NO(EBUSY) },
	[MACHINE_FAILED] = { DO(command_init_again), DO(command_shutdown), DO(command_restart),
			     NO(EIO) },
	[MACHINE_ABSENT] = { NO(ENODEV), DO(command_forget), NO(ENODEV), NO(ENODEV) },
};

int machine_command(struct machine *machine, enum machine_command command, uint64_t now_ms,
		    uint64_t *ticket)
{
	const struct answer *answer = &answers[machine->state][command];

	return answer->carry_out ? answer->carry_out(machine, now_ms, ticket) : answer->error;
}
