/* SPDX-License-Identifier: GPL-3.0-or-later */
/* transitions - see transitions.h; v2.0, 2.4.4.2 (AIS 20/31), decided in whole numbers. */
#include "evaluate/ais31/transitions.h"

#include <stdlib.h>

#include "evaluate/ais31/bits.h"

#define FULL         TRANSITIONS_FULL
#define T6A_BITS     100000
#define BATCH_TUPLES 16384

/* --- T6a ----------------------------------------------------------------------------------------
 */

static int64_t count_bits(const uint8_t *packed, size_t size_bytes)
{
	uint64_t ones = 0;

	for (size_t i = 0; i < size_bytes; i++)
		ones += count_ones(packed[i]);
	return (int64_t)ones;
}

int transitions_t6a(struct session *session, int64_t block, uint64_t later_bits)
{
	struct result result = session_result(session, "T6a", block, session->source->taken_bits);
	uint8_t packed[T6A_BITS / 8];

	session->what = "T6a";
	int64_t got = session_take(session, packed, T6A_BITS);

	if (got < 0)
		return (int)got;
	if (got < T6A_BITS)
		return session_short(session, &result, (uint64_t)(T6A_BITS - got), later_bits);
	const int64_t ones = count_bits(packed, sizeof(packed));
	const int64_t off = llabs(ones - T6A_BITS / 2);

	result.accept = "deviation < 0.025";
	result_integer(&result, "ones", ones);
	result_real(&result, "deviation", (double)off / T6A_BITS);
	result_integer(&result, "end_bit", (int64_t)session_done_bits(session));
	session_judge(session, &result, off < T6A_BITS / 1000 * 25);
	return 0;
}

/* --- T6b, T7a, T7b ------------------------------------------------------------------------------
 */

static unsigned classes(const struct transitions *transitions)
{
	return 1u << transitions->history;
}

void transitions_count(struct transitions *transitions, const uint8_t *packed, uint64_t tuples)
{
	const unsigned size = transitions->history + 1, mask = (1u << size) - 1;
	uint32_t idle = transitions->idle;

	for (uint64_t i = 0, at = 0; i < tuples; i++, at += size) {
		unsigned window = (unsigned)packed[at / 8] << 8 | packed[at / 8 + 1];
		unsigned tuple = window >> (16 - size - at % 8) & mask;
		uint32_t is_open = transitions->seen[tuple >> 1] < FULL;

		transitions->ones[tuple >> 1] += tuple & is_open;
		transitions->seen[tuple >> 1] += is_open;
		idle = is_open ? 0 : idle + 1;
	}
	transitions->idle = idle;
}

uint64_t transitions_missing(const struct transitions *transitions)
{
	uint64_t missing = 0;

	for (unsigned i = 0; i < classes(transitions); i++)
		missing += FULL - transitions->seen[i];
	return missing;
}

/*
 * The most tuples that surely are needed: each fills one place at most, and the step cannot end as
 * stuck sooner than TRANSITIONS_IDLE of them without one.
 */
static uint64_t batch_tuples(const struct transitions *transitions)
{
	uint64_t tuples = transitions_missing(transitions);

	if (tuples > TRANSITIONS_IDLE - transitions->idle)
		tuples = TRANSITIONS_IDLE - transitions->idle;
	return tuples < BATCH_TUPLES ? tuples : BATCH_TUPLES;
}

/* Until all classes are full, or it is stuck. Return: 0; SESSION_SHORT with the bits that lack;
 * -errno. */
static int fill(struct session *session, struct transitions *transitions, uint64_t later_bits,
		uint64_t *lack_bits)
{
	const unsigned size = transitions->history + 1;
	uint8_t packed[BATCH_TUPLES * 4 / 8 + 1] = { 0 };

	while (transitions_missing(transitions) && transitions->idle < TRANSITIONS_IDLE) {
		const uint64_t bits = batch_tuples(transitions) * size;
		const uint64_t least_bits = transitions_missing(transitions) * size + later_bits;

		if (session_is_within_procedure(session))
			session->total_bits = session_done_bits(session) + least_bits;
		int64_t got = session_take(session, packed, bits);

		if (got < 0)
			return (int)got;
		transitions_count(transitions, packed, (uint64_t)got / size);
		if ((uint64_t)got < bits) {
			*lack_bits = transitions_missing(transitions) * size - (uint64_t)got % size;
			return SESSION_SHORT;
		}
	}
	return 0;
}

