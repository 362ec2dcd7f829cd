/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state - what the source says of itself: the daemon's file `status` beside a source, where there
 * is one. */
#ifndef TRNG_EVALUATE_COLLECT_STATE_H
#define TRNG_EVALUATE_COLLECT_STATE_H

/**
 * state_read - the text of the file `status` beside @source.
 * Return: memory for free(); NULL: there is none, or it is not the daemon's.
 */
char *state_read(const char *source);

/** state_find - the value of @key in @text (may be NULL), cut to 63 bytes, in @value; "" if none.
 */
const char *state_find(const char *text, const char *key, char value[static 64]);

/** state_width - symbol_bits of the status beside @source; 1 where it does not say. */
unsigned state_width(const char *source);

#endif
