/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generator: the poorest source that may be configured seeds it. */
#include "fuse-trng/fs/generator.h"

#include "tests/unit/machine_bed.h"
#include "tests/unit/unit.h"

#define RESEED_MS 300000
#define GRACE_MS  3600000

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

int main(void)
{
	static const struct unit_test tests[] = {
		{ "seeds of any assessment", seeds_of_any_assessment },
	};

	srandom((unsigned)unit_seed());
	return unit_run("generator", tests, sizeof(tests) / sizeof(tests[0]));
}
