/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audience - see audience.h */
#include "evaluate/core/audience.h"

void audience_tell(const struct audience *audience, const struct result *result)
{
	if (audience && audience->result)
		audience->result(audience->ctx, result);
}

void audience_progress(const struct audience *audience, const char *what, uint64_t done,
		       uint64_t total)
{
	if (audience && audience->progress)
		audience->progress(audience->ctx, what, done, total);
}
