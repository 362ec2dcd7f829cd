/* SPDX-License-Identifier: GPL-3.0-or-later */
/* match - count equal symbols, 16 at a time: the inner loop of the lag and proportion tests. */
#ifndef TRNG_HEALTH_MATCH_H
#define TRNG_HEALTH_MATCH_H

#include <stddef.h>
#include <stdint.h>

#define MATCH_MAX 1024 /* most symbols one call compares */

/** match_pairs - for how many i < @count (at most MATCH_MAX) is @a[i] == @b[i]. */
unsigned match_pairs(const uint8_t *a, const uint8_t *b, size_t count);

/** match_value - how many of @count (at most MATCH_MAX) symbols are @value. */
unsigned match_value(const uint8_t *symbols, uint8_t value, size_t count);

#endif
