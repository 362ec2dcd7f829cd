/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine_record - when the record of an alarm begins, grows and ends; for the machine's own files.
 */
#ifndef TRNG_SOURCE_MACHINE_RECORD_H
#define TRNG_SOURCE_MACHINE_RECORD_H

#include "fuse-trng/source/machine.h"

#define MACHINE_RECORD_RAW "somebody reads raw" /* a reason to stop */

/**
 * machine_record_begin - the alarm @what (static text): what it has wiped, and how the tests stood.
 *
 * The pipeline must have been restarted and health_snapshot() be of this alarm. The record before
 * ends. Both go through ops->evidence.
 */
void machine_record_begin(struct machine *machine, const char *what, uint64_t now_ms);

/** machine_record_wants - whether the next bytes of the line belong to the newest record. */
bool machine_record_wants(const struct machine *machine);

/** machine_record_add - @bytes, at most so many as blackbox_wanted_bytes() says, came after it. */
void machine_record_add(struct machine *machine, const uint8_t *bytes, size_t len_bytes,
			uint64_t now_ms);

/** machine_record_stop - no more will come to it, because of @why (static text). */
void machine_record_stop(struct machine *machine, const char *why, uint64_t now_ms);

#endif
