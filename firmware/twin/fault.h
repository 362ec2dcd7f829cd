/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault - THE table of what can go wrong with a board: names, arguments, ranges. */
#ifndef TRNG_TWIN_FAULT_H
#define TRNG_TWIN_FAULT_H

#include "firmware/twin/model.h"

#include <stddef.h>

enum fault_kind {
	/* What the converter sees: the values of enum model_fault. */
	FAULT_STUCK = MODEL_STUCK,
	FAULT_LAMP_OFF = MODEL_LAMP_OFF,
	FAULT_FLICKER = MODEL_FLICKER,
	FAULT_FAN_OFF = MODEL_FAN_OFF,
	FAULT_BIAS = MODEL_BIAS,
	FAULT_DRIFT = MODEL_DRIFT,
	FAULT_LAMP_ON = MODEL_LAMP_ON,
	FAULT_FAN_ON = MODEL_FAN_ON,
	/* What the line does. */
	FAULT_SILENCE = MODEL_FAULTS, /* the board sends nothing, and still hears */
	FAULT_GARBAGE,                /* one burst of junk; argument: bytes */
	FAULT_BABBLE, /* somebody else sends a byte again and again; argument: ms between two */
	FAULT_DEAF,   /* the board hears nothing */
	/* What the cable does. */
	FAULT_UNPLUG,
	FAULT_REPLUG,
	/* Everything as new, cable included. */
	FAULT_HEAL,
};

struct fault {
	enum fault_kind kind;
	double argument;
};

/* A row of the table. Without an argument, unit is NULL. */
struct fault_row {
	const char *name;
	enum fault_kind kind;
	const char *unit;
	double preset, min, max;
	const char *help;
};

/** fault_row - row @index, NULL past the end. Static storage. */
const struct fault_row *fault_row(size_t index);

/**
 * fault_parse - read "NAME", "NAME=ARGUMENT" or "NAME ARGUMENT".
 * Return: 0; -ENOENT: no such fault; -EINVAL: no number, or an argument where none belongs;
 *         -ERANGE: argument out of range. @fault is untouched on failure.
 */
int fault_parse(struct fault *fault, const char *text);

#endif
