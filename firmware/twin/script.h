/* SPDX-License-Identifier: GPL-3.0-or-later */
/* script - a board played from a text: device time alone, no port, no clock on the wall. */
#ifndef TRNG_TWIN_SCRIPT_H
#define TRNG_TWIN_SCRIPT_H

#include "firmware/twin/twin.h"

#include <stdio.h>

/**
 * script_play - do what @script says, line by line; the board's bytes go to @out.
 *
 * A line is `MS COMMAND`: at that device time, `say TEXT` (\n \r \t \\ as in C), a fault as on the
 * console but for those of the cable, or `quit`. Times must not decrease; a line whose time has
 * passed, because the text before it took the line longer, is done at once. Blank lines and those
 * that begin with # are skipped. Ends at `quit` or at the end of @script, after its last line.
 * @name:  of @script, for messages.
 * Return: 0; -errno after a sentence that names the line.
 */
int script_play(struct board *board, FILE *script, const char *name, FILE *out);

/** script_run - open the board that @options describe and play their script to standard output. */
int script_run(const struct twin_options *options);

#endif
