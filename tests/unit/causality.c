/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of causality: the verdict on the twin's cell, on its faults, and on readings made for it.
 */
#include "firmware/twin/model.h"
#include "fuse-trng/health/causality.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed;

struct bench {
	struct model model;
	struct causality causality;
	uint16_t readings[CAUSALITY_READINGS];
	const char *why;
};

static struct bench *bench_open(const struct model_settings *settings)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	CU_ASSERT_FATAL(bench != NULL);
	model_init(&bench->model, seed++, settings);
	causality_init(&bench->causality);
	return bench;
}

static void measure(struct bench *bench, enum causality_phase phase)
{
	bool is_lit = phase != CAUSALITY_DARK;

	model_power(&bench->model, is_lit, is_lit && phase != CAUSALITY_STILL);
	for (unsigned i = 0; i < CAUSALITY_READINGS; i++)
		bench->readings[i] = model_read(&bench->model);
	model_power(&bench->model, false, false);
	causality_take(&bench->causality, phase, bench->readings);
}

/* Judges and ends @bench. */
static void expect(struct bench *bench, enum causality_verdict verdict, const char *why)
{
	enum causality_verdict got =
		causality_judge(&bench->causality, CAUSALITY_ALPHA, &bench->why);

	if (got != verdict || !strstr(bench->why, why))
		printf("\n  %s (%s), expected %s (%s)\n", causality_name(got), bench->why,
		       causality_name(verdict), why);
	CU_ASSERT_EQUAL(got, verdict);
	CU_ASSERT_PTR_NOT_NULL(strstr(bench->why, why));
	for (unsigned i = 0; i < 2 * CAUSALITY_READINGS; i++)
		CU_ASSERT_EQUAL(bench->causality.bright[i], 0);
	free(bench);
}

/*
 * The same, but a comparison that is nearly sure to be significant is not quite: one run in some
 * hundreds is inconclusive instead, three of ten are too many. @misses: so far.
 */
static void expect_mostly(struct bench *bench, enum causality_verdict verdict, const char *why,
			  unsigned *misses)
{
	struct causality causality = bench->causality;

	if (causality_judge(&causality, CAUSALITY_ALPHA, &bench->why) == CAUSALITY_INCONCLUSIVE &&
	    verdict != CAUSALITY_INCONCLUSIVE) {
		CU_ASSERT(++*misses <= 3);
		free(bench);
		return;
	}
	expect(bench, verdict, why);
}

static void measure_all(struct bench *bench)
{
	for (unsigned phase = 0; phase < CAUSALITY_PHASES; phase++)
		measure(bench, (enum causality_phase)phase);
}

/* ---- the twin's cell ---- */

static void healthy(void)
{
	for (unsigned i = 0; i < 200; i++) {
		struct bench *bench = bench_open(NULL);

		measure_all(bench);
		CU_ASSERT_DOUBLE_EQUAL(bench->causality.figures[CAUSALITY_BRIGHT].noise_lsb, 8.9,
				       1.5);
		CU_ASSERT(bench->causality.figures[CAUSALITY_STILL].noise_lsb < 0.6);
		CU_ASSERT_EQUAL(bench->causality.figures[CAUSALITY_DARK].level_lsb, 0);
		expect(bench, CAUSALITY_PROVEN, "light and fan");
	}
}

/* Symbols that pass every test: noise of the converter, up to 3 LSB. */
static void masked(void)
{
	for (unsigned i = 1; i <= 30; i++) {
		struct bench *bench = bench_open(NULL);

		model_set_fault(&bench->model, MODEL_FAN_OFF, i * 0.1);
		measure_all(bench);
		expect(bench, CAUSALITY_INCONCLUSIVE, "nothing moves");
	}
}

