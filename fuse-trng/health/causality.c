/* SPDX-License-Identifier: GPL-3.0-or-later */
/* causality - do the readings come from light and fan? The verdict on an active test. */
#include "fuse-trng/health/causality.h"

#include "common/secret.h"
#include "fuse-trng/health/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BRIGHT_BLOCKS (2 * CAUSALITY_BLOCKS)

/*
 * In sums over a block. White noise of sigma gives 63 * 2 / sqrt(pi) * sigma: more than that of 4
 * LSB is no converter's own noise. Two codes that alternate by chance, as under any noise below
 * half an LSB where the level is between two codes, give 63 / 2: less than that says nothing.
 */
#define MOVES   284u
#define ROUNDED 32u
/* What a light is that moves the readings at all: 16 LSB. */
#define LIT     (16u * CAUSALITY_BLOCK)

_Static_assert(BRIGHT_BLOCKS *CAUSALITY_BLOCKS <= RANK_MAX_PAIRS, "the rank test has room");

void causality_init(struct causality *causality)
{
	*causality = (struct causality){ 0 };
}

static unsigned change(const uint16_t *reading)
{
	return (unsigned)abs(reading[1] - reading[0]);
}

static void sum_block(struct causality *causality, enum causality_phase phase, unsigned block,
		      const uint16_t *readings)
{
	uint32_t movement = 0, level = readings[CAUSALITY_BLOCK - 1];

	for (unsigned i = 0; i + 1 < CAUSALITY_BLOCK; i++) {
		movement += change(readings + i);
		level += readings[i];
	}
	causality->movement[phase][block] = movement;
	causality->level[phase][block] = level;
}

static struct causality_figures figures_of(const uint16_t *readings)
{
	const unsigned n = CAUSALITY_READINGS;
	double sum = readings[n - 1], squares = 0;

	for (unsigned i = 0; i + 1 < n; i++) {
		double d = change(readings + i);

		sum += readings[i];
		squares += d * d;
	}
	return (struct causality_figures){ true, sqrt(squares / (n - 1) / 2), sum / n };
}

void causality_take(struct causality *causality, enum causality_phase phase,
		    const uint16_t *readings)
{
	uint16_t *kept = causality->bright;

	for (unsigned i = 0; i < CAUSALITY_BLOCKS; i++)
		sum_block(causality, phase, i, readings + (size_t)i * CAUSALITY_BLOCK);
	causality->figures[phase] = figures_of(readings);
	if (phase == CAUSALITY_AGAIN)
		kept += CAUSALITY_READINGS;
	if (phase == CAUSALITY_BRIGHT || phase == CAUSALITY_AGAIN)
		memcpy(kept, readings, CAUSALITY_READINGS * sizeof(*kept));
}

void causality_stray(struct causality *causality)
{
	causality->has_strays = true;
}

/* ---- comparisons, each of 32 blocks with light and fan and 16 of another phase ---- */

typedef uint32_t sums[CAUSALITY_BLOCKS];
typedef bool exceeds(uint32_t bright, uint32_t other);

static uint32_t bright_sum(const sums *table, unsigned i)
{
	return i < CAUSALITY_BLOCKS ? table[CAUSALITY_BRIGHT][i]
				    : table[CAUSALITY_AGAIN][i - CAUSALITY_BLOCKS];
}

/* In so many pairs of blocks that chance alone would have it with probability alpha at most. */
static bool is_significant(const struct causality *causality, const sums *table,
			   enum causality_phase other, exceeds *fn)
{
	unsigned pairs = 0;

	for (unsigned i = 0; i < BRIGHT_BLOCKS; i++)
		for (unsigned j = 0; j < CAUSALITY_BLOCKS; j++)
			pairs += fn(bright_sum(table, i), table[other][j]);
	return pairs >= rank_cutoff(BRIGHT_BLOCKS, CAUSALITY_BLOCKS, causality->alpha);
}

/* Of what moves in the bright, as a variance, more than half is not there in the other phase ... */
static bool more_than_half_goes(uint32_t bright, uint32_t other)
{
	uint64_t rest = other > ROUNDED ? other : ROUNDED;

	return (uint64_t)bright * bright > 2 * rest * rest;
}

/* ... or is. */
static bool more_than_half_stays(uint32_t bright, uint32_t other)
{
	return 2 * (uint64_t)other * other > (uint64_t)bright * bright;
}

static bool is_lit(uint32_t bright, uint32_t dark)
{
	return bright > dark + LIT;
}

static bool is_not_lit(uint32_t bright, uint32_t dark)
{
	return bright < dark + LIT;
}

static bool is_darkened(uint32_t bright, uint32_t dark)
{
	return bright + LIT < dark;
}

