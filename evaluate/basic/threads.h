/* SPDX-License-Identifier: GPL-3.0-or-later */
/* threads - in how many threads the library computes. */
#ifndef TRNG_EVALUATE_BASIC_THREADS_H
#define TRNG_EVALUATE_BASIC_THREADS_H

/** threads_limit - in @count (1 or more) from here on; no result depends on it. */
void threads_limit(unsigned count);

#endif
