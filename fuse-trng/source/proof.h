/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proof - the active causality test as the machine sees it: going on, due, what came of the last.
 */
#ifndef TRNG_SOURCE_PROOF_H
#define TRNG_SOURCE_PROOF_H

#include "fuse-trng/health/causality.h"

#include <stdbool.h>
#include <stdint.h>

#define PROOF_LINE_SIZE 320

struct proof {
	uint64_t every_ms;  /* of running; 0: only when told */
	uint64_t ran_ms;    /* of running, all stays but the present one */
	uint64_t wanted_ms; /* of running, when the next is due */
	bool is_on;
	uint64_t end_ms; /* when the board should be told on again as usual */
	struct causality causality;
	/* The last verdict. */
	enum causality_verdict verdict;
	const char *why;
	struct causality_figures figures[CAUSALITY_PHASES];
	uint64_t judged_ms;
	uint64_t count; /* verdicts so far */
};

/** proof_init - none yet; one is due after each @every_ms of running, 0: none is. */
void proof_init(struct proof *proof, uint64_t every_ms);

/** proof_ran - the source has run for @duration_ms and runs no more. */
void proof_ran(struct proof *proof, uint64_t duration_ms);

/** proof_due_ms - when the next is due of a source that has been running since @since_ms;
 * UINT64_MAX: never. */
uint64_t proof_due_ms(const struct proof *proof, uint64_t since_ms);

/** proof_put_off - the next is due after as much running again, from now on. */
void proof_put_off(struct proof *proof, uint64_t since_ms, uint64_t now_ms);

/** proof_begin - one goes on; the board will be told on as usual in @left_ms. */
void proof_begin(struct proof *proof, uint64_t left_ms, uint64_t now_ms);

/** proof_stop - there will be no verdict; wipes what came. Fine if none goes on. */
void proof_stop(struct proof *proof);

/** proof_measured - @readings of @phase; NULL: only the time that is left is news. */
void proof_measured(struct proof *proof, enum causality_phase phase, const uint16_t *readings,
		    uint64_t left_ms, uint64_t now_ms);

/** proof_told_on - the board was just told on as usual. */
void proof_told_on(struct proof *proof, uint64_t now_ms);

/**
 * proof_judge - the board sends again, or sent when it should not: the verdict. It is over.
 * @line: gets it as `events` tells it, without a newline.
 */
enum causality_verdict proof_judge(struct proof *proof, char line[static PROOF_LINE_SIZE],
				   uint64_t now_ms);

/** proof_left_s - until the board is told on as usual; 0 if none goes on. */
double proof_left_s(const struct proof *proof, uint64_t now_ms);

#endif
