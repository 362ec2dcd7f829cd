/* SPDX-License-Identifier: GPL-3.0-or-later */
/* proportions - see proportions.h */
#include "evaluate/sp800_90b/proportions.h"

void proportions(const struct symbols *symbols, double proportion[static 256])
{
	const double share = 1.0 / (double)symbols->count;

	for (unsigned v = 0; v < 256; v++)
		proportion[v] = 0;
	for (uint64_t i = 0; i < symbols->count; i++)
		proportion[symbols->value[i]] += share;
}
