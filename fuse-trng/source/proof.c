/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proof - the active causality test as the machine sees it: going on, due, what came of the last.
 */
#include "fuse-trng/source/proof.h"

#include "common/secret.h"
#include "common/text.h"

#include <string.h>

void proof_init(struct proof *proof, uint64_t every_ms)
{
	*proof = (struct proof){ .every_ms = every_ms, .wanted_ms = every_ms, .why = "" };
}

void proof_ran(struct proof *proof, uint64_t duration_ms)
{
	proof->ran_ms += duration_ms;
}

uint64_t proof_due_ms(const struct proof *proof, uint64_t since_ms)
{
	if (!proof->every_ms)
		return UINT64_MAX;
	if (proof->wanted_ms <= proof->ran_ms)
		return since_ms;
	return since_ms + (proof->wanted_ms - proof->ran_ms);
}

void proof_put_off(struct proof *proof, uint64_t since_ms, uint64_t now_ms)
{
	proof->wanted_ms = proof->ran_ms + (now_ms - since_ms) + proof->every_ms;
}

void proof_begin(struct proof *proof, uint64_t left_ms, uint64_t now_ms)
{
	proof->is_on = true;
	proof->end_ms = now_ms + left_ms;
	causality_init(&proof->causality);
}

void proof_stop(struct proof *proof)
{
	if (proof->is_on)
		secret_wipe(&proof->causality, sizeof(proof->causality));
	proof->is_on = false;
}

void proof_measured(struct proof *proof, enum causality_phase phase, const uint16_t *readings,
		    uint64_t left_ms, uint64_t now_ms)
{
	proof->end_ms = now_ms + left_ms;
	if (readings)
		causality_take(&proof->causality, phase, readings);
}

void proof_told_on(struct proof *proof, uint64_t now_ms)
{
	proof->end_ms = now_ms;
}

static void describe(const struct proof *proof, struct text *text)
{
	text_add(text, "causality=%s", causality_name(proof->verdict));
	for (unsigned i = 0; i < CAUSALITY_PHASES; i++) {
		const struct causality_figures *figures = &proof->figures[i];
		const char *name = causality_phase_name((enum causality_phase)i);

		if (figures->is_measured)
			text_add(text, " %s.noise_lsb=%.2f %s.level_lsb=%.1f", name,
				 figures->noise_lsb, name, figures->level_lsb);
	}
	text_add(text, " reason=\"%s\"", proof->why);
}

enum causality_verdict proof_judge(struct proof *proof, char line[static PROOF_LINE_SIZE],
				   uint64_t now_ms)
{
	struct text text;

	proof->verdict = causality_judge(&proof->causality, CAUSALITY_ALPHA, &proof->why);
	memcpy(proof->figures, proof->causality.figures, sizeof(proof->figures));
	proof->judged_ms = now_ms;
	proof->count++;
	text_init(&text, line, PROOF_LINE_SIZE);
	describe(proof, &text);
	proof_stop(proof);
	return proof->verdict;
}

double proof_left_s(const struct proof *proof, uint64_t now_ms)
{
	bool is_ahead = proof->is_on && proof->end_ms > now_ms;

	return is_ahead ? (double)(proof->end_ms - now_ms) / 1000 : 0;
}
