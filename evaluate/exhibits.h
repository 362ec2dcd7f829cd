/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exhibits - gathers what the plots of a report show, from the data that a command reads anyway. */
#ifndef TRNG_EVALUATE_EXHIBITS_H
#define TRNG_EVALUATE_EXHIBITS_H

#include <stddef.h>

#include "evaluate/report/html.h"

struct gallery; /* opaque; a constant size */

/** gallery_open - of symbols of @width (1..8) bits. Return: the caller's, or NULL (no memory). */
struct gallery *gallery_open(unsigned width);
void gallery_close(struct gallery *gallery);

/** gallery_symbols - @count more, one per byte. @gallery may be NULL: then nobody wants to see
 * them. */
void gallery_symbols(struct gallery *gallery, const uint8_t *value, uint64_t count);

/** gallery_bytes - @count bytes of packed symbols, MSB first; a symbol may begin in one call and
 * end in another. */
void gallery_bytes(struct gallery *gallery, const uint8_t *bytes, size_t count);

/** gallery_show - what was gathered; of no @gallery (NULL) none. */
void gallery_show(const struct gallery *gallery, struct exhibits *exhibits);

#endif
