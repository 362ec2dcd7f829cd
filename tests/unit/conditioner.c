/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conditioner - block sizes, digests, and what leaves it by the standard's formula. */
#include "fuse-trng/source/conditioner.h"

#include "evaluate/sp800_90b/assess.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

static void takes_what_holds_320_bits(void)
{
	static const struct {
		double bits_byte;
		size_t input_bytes;
	} known[] = {
		{ 8, 40 }, { 7.6, 43 }, { 4, 80 }, { 3.2, 100 }, { 1, 320 }, { 0.004, 80000 }
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct conditioner conditioner;

		CU_ASSERT_EQUAL_FATAL(conditioner_open(&conditioner, known[i].bits_byte), 0);
		CU_ASSERT_EQUAL(conditioner.input_bytes, known[i].input_bytes);
		conditioner_close(&conditioner);
	}
}

static void refuses_what_is_no_entropy(void)
{
	static const double wrong[] = { 0, -1, 8.001, NAN, INFINITY };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct conditioner conditioner;

		CU_ASSERT_EQUAL(conditioner_open(&conditioner, wrong[i]), -EINVAL);
		conditioner_close(&conditioner);
	}
}

/* However the bytes come, the digests are those of consecutive blocks; nothing stays behind. */
static void digests_consecutive_blocks(void)
{
	uint8_t stream[4000], out[CONDITIONER_OUTPUT_BYTES], wanted[CONDITIONER_OUTPUT_BYTES];
	struct conditioner conditioner;
	size_t at = 0, block = 0, len;

	for (size_t i = 0; i < sizeof(stream); i++)
		stream[i] = (uint8_t)(random() >> 7);
	CU_ASSERT_EQUAL_FATAL(conditioner_open(&conditioner, 4), 0);
	while (at < sizeof(stream)) {
		len = (size_t)random() % 200;
		len = len < sizeof(stream) - at ? len : sizeof(stream) - at;
		at += conditioner_take(&conditioner, stream + at, len);
		if (conditioner.len_bytes < conditioner.input_bytes) {
			CU_ASSERT_EQUAL(conditioner_finish(&conditioner, out), -EAGAIN);
			continue;
		}
		CU_ASSERT_EQUAL(conditioner_finish(&conditioner, out), 0);
		SHA256(stream + block, conditioner.input_bytes, wanted);
		CU_ASSERT_EQUAL(memcmp(out, wanted, sizeof(out)), 0);
		CU_ASSERT_EQUAL(conditioner.len_bytes, 0);
		for (size_t i = 0; i < conditioner.input_bytes; i++)
			CU_ASSERT_EQUAL(conditioner.block[i], 0);
		block += conditioner.input_bytes;
	}
	CU_ASSERT_EQUAL(block, sizeof(stream));
	conditioner_close(&conditioner);
}

static void foretells_what_must_come_in(void)
{
	struct conditioner conditioner;

	CU_ASSERT_EQUAL_FATAL(conditioner_open(&conditioner, 4), 0);
	CU_ASSERT_EQUAL(conditioner_needed_bytes(&conditioner, 0), 0);
	CU_ASSERT_EQUAL(conditioner_needed_bytes(&conditioner, 1), 80);
	CU_ASSERT_EQUAL(conditioner_needed_bytes(&conditioner, 32), 80);
	CU_ASSERT_EQUAL(conditioner_needed_bytes(&conditioner, 33), 160);
	conditioner_close(&conditioner);
}

/* The evaluation has the same formula for any parameters. */
static void gives_what_the_evaluation_says(void)
{
	for (int run = 0; run < 200; run++) {
		double bits_byte = (double)(random() % 8000 + 1) / 1000;
		struct conditioning wanted = { .n_out_bits = 256,
					       .nw_bits = 256,
					       .is_vetted = true };
		struct conditioner conditioner;

		CU_ASSERT_EQUAL_FATAL(conditioner_open(&conditioner, bits_byte), 0);
		wanted.n_in_bits = 8 * conditioner.input_bytes;
		wanted.h_in_bits = bits_byte * (double)conditioner.input_bytes;
		CU_ASSERT_EQUAL(conditioning_assess(&wanted), 0);
		CU_ASSERT_DOUBLE_EQUAL(conditioner_output_bits(&conditioner), wanted.h_out_bits,
				       1e-12);
		CU_ASSERT(conditioner_output_bits(&conditioner) > 255.999);
		conditioner_close(&conditioner);
	}
}

static const struct unit_test tests[] = {
	{ "takes what holds 320 bits", takes_what_holds_320_bits },
	{ "refuses what is no entropy", refuses_what_is_no_entropy },
	{ "digests consecutive blocks", digests_consecutive_blocks },
	{ "foretells what must come in", foretells_what_must_come_in },
	{ "gives what the evaluation says", gives_what_the_evaluation_says },
};

int main(void)
{
	srandom((unsigned)unit_seed());
	return unit_run("conditioner", tests, sizeof(tests) / sizeof(tests[0]));
}
