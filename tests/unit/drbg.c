/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drbg - NIST's known answers, a naive CTR_DRBG beside it, and what it refuses. */
#include "fuse-trng/source/drbg.h"
#include "tests/unit/drbg_naive.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTORS       240
#define VECTOR_BYTES  256 /* more than the longest field has */
#define RETURNED      64  /* bytes of each call in the vectors */
#define SEQUENCES     24
#define CALLS         12 /* of each sequence */
#define FIELDS        9
#define RANDOM_INPUTS 200

enum field { MODE, ENTROPY, NONCE, PERSONAL, FRESH, FRESH_MORE, FIRST_MORE, SECOND_MORE, EXPECTED };

struct vector {
	uint8_t bytes[FIELDS][VECTOR_BYTES];
	size_t len[FIELDS];
	bool has_df;
};

static bool is_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

/* ---- known answers ---- */

static size_t parse_hex(const char *text, uint8_t *out)
{
	size_t len = 0;
	unsigned byte;

	for (; strcmp(text, "-") != 0 && len < VECTOR_BYTES && sscanf(text, "%2x", &byte) == 1;
	     text += 2)
		out[len++] = (uint8_t)byte;
	return len;
}

static bool parse(char *line, struct vector *vector)
{
	char *rest = line, *word;

	memset(vector, 0, sizeof(*vector));
	for (int i = 0; i < FIELDS; i++) {
		word = strsep(&rest, " \n");
		if (!word)
			return false;
		if (i == MODE)
			vector->has_df = strcmp(word, "df") == 0;
		else
			vector->len[i] = parse_hex(word, vector->bytes[i]);
	}
	return vector->len[EXPECTED] == RETURNED;
}

static int generate(struct drbg *drbg, const struct vector *vector, enum field more, uint8_t *out)
{
	memset(out, 0, RETURNED);
	return drbg_generate(drbg, out, RETURNED, vector->bytes[more], vector->len[more]);
}

static void answer(const struct vector *vector)
{
	uint8_t seed[2 * VECTOR_BYTES], out[RETURNED];
	size_t len = vector->len[ENTROPY];
	struct drbg *drbg;

	CU_ASSERT_EQUAL_FATAL(drbg_open(&drbg, vector->has_df), 0);
	memcpy(seed, vector->bytes[ENTROPY], len);
	memcpy(seed + len, vector->bytes[NONCE], vector->len[NONCE]);
	CU_ASSERT_EQUAL(drbg_instantiate(drbg, seed, len + vector->len[NONCE],
					 vector->bytes[PERSONAL], vector->len[PERSONAL]),
			0);
	if (vector->len[FRESH])
		CU_ASSERT_EQUAL(drbg_reseed(drbg, vector->bytes[FRESH], vector->len[FRESH],
					    vector->bytes[FRESH_MORE], vector->len[FRESH_MORE]),
				0);
	CU_ASSERT_EQUAL(generate(drbg, vector, FIRST_MORE, out), 0);
	CU_ASSERT_EQUAL(generate(drbg, vector, SECOND_MORE, out), 0);
	CU_ASSERT(memcmp(out, vector->bytes[EXPECTED], RETURNED) == 0);
	drbg_close(drbg);
}

static void known_answers(void)
{
	FILE *file = fopen("tests/unit/data/drbg.txt", "r"); /* from the root of the tree */
	int count = 0, with_df = 0, reseeded = 0;
	struct vector vector;
	char line[2048];

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#')
			continue;
		CU_ASSERT_FATAL(parse(line, &vector));
		answer(&vector);
		count++;
		with_df += vector.has_df;
		reseeded += vector.len[FRESH] > 0;
	}
	fclose(file);
	CU_ASSERT_EQUAL(count, VECTORS);
	CU_ASSERT_EQUAL(with_df, VECTORS / 2);
	CU_ASSERT_EQUAL(reseeded, VECTORS / 2);
}

static void self_test(void)
{
	CU_ASSERT_EQUAL(drbg_self_test(), 0);
}

/* ---- beside the naive one ---- */

struct pair {
	struct drbg *drbg;
	struct naive naive;
	uint8_t input[2][RANDOM_INPUTS + NAIVE_SEED];
	uint8_t out[DRBG_REQUEST_BYTES];
	uint8_t expected[DRBG_REQUEST_BYTES];
};

static size_t below(size_t count)
{
	return (size_t)random() % count;
}

