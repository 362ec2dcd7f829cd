/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tally - many results of few tests, as a page shows them: least, greatest, and each that failed.
 */
#ifndef TRNG_EVALUATE_TALLY_H
#define TRNG_EVALUATE_TALLY_H

#include "evaluate/core/result.h"
#include "evaluate/report/text.h"

#define TALLY_TESTS 24 /* A: 6 tests, B: 5 (T7a and T7b of several), each with a repetition */
#define TALLY_SHOWN 20 /* failures of one test that are listed; --json lists all */

struct tally_place {
	int64_t block;
	unsigned column;
	uint64_t first_bit;
};

struct tally_test {
	struct result first; /* as it came */
	double least[RESULT_FIGURES][FIGURE_VALUES], greatest[RESULT_FIGURES][FIGURE_VALUES];
	uint64_t judged, failed;
	bool is_short;
	struct tally_place place[TALLY_SHOWN]; /* of the first that failed */
};

/* Constant size, however many results there are. */
struct tally {
	unsigned tests;
	struct tally_test test[TALLY_TESTS];
};

/** tally_add - one more @result; it belongs to those of the same test, procedure and run. */
void tally_add(struct tally *tally, const struct result *result);

/** tally_print - a few lines for each test of @procedure (NULL: of none) and @run, in the order
 * they came. */
void tally_print(const struct tally *tally, const char *procedure, unsigned run,
		 const struct page *page);

#endif
