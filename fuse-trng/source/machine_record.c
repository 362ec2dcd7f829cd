/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine_record - when the record of an alarm begins, grows and ends. */
#include "fuse-trng/source/machine_record.h"

static void hand_over(struct machine *machine, uint64_t now_ms)
{
	if (machine->ops.evidence)
		machine->ops.evidence(machine->ctx, &machine->box, now_ms);
}

void machine_record_stop(struct machine *machine, const char *why, uint64_t now_ms)
{
	if (machine->box.number == 0 || machine->box.end)
		return;
	blackbox_stop(&machine->box, why);
	hand_over(machine, now_ms);
}

void machine_record_begin(struct machine *machine, const char *what, uint64_t now_ms)
{
	machine_record_stop(machine, "the next alarm came", now_ms);
	blackbox_begin(&machine->box, what, health_snapshot(machine->pipeline.health),
		       machine->stream_bytes, now_ms);
	if (machine->is_diverted)
		blackbox_stop(&machine->box, MACHINE_RECORD_RAW);
	hand_over(machine, now_ms);
}

bool machine_record_wants(const struct machine *machine)
{
	return machine->is_settled && blackbox_wanted_bytes(&machine->box) > 0;
}

void machine_record_add(struct machine *machine, const uint8_t *bytes, size_t len_bytes,
			uint64_t now_ms)
{
	blackbox_add(&machine->box, bytes, len_bytes);
	if (blackbox_wanted_bytes(&machine->box) == 0)
		hand_over(machine, now_ms);
}
