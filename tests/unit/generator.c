/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generator: the poorest source that may be configured seeds it; libcrypto that fails once is tried
 * again, and nothing else. */
#include "fuse-trng/fs/generator.h"

#include "tests/unit/machine_bed.h"
#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <openssl/evp.h>

#define RESEED_MS 300000
#define GRACE_MS  3600000

/* ---- in libcrypto's place ---- */

static bool is_broken;

int EVP_EncryptUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *len,
		      const unsigned char *in, int in_len)
{
	union { /* ISO C has no way from the one to the other */
		void *object;
		int (*call)(EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *, int);
	} function = { .object = dlsym(RTLD_NEXT, "EVP_EncryptUpdate") };

	return is_broken ? 0 : function.call(context, out, len, in, in_len);
}

/* ---- the bed ---- */

struct stage {
	struct bed *bed;
	struct queue queue;
	struct generator generator;
};

static void stage_open(struct stage *stage, double assessed_entropy)
{
	const struct generator_settings settings = { .reseed_ms = RESEED_MS, .grace_ms = GRACE_MS };

	*stage = (struct stage){ .bed = bed_open(5) };
	stage->bed->machine.settings.assessed_entropy = assessed_entropy;
	queue_init(&stage->queue, &stage->bed->machine.pool, &stage->bed->machine.ledger);
	CU_ASSERT_EQUAL_FATAL(
		generator_open(&stage->generator, &settings, &stage->bed->machine, &stage->queue),
		0);
}

static void stage_close(struct stage *stage)
{
	generator_close(&stage->generator);
	CU_ASSERT_EQUAL(stage->bed->machine.ledger.bytes[LEDGER_SET_ASIDE], 0);
	bed_close(stage->bed);
}

static bool serve(struct stage *stage)
{
	queue_serve(&stage->queue, stage->bed->now_ms);
	return generator_serve(&stage->generator, stage->bed->now_ms);
}

/* Good bytes until it is seeded, or has taken @most_bytes. Return: whether it is. */
static bool seed(struct stage *stage, uint64_t most_bytes)
{
	const struct ledger *ledger = &stage->bed->machine.ledger;

	while (!serve(stage)) {
		if (ledger->bytes[LEDGER_DRBG] >= most_bytes)
			return false;
		good_bytes(stage->bed, 100);
	}
	return true;
}

/* Somebody reads what is there. */
static void empty_pool(struct stage *stage)
{
	struct machine *machine = &stage->bed->machine;

	ledger_move(&machine->ledger, LEDGER_POOL, LEDGER_RANDOM, machine->pool.len_bytes);
	pool_wipe(&machine->pool);
}

/* Whether the loop may sleep. */
static bool may_sleep(const struct stage *stage)
{
	return generator_deadline_ms(&stage->generator) > stage->bed->now_ms;
}

/* ---- tests ---- */

static void seeds_of_any_assessment(void)
{
	static const double assessed[] = { 1.9, 1, 0.1, 0.01, 0.001, 0.00025 };
	struct stage stage;

	for (size_t i = 0; i < sizeof(assessed) / sizeof(assessed[0]); i++) {
		stage_open(&stage, assessed[i]);
		to_running(stage.bed);
		CU_ASSERT(seed(&stage, 1));
		CU_ASSERT_EQUAL(stage.generator.seeds, 1);
		CU_ASSERT_EQUAL(stage.bed->machine.ledger.bytes[LEDGER_DRBG],
				machine_bytes_holding(&stage.bed->machine, DRBG_INSTANTIATE_BITS));
		CU_ASSERT_EQUAL(generator_error(&stage.generator), 0);
		stage_close(&stage);
	}
}

/* A second later it takes another seed; until that is whole there is nothing to do. */
static void failure_is_tried_again(void)
{
	struct stage stage;

	stage_open(&stage, 1);
	to_running(stage.bed);
	is_broken = true;
	CU_ASSERT_FALSE(seed(&stage, 1));
	is_broken = false;
	CU_ASSERT_EQUAL(generator_error(&stage.generator), -EAGAIN);
	CU_ASSERT_EQUAL(generator_deadline_ms(&stage.generator), stage.bed->now_ms + 1000);
	empty_pool(&stage);
	stage.bed->now_ms += 1000;
	CU_ASSERT_FALSE(serve(&stage));
	CU_ASSERT(may_sleep(&stage));
	CU_ASSERT(seed(&stage, UINT64_MAX));
	CU_ASSERT_EQUAL(stage.generator.seeds, 1);
	stage_close(&stage);
}

/* Without a source there is nothing to try again. */
static void failure_before_the_end(void)
{
	struct stage stage;

	stage_open(&stage, 1);
	to_running(stage.bed);
	is_broken = true;
	CU_ASSERT_FALSE(seed(&stage, 1));
	is_broken = false;
	CU_ASSERT_EQUAL(command(stage.bed, MACHINE_SHUTDOWN), MACHINE_PENDING);
	generator_changed(&stage.generator, stage.bed->now_ms);
	for (int i = 0; i < 3; i++) {
		stage.bed->now_ms += 1000;
		CU_ASSERT_FALSE(serve(&stage));
		CU_ASSERT(may_sleep(&stage));
	}
	stage_close(&stage);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "seeds of any assessment", seeds_of_any_assessment },
		{ "failure is tried again", failure_is_tried_again },
		{ "failure before the end", failure_before_the_end },
	};

	srandom((unsigned)unit_seed());
	return unit_run("generator", tests, sizeof(tests) / sizeof(tests[0]));
}
