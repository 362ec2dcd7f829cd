/* SPDX-License-Identifier: GPL-3.0-or-later */
/* twin_bed - a twin's board in memory, for the tests of model, legacy and twin. */
#ifndef TRNG_TESTS_UNIT_TWIN_BED_H
#define TRNG_TESTS_UNIT_TWIN_BED_H

#include "firmware/twin/board.h"

static inline int open_board(struct board **board, const struct chip *chip, uint64_t seed)
{
	return board_open(board, &(struct board_settings){ .chip = chip, .seed = seed });
}

#endif