/* @value of every class in the order of the standard's figures: the oldest bit varies fastest. */
static void oldest_fastest(const struct transitions *transitions, const uint32_t *value,
			   int64_t *out)
{
	for (unsigned i = 0; i < classes(transitions); i++) {
		unsigned natural = 0;

		for (unsigned k = 0; k < transitions->history; k++)
			natural |= (i >> k & 1) << (transitions->history - 1 - k);
		out[i] = value[natural];
	}
}

/* |P(1 after 0) - P(1 after 1)| < 0.02 */
static bool judge_t6b(const int64_t *ones, unsigned count, struct result *result)
{
	const int64_t off = llabs(ones[0] - ones[1]);

	result_integers(result, "ones", ones, count);
	result_real(result, "p01", (double)ones[0] / FULL);
	result_real(result, "p11", (double)ones[1] / FULL);
	result_real(result, "difference", (double)off / FULL);
	return off < FULL / 100 * 2;
}

/* (a - b)^2 / (a + b) + (a - b)^2 / (2n - a - b) <= 15.13, without dividing. */
bool transitions_is_homogeneous(uint32_t a, uint32_t b, double *chi_square)
{
	const int64_t sum = (int64_t)a + b, rest = 2 * FULL - sum;
	const int64_t square = ((int64_t)a - b) * ((int64_t)a - b);

	*chi_square = square ? (double)square / (double)sum + (double)square / (double)rest : 0;
	return square * 2 * FULL * 100 <= 1513 * sum * rest;
}

/* Neighbours in the standard's order differ in the oldest bit alone. */
static bool judge_t7(const int64_t *ones, unsigned count, struct result *result)
{
	double chi_square[TRANSITIONS_CLASSES / 2];
	bool is_passed = true;

	for (unsigned i = 0; i < count; i += 2)
		is_passed &= transitions_is_homogeneous((uint32_t)ones[i], (uint32_t)ones[i + 1],
							&chi_square[i / 2]);
	result_integers(result, "ones", ones, count);
	result_reals(result, "chi_square", chi_square, count / 2);
	return is_passed;
}

static bool find_stuck(const struct transitions *transitions, struct result *result)
{
	int64_t filled[TRANSITIONS_CLASSES];

	oldest_fastest(transitions, transitions->seen, filled);
	result_word(result, "stuck", "65536 tuples in a row, all of full classes");
	result_integers(result, "filled", filled, classes(transitions));
	return false;
}

struct step {
	const char *name, *accept;
	unsigned history;
	bool (*judge)(const int64_t *ones, unsigned count, struct result *result);
};

static int run(const struct step *step, struct session *session, int64_t block, uint64_t later_bits)
{
	struct result result =
		session_result(session, step->name, block, session->source->taken_bits);
	struct transitions transitions = { .history = step->history };
	int64_t ones[TRANSITIONS_CLASSES];
	uint64_t lack_bits = 0;
	bool is_passed;

	session->what = step->name;
	result.accept = step->accept;
	int error = fill(session, &transitions, later_bits, &lack_bits);

	if (error == SESSION_SHORT)
		return session_short(session, &result, lack_bits, later_bits);
	if (error < 0)
		return error;
	oldest_fastest(&transitions, transitions.ones, ones);
	if (transitions_missing(&transitions))
		is_passed = find_stuck(&transitions, &result);
	else
		is_passed = step->judge(ones, classes(&transitions), &result);
	result_integer(&result, "end_bit", (int64_t)session_done_bits(session));
	session_judge(session, &result, is_passed);
	return 0;
}

int transitions_t6b(struct session *session, int64_t block, uint64_t later_bits)
{
	static const struct step step = { "T6b", "difference < 0.02", 1, judge_t6b };

	return run(&step, session, block, later_bits);
}

int transitions_t7a(struct session *session, int64_t block, uint64_t later_bits)
{
	static const struct step step = { "T7a", "both chi_square <= 15.13", 2, judge_t7 };

	return run(&step, session, block, later_bits);
}

int transitions_t7b(struct session *session, int64_t block, uint64_t later_bits)
{
	static const struct step step = { "T7b", "all chi_square <= 15.13", 3, judge_t7 };

	return run(&step, session, block, later_bits);
}
