/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load - the symbols that a command of SP 800-90B evaluates, as its options say. */
#ifndef TRNG_EVALUATE_LOAD_H
#define TRNG_EVALUATE_LOAD_H

#include "evaluate/command.h"
#include "evaluate/core/symbols.h"
#include "evaluate/samples.h"

/** load_begin - @samples of the open input: --width, --packed, --symbols; of what has no end, a
 * million. */
void load_begin(struct context *context, struct samples *samples);

/** load_fail - say why @samples could not be had (@error of samples_next()). Return: the exit
 * status. */
int load_fail(struct context *context, const struct samples *samples, int error);

/**
 * load_and_assess - all symbols, at most @most, into memory; then what @assess makes of them.
 *
 * Their width is the given one or what they need. Tells of progress, fills the gallery, complains.
 * @assess: called with at least two symbols, which are freed after it. Return: its exit status;
 * without it that of the loading.
 */
int load_and_assess(struct context *context, uint64_t most,
		    int (*assess)(struct context *context, const struct symbols *symbols));

/** load_assessed - the exit status after an assessment returned @error (not 0), with a complaint.
 */
int load_assessed(struct context *context, const struct symbols *symbols, int error);

#endif
