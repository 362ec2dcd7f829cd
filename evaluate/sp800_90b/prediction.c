/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prediction - see prediction.h */
#include "evaluate/sp800_90b/prediction.h"

#include <math.h>

#include "evaluate/sp800_90b/bound.h"

void scoreboard_init(struct scoreboard *board, unsigned predictors)
{
	*board = (struct scoreboard){ .predictors = predictors };
}

/* In plain arithmetic: not every x86-64 has an instruction for it. */
static inline unsigned count_ones(uint64_t word)
{
	word -= word >> 1 & 0x5555555555555555;
	word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
	word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F;
	return (unsigned)(word * 0x0101010101010101 >> 56);
}

/*
 * The winner has the highest score at all times. So only those can win within the next steps who
 * reach its present score by then; the others get their points at once. Return: how many can
 * (ascending in @contender, the winner among them).
 */
static unsigned pick_contenders(struct scoreboard *board, const uint64_t *hit, uint8_t *contender)
{
	const uint64_t highest = board->score[board->winner];
	unsigned contenders = 0;

	for (unsigned i = 0; i < board->predictors; i++) {
		uint64_t reached = board->score[i] + count_ones(hit[i]);

		contender[contenders] = (uint8_t)i;
		if (reached >= highest)
			contenders++;
		else
			board->score[i] = reached;
	}
	return contenders;
}

/* One step in which at least one of the @contenders was right. */
static void award_points(struct scoreboard *board, const uint64_t *hit, unsigned step,
			 const uint8_t *contender, unsigned contenders)
{
	for (unsigned i = 0; i < contenders; i++) {
		unsigned predictor = contender[i];

		if (!(hit[predictor] >> step & 1))
			continue;
		if (++board->score[predictor] >= board->score[board->winner])
			board->winner = predictor;
	}
}

void scoreboard_feed(struct scoreboard *board, const uint64_t *hit, const uint64_t *made)
{
	uint8_t contender[MAX_PREDICTORS + 1];
	const unsigned contenders = pick_contenders(board, hit, contender);
	uint64_t ahead = ~UINT64_C(0); /* the steps that are still to come */
	uint64_t events = 0;

	for (unsigned i = 0; i < contenders; i++)
		events |= hit[contender[i]];
	for (; events; events &= events - 1) {
		unsigned step = (unsigned)__builtin_ctzll(events);
		uint64_t missed = made ? made[board->winner] & ahead : ahead;

		/* Between events nobody is right and the winner stays. */
		if (missed & ((UINT64_C(1) << step) - 1))
			board->tally.run = 0;
		if (!made || made[board->winner] >> step & 1)
			tally_add(&board->tally, hit[board->winner] >> step & 1);
		award_points(board, hit, step, contender, contenders);
		ahead = ~UINT64_C(0) << step << 1;
	}
	if (made ? made[board->winner] & ahead : ahead)
		board->tally.run = 0;
}

/*
 * The smallest u > 0 with u = q p^r (1 + u)^(r + 1), that is the standard's x less 1. The steps of
 * the standard's recurrence rise towards it. Return: a u of at least 1 / r when there is none
 * below, as for p > r / (r + 1): x is 1 / p then, and such a run all but certain.
 */
static double solve_excess(double p, double r)
{
	const double log_start = log1p(-p) + r * log(p);
	double u = 0, next = exp(log_start);

	for (int i = 0; i < 1000 && next > u && r * next < 1; i++) {
		u = next;
		next = exp(log_start + (r + 1) * log1p(u));
	}
	return next;
}

double prediction_no_run(double p, uint64_t r, uint64_t n)
{
	const double length = (double)r, odds = p / (1 - p);
	const double u = solve_excess(p, length);

	/* (1 - p x) / ((r + 1 - r x) q) / x^(n + 1), in logarithms and in u: nothing cancels. */
	if (length * u >= 1 || odds * u >= 1)
		return -INFINITY;
	return log1p(-odds * u) - log1p(-length * u) - ((double)n + 1) * log1p(u);
}

/* The p above @least that makes a longest run below @r 99 % likely; 0 if it is not above. */
static double find_p_local(double least, uint64_t r, uint64_t n)
{
	const double log_alpha = log(0.99);
	double low = least, high = 1;

	if (least >= 1 || prediction_no_run(least, r, n) <= log_alpha)
		return 0;
	for (;;) {
		double p = low + (high - low) / 2;

		if (p <= low || p >= high)
			return p;
		if (prediction_no_run(p, r, n) > log_alpha)
			low = p;
		else
			high = p;
	}
}

/* The size of the alphabet: the values that occur; of bits it is known. */
static unsigned count_values(const struct symbols *symbols)
{
	bool occurs[256] = { false };
	unsigned values = 0;

	if (symbols->width == 1)
		return 2;
	for (uint64_t i = 0; i < symbols->count; i++)
		occurs[symbols->value[i]] = true;
	for (unsigned i = 0; i < 256; i++)
		values += occurs[i];
	return values;
}

void prediction_result(struct result *result, const struct symbols *symbols, uint64_t predictions,
		       const struct tally *tally)
{
	const uint64_t r = tally->longest_run + 1;
	const double p_global = (double)tally->correct / (double)predictions;
	const double p_global_upper = tally->correct ? bound_upper(p_global, predictions)
						     : -expm1(log(0.01) / (double)predictions);
	const double p_least = fmax(p_global_upper, 1.0 / count_values(symbols));
	const double p_local = find_p_local(p_least, r, predictions);

	result_integer(result, "c", (int64_t)tally->correct);
	result_integer(result, "r", (int64_t)r);
	result_integer(result, "n", (int64_t)predictions);
	result_real(result, "p_global", p_global);
	result_real(result, "p_global_upper", p_global_upper);
	if (p_local > 0)
		result_real(result, "p_local", p_local);
	result_real(result, "min_entropy", bound_min_entropy(fmax(p_least, p_local)));
}

bool prediction_is_short(struct result *result, const struct symbols *symbols, uint64_t least)
{
	if (symbols->count >= least)
		return false;
	result->outcome = OUTCOME_SHORT;
	result->needs_bits = (least - symbols->count) * symbols->width;
	return true;
}