/* Random input @index of @least bytes, or some more. */
static struct bytes draw(struct pair *pair, int index, size_t least)
{
	size_t most = pair->naive.has_df ? RANDOM_INPUTS : NAIVE_SEED;
	struct bytes bytes = { pair->input[index], least + below(most - least + 1) };

	for (size_t i = 0; i < bytes.len; i++)
		pair->input[index][i] = (uint8_t)random();
	return bytes;
}

static void pair_seed(struct pair *pair, bool is_first)
{
	struct bytes entropy = draw(pair, 0, NAIVE_SEED), more = draw(pair, 1, 0);

	if (is_first) {
		CU_ASSERT_EQUAL(
			drbg_instantiate(pair->drbg, entropy.at, entropy.len, more.at, more.len),
			0);
		naive_instantiate(&pair->naive, entropy, more);
	} else {
		CU_ASSERT_EQUAL(drbg_reseed(pair->drbg, entropy.at, entropy.len, more.at, more.len),
				0);
		naive_reseed(&pair->naive, entropy, more);
	}
}

static void pair_generate(struct pair *pair, size_t len)
{
	struct bytes more = below(2) ? draw(pair, 0, 0) : (struct bytes){ 0 };

	memset(pair->out, 0, sizeof(pair->out));
	CU_ASSERT_EQUAL(drbg_generate(pair->drbg, pair->out, len, more.at, more.len), 0);
	naive_generate(&pair->naive, pair->expected, len, more);
	CU_ASSERT(memcmp(pair->out, pair->expected, len) == 0);
	CU_ASSERT(is_zero(pair->out + len, sizeof(pair->out) - len));
}

