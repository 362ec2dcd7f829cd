/* SPDX-License-Identifier: GPL-3.0-or-later */
/* snapshot - the battery's state at an alarm, written before it restarts. */
#ifndef TRNG_HEALTH_SNAPSHOT_H
#define TRNG_HEALTH_SNAPSHOT_H

#include "fuse-trng/health/battery.h"

/**
 * snapshot_alarm - keep the state before symbol @end of the batch, at which @fired has fired.
 *
 * State:  health->position is there already; advances health->before up to there: the other tests
 * may be behind the symbol already.
 * @bytes: the batch, whose symbols are in health->stream.
 */
void snapshot_alarm(struct health *health, const uint8_t *bytes, size_t end,
		    enum health_test fired);

/** snapshot_startup - keep the state as of now; the start-up test's @statistic is too large. */
void snapshot_startup(struct health *health, double statistic);

#endif
