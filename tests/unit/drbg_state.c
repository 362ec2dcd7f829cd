/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drbg - from within: every byte of its state counts, V wraps around, requests have an end. */
#include "fuse-trng/source/drbg.c" /* for its state; in the library's place */

#include "tests/unit/drbg_naive.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

#define OUT_BYTES 80

static struct drbg *seeded(void)
{
	uint8_t seed[DRBG_SEED_BYTES];
	struct drbg *drbg = NULL;

	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)random();
	CU_ASSERT_FATAL(drbg_open(&drbg, true) == 0);
	CU_ASSERT(drbg_instantiate(drbg, seed, sizeof(seed), NULL, 0) == 0);
	return drbg;
}

static void set_state(struct drbg *drbg, const uint8_t *state)
{
	memcpy(drbg->state, state, sizeof(drbg->state));
	CU_ASSERT(stand(drbg) == 0);
}

static void generate(struct drbg *drbg, uint8_t *out, size_t len)
{
	memset(out, 0, len);
	CU_ASSERT(drbg_generate(drbg, out, len, NULL, 0) == 0);
}

static size_t equal_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += a[i] == b[i];
	return count;
}

/* One bit of any byte makes another output and another state. */
static void every_byte_counts(void)
{
	uint8_t state[DRBG_SEED_BYTES], after[DRBG_SEED_BYTES];
	uint8_t out[OUT_BYTES], expected[OUT_BYTES];
	struct drbg *drbg = seeded();

	memcpy(state, drbg->state, sizeof(state));
	generate(drbg, expected, sizeof(expected));
	memcpy(after, drbg->state, sizeof(after));
	for (size_t i = 0; i < sizeof(state); i++) {
		state[i] ^= (uint8_t)(1u << i % 8);
		set_state(drbg, state);
		generate(drbg, out, sizeof(out));
		/* Of the last byte it is the top bit: V moves by more than is asked for. */
		CU_ASSERT(equal_bytes(out, expected, sizeof(out)) < OUT_BYTES / 4);
		CU_ASSERT(equal_bytes(drbg->state, after, sizeof(after)) < 16);
		state[i] ^= (uint8_t)(1u << i % 8);
	}
	set_state(drbg, state);
	generate(drbg, out, sizeof(out));
	CU_ASSERT(memcmp(out, expected, sizeof(out)) == 0);
	drbg_close(drbg);
}

/* V ends in so many bytes of 0xff, the last of them @below less: it carries within the request. */
static void carry(struct drbg *drbg, size_t ones, uint8_t below, size_t len)
{
	static uint8_t out[DRBG_REQUEST_BYTES], expected[DRBG_REQUEST_BYTES];
	struct naive naive = { .has_df = true };
	uint8_t state[DRBG_SEED_BYTES];

	memcpy(state, drbg->state, sizeof(state));
	memset(state + sizeof(state) - ones, 0xff, ones);
	state[sizeof(state) - 1] = (uint8_t)(0xff - below);
	memcpy(naive.key, state, sizeof(naive.key));
	memcpy(naive.v, state + sizeof(naive.key), sizeof(naive.v));
	set_state(drbg, state);
	for (int i = 0; i < 2; i++) {
		generate(drbg, out, len);
		naive_generate(&naive, expected, len, (struct bytes){ 0 });
		CU_ASSERT(memcmp(out, expected, len) == 0);
	}
	CU_ASSERT(memcmp(drbg->state, naive.key, sizeof(naive.key)) == 0);
	CU_ASSERT(memcmp(drbg->state + sizeof(naive.key), naive.v, sizeof(naive.v)) == 0);
}

static void v_wraps_around(void)
{
	static const size_t lengths[] = { 0, 1, 16, 31, 48, 129, 4096, 65535, 65536 };
	struct drbg *drbg;

	srandom((unsigned)unit_seed());
	drbg = seeded();
	for (size_t ones = 1; ones <= CIPHER_BLOCK_BYTES; ones++) {
		for (uint8_t below = 0; below < 5; below++) {
			carry(drbg, ones, below, lengths[(ones + below) % 9]);
			carry(drbg, ones, below, 16u * below);
		}
	}
	drbg_close(drbg);
}

static void requests_have_an_end(void)
{
	static const uint8_t fresh[DRBG_RESEED_BITS / 8], zero[OUT_BYTES];
	uint8_t state[DRBG_SEED_BYTES], out[OUT_BYTES] = { 0 };
	struct drbg *drbg = seeded();

	CU_ASSERT(drbg->requests == 0);
	drbg->requests = DRBG_REQUESTS_MAX - 1;
	CU_ASSERT(drbg_is_seeded(drbg));
	generate(drbg, out, sizeof(out));
	CU_ASSERT(!drbg_is_seeded(drbg));
	memset(out, 0, sizeof(out));
	memcpy(state, drbg->state, sizeof(state));
	CU_ASSERT(drbg_generate(drbg, out, sizeof(out), NULL, 0) == -EAGAIN);
	CU_ASSERT(memcmp(out, zero, sizeof(out)) == 0);
	CU_ASSERT(memcmp(state, drbg->state, sizeof(state)) == 0);
	CU_ASSERT(drbg_reseed(drbg, fresh, sizeof(fresh), NULL, 0) == 0);
	CU_ASSERT(drbg->requests == 0 && drbg_is_seeded(drbg));
	generate(drbg, out, sizeof(out));
	CU_ASSERT(drbg->requests == 1);
	CU_ASSERT(drbg_generate(drbg, out, DRBG_REQUEST_BYTES + 1, NULL, 0) == -EINVAL);
	CU_ASSERT(drbg->requests == 1);
	drbg_close(drbg);
}

/* A call leaves nothing but the state. */
static void nothing_else_stays(void)
{
	static const uint8_t zero[DRBG_SEED_BYTES];
	uint8_t more[100], out[OUT_BYTES] = { 0 };
	struct drbg *drbg = seeded();

	memset(more, 0x5a, sizeof(more));
	CU_ASSERT(memcmp(drbg->input, zero, sizeof(drbg->input)) == 0);
	CU_ASSERT(memcmp(drbg->block, zero, sizeof(drbg->block)) == 0);
	CU_ASSERT(drbg_generate(drbg, out, 77, more, sizeof(more)) == 0);
	CU_ASSERT(memcmp(drbg->input, zero, sizeof(drbg->input)) == 0);
	CU_ASSERT(memcmp(drbg->block, zero, sizeof(drbg->block)) == 0);
	drbg_forget(drbg);
	CU_ASSERT(memcmp(drbg->state, zero, sizeof(drbg->state)) == 0);
	drbg_close(drbg);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "every byte of the state counts", every_byte_counts },
		{ "V wraps around", v_wraps_around },
		{ "requests have an end", requests_have_an_end },
		{ "nothing else stays", nothing_else_stays },
	};

	return unit_run("drbg_state", tests, sizeof(tests) / sizeof(tests[0]));
}
