/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json - findings as JSON; the keys are those of docs/EVALUATION.md. */
#ifndef TRNG_EVALUATE_REPORT_JSON_H
#define TRNG_EVALUATE_REPORT_JSON_H

#include <jansson.h>

#include "evaluate/core/result.h"

/* All return new references, or NULL when memory ran out; adding NULL to an object is harmless. */

/** json_of_real - a number; null for what is none (NAN, infinities), as JSON has no word for it. */
json_t *json_of_real(double value);

/** json_of_count - a count; one beyond 2^63 - 1 as that. */
json_t *json_of_count(uint64_t value);

/** json_of_text - a string; foreign bytes that are not UTF-8 as \xHH. */
json_t *json_of_text(const char *text);

/** json_of_pass - true, false, or null for what was not judged. */
json_t *json_of_pass(enum outcome outcome);

/** json_of_figures - an object of each figure of @result by its name. */
json_t *json_of_figures(const struct result *result);

/** json_of_result - "test", where it stands if that is said, the figures, "accept", "pass",
 * "needs_bits". */
json_t *json_of_result(const struct result *result);

#endif
