/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coron - T8: Coron's entropy test, from the distances between equal bytes. */
#ifndef TRNG_EVALUATE_AIS31_CORON_H
#define TRNG_EVALUATE_AIS31_CORON_H

#include "evaluate/ais31/session.h"

#define CORON_Q     2560   /* bytes that only prepare */
#define CORON_K     256000 /* bytes that count */
#define CORON_BYTES (CORON_Q + CORON_K)

/**
 * coron_f - T8's statistic of @bytes, accurate to the last digits of a double.
 * @distances: scratch; its contents do not matter.
 */
double coron_f(const uint8_t bytes[static CORON_BYTES], uint32_t distances[static CORON_BYTES + 1]);

/**
 * coron_step - T8 on what comes next.
 * Return: 0, SESSION_SHORT, -ENOMEM or what the source failed with.
 */
int coron_step(struct session *session, int64_t block, uint64_t later_bits);

#endif
