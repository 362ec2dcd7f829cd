/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ais31_report - what the tests of AIS 20/31 found, for machines and for people. */
#ifndef TRNG_EVALUATE_AIS31_REPORT_H
#define TRNG_EVALUATE_AIS31_REPORT_H

#include "evaluate/ais31/ais31.h"
#include "evaluate/command.h"
#include "evaluate/tally.h"

#define AIS31_PROCEDURES (AIS31_T_IRN + 1)

struct ais31_findings {
	int asked; /* which procedure; -1: A, then B */
	struct tally tally;
	json_t *tests; /* every result; NULL: nobody wants them */
	struct ais31_verdict verdict[AIS31_PROCEDURES];
	unsigned ran[2], runs; /* which of those, in order */
	uint64_t needs_bits;   /* in all */
};

/** ais31_find_procedure - the procedure or test called @name, or -1. */
int ais31_find_procedure(const char *name);

/** ais31_put_report - the findings as keys of the report, which gets their tests. */
void ais31_put_report(struct context *context, struct ais31_findings *findings);

/** ais31_print_report - the page, with the verdict @outcome. */
void ais31_print_report(const struct context *context, const struct ais31_findings *findings,
			enum outcome outcome);

#endif
