/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * machine - THE state machine of the source: commands and events in, states and tested bytes out.
 *
 * Knows neither ports nor files: what it wants done and what others must know goes through
 * struct machine_ops. Keeps no clock; every call brings the time.
 */
#ifndef TRNG_SOURCE_MACHINE_H
#define TRNG_SOURCE_MACHINE_H

#include "fuse-trng/source/alarms.h"
#include "fuse-trng/source/blackbox.h"
#include "fuse-trng/source/ledger.h"
#include "fuse-trng/source/pipeline.h"
#include "fuse-trng/source/pool.h"
#include "fuse-trng/source/proof.h"
#include "fuse-trng/source/rate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum machine_state {
	MACHINE_STANDBY,  /* off */
	MACHINE_STARTING, /* powered, settling, start-up tests */
	MACHINE_RUNNING,  /* tested bytes flow into the pool */
	MACHINE_ALARM,    /* a test fired; start-up tests run again */
	MACHINE_FAILED,   /* latched until a command */
	MACHINE_ABSENT,   /* no port */
	MACHINE_STATES
};

enum machine_command {
	MACHINE_INIT,
	MACHINE_SHUTDOWN,
	MACHINE_RESTART,
	MACHINE_PROVE,
	MACHINE_COMMANDS
};

enum machine_power { MACHINE_POWER_OFF, MACHINE_POWER_ON, MACHINE_POWER_CYCLE };

struct machine_settings {
	struct health_settings health;
	size_t pool_capacity_bytes;
	bool autostart;
	unsigned init_timeout_ms;     /* per attempt */
	unsigned settle_ms;           /* how long a board takes from on to its first symbol */
	unsigned silence_ms;          /* on, settled, and nothing for so long is a total failure */
	unsigned max_alarms;          /* 1..ALARMS_MAX, of these ... */
	unsigned alarm_window_chunks; /* ... within so many chunks of stream latch `failed` */
	double rate_bit_s;            /* nominal, until there is a measured one */
	double assessed_entropy;      /* bits per symbol: all that is ever credited */
	bool is_conditioned;          /* SHA-256 between the tests and the pool */
	uint64_t prove_every_ms;      /* of running, a causality test; 0: only when told */
};

/* Calls out. They may call back into machine_command() and the queries, not into the events. */
struct machine_ops {
	/* Tell the board; the answer comes as machine_powered() and machine_settled(). */
	void (*power)(void *ctx, enum machine_power power, uint64_t now_ms);
	/* The state has changed; the line that says so has just gone through event. */
	void (*changed)(void *ctx, uint64_t now_ms);
	/* The pool has got more bytes. */
	void (*ready)(void *ctx, uint64_t now_ms);
	/* The transition that machine_command() gave @ticket for is over: 0 or -errno. */
	void (*done)(void *ctx, uint64_t ticket, int result);
	/* One line for `events`, without time and newline. */
	void (*event)(void *ctx, const char *line);
	/* While diverted: bytes as the line sent them, before any test. */
	void (*raw)(void *ctx, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms);
	/* While diverted: the next byte does not follow the last one of raw. */
	void (*raw_gap)(void *ctx, uint64_t now_ms);
	/* There is a record of an alarm, or the newest one has got its last symbols. NULL: nobody
	 * keeps records. */
	void (*evidence)(void *ctx, const struct blackbox *box, uint64_t now_ms);
	/*
	 * Begin the causality test on the line; it comes as machine_proving() and machine_stray(),
	 * and ends as a power cycle does. @left_ms: until the board is told on as usual.
	 * Return: 0; -errno: not with this device, not now. NULL: with none.
	 */
	int (*prove)(void *ctx, uint64_t now_ms, uint64_t *left_ms);
};

struct machine {
	struct machine_settings settings;
	struct machine_ops ops;
	void *ctx;
	enum machine_state state;
	enum machine_state after_absence; /* STANDBY, STARTING or FAILED */
	char reason[160];                 /* why this state; a short phrase */
	uint64_t started_ms;              /* when the daemon started */
	uint64_t state_ms;                /* when the present state began */
	uint64_t ticket;                  /* of the newest transition */
	bool is_pending;                  /* that transition is not over */
	bool is_settled;                  /* symbols flow */
	uint64_t settle_end_ms;           /* when they should begin to; 0: not told on yet */
	unsigned attempt;                 /* start-up attempt of the present transition */
	uint64_t attempt_end_ms;          /* start-up must have passed by then */
	uint64_t last_bytes_ms;           /* newest sign of life */
	uint64_t backoff_end_ms;          /* 0: no pause now */
	uint64_t stream_bytes;     /* all bytes of all streams: the clock of the alarm window */
	uint64_t alarms;           /* all since the daemon started */
	struct alarms recent;      /* since the last command */
	uint64_t pool_wiped_bytes; /* in the pool when the source stopped running */
	bool is_diverted;          /* somebody reads the symbols untested: none comes to the pool */
	struct ledger ledger;
	struct pool pool;
	struct pipeline pipeline;
	struct blackbox box;
	struct rate rate;
	struct proof proof;
};

/** Returned by machine_command() when the answer comes later, through ops->done. */
#define MACHINE_PENDING 1

/**
 * machine_open - a machine in `absent`, waiting for machine_port_up().
 * @ops: copied. @ctx: for them. @machine: the caller's memory, large; not on a small stack.
 * Return: 0; -EINVAL: a setting is out of range; -ENOMEM.
 */
