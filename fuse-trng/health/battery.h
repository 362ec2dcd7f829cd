/* SPDX-License-Identifier: GPL-3.0-or-later */
/* battery - what struct health is, for the files of the battery itself. */
#ifndef TRNG_HEALTH_BATTERY_H
#define TRNG_HEALTH_BATTERY_H

#include "fuse-trng/health/budget.h"
#include "fuse-trng/health/health.h"
#include "fuse-trng/health/lag.h"
#include "fuse-trng/health/online.h"
#include "fuse-trng/health/proportion.h"
#include "fuse-trng/health/repetition.h"
#include "fuse-trng/health/total_failure.h"

#define BATTERY_PER_BYTE 8                                               /* most symbols */
#define BATTERY_BATCH    ((size_t)HEALTH_BATCH_BYTES * BATTERY_PER_BYTE) /* symbols */

_Static_assert(HEALTH_MEMORY_SYMBOLS == LAG_MAX, "what the lag test looks back at");

/* The tests that hold bytes back. */
struct battery_gates {
	struct total_failure total_failure;
	struct repetition repetition;
	struct proportion proportion;
	struct lag lag;
};

struct health {
	struct health_settings settings;
	unsigned per_byte; /* symbols */
	double alphas[HEALTH_TESTS];
	double probability[BUDGET_UNITS]; /* that a unit fires, of a perfect source */
	double startup_critical;

	struct battery_gates gates;
	struct battery_gates before; /* as they were before the batch that is fed now; else zero */
	struct online online;
	bool is_warning_told; /* what health_entropy_news() has told of this stream */

	uint64_t position; /* symbols since the last restart */
	uint64_t unit_symbols[BUDGET_UNITS];
	uint64_t past_units[BUDGET_UNITS]; /* of the streams before it */
	uint64_t alarms[HEALTH_TESTS];
	char snapshot[HEALTH_SNAPSHOT_BYTES]; /* of the newest alarm */

	uint8_t unpacked[256][BATTERY_PER_BYTE]; /* by packed byte */
	/* One symbol a byte: the LAG_MAX before the batch, the batch, and what unpack() spills. */
	uint8_t stream[LAG_MAX + BATTERY_BATCH + BATTERY_PER_BYTE];
};

#endif
