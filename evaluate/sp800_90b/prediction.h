/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * prediction - what the four prediction estimators of SP 800-90B (6.3.7 to 6.3.10) share: the
 * scoreboard that picks a predictor, and the bound on the probability of a correct prediction.
 */
#ifndef TRNG_EVALUATE_SP800_90B_PREDICTION_H
#define TRNG_EVALUATE_SP800_90B_PREDICTION_H

#include <stdbool.h>

#include "evaluate/core/result.h"
#include "evaluate/core/symbols.h"

/* Predictions are reported in words: bit t of a word belongs to the t-th of 64 symbols in a row. */
#define STEPS          64
#define MAX_PREDICTORS 128

/** How well the predictions went that count. */
struct tally {
	uint64_t correct;
	uint64_t run, longest_run; /* of correct ones in a row: the current and the longest */
};

static inline void tally_add(struct tally *tally, bool is_correct)
{
	tally->correct += is_correct;
	tally->run = is_correct ? tally->run + 1 : 0;
	if (tally->run > tally->longest_run)
		tally->longest_run = tally->run;
}

struct scoreboard {
	unsigned predictors; /* 1..MAX_PREDICTORS */
	unsigned winner;     /* whose prediction of the next symbol counts */
	uint64_t score[MAX_PREDICTORS];
	struct tally tally;
};

void scoreboard_init(struct scoreboard *board, unsigned predictors);

/**
 * scoreboard_feed - judge the predictions of the next STEPS symbols.
 *
 * Standard: 6.3.7 step 3.b to 3.d, and its likes in 6.3.8 and 6.3.9: the winner's prediction
 *           counts; then those who were right get a point each, in ascending order, and who has
 *           no less than the winner becomes the winner.
 * @hit:     per predictor, a word of the steps that it predicted correctly.
 * @made:    per predictor, the steps for which it predicted anything; NULL: all of them. A step
 *           without a prediction of the winner neither lengthens nor ends a run, as in NIST's tool.
 * Steps beyond the ends of the data have no hits: they change no count.
 */
void scoreboard_feed(struct scoreboard *board, const uint64_t *hit, const uint64_t *made);

/**
 * prediction_result - append c, r, n, p_global, p_global_upper, p_local (where it exceeds the
 * others) and min_entropy to @result.
 * @predictions: n, at least 1; correct ones and the longest run are in @tally.
 */
void prediction_result(struct result *result, const struct symbols *symbols, uint64_t predictions,
		       const struct tally *tally);

/**
 * prediction_is_short - whether @symbols are fewer than @least; then @result says so.
 */
bool prediction_is_short(struct result *result, const struct symbols *symbols, uint64_t least);

/** prediction_no_run - ln of the probability that @n predictions, each right with probability @p,
 * hold no run of @r right ones: the right side of 6.3.7 step 6. 0 < @p < 1. */
double prediction_no_run(double p, uint64_t r, uint64_t n);

#endif
