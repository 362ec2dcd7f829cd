/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sequences - T1 to T5 on one sequence after the other, in threads, as the source gives them.
 *
 * Numbers of 1 bit: consecutive blocks of 20,000 bits. Wider ones: cycles of a "block" sequence
 * (the first 20,000 bits of the numbers that hold them) and @width "column" sequences (one bit
 * position each of the next 20,000 numbers, most significant first).
 */
#ifndef TRNG_EVALUATE_AIS31_SEQUENCES_H
#define TRNG_EVALUATE_AIS31_SEQUENCES_H

#include "evaluate/ais31/session.h"

#define SEQUENCES_ENDLESS UINT64_MAX

/** sequences_bits - that @count sequences take. The numbers of columns are taken whole, even where
 * the last cycle needs some of their columns only; not at all where it needs none. */
uint64_t sequences_bits(unsigned width, uint64_t count);

/**
 * sequences_run - @tests (of BASIC_ALL) on @count sequences, or SEQUENCES_ENDLESS.
 *
 * What the source gives within a tenth of a second is examined together, in as many threads as
 * OpenMP has; from a slow one each block or cycle is told as soon as it is there.
 * Return: 0, SESSION_SHORT, -ENOMEM or what the source failed with (what came before is told).
 */
int sequences_run(struct session *session, unsigned tests, uint64_t count);

#endif
