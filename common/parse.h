/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse - whole strings to numbers and truth values; nothing is guessed. */
#ifndef TRNG_COMMON_PARSE_H
#define TRNG_COMMON_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * parse_u64 - decimal digits only, the whole of @string: no sign, space or suffix.
 * Return: 0; -EINVAL: no such number; -ERANGE: outside @min..@max. *@out is untouched on failure.
 */
int parse_u64(const char *string, uint64_t min, uint64_t max, uint64_t *out);

/**
 * parse_double - a finite decimal number in the C locale ("0.1", "1e-3"), the whole of @string.
 * Return: as parse_u64().
 */
int parse_double(const char *string, double min, double max, double *out);

#endif
