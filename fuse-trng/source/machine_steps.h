/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine, the steps that its own files share; nobody else's. */
#ifndef TRNG_SOURCE_MACHINE_STEPS_H
#define TRNG_SOURCE_MACHINE_STEPS_H

#include "fuse-trng/source/machine.h"

/** machine_enter - the one place where the state changes. @reason: a short phrase. */
void machine_enter(struct machine *m, enum machine_state state, const char *reason,
		   uint64_t now_ms);

/** machine_new_ticket - a transition begins. Return: what names it. */
uint64_t machine_new_ticket(struct machine *m);

/** machine_finish - the transition that is pending, if any, is over. @result: 0 or -errno. */
void machine_finish(struct machine *m, int result);

/** machine_stop_stream - forget the stream: nothing of it may be mixed with what comes later. */
void machine_stop_stream(struct machine *m, uint64_t now_ms);

/** machine_begin_attempt - start-up, or a word to the board, has init_timeout_ms from now. */
void machine_begin_attempt(struct machine *m, unsigned attempt, uint64_t now_ms);

/** machine_begin_start - to `starting`, on a stream yet to come. */
void machine_begin_start(struct machine *m, const char *reason, uint64_t now_ms);

/**
 * machine_begin_proof - the line carries out a causality test; nothing of that time is tested.
 * Return: 0; what ops->prove() refuses with; -EOPNOTSUPP: there is none.
 */
int machine_begin_proof(struct machine *m, const char *reason, uint64_t now_ms);

#endif
