/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coron - see coron.h; v2.0, 2.4.4.2 (AIS 20/31), test T8 */
#include "evaluate/ais31/coron.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct scratch {
	uint32_t distances[CORON_BYTES + 1];
	uint8_t bytes[CORON_BYTES];
};

/* distances[d]: how many of the bytes that count stand d after their like, or d = n + 1 without. */
static void count_distances(const uint8_t bytes[static CORON_BYTES],
			    uint32_t distances[static CORON_BYTES + 1])
{
	uint32_t place[256] = { 0 }; /* where each value was last, from 1 */

	memset(distances, 0, (CORON_BYTES + 1) * sizeof(*distances));
	for (uint32_t n = 0; n < CORON_BYTES; n++) {
		if (n >= CORON_Q)
			distances[n + 1 - place[bytes[n]]]++;
		place[bytes[n]] = n + 1;
	}
}

/*
 * The sum of g(A_n), g(i) = (1 + 1/2 + ... + 1/(i-1)) / ln 2, taken the other way round: 1/k comes
 * once for each distance above k. The small ones first, and what each addition loses is kept
 * (Kahan).
 */
double coron_f(const uint8_t bytes[static CORON_BYTES], uint32_t distances[static CORON_BYTES + 1])
{
	double sum = 0, lost = 0;
	uint32_t above = 0;

	count_distances(bytes, distances);
	for (uint32_t k = CORON_BYTES - 1; k >= 1; k--) {
		above += distances[k + 1];
		double term = (double)above / k - lost;
		double next = sum + term;

		lost = (next - sum) - term;
		sum = next;
	}
	return sum / M_LN2 / CORON_K;
}

int coron_step(struct session *session, int64_t block, uint64_t later_bits)
{
	struct result result = session_result(session, "T8", block, session->source->taken_bits);
	struct scratch *scratch = malloc(sizeof(*scratch));
	int error = 0;

	if (!scratch)
		return -ENOMEM;
	session->what = "T8";
	result.accept = "f > 7.976";
	int64_t got = session_take(session, scratch->bytes, 8 * CORON_BYTES);

	if (got < 0) {
		error = (int)got;
	} else if (got < 8 * CORON_BYTES) {
		error = session_short(session, &result, (uint64_t)(8 * CORON_BYTES - got),
				      later_bits);
	} else {
		double f = coron_f(scratch->bytes, scratch->distances);

		result_real(&result, "f", f);
		result_integer(&result, "end_bit", (int64_t)session_done_bits(session));
		session_judge(session, &result, f > 7.976);
	}
	free(scratch);
	return error;
}