static void faults(void)
{
	static const struct {
		enum model_fault fault;
		double argument;
		enum causality_verdict verdict;
		const char *why;
	} rows[] = {
		{ MODEL_STUCK, 0, CAUSALITY_INCONCLUSIVE, "nothing moves" },
		{ MODEL_LAMP_OFF, 0, CAUSALITY_INCONCLUSIVE, "nothing moves" },
		{ MODEL_LAMP_ON, 0, CAUSALITY_CONTRADICTED, "the light makes no difference" },
		{ MODEL_FAN_ON, 0, CAUSALITY_CONTRADICTED, "move without the fan" },
		{ MODEL_FLICKER, 100, CAUSALITY_CONTRADICTED, "move without the fan" },
		/* Readings 8 ms apart see 5 Hz of it: little changes from one to the next. */
		{ MODEL_FLICKER, 120, CAUSALITY_INCONCLUSIVE, "nothing moves" },
		{ MODEL_FAN_OFF, 6, CAUSALITY_CONTRADICTED, "move without the fan" },
		{ MODEL_BIAS, 0.35, CAUSALITY_PROVEN, "light and fan" },
		{ MODEL_DRIFT, 300, CAUSALITY_PROVEN, "light and fan" },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned misses = 0;

		for (unsigned run = 0; run < 10; run++) {
			struct bench *bench = bench_open(NULL);

			model_set_fault(&bench->model, rows[i].fault, rows[i].argument);
			measure_all(bench);
			expect_mostly(bench, rows[i].verdict, rows[i].why, &misses);
		}
	}
}

/* Both pins without effect: it moves, and nothing that is switched changes it. */
static void deaf(void)
{
	struct bench *bench = bench_open(NULL);

	model_set_fault(&bench->model, MODEL_LAMP_ON, 0);
	model_set_fault(&bench->model, MODEL_FAN_ON, 0);
	measure_all(bench);
	expect(bench, CAUSALITY_CONTRADICTED, "the readings move");
}

/* Noise of the converter below half an LSB moves readings where the level is between two codes, and
 * not in the middle of one: that is no proof. */
static void rounding_proves_nothing(void)
{
	struct model_settings between = model_defaults(), middle;

	between.still_lsb = 0;
	between.level_lsb = 600.5;
	middle = between;
	middle.level_lsb = 600;
	for (unsigned i = 1; i <= 10; i++) {
		struct bench *bench = bench_open(&between);

		between.quiet_lsb = middle.quiet_lsb = i * 0.05;
		bench->model.settings = between;
		model_set_fault(&bench->model, MODEL_FAN_OFF, i * 0.05);
		measure_all(bench);
		bench->model.settings = middle;
		measure(bench, CAUSALITY_STILL);
		expect(bench, CAUSALITY_INCONCLUSIVE, "nothing moves");
	}
}

/* ---- readings made for it ---- */

/* Noise of @lsb around @level, not white: a part of each reading is the one before. */
static void make(struct bench *bench, enum causality_phase phase, double level, double lsb)
{
	struct model_settings settings = model_defaults();

	settings.level_lsb = level;
	settings.light_sigma_lsb = lsb;
	settings.noise_lsb = 0;
	model_init(&bench->model, seed++, &settings);
	model_power(&bench->model, true, true);
	for (unsigned i = 0; i < CAUSALITY_READINGS; i++)
		bench->readings[i] = model_read(&bench->model);
	causality_take(&bench->causality, phase, bench->readings);
}

static void make_all(struct bench *bench, double dark_level, double bright, double dark,
		     double still)
{
	make(bench, CAUSALITY_BRIGHT, 600, bright);
	make(bench, CAUSALITY_DARK, dark_level, dark);
	make(bench, CAUSALITY_STILL, 600, still);
	make(bench, CAUSALITY_AGAIN, 600, bright);
}

/* Half of the variance is a factor of 1.41. */
static void half_of_the_movement(void)
{
	static const struct {
		double dark_level, bright, dark, still;
		enum causality_verdict verdict;
		const char *why;
	} rows[] = {
		{ 200, 20, 9, 9, CAUSALITY_PROVEN, "" },
		{ 200, 20, 14.1, 9, CAUSALITY_INCONCLUSIVE, "too little" },
		{ 200, 20, 9, 14.1, CAUSALITY_INCONCLUSIVE, "too little" },
		{ 200, 20, 20, 9, CAUSALITY_CONTRADICTED, "in the dark" },
		{ 200, 20, 9, 20, CAUSALITY_CONTRADICTED, "without the fan" },
		{ 200, 20, 40, 1, CAUSALITY_CONTRADICTED, "in the dark" },
		{ 200, 0, 20, 0, CAUSALITY_CONTRADICTED, "in the dark" },
		{ 200, 1.6, 0, 0, CAUSALITY_PROVEN, "" },
		{ 200, 2, 2, 2, CAUSALITY_INCONCLUSIVE, "nothing moves" },
		{ 600, 20, 1, 1, CAUSALITY_CONTRADICTED, "no difference" },
		{ 616, 20, 1, 1, CAUSALITY_CONTRADICTED, "no difference" },
		{ 640, 20, 1, 1, CAUSALITY_CONTRADICTED, "brighter" },
		{ 640, 0, 0, 0, CAUSALITY_CONTRADICTED, "brighter" },
		{ 600, 0, 0, 0, CAUSALITY_INCONCLUSIVE, "nothing moves" },
		{ 600, 1.6, 0, 0, CAUSALITY_INCONCLUSIVE, "nothing moves" },
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned misses = 0;

		for (unsigned run = 0; run < 10; run++) {
			struct bench *bench = bench_open(NULL);

			make_all(bench, rows[i].dark_level, rows[i].bright, rows[i].dark,
				 rows[i].still);
			expect_mostly(bench, rows[i].verdict, rows[i].why, &misses);
		}
	}
}