/* Short ones, odd ones, and all up to the most. */
static size_t draw_length(void)
{
	static const size_t edges[] = {
		0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 4095, 4096, 65519, 65520, 65521, 65535, 65536,
	};

	switch (below(3)) {
	case 0:
		return edges[below(sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return below(300);
	default:
		return below(DRBG_REQUEST_BYTES + 1);
	}
}

static void as_the_naive_one(void)
{
	struct pair *pair = malloc(sizeof(*pair));

	CU_ASSERT_PTR_NOT_NULL_FATAL(pair);
	srandom((unsigned)unit_seed());
	for (int i = 0; i < SEQUENCES; i++) {
		pair->naive.has_df = i % 2;
		CU_ASSERT_EQUAL_FATAL(drbg_open(&pair->drbg, pair->naive.has_df), 0);
		for (int call = 0; call < CALLS; call++) {
			if (call == 0 || below(5) == 0)
				pair_seed(pair, call == 0);
			pair_generate(pair, draw_length());
		}
		drbg_close(pair->drbg);
	}
	free(pair);
}

/* The longest inputs that it takes. */
static void long_inputs(void)
{
	static uint8_t input[DRBG_INPUT_BYTES], out[RETURNED], expected[RETURNED];
	struct bytes all = { input, sizeof(input) };
	struct naive naive = { .has_df = true };
	struct drbg *drbg;

	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (uint8_t)(i * i >> 3);
	memset(out, 0, sizeof(out));
	CU_ASSERT_EQUAL_FATAL(drbg_open(&drbg, true), 0);
	CU_ASSERT_EQUAL(drbg_instantiate(drbg, input, sizeof(input), input, sizeof(input)), 0);
	CU_ASSERT_EQUAL(drbg_reseed(drbg, input, sizeof(input), input, sizeof(input)), 0);
	CU_ASSERT_EQUAL(drbg_generate(drbg, out, sizeof(out), input, sizeof(input)), 0);
	naive_instantiate(&naive, all, all);
	naive_reseed(&naive, all, all);
	naive_generate(&naive, expected, sizeof(expected), all);
	CU_ASSERT(memcmp(out, expected, sizeof(out)) == 0);
	drbg_close(drbg);
}

/* ---- what it refuses ---- */

static void refused(bool has_df, int ret, size_t entropy, size_t more)
{
	static const uint8_t input[DRBG_INPUT_BYTES + 1];
	struct drbg *drbg;

	CU_ASSERT_EQUAL_FATAL(drbg_open(&drbg, has_df), 0);
	CU_ASSERT_EQUAL(drbg_instantiate(drbg, input, entropy, input, more), ret);
	CU_ASSERT_EQUAL(drbg_is_seeded(drbg), ret == 0);
	CU_ASSERT_EQUAL(drbg_instantiate(drbg, input, NAIVE_SEED, NULL, 0), 0);
	/* What is refused leaves the seed that is there. */
	CU_ASSERT_EQUAL(drbg_instantiate(drbg, input, entropy, input, more), ret);
	CU_ASSERT(drbg_is_seeded(drbg));
	if (entropy >= NAIVE_SEED || entropy < DRBG_RESEED_BITS / 8 || !has_df)
		CU_ASSERT_EQUAL(drbg_reseed(drbg, input, entropy, input, more), ret);
	CU_ASSERT(drbg_is_seeded(drbg));
	drbg_close(drbg);
}

static void lengths(void)
{
	refused(true, 0, 48, 0);
	refused(true, -EINVAL, 47, 0);
	refused(true, -EINVAL, 31, 48);
	refused(true, -EINVAL, 0, 0);
	refused(true, 0, DRBG_INPUT_BYTES, DRBG_INPUT_BYTES);
	refused(true, -EINVAL, DRBG_INPUT_BYTES + 1, 0);
	refused(true, -EINVAL, 48, DRBG_INPUT_BYTES + 1);
	refused(true, -EINVAL, SIZE_MAX, 0);
	refused(true, -EINVAL, 48, SIZE_MAX);
	refused(false, 0, 48, 0);
	refused(false, 0, 48, 48);
	refused(false, -EINVAL, 47, 0);
	refused(false, -EINVAL, 49, 0);
	refused(false, -EINVAL, 0, 48);
	refused(false, -EINVAL, 48, 49);
}

static void reseed_lengths(void)
{
	static const uint8_t input[NAIVE_SEED];
	struct drbg *drbg;

	CU_ASSERT_EQUAL_FATAL(drbg_open(&drbg, true), 0);
	CU_ASSERT_EQUAL(drbg_reseed(drbg, input, 32, NULL, 0), -EINVAL);
	CU_ASSERT(!drbg_is_seeded(drbg));
	CU_ASSERT_EQUAL(drbg_instantiate(drbg, input, 48, NULL, 0), 0);
	CU_ASSERT_EQUAL(drbg_reseed(drbg, input, 32, NULL, 0), 0);
	CU_ASSERT_EQUAL(drbg_reseed(drbg, input, 31, NULL, 0), -EINVAL);
	drbg_close(drbg);
}

static void requests(void)
{
	static const uint8_t input[DRBG_INPUT_BYTES + 1];
	static uint8_t out[DRBG_REQUEST_BYTES + 1];
	struct drbg *drbg;

	memset(out, 0, sizeof(out));
	CU_ASSERT_EQUAL_FATAL(drbg_open(&drbg, true), 0);
	CU_ASSERT_EQUAL(drbg_generate(drbg, out, 16, NULL, 0), -ENODATA);
	CU_ASSERT_EQUAL(drbg_instantiate(drbg, input, 48, NULL, 0), 0);
	CU_ASSERT_EQUAL(drbg_generate(drbg, out, sizeof(out), NULL, 0), -EINVAL);
	CU_ASSERT_EQUAL(drbg_generate(drbg, out, SIZE_MAX, NULL, 0), -EINVAL);
	CU_ASSERT_EQUAL(drbg_generate(drbg, out, 16, input, sizeof(input)), -EINVAL);
	CU_ASSERT(is_zero(out, sizeof(out)));
	CU_ASSERT(drbg_is_seeded(drbg));
	drbg_forget(drbg);
	CU_ASSERT(!drbg_is_seeded(drbg));
	CU_ASSERT_EQUAL(drbg_generate(drbg, out, 16, NULL, 0), -ENODATA);
	CU_ASSERT(is_zero(out, sizeof(out)));
	CU_ASSERT_EQUAL(drbg_reseed(drbg, input, 48, NULL, 0), -EINVAL);
	drbg_close(drbg);
	drbg_close(NULL);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "self-test",
		  self_test }, /* first: it opens before anything else uses libcrypto */
		{ "NIST's known answers", known_answers },
		{ "as a naive one", as_the_naive_one },
		{ "long inputs", long_inputs },
		{ "lengths of inputs", lengths },
		{ "lengths of reseeding", reseed_lengths },
		{ "requests", requests },
	};

	return unit_run("drbg", tests, sizeof(tests) / sizeof(tests[0]));
}
