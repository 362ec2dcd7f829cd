/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How often the causality test gives which verdict: on the twin's cell and its faults, on cells in
 * which ever more of the movement is the converter's, and at the limit of what is allowed, where
 * its errors are counted. Prints the tables of docs/HEALTH.md. Argument: another number of runs.
 * SEED: the first seed.
 */
#include "common/parse.h"
#include "firmware/twin/model.h"
#include "fuse-trng/health/causality.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define RUNS         2000u
#define RAISED_ALPHA 0x1p-6

static uint64_t seed = 1;
static bool is_failed;

/* What the ADC sees in one phase. */
struct light {
	double level_lsb, sigma_lsb, tau_ms, noise_lsb;
};

static void measure(struct causality *causality, enum causality_phase phase,
		    const struct light *light)
{
	struct model_settings settings = model_defaults();
	uint16_t readings[CAUSALITY_READINGS];
	struct model model;

	settings.level_lsb = light->level_lsb;
	settings.light_sigma_lsb = light->sigma_lsb;
	settings.light_tau_ms = light->tau_ms;
	settings.noise_lsb = light->noise_lsb;
	model_init(&model, seed++, &settings);
	model_power(&model, true, true);
	for (unsigned i = 0; i < CAUSALITY_READINGS; i++)
		readings[i] = model_read(&model);
	causality_take(causality, phase, readings);
}

static void measure_fault(struct causality *causality, enum causality_phase phase,
			  struct model *model)
{
	uint16_t readings[CAUSALITY_READINGS];
	bool is_dark = phase == CAUSALITY_DARK;

	model_power(model, !is_dark, !is_dark && phase != CAUSALITY_STILL);
	for (unsigned i = 0; i < CAUSALITY_READINGS; i++)
		readings[i] = model_read(model);
	model_power(model, false, false);
	causality_take(causality, phase, readings);
}

struct shares {
	unsigned counts[CAUSALITY_VERDICTS];
};

static void print_shares(const char *name, const struct shares *shares, unsigned runs)
{
	printf("| %s | %.2f %% | %.2f %% | %.2f %% |\n", name,
	       100.0 * shares->counts[CAUSALITY_PROVEN] / runs,
	       100.0 * shares->counts[CAUSALITY_INCONCLUSIVE] / runs,
	       100.0 * shares->counts[CAUSALITY_CONTRADICTED] / runs);
}

static void require(bool is_true, const char *what)
{
	if (is_true)
		return;
	printf("FAIL: %s\n", what);
	is_failed = true;
}

/* ---- the twin's cell ---- */

struct fault {
	const char *name;
	enum model_fault fault; /* MODEL_FAULTS: none */
	double argument;
	enum causality_verdict verdict;
	double least; /* share of that verdict */
};

static void faults(unsigned runs)
{
	static const struct fault rows[] = {
		{ "healthy", MODEL_FAULTS, 0, CAUSALITY_PROVEN, 1 },
		{ "lamp cannot be switched off", MODEL_LAMP_ON, 0, CAUSALITY_CONTRADICTED, 1 },
		{ "fan cannot be switched off", MODEL_FAN_ON, 0, CAUSALITY_CONTRADICTED, 0.98 },
		{ "flicker 100 Hz", MODEL_FLICKER, 100, CAUSALITY_CONTRADICTED, 1 },
		{ "flicker 120 Hz", MODEL_FLICKER, 120, CAUSALITY_INCONCLUSIVE, 1 },
		{ "fan off, noise 1 LSB", MODEL_FAN_OFF, 1, CAUSALITY_INCONCLUSIVE, 1 },
		{ "fan off, noise 3 LSB", MODEL_FAN_OFF, 3, CAUSALITY_INCONCLUSIVE, 1 },
		{ "fan off, noise 6 LSB", MODEL_FAN_OFF, 6, CAUSALITY_CONTRADICTED, 0.98 },
		{ "lamp off", MODEL_LAMP_OFF, 0, CAUSALITY_INCONCLUSIVE, 1 },
		{ "stuck", MODEL_STUCK, 0, CAUSALITY_INCONCLUSIVE, 1 },
		{ "drift, half-life 300 s", MODEL_DRIFT, 300, CAUSALITY_PROVEN, 1 },
	};

	printf("| the twin's cell, %u runs each | proven | inconclusive | contradicted |\n"
	       "|---|---|---|---|\n",
	       runs);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct shares shares = { { 0 } };
		const char *why;

		for (unsigned run = 0; run < runs; run++) {
			struct causality causality;
			struct model model;

			causality_init(&causality);
			model_init(&model, seed++, NULL);
			if (rows[i].fault != MODEL_FAULTS)
				model_set_fault(&model, rows[i].fault, rows[i].argument);
			for (unsigned phase = 0; phase < CAUSALITY_PHASES; phase++)
				measure_fault(&causality, (enum causality_phase)phase, &model);
			shares.counts[causality_judge(&causality, CAUSALITY_ALPHA, &why)]++;
		}
		print_shares(rows[i].name, &shares, runs);
		require(shares.counts[rows[i].verdict] >= rows[i].least * runs, rows[i].name);
		require(rows[i].verdict == CAUSALITY_PROVEN || !shares.counts[CAUSALITY_PROVEN],
			"proven and should not be");
	}
}

