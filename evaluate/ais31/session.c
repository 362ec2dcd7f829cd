/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session - see session.h */
#include "evaluate/ais31/session.h"

#include <omp.h>

/* A piece that took less than the first is doubled, more than the second is halved. */
#define SHORT_S         0.02
#define LONG_S          0.5
#define MIN_PIECE_BYTES ((size_t)8)
#define MAX_PIECE_BYTES ((size_t)1 << 20)

static size_t next_piece(size_t bytes, double took_s)
{
	if (took_s < SHORT_S && bytes < MAX_PIECE_BYTES)
		return 2 * bytes;
	if (took_s > LONG_S && bytes > MIN_PIECE_BYTES)
		return bytes / 2;
	return bytes;
}

static void tell_progress(const struct session *session)
{
	uint64_t done = session_done_bits(session), total = session->total_bits;

	audience_progress(session->audience, session->what, done,
			  total && total < done ? done : total);
}

int64_t session_take(struct session *session, uint8_t *into, uint64_t count_bits)
{
	uint64_t got = 0;

	if (session->piece_bytes < MIN_PIECE_BYTES)
		session->piece_bytes = MIN_PIECE_BYTES;
	while (got < count_bits) {
		uint64_t ask = 8 * (uint64_t)session->piece_bytes;
		double began_s = omp_get_wtime();

		if (ask > count_bits - got)
			ask = count_bits - got;
		int64_t taken = source_take(session->source, into + got / 8, ask);

		if (taken < 0)
			return taken;
		got += (uint64_t)taken;
		session->piece_bytes = next_piece(session->piece_bytes, omp_get_wtime() - began_s);
		tell_progress(session);
		if ((uint64_t)taken < ask)
			break;
	}
	return (int64_t)got;
}

uint64_t session_done_bits(const struct session *session)
{
	return session->source->taken_bits - session->start_bit;
}

bool session_is_within_procedure(const struct session *session)
{
	return session->procedure;
}

struct result session_result(const struct session *session, const char *test, int64_t block,
			     uint64_t first_bit)
{
	struct result result;

	result_init(&result, test);
	result.procedure = session->procedure;
	result.run = session->run;
	result.block = block;
	result.first_bit = first_bit;
	return result;
}

void session_judge(struct session *session, struct result *result, bool is_passed)
{
	result->outcome = is_passed ? OUTCOME_PASS : OUTCOME_FAIL;
	session->tests++;
	session->failures += !is_passed;
	audience_tell(session->audience, result);
}

int session_short(struct session *session, struct result *result, uint64_t needs_bits,
		  uint64_t later_bits)
{
	if (!session_is_within_procedure(session) && result->block > 0)
		return SESSION_SHORT;
	session->needs_bits = needs_bits + later_bits;
	result->outcome = OUTCOME_SHORT;
	result->needs_bits = needs_bits;
	audience_tell(session->audience, result);
	return SESSION_SHORT;
}