/* Half of its blocks at least, by more than any converter's noise. */
static bool moves(const struct causality *causality, enum causality_phase phase)
{
	unsigned count = 0;

	for (unsigned i = 0; i < CAUSALITY_BLOCKS; i++)
		count += causality->movement[phase][i] > MOVES;
	return 2 * count >= CAUSALITY_BLOCKS;
}

static bool moves_in_the_bright(const struct causality *causality)
{
	return moves(causality, CAUSALITY_BRIGHT) && moves(causality, CAUSALITY_AGAIN);
}

/* ---- readings that come again ---- */

/* Half of its neighbours differ: no light that is steady but for some flashes. */
static bool is_lively(const uint16_t *block)
{
	unsigned count = 0;

	for (unsigned i = 0; i + 1 < CAUSALITY_BLOCK; i++)
		count += change(block + i) != 0;
	return 2 * count >= CAUSALITY_BLOCK;
}

static bool came_before(const uint16_t *readings, const uint16_t *block)
{
	for (; readings + CAUSALITY_BLOCK <= block; readings++)
		if (!memcmp(readings, block, CAUSALITY_BLOCK * sizeof(*block)))
			return true;
	return false;
}

static bool is_a_record(const struct causality *causality)
{
	const uint16_t *end = causality->bright + 2 * CAUSALITY_READINGS;

	for (const uint16_t *block = causality->bright; block < end; block += CAUSALITY_BLOCK)
		if (is_lively(block) && came_before(causality->bright, block))
			return true;
	return false;
}

/* ---- the verdict ---- */

static bool stays(const struct causality *causality, enum causality_phase phase)
{
	return moves(causality, phase) &&
	       is_significant(causality, causality->movement, phase, more_than_half_stays);
}

static bool goes(const struct causality *causality, enum causality_phase phase)
{
	return is_significant(causality, causality->movement, phase, more_than_half_goes);
}

/* Return: what contradicts that light and fan make the readings; NULL: nothing does. */
static const char *contradiction(const struct causality *causality)
{
	bool has_motion = moves_in_the_bright(causality);

	if (stays(causality, CAUSALITY_DARK))
		return "the readings move in the dark";
	if (stays(causality, CAUSALITY_STILL))
		return "the readings move without the fan";
	if (is_significant(causality, causality->level, CAUSALITY_DARK, is_darkened))
		return "it is brighter with the light off";
	if (has_motion && is_significant(causality, causality->level, CAUSALITY_DARK, is_not_lit))
		return "the light makes no difference";
	if (has_motion && is_a_record(causality))
		return "the same readings came twice";
	return NULL;
}

static enum causality_verdict judge_readings(const struct causality *causality, const char **why)
{
	*why = contradiction(causality);
	if (*why)
		return CAUSALITY_CONTRADICTED;
	*why = "the readings move with light and fan";
	if (goes(causality, CAUSALITY_DARK) && goes(causality, CAUSALITY_STILL) &&
	    is_significant(causality, causality->level, CAUSALITY_DARK, is_lit))
		return CAUSALITY_PROVEN;
	*why = moves_in_the_bright(causality)
		       ? "too little of what moves goes with light and fan"
		       : "nothing moves: the converter's noise hides the process";
	return CAUSALITY_INCONCLUSIVE;
}

enum causality_verdict causality_judge(struct causality *causality, double alpha, const char **why)
{
	enum causality_verdict verdict;
	unsigned measured = 0;

	causality->alpha = alpha;
	for (unsigned i = 0; i < CAUSALITY_PHASES; i++)
		measured += causality->figures[i].is_measured;
	if (causality->has_strays) {
		verdict = CAUSALITY_CONTRADICTED;
		*why = "bytes came after off";
	} else if (measured == CAUSALITY_PHASES) {
		verdict = judge_readings(causality, why);
	} else if (measured) {
		verdict = CAUSALITY_INCONCLUSIVE;
		*why = "the board ceased to send readings";
	} else {
		verdict = CAUSALITY_SILENCED;
		*why = "off silences the line, on starts it";
	}
	secret_wipe(causality->bright, sizeof(causality->bright));
	return verdict;
}

const char *causality_name(enum causality_verdict verdict)
{
	static const char *const names[CAUSALITY_VERDICTS] = {
		[CAUSALITY_NONE] = "",
		[CAUSALITY_SILENCED] = "silenced",
		[CAUSALITY_INCONCLUSIVE] = "inconclusive",
		[CAUSALITY_PROVEN] = "proven",
		[CAUSALITY_CONTRADICTED] = "contradicted",
	};

	return names[verdict];
}

const char *causality_phase_name(enum causality_phase phase)
{
	static const char *const names[CAUSALITY_PHASES] = {
		[CAUSALITY_BRIGHT] = "bright",
		[CAUSALITY_DARK] = "dark",
		[CAUSALITY_STILL] = "still",
		[CAUSALITY_AGAIN] = "again",
	};

	return names[phase];
}
