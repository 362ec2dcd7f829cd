/* SPDX-License-Identifier: GPL-3.0-or-later */
/* autocorrelation - what T5 counts in a sequence of 20,000 bits. */
#ifndef TRNG_EVALUATE_AIS31_AUTOCORRELATION_H
#define TRNG_EVALUATE_AIS31_AUTOCORRELATION_H

#include "evaluate/ais31/sequence.h"

struct kernel;

struct autocorrelation {
	unsigned max_deviation; /* of Z_tau from 2500 in the first half, tau = 1..5000 */
	unsigned tau0;          /* the smallest tau that has it */
	unsigned ties;          /* how many have it, at least 1 */
	unsigned z;             /* Z_tau0 in the second half, which T5 judges */
};

/**
 * autocorrelation - Z_tau = sum of b_j xor b_(j+tau), over j = 0..4999 for all tau, and over
 * j = 10000..14999 for the tau that deviates most.
 * @kernel: how to count (kernels.h); all give the same.
 * Cost: about 50 KiB of stack.
 */
void autocorrelation(const struct sequence *sequence, const struct kernel *kernel,
		     struct autocorrelation *out);

#endif
