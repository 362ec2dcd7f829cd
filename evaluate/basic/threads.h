/* SPDX-License-Identifier: GPL-3.0-or-later */
/* threads - in how many threads the library computes. */
#ifndef TRNG_EVALUATE_BASIC_THREADS_H
#define TRNG_EVALUATE_BASIC_THREADS_H

/**
 * threads_limit - in @count threads from here on, or in fewer if the system does not give so many;
 * 0: as many as OpenMP would take. No result depends on it.
 */
void threads_limit(unsigned count);

#endif
