/* SPDX-License-Identifier: GPL-3.0-or-later */
/* multi_mmc - what the estimate of SP 800-90B 6.3.9 has for symbols of one bit and of more. */
#ifndef TRNG_EVALUATE_SP800_90B_MULTI_MMC_H
#define TRNG_EVALUATE_SP800_90B_MULTI_MMC_H

#include "evaluate/core/symbols.h"
#include "evaluate/sp800_90b/prediction.h"

#define MMC_ORDERS      16
#define MMC_MAX_ENTRIES 100000 /* pairs of a context and what followed it, per order */

/** mmc_judge_bits - feed @board all predictions for @bits. Return: 0, or -ENOMEM. */
int mmc_judge_bits(const struct symbols *bits, struct scoreboard *board);

#endif