int machine_open(struct machine *machine, const struct machine_settings *settings,
		 const struct machine_ops *ops, void *ctx, uint64_t now_ms);

/** machine_close - wipe and release; fine on zeroed memory. Pending transitions get -ENODEV. */
void machine_close(struct machine *machine);

/**
 * machine_command - carry out one command as the table in docs/DESIGN.md says.
 *
 * @ticket: set when MACHINE_PENDING is returned; several callers may share one.
 * Return:  0: done; MACHINE_PENDING; -EALREADY, -EBUSY, -ENODATA, -EIO, -ENODEV: refused in this
 *          state; what ops->prove gives.
 *          Results through ops->done: 0, -ETIMEDOUT, -EIO (start-up tests failed, causality
 *          contradicted), -ENODEV (port lost), -ECANCELED (overtaken by another command).
 */
int machine_command(struct machine *machine, enum machine_command command, uint64_t now_ms,
		    uint64_t *ticket);

/* Events of the line, from whoever owns it. */
void machine_port_up(struct machine *machine, uint64_t now_ms);
void machine_port_down(struct machine *machine, const char *why, uint64_t now_ms);
void machine_powered(struct machine *machine, bool is_on, uint64_t now_ms);
void machine_settled(struct machine *machine, uint64_t now_ms);
void machine_bytes(struct machine *machine, const uint8_t *bytes, size_t len_bytes,
		   uint64_t now_ms);

/** machine_dropped - bytes came from the line that were no symbols of a settled board. */
void machine_dropped(struct machine *machine, size_t len_bytes);

/**
 * machine_divert - whether symbols go to ops->raw instead of the pool.
 *
 * They are tested and counted all the same. The chunk that is open when this changes does not come
 * to the pool either.
 */
void machine_divert(struct machine *machine, bool is_diverted);

/** machine_proving - the causality test has come so far: @readings of @phase, or NULL. */
void machine_proving(struct machine *machine, enum causality_phase phase, const uint16_t *readings,
		     uint64_t left_ms, uint64_t now_ms);

/** machine_stray - bytes came after off: causality is contradicted. */
void machine_stray(struct machine *machine, uint64_t now_ms);

/* When what will be due if nothing else comes; UINT64_MAX: never. */
struct machine_deadlines {
	uint64_t silence_ms; /* no sign of life: an alarm */
	uint64_t attempt_ms; /* end of the time that a start or a step has */
	uint64_t backoff_ms; /* end of a pause */
	uint64_t prove_ms;   /* a causality test */
	uint64_t record_ms;  /* no more symbols are waited for then */
};

/** machine_deadlines - each of them as things stand now. */
struct machine_deadlines machine_deadlines(const struct machine *machine);

/** machine_deadline_ms - when machine_tick() wants to be called; UINT64_MAX: never. */
uint64_t machine_deadline_ms(const struct machine *machine);

/** machine_tick - time has passed: time-outs, silence, end of a back-off. */
void machine_tick(struct machine *machine, uint64_t now_ms);

/**
 * machine_read_error - what a read of tested bytes gets in the present state.
 * Return: 0: bytes, now or later; -ENODATA, -EIO, -ENODEV.
 */
int machine_read_error(const struct machine *machine);

/** machine_lost_to - the ledger's account for what a change to the present state wipes. */
enum ledger_account machine_lost_to(const struct machine *machine);

/** machine_rate_bit_s - raw rate: measured, or 0 while nothing flows. */
double machine_rate_bit_s(const struct machine *machine, uint64_t now_ms);

/**
 * machine_assessed_bits_byte - assessed min-entropy of a byte of the pool: all that may be
 * credited. Return: bits, 0 < n <= 8; 8 once conditioned, for the conditioner takes in more than it
 * gives.
 */
double machine_assessed_bits_byte(const struct machine *machine);

/** machine_line_bits_byte - the same of a byte of the line, as the profile or the owner assessed
 * it. */
double machine_line_bits_byte(const struct machine *machine);

/** machine_bytes_holding - bytes of the pool with at least @bits of assessed min-entropy. */
size_t machine_bytes_holding(const struct machine *machine, unsigned bits);

/**
 * machine_eta_s - seconds until @bytes tested bytes will have come to the pool from now.
 * Return: 0: they are there; -1: not to be foretold in this state, or while diverted.
 */
double machine_eta_s(const struct machine *machine, uint64_t bytes, uint64_t now_ms);

/* How far a start has come. */
struct machine_start {
	/*
	 * "proving": the causality test; "settling": powered, no symbols yet; "testing": start-up
	 * tests; "pausing": back-off before the next try in `alarm`; "": the state is neither
	 * `starting` nor `alarm`.
	 */
	const char *phase;
	unsigned symbols; /* of HEALTH_STARTUP_SYMBOLS, taken by the present attempt's tests */
	double eta_s;     /* until `running` if nothing goes wrong; -1: not on the way there */
};

/**
 * machine_start - phase, progress and the seconds left of the start that is going on.
 *
 * Until the board has been told to be on (its words have gaps) the seconds stand still.
 */
struct machine_start machine_start(const struct machine *machine, uint64_t now_ms);

/** machine_state_name, machine_command_name - the words of status and control. */
const char *machine_state_name(enum machine_state state);
const char *machine_command_name(enum machine_command command);

#endif