/* ---- how much must be the process's ---- */

static unsigned run_shares(struct shares *shares, unsigned runs, double alpha,
			   const struct light *bright, const struct light *dark,
			   const struct light *still)
{
	const struct light *const lights[] = { bright, dark, still, bright };
	const char *why;

	for (unsigned run = 0; run < runs; run++) {
		struct causality causality;

		causality_init(&causality);
		for (unsigned phase = 0; phase < CAUSALITY_PHASES; phase++)
			measure(&causality, (enum causality_phase)phase, lights[phase]);
		shares->counts[causality_judge(&causality, alpha, &why)]++;
	}
	return shares->counts[CAUSALITY_CONTRADICTED];
}

/* @noise_lsb of the converter in the bright and in the still; the rest is the light's. */
static void power(unsigned runs, double noise_lsb)
{
	static const double goes[] = { 0, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95 };

	printf("\n| part of the variance that goes with the fan, converter's noise %g LSB | proven "
	       "| inconclusive | contradicted |\n|---|---|---|---|\n",
	       noise_lsb);
	for (unsigned i = 0; i < sizeof(goes) / sizeof(goes[0]); i++) {
		struct light bright = { 600, 0, 0.1, noise_lsb / sqrt(1 - goes[i]) };
		struct light dark = { 0, 0, 10, 0 }, still = { 600, 0, 10, noise_lsb };
		struct shares shares = { { 0 } };
		char name[16];

		snprintf(name, sizeof(name), "%.0f %%", 100 * goes[i]);
		run_shares(&shares, runs, CAUSALITY_ALPHA, &bright, &dark, &still);
		print_shares(name, &shares, runs);
	}
}

/*
 * Exactly half of the variance goes with the fan: both wrong answers, counted at an alpha at which
 * there are some. Blocks of 512 ms, a light with a memory of @tau_ms.
 */
static void errors(unsigned runs)
{
	static const double taus_ms[] = { 0.1, 10, 100, 1000, 10000 };

	printf("\n| memory of the light, ms (half goes; alpha 2^-6 = 1.56 %%) | proven | "
	       "inconclusive | contradicted |\n|---|---|---|---|\n");
	for (unsigned i = 0; i < sizeof(taus_ms) / sizeof(taus_ms[0]); i++) {
		/* So that neighbours differ by as much, whatever the memory. */
		double sigma_lsb = 20 / sqrt(1 - exp(-MODEL_READING_MS / taus_ms[i]));
		struct light bright = { 512, sigma_lsb, taus_ms[i], 0 };
		struct light still = { 512, sigma_lsb / sqrt(2), taus_ms[i], 0 };
		struct light dark = { 0, 0, 10, 0 };
		struct shares shares = { { 0 } };
		char name[16];

		if (sigma_lsb > 150) /* it would clip */
			sigma_lsb = 150;
		bright.sigma_lsb = sigma_lsb;
		still.sigma_lsb = sigma_lsb / sqrt(2);
		snprintf(name, sizeof(name), "%g", taus_ms[i]);
		run_shares(&shares, runs, RAISED_ALPHA, &bright, &dark, &still);
		print_shares(name, &shares, runs);
		require(shares.counts[CAUSALITY_CONTRADICTED] < 0.03 * runs + 10 &&
				shares.counts[CAUSALITY_PROVEN] < 0.03 * runs + 10,
			"more errors than alpha allows");
	}
}

int main(int argc, char **argv)
{
	const char *text = getenv("SEED");
	unsigned long runs = RUNS;

	if (text)
		seed = strtoull(text, NULL, 10);
	if (argc > 1)
		runs = strtoul(argv[1], NULL, 10);
	faults((unsigned)runs);
	power((unsigned)runs, 1);
	power((unsigned)runs, 5);
	errors((unsigned)runs * 5);
	return is_failed;
}
