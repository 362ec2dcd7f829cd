/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * interrupt - the first SIGINT or SIGTERM while data are read is their end: hours of a slow source
 * are evaluated, not lost. A second one, or one at any other time, ends the program as usual.
 */
#ifndef TRNG_EVALUATE_INTERRUPT_H
#define TRNG_EVALUATE_INTERRUPT_H

#include <stdbool.h>

/** interrupt_await - from here on the first signal is kept; a read(2) that waits fails with EINTR.
 */
void interrupt_await(void);

/** interrupt_came - whether it came since interrupt_await(). */
bool interrupt_came(void);

/** interrupt_release - signals end the program again; one that came is forgotten. */
void interrupt_release(void);

#endif
