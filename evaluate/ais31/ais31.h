/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ais31 - the statistical tests of AIS 20/31: T0 to T8, procedures A and B (functionality classes
 * v2.0, 18 September 2011) and the black-box suite T_irn (v3.0, 10 September 2024).
 */
#ifndef TRNG_EVALUATE_AIS31_AIS31_H
#define TRNG_EVALUATE_AIS31_AIS31_H

#include "evaluate/core/audience.h"
#include "evaluate/core/source.h"

#define AIS31_MAX_WIDTH 256

enum ais31_procedure {
	AIS31_T0,
	AIS31_T1,
	AIS31_T2,
	AIS31_T3,
	AIS31_T4,
	AIS31_T5,
	AIS31_T6, /* T6a, then T6b */
	AIS31_T7, /* T7a, then T7b */
	AIS31_T8,
	AIS31_A,
	AIS31_B,
	AIS31_T_IRN,
};

struct ais31_verdict {
	enum outcome outcome; /* PASS, FAIL, or SHORT: needs_bits more would decide */
	uint64_t needs_bits;  /* procedure B: at least, as that depends on the data; fewer may fail it */
	unsigned runs;        /* 1, or 2 with the repetition */
	unsigned failures[2]; /* per run; procedure B counts its five steps (docs/EVALUATION.md) */
	uint64_t tests;       /* that were judged, in all runs */
	uint64_t used_bits;   /* of the source */
};

/**
 * ais31_run - run one procedure, or one test over and over until @source ends.
 *
 * Standard: v2.0, tests of 2.4.4; procedures A and B with one repetition on fresh bits after
 * exactly one failure; v3.0 T_irn with at most two trials. T0 to T8 alone are applied to all
 *           consecutive blocks that the data fill, and fail if one of them does.
 * @width:   bits of an internal random number, 1..AIS31_MAX_WIDTH (T0 and procedure A know it;
 *           above 1, T1 to T5 run on "block" and "column" sequences).
 * Tells @audience each test's result, in order, as soon as it is known, and the progress in bits.
 * Blocks as long as @source does; takes nothing from it that it does not need.
 * Return: 0 with *@verdict; -EINVAL: bad width; -ENOMEM; or what @source failed with.
 */
int ais31_run(enum ais31_procedure procedure, unsigned width, struct source *source,
	      const struct audience *audience, struct ais31_verdict *verdict);

/**
 * ais31_needs_bits - what one run of @procedure takes at least from perfect data (progress, docs).
 * Return: 0 for a width or a procedure that does not exist.
 */
uint64_t ais31_needs_bits(enum ais31_procedure procedure, unsigned width);

#endif
