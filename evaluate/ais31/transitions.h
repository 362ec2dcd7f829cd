/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * transitions - T6 (uniform distribution) and T7 (homogeneity): how often a bit is one, and how
 * often it is one after 1, 2 or 3 given bits before it.
 */
#ifndef TRNG_EVALUATE_AIS31_TRANSITIONS_H
#define TRNG_EVALUATE_AIS31_TRANSITIONS_H

#include "evaluate/ais31/session.h"

#define TRANSITIONS_FULL    100000 /* tuples that a class takes */
#define TRANSITIONS_CLASSES 8
/*
 * So many tuples in a row that belong to full classes end a step, as failed: stuck data would
 * never fill the others. A class that still gets 1 in 1000 tuples is missed for as long with a
 * probability of 0.999^65536 < 2^-94.
 */
#define TRANSITIONS_IDLE    65536

/** Tuples of @history bits and the bit after them. */
struct transitions {
	unsigned history; /* 1..3; classes: 1 << history, the oldest bit is the most significant */
	uint32_t seen[TRANSITIONS_CLASSES], ones[TRANSITIONS_CLASSES];
	uint32_t idle; /* the newest tuples that all belonged to full classes */
};

/**
 * transitions_count - @tuples more, packed one after the other from the top bit of @packed on.
 * Reads one byte beyond the one that holds the last bit.
 */
void transitions_count(struct transitions *transitions, const uint8_t *packed, uint64_t tuples);

/** transitions_missing - tuples that the classes still lack, all together. */
uint64_t transitions_missing(const struct transitions *transitions);

/** transitions_is_homogeneous - T7 on two classes of TRANSITIONS_FULL with @a and @b ones, in
 * integers. @chi_square: the statistic, 0..2 * TRANSITIONS_FULL. */
bool transitions_is_homogeneous(uint32_t a, uint32_t b, double *chi_square);

/**
 * transitions_t6a, ... - the steps, each on the bits that come next.
 * @block: of the results; @later_bits: what the run takes at least after the step.
 * Return: 0, SESSION_SHORT or what the source failed with.
 */
int transitions_t6a(struct session *session, int64_t block, uint64_t later_bits);
int transitions_t6b(struct session *session, int64_t block, uint64_t later_bits);
int transitions_t7a(struct session *session, int64_t block, uint64_t later_bits);
int transitions_t7b(struct session *session, int64_t block, uint64_t later_bits);

#endif