/* A record that is played again is none, wherever it begins. */
static void records(void)
{
	struct bench *bench = bench_open(NULL);
	uint16_t again[CAUSALITY_READINGS];

	make_all(bench, 0, 12, 0, 0);
	memcpy(again, bench->causality.bright, sizeof(again));
	memcpy(again + 200, bench->causality.bright + 333, 150 * sizeof(again[0]));
	causality_take(&bench->causality, CAUSALITY_AGAIN, again);
	expect(bench, CAUSALITY_CONTRADICTED, "came twice");

	bench = bench_open(NULL);
	make_all(bench, 0, 12, 0, 0);
	/* One block of the second part alone, from an odd place of the first. */
	memcpy(bench->causality.bright + CAUSALITY_READINGS + 3 * CAUSALITY_BLOCK,
	       bench->causality.bright + 777, CAUSALITY_BLOCK * sizeof(again[0]));
	expect(bench, CAUSALITY_CONTRADICTED, "came twice");

	/* A light that is steady but for flashes may well look the same again. */
	bench = bench_open(NULL);
	make_all(bench, 0, 12, 0, 0);
	for (unsigned i = 0; i < CAUSALITY_READINGS; i++)
		again[i] = i % 20 ? 600 : 700;
	causality_take(&bench->causality, CAUSALITY_BRIGHT, again);
	causality_take(&bench->causality, CAUSALITY_AGAIN, again);
	expect(bench, CAUSALITY_PROVEN, "");
}

static void extremes(void)
{
	struct bench *bench = bench_open(NULL);

	for (unsigned phase = 0; phase < CAUSALITY_PHASES; phase++) {
		for (unsigned i = 0; i < CAUSALITY_READINGS; i++)
			bench->readings[i] = i % 2 ? 1023 : 0;
		causality_take(&bench->causality, (enum causality_phase)phase, bench->readings);
	}
	CU_ASSERT_DOUBLE_EQUAL(bench->causality.figures[CAUSALITY_DARK].noise_lsb, 723.37, 0.01);
	CU_ASSERT_DOUBLE_EQUAL(bench->causality.figures[CAUSALITY_DARK].level_lsb, 511.5, 0.01);
	expect(bench, CAUSALITY_CONTRADICTED, "in the dark");
}

static void without_readings(void)
{
	struct bench *bench = bench_open(NULL);

	expect(bench, CAUSALITY_SILENCED, "off silences");

	bench = bench_open(NULL);
	measure(bench, CAUSALITY_BRIGHT);
	expect(bench, CAUSALITY_INCONCLUSIVE, "ceased");

	bench = bench_open(NULL);
	causality_stray(&bench->causality);
	expect(bench, CAUSALITY_CONTRADICTED, "bytes came after off");

	bench = bench_open(NULL); /* whatever the readings say */
	measure_all(bench);
	causality_stray(&bench->causality);
	expect(bench, CAUSALITY_CONTRADICTED, "bytes came after off");
}

static const struct unit_test tests[] = {
	{ "healthy", healthy },
	{ "masked", masked },
	{ "faults", faults },
	{ "deaf", deaf },
	{ "rounding proves nothing", rounding_proves_nothing },
	{ "half of the movement", half_of_the_movement },
	{ "records", records },
	{ "extremes", extremes },
	{ "without readings", without_readings },
};

int main(void)
{
	seed = unit_seed();
	return unit_run("causality", tests, sizeof(tests) / sizeof(tests[0]));
}
