/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chip - what runs a board's firmware: a row of functions for each kind of board. */
#ifndef TRNG_TWIN_CHIP_H
#define TRNG_TWIN_CHIP_H

#include "firmware/twin/wires.h"

#include <stdbool.h>
#include <stdint.h>

#define CHIP_NEVER_MS UINT64_MAX

/* Functions of one kind; each gets what open() made. None blocks. */
struct chip {
	const char *name; /* for --board and status */
	bool resets_when_opened;

	/* Makes one, not yet powered. @image: path of its code. Return: 0; -ENOMEM; other
	 * -errno after a sentence.
	 */
	int (*open)(void **state, struct wires *wires, const char *image);
	void (*close)(void *state);
	void (*power_up)(void *state); /* firmware from its start */
	void (*hear)(void *state);     /* bytes have come from the host */
	/* When step() has to be called next, in device time. */
	uint64_t (*next_step_ms)(const void *state);
	void (*step)(void *state, uint64_t at_ms); /* sets wires->now_ms, does what is due */
	/* Device time before which it says nothing unless spoken to; may be early. */
	uint64_t (*next_said_ms)(const void *state);
	bool (*is_on)(const void *state);           /* it samples */
	uint32_t (*words_heard)(const void *state); /* since power-up; NULL: nobody can see */
};

/* This firmware, compiled for the host. */
extern const struct chip chip_current;

/* The original sketch. */
extern const struct chip chip_legacy;

#endif
