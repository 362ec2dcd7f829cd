/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources that end or fail anywhere, and slow ones: what is known is told before more is read. */
#include "evaluate/ais31/ais31.h"

#include "tests/unit/ais31_bed.h"
#include "tests/unit/unit.h"

#include <omp.h>

#define BYTES 1100000 /* T0, then T1 to T5 on 257 blocks; all of B */

static uint8_t data[BYTES];

static void fill(void)
{
	uint64_t state = 12;

	for (unsigned i = 0; i < BYTES; i++)
		data[i] = (uint8_t)bed_random(&state);
}

static int run_with(struct player *player, enum ais31_procedure procedure, unsigned width,
		    struct told *told, struct ais31_verdict *verdict)
{
	struct source source = { .read = player_read, .ctx = player };
	struct audience audience = { told_result, NULL, told };

	*verdict = (struct ais31_verdict){ .runs = 77 };
	return ais31_run(procedure, width, &source, &audience, verdict);
}

/* An error anywhere is handed on, what was known before is told, the verdict is left alone. */
static void hands_errors_on(void)
{
	static const enum ais31_procedure procedures[] = {
		AIS31_T0, AIS31_T1, AIS31_T2, AIS31_T3, AIS31_T4, AIS31_T5,
		AIS31_T6, AIS31_T7, AIS31_T8, AIS31_A,  AIS31_B,
	};
	static const size_t places[] = {
		0, 1, 2500, 12500, 100000, 393216, 393217, 500000, 800000
	};
	uint64_t tests = 0;

	for (unsigned i = 0; i < sizeof(procedures) / sizeof(procedures[0]); i++)
		for (unsigned k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
			struct player player = { { data, BYTES, 0 },
						 places[k],
						 k % 2 ? -EIO : -ENODEV };
			struct ais31_verdict verdict;
			struct told told = { 0 };

			CU_ASSERT_EQUAL(
				run_with(&player, procedures[i], 1 + k % 3, &told, &verdict),
				player.error);
			CU_ASSERT_EQUAL(verdict.runs, 77);
			tests += told.count;
			for (size_t j = 0; j < told.count; j++)
				CU_ASSERT(told.result[j].outcome == OUTCOME_PASS ||
					  told.result[j].outcome == OUTCOME_FAIL);
			told_free(&told);
		}
	CU_ASSERT(tests > 1000);
	/* Up to the error every whole block is told. */
	struct player player = { { data, BYTES, 0 }, 10000, -EIO };
	struct ais31_verdict verdict;
	struct told told = { 0 };

	CU_ASSERT_EQUAL(run_with(&player, AIS31_T1, 1, &told, &verdict), -EIO);
	CU_ASSERT(told.count >= 3 && told.count <= 4); /* the last piece read may be larger */
	told_free(&told);
}

/* An end anywhere: a verdict, used_bits is all there was, and what it needs is more than nothing.
 */
static void ends_anywhere(void)
{
	static const size_t sizes[] = { 0,      1,      7,      2499,   2500,   2501,
					12499,  12500,  12501,  62500,  258559, 258560,
					393215, 393216, 393217, 395715, 395716, 650000 };

	for (enum ais31_procedure procedure = AIS31_T0; procedure <= AIS31_B; procedure++)
		for (unsigned k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			const unsigned width = k % 2 ? 1 : 5;
			struct player player = { { data, sizes[k], 0 }, 0, 0 };
			const uint64_t needs = ais31_needs_bits(procedure, width);
			struct ais31_verdict verdict;
			struct told told = { 0 };

			CU_ASSERT_EQUAL(run_with(&player, procedure, width, &told, &verdict), 0);
			CU_ASSERT_EQUAL(verdict.used_bits, 8 * sizes[k]);
			if (verdict.outcome == OUTCOME_SHORT) {
				CU_ASSERT(verdict.needs_bits > 0);
				CU_ASSERT_EQUAL(told.result[told.count - 1].outcome, OUTCOME_SHORT);
			} else {
				CU_ASSERT(8 * sizes[k] >= needs);
			}
			if (8 * sizes[k] < needs)
				CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_SHORT);
			CU_ASSERT_EQUAL(verdict.runs, 1);
			told_free(&told);
		}
}

/* --- a slow one ---------------------------------------------------------------------------- */

struct slow {
	struct memory_source memory;
	const struct told *told;
	size_t told_before[8]; /* results that were told before byte 2500 * i was read */
};

/* Each block's first byte takes longer than what the tests wait for to fill a batch. */
static ssize_t slow_read(void *ctx, void *into, size_t size_bytes)
{
	struct slow *slow = ctx;
	struct player player = { slow->memory, 0, 0 };
	size_t block = slow->memory.at / 2500;

	if (slow->memory.at % 2500 == 0 && block < 8) {
		double began_s = omp_get_wtime();

		slow->told_before[block] = slow->told->count;
		while (omp_get_wtime() - began_s < 0.11)
			;
	}
	ssize_t got = player_read(&player, into, size_bytes);

	slow->memory = player.memory;
	return got;
}

static void tells_each_block_of_a_slow_source(void)
{
	struct told told = { 0 };
	struct slow slow = { { data, 4 * 2500, 0 }, &told, { 0 } };
	struct source source = { .read = slow_read, .ctx = &slow };
	struct audience audience = { told_result, told_progress, &told };
	struct ais31_verdict verdict;

	CU_ASSERT_EQUAL(ais31_run(AIS31_T5, 1, &source, &audience, &verdict), 0);
	CU_ASSERT_EQUAL(verdict.tests, 4);
	for (unsigned i = 0; i <= 4; i++)
		CU_ASSERT_EQUAL(slow.told_before[i], i);
	CU_ASSERT(told.progress >= 4);
	told_free(&told);
}

/* T0 and the steps of B are told when their last bit is there, not when more was read. */
static void reads_nothing_before_it_tells(void)
{
	struct player player = { { data, BYTES, 0 }, 0, 0 };
	struct source source = { .read = player_read, .ctx = &player };
	struct told told = { .source = &source };
	struct audience audience = { told_result, NULL, &told };
	struct ais31_verdict verdict;

	CU_ASSERT_EQUAL(ais31_run(AIS31_A, 1, &source, &audience, &verdict), 0);
	CU_ASSERT_EQUAL(verdict.outcome, OUTCOME_PASS);
	CU_ASSERT_EQUAL(told.taken_bits[0], 3145728);
	CU_ASSERT_EQUAL(player.memory.at, 1035716);
	told_free(&told);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "hands errors on", hands_errors_on },
		{ "ends anywhere", ends_anywhere },
		{ "tells each block of a slow source", tells_each_block_of_a_slow_source },
		{ "reads nothing before it tells", reads_nothing_before_it_tells },
	};

	fill();
	return unit_run("ais31_source", tests, sizeof(tests) / sizeof(tests[0]));
}
