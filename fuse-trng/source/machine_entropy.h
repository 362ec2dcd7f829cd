/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine_entropy - a claim that the symbols contradict is told; for the machine's own files. */
#ifndef TRNG_SOURCE_MACHINE_ENTROPY_H
#define TRNG_SOURCE_MACHINE_ENTROPY_H

#include "fuse-trng/source/machine.h"

/**
 * machine_tell_entropy - if the estimate has begun or ceased to contradict the claim, say so once:
 * a line for `events`, and to the log a warning when it begins.
 *
 * Changes no state and withholds nothing: tests judge, this only tells. A new stream has no
 * estimate, so no warning either; the line of its start stands for the end of an older one.
 */
void machine_tell_entropy(struct machine *machine);

#endif
