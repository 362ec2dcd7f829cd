/* SPDX-License-Identifier: GPL-3.0-or-later */
/* estimates - the ten min-entropy estimates of SP 800-90B in reports. */
#ifndef TRNG_EVALUATE_ESTIMATES_H
#define TRNG_EVALUATE_ESTIMATES_H

#include <jansson.h>

#include "evaluate/report/text.h"
#include "evaluate/sp800_90b/assess.h"

/** estimates_json - an object of each estimator's min-entropy; null where it does not apply. */
json_t *estimates_json(const struct result results[static ESTIMATORS]);

/** estimates_statistics - an object of all figures of each. */
json_t *estimates_statistics(const struct result results[static ESTIMATORS]);

/**
 * estimates_print - a table of one or two columns (@second NULL: of one), the least of each marked.
 * @titles: of the columns.
 */
void estimates_print(const struct page *page, const char *const titles[static 2],
		     const struct result first[static ESTIMATORS], const struct result *second);

/** estimates_are_short - whether the symbols were too few for one of them. */
bool estimates_are_short(const struct result results[static ESTIMATORS]);

/** estimates_least - the name, as a person reads it, of the estimator that gave the least; "none".
 */
const char *estimates_least(const struct result results[static ESTIMATORS]);

#endif
