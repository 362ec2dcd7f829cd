/* SPDX-License-Identifier: GPL-3.0-or-later */
/* t_irn - see t_irn.h */
#include "evaluate/ais31/t_irn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate/ais31/basic_tests.h"
#include "evaluate/sp800_90b/estimators.h"

#define PREDICTOR_BITS 1000000
#define MIN_ENTROPY    0.95 /* per bit, at least */

struct test {
	const char *name;
	unsigned bits;
	enum basic_test basic;
	int (*estimate)(const struct symbols *symbols, struct result *result); /* NULL: basic */
};

static const struct test tests[] = {
	{ "T1", SEQUENCE_BITS, BASIC_T1, NULL },
	{ "T2", SEQUENCE_BITS, BASIC_T2, NULL },
	{ "T3", PREDICTOR_BITS, 0, multi_mmc_estimate },
	{ "T4", PREDICTOR_BITS, 0, lz78y_estimate },
};
#define TESTS (sizeof(tests) / sizeof(tests[0]))

struct scratch {
	uint8_t packed[PREDICTOR_BITS / 8];
	uint8_t bit[PREDICTOR_BITS];
};

/* Only counts: no kernel is asked for. */
static int run_basic(const struct test *test, const struct scratch *scratch,
		     struct session *session, struct result *result)
{
	struct sequence sequence;
	struct basic_figures figures;

	sequence_load(&sequence, scratch->packed);
	basic_examine(&sequence, 1u << test->basic, NULL, &figures);
	session_judge(session, result, basic_find(test->basic, &figures, result));
	return 0;
}

static int run_predictor(const struct test *test, struct scratch *scratch, struct session *session,
			 struct result *result)
{
	const struct symbols bits = { .value = scratch->bit, .count = PREDICTOR_BITS, .width = 1 };
	struct result found = *result;

	symbols_unpack(scratch->packed, 1, PREDICTOR_BITS, scratch->bit);
	int error = test->estimate(&bits, &found);

	if (error < 0)
		return error;
	/* Whatever the estimator says of itself: its figures alone are wanted. */
	result->figures = found.figures;
	memcpy(result->figure, found.figure, sizeof(result->figure));
	result->accept = "min_entropy >= 0.95";
	session_judge(session, result, result_get(result, "min_entropy") >= MIN_ENTROPY);
	return 0;
}

static int run_test(const struct test *test, struct scratch *scratch, struct session *session,
		    uint64_t later_bits)
{
	struct result result = session_result(session, test->name, -1, session->source->taken_bits);

	session->what = test->name;
	int64_t got = session_take(session, scratch->packed, test->bits);

	if (got < 0)
		return (int)got;
	if (got < test->bits)
		return session_short(session, &result, test->bits - (uint64_t)got, later_bits);
	return test->estimate ? run_predictor(test, scratch, session, &result)
			      : run_basic(test, scratch, session, &result);
}

int t_irn_run(struct session *session)
{
	struct scratch *scratch = malloc(sizeof(*scratch));
	uint64_t later_bits = T_IRN_BITS;
	int error = 0;

	if (!scratch)
		return -ENOMEM;
	for (unsigned i = 0; !error && i < TESTS; i++) {
		later_bits -= tests[i].bits;
		error = run_test(&tests[i], scratch, session, later_bits);
	}
	free(scratch);
	return error;
}
