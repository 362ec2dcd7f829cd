/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options - the command line that trng-twin and trng-emulator share. */
#ifndef TRNG_TWIN_OPTIONS_H
#define TRNG_TWIN_OPTIONS_H

#include "firmware/twin/chip.h"

#define PROGRAM_CHIPS 3

/* What makes the two programs differ. */
struct twin_program {
	const char *name;
	const char *intro; /* of --help: what it is, lines without the last newline */
	const struct chip *chips[PROGRAM_CHIPS]; /* the first is the default; ends at NULL */
	const char *image;                       /* default of --image, NULL: there is none */
};

/**
 * twin_main - the whole of a program: read the options, be a board until told to end.
 * Return: exit status; 2: usage.
 */
int twin_main(int argc, char **argv, const struct twin_program *program);

#endif
