/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ais31 - see ais31.h: the procedures as tables of steps, and the rule of the repetition */
#include "evaluate/ais31/ais31.h"

#include <errno.h>

#include "evaluate/ais31/basic_tests.h"
#include "evaluate/ais31/coron.h"
#include "evaluate/ais31/disjointness.h"
#include "evaluate/ais31/sequences.h"
#include "evaluate/ais31/session.h"
#include "evaluate/ais31/t_irn.h"
#include "evaluate/ais31/transitions.h"

#define A_SEQUENCES 257

/* Of procedure B, in its order; T6, T7 and T8 alone are parts of it. */
static const struct step {
	int (*run)(struct session *session, int64_t block, uint64_t later_bits);
	uint64_t least_bits;
} steps[] = {
	{ transitions_t6a, 100000 },
	{ transitions_t6b, 2 * 2 * TRANSITIONS_FULL },
	{ transitions_t7a, 3 * 4 * TRANSITIONS_FULL },
	{ transitions_t7b, 4 * 8 * TRANSITIONS_FULL },
	{ coron_step, 8 * CORON_BYTES },
};

struct procedure {
	const char *name; /* NULL: a single test, over and over until the data end */
	int (*run)(const struct procedure *procedure, struct session *session);
	unsigned from, until; /* of steps: those that belong to it */
	unsigned tests;       /* of BASIC_ALL */
};

static uint64_t steps_bits(unsigned from, unsigned until)
{
	uint64_t bits = 0;

	for (unsigned i = from; i < until; i++)
		bits += steps[i].least_bits;
	return bits;
}

static int run_steps(const struct procedure *procedure, struct session *session, int64_t block)
{
	int error = 0;

	for (unsigned i = procedure->from; !error && i < procedure->until; i++) {
		if (procedure->name)
			session->total_bits =
				session_done_bits(session) + steps_bits(i, procedure->until);
		error = steps[i].run(session, block, steps_bits(i + 1, procedure->until));
	}
	return error;
}

static int run_a(const struct procedure *procedure, struct session *session)
{
	int error = disjointness_step(session, -1, sequences_bits(session->width, A_SEQUENCES));

	return error ? error : sequences_run(session, procedure->tests, A_SEQUENCES);
}

static int run_b(const struct procedure *procedure, struct session *session)
{
	return run_steps(procedure, session, -1);
}

static int run_t_irn(const struct procedure *procedure, struct session *session)
{
	(void)procedure;
	return t_irn_run(session);
}

static int repeat_t0(const struct procedure *procedure, struct session *session)
{
	int error = 0;

	(void)procedure;
	for (int64_t block = 0; !error; block++)
		error = disjointness_step(session, block, 0);
	return error;
}

static int repeat_basic(const struct procedure *procedure, struct session *session)
{
	return sequences_run(session, procedure->tests, SEQUENCES_ENDLESS);
}

static int repeat_steps(const struct procedure *procedure, struct session *session)
{
	int error = 0;

	for (int64_t block = 0; !error; block++)
		error = run_steps(procedure, session, block);
	return error;
}

static const struct procedure procedures[] = {
	[AIS31_T0] = { NULL, repeat_t0, 0, 0, 0 },
	[AIS31_T1] = { NULL, repeat_basic, 0, 0, 1u << BASIC_T1 },
	[AIS31_T2] = { NULL, repeat_basic, 0, 0, 1u << BASIC_T2 },
	[AIS31_T3] = { NULL, repeat_basic, 0, 0, 1u << BASIC_T3 },
	[AIS31_T4] = { NULL, repeat_basic, 0, 0, 1u << BASIC_T4 },
	[AIS31_T5] = { NULL, repeat_basic, 0, 0, 1u << BASIC_T5 },
	[AIS31_T6] = { NULL, repeat_steps, 0, 2, 0 },
	[AIS31_T7] = { NULL, repeat_steps, 2, 4, 0 },
	[AIS31_T8] = { NULL, repeat_steps, 4, 5, 0 },
	[AIS31_A] = { "A", run_a, 0, 0, BASIC_ALL },
	[AIS31_B] = { "B", run_b, 0, 5, 0 },
	[AIS31_T_IRN] = { "T_irn", run_t_irn, 0, 0, 0 },
};

static bool is_known(enum ais31_procedure procedure, unsigned width)
{
	return (unsigned)procedure <= AIS31_T_IRN && width >= 1 && width <= AIS31_MAX_WIDTH;
}

uint64_t ais31_needs_bits(enum ais31_procedure procedure, unsigned width)
{
	if (!is_known(procedure, width))
		return 0;
	const struct procedure *row = &procedures[procedure];

	if (procedure == AIS31_T0)
		return disjointness_bits(width);
	if (procedure == AIS31_A)
		return disjointness_bits(width) + sequences_bits(width, A_SEQUENCES);
	if (procedure == AIS31_T_IRN)
		return T_IRN_BITS;
	return row->tests ? sequences_bits(width, 1) : steps_bits(row->from, row->until);
}

/* Two failures, or any in the repetition, are final, whatever the data lack. */
static enum outcome conclude(const struct session *session, const struct ais31_verdict *verdict)
{
	const unsigned allowed = session_is_within_procedure(session) ? 1 : 0;

	if (verdict->failures[0] > allowed || verdict->failures[1])
		return OUTCOME_FAIL;
	return session->needs_bits ? OUTCOME_SHORT : OUTCOME_PASS;
}

int ais31_run(enum ais31_procedure procedure, unsigned width, struct source *source,
	      const struct audience *audience, struct ais31_verdict *verdict)
{
	if (!is_known(procedure, width))
		return -EINVAL;
	const struct procedure *row = &procedures[procedure];
	const uint64_t run_bits = ais31_needs_bits(procedure, width),
		       start_bit = source->taken_bits;
	struct session session = {
		.source = source, .audience = audience, .procedure = row->name, .width = width
	};
	struct ais31_verdict found = { 0 };

	do {
		session.run = row->name ? found.runs + 1 : 0;
		session.start_bit = source->taken_bits;
		session.total_bits = row->name ? run_bits : 0;
		session.failures = 0;
		int error = row->run(row, &session);

		if (error < 0)
			return error;
		found.failures[found.runs++] = session.failures;
	} while (row->name && !session.needs_bits && found.runs == 1 && session.failures == 1);
	found.outcome = conclude(&session, &found);
	if (found.outcome == OUTCOME_SHORT)
		found.needs_bits =
			session.needs_bits + (session.run == 1 ? session.failures * run_bits : 0);
	found.tests = session.tests;
	found.used_bits = source->taken_bits - start_bit;
	*verdict = found;
	return 0;
}
