/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * causality - do the readings come from light and fan? The verdict on an active test.
 *
 * Method: this project's; docs/HEALTH.md, "Causality", has the formulas and what they cost.
 *
 * Movement is what changes between neighbouring readings, 8 ms apart, as only that makes symbols.
 * It is compared block by block with a rank test, which asks for no distribution and, as a block is
 * 50 times longer than the light's memory, little for independence.
 */
#ifndef TRNG_HEALTH_CAUSALITY_H
#define TRNG_HEALTH_CAUSALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAUSALITY_READINGS 1024 /* of a phase */
#define CAUSALITY_BLOCK    64
#define CAUSALITY_BLOCKS   (CAUSALITY_READINGS / CAUSALITY_BLOCK)
#define CAUSALITY_ALPHA    0x1p-22 /* of each comparison; four of them can contradict */

enum causality_phase {
	CAUSALITY_BRIGHT, /* light and fan */
	CAUSALITY_DARK,   /* neither */
	CAUSALITY_STILL,  /* light alone */
	CAUSALITY_AGAIN,  /* light and fan */
	CAUSALITY_PHASES
};

enum causality_verdict {
	CAUSALITY_NONE,         /* no test yet */
	CAUSALITY_SILENCED,     /* no readings: off silences the line, on starts it, and no more */
	CAUSALITY_INCONCLUSIVE, /* nothing moves, or too little goes when light or fan do */
	CAUSALITY_PROVEN,       /* at least half of what moves goes when light or fan do */
	CAUSALITY_CONTRADICTED, /* what a healthy board does with probability 2^-20 at most */
	CAUSALITY_VERDICTS
};

struct causality_figures {
	bool is_measured;
	double noise_lsb; /* root mean square of the differences of neighbours, by sqrt(2) */
	double level_lsb; /* mean */
};

struct causality {
	double alpha;
	bool has_strays;
	struct causality_figures figures[CAUSALITY_PHASES];
	/* Sums over each block: of the absolute differences of neighbours, and of the readings. */
	uint32_t movement[CAUSALITY_PHASES][CAUSALITY_BLOCKS];
	uint32_t level[CAUSALITY_PHASES][CAUSALITY_BLOCKS];
	uint16_t bright[2 * CAUSALITY_READINGS]; /* readings of the first and of the last phase */
};

/** causality_init - nothing has come. */
void causality_init(struct causality *causality);

/**
 * causality_take - a phase's readings: CAUSALITY_READINGS codes of a 10-bit converter, in order
 * and without a gap; any values.
 */
void causality_take(struct causality *causality, enum causality_phase phase,
		    const uint16_t *readings);

/** causality_stray - bytes came when off should have silenced the line. */
void causality_stray(struct causality *causality);

/**
 * causality_judge - the verdict on all that came; the line has been silent and was started again.
 *
 * State:  the readings are wiped, the figures stay.
 * @alpha: CAUSALITY_ALPHA, but for whoever counts errors.
 * @why:   a short phrase, static storage.
 * Cost:   some 100,000 steps.
 */
enum causality_verdict causality_judge(struct causality *causality, double alpha, const char **why);

/** causality_name - "proven" and so on; "" of CAUSALITY_NONE. */
const char *causality_name(enum causality_verdict verdict);

/** causality_phase_name - "bright", "dark", "still", "again". */
const char *causality_phase_name(enum causality_phase phase);

#endif
