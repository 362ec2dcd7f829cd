/* SPDX-License-Identifier: GPL-3.0-or-later */
/* basic_tests - T1 to T5 on one sequence: their statistics and their limits. */
#ifndef TRNG_EVALUATE_AIS31_BASIC_TESTS_H
#define TRNG_EVALUATE_AIS31_BASIC_TESTS_H

#include <stdbool.h>

#include "evaluate/ais31/autocorrelation.h"
#include "evaluate/ais31/sequence.h"
#include "evaluate/core/result.h"

enum basic_test { BASIC_T1, BASIC_T2, BASIC_T3, BASIC_T4, BASIC_T5, BASIC_TESTS };

#define BASIC_ALL ((1u << BASIC_TESTS) - 1) /* sets of tests: bits 1 << enum basic_test */

struct basic_figures {
	unsigned ones;
	uint64_t squares;
	int64_t runs[2][RUN_LENGTHS];
	unsigned longest;
	struct autocorrelation correlation;
};

/** basic_examine - computes the statistics of @tests; pure, callable from many threads. */
void basic_examine(const struct sequence *sequence, unsigned tests, const struct kernel *kernel,
		   struct basic_figures *figures);

/** basic_name - "T1" ... "T5". */
const char *basic_name(enum basic_test test);

/** basic_find - writes @test's figures and accept region to @result. Return: whether it is passed.
 */
bool basic_find(enum basic_test test, const struct basic_figures *figures, struct result *result);

#endif
