/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger - that it adds up whatever happens: commands, alarms, diversion, a full pool,
 * conditioning. */
#include "tests/unit/machine_bed.h"
#include "tests/unit/unit.h"

#include <string.h>

/* Some bytes of the pool are handed out, as a reader would have them. */
static void hand_out(struct bed *bed, size_t len)
{
	struct machine *machine = &bed->machine;

	if (len > machine->pool.len_bytes)
		len = machine->pool.len_bytes;
	pool_drop(&machine->pool, len);
	ledger_move(&machine->ledger, LEDGER_POOL, LEDGER_RANDOM, len);
}

static void do_something(struct bed *bed)
{
	struct machine *machine = &bed->machine;

	bed->now_ms += (uint64_t)(random() % 7000);
	switch (random() % 16) {
	case 0:
		command(bed, (enum machine_command)(random() % 3));
		break;
	case 1:
	case 2:
		machine_powered(machine, true, bed->now_ms);
		machine_settled(machine, bed->now_ms);
		break;
	case 3:
		stuck_bytes(bed, (size_t)random() % 300);
		break;
	case 4:
		machine_divert(machine, random() % 2);
		break;
	case 5:
		machine_port_down(machine, "gone", bed->now_ms);
		machine_port_up(machine, bed->now_ms);
		break;
	case 6:
		machine_dropped(machine, (size_t)random() % 50);
		break;
	case 7:
		hand_out(bed, (size_t)random() % 5000);
		break;
	case 8:
		machine_tick(machine, bed->now_ms);
		break;
	default:
		good_bytes(bed, (size_t)random() % 4096);
	}
}

static void adds_up_whatever_happens(void)
{
	for (int run = 0; run < 60; run++) {
		struct bed *bed = bed_open_as(3, run % 2, 0);

		to_standby(bed);
		for (int i = 0; i < 300; i++) {
			do_something(bed);
			check_ledger(bed);
		}
		bed_close(bed);
	}
}

/* Of what came while diverted nothing is in the pool, nor of the chunks that were open then. */
static void what_is_diverted_stays_out_of_the_pool(void)
{
	struct bed *bed = bed_open(5);
	const struct ledger *ledger = &bed->machine.ledger;

	to_running(bed); /* 256 bytes: two chunks and 56 bytes */
	machine_divert(&bed->machine, true);
	good_bytes(bed, 1030);
	CU_ASSERT_EQUAL(bed->raw_bytes, 1030);
	machine_divert(&bed->machine, false);
	good_bytes(bed, 3000);
	CU_ASSERT_EQUAL(bed->raw_bytes, 1030);
	CU_ASSERT_EQUAL(ledger->bytes[LEDGER_DIVERTED], 1030);
	CU_ASSERT_EQUAL(ledger->bytes[LEDGER_PARTIAL], 56 + 14);
	CU_ASSERT_EQUAL(ledger->bytes[LEDGER_POOL] % HEALTH_CHUNK_BYTES, 0);
	CU_ASSERT_EQUAL(ledger->bytes[LEDGER_POOL] + ledger->bytes[LEDGER_HELD],
			256 + 1030 + 3000 - 1100);
	CU_ASSERT_EQUAL(machine_eta_s(&bed->machine, 1000, bed->now_ms), 0);
	machine_divert(&bed->machine, true);
	CU_ASSERT_EQUAL(machine_eta_s(&bed->machine, 4097, bed->now_ms), -1);
	bed_close(bed);
}

/* The wait that is foretold while chunks are withheld is the one that it takes. */
static void waits_count_what_is_withheld(void)
{
	for (size_t run = 0; run < 200; run++) {
		struct bed *bed = bed_open(5);
		struct pipeline *pipeline = &bed->machine.pipeline;
		uint64_t until;
		size_t had;

		to_running(bed);
		/* In the first runs a window ends soon after a chunk that is withheld has begun. */
		good_bytes(bed, run < 20 ? 745 + run : (size_t)random() % 1000);
		machine_divert(&bed->machine, true);
		good_bytes(bed, run < 20 ? 3 : (size_t)random() % 600 + 1);
		machine_divert(&bed->machine, false);
		had = bed->machine.pool.len_bytes;
		until = pipeline_bytes_until(pipeline, 200);
		CU_ASSERT(until > 0);
		good_bytes(bed, (size_t)until - 1);
		CU_ASSERT(bed->machine.pool.len_bytes < had + 200);
		/* The lag test remembers 32 symbols more, and a run may be open. */
		good_bytes(bed, 128 + 8);
		CU_ASSERT(bed->machine.pool.len_bytes >= had + 200);
		bed_close(bed);
	}
}

/* Gaps are told while somebody reads, and only then. */
static void tells_of_gaps(void)
{
	struct bed *bed = bed_open(5);

	to_running(bed);
	command(bed, MACHINE_RESTART);
	CU_ASSERT_EQUAL(bed->raw_gaps, 0);
	machine_powered(&bed->machine, true, bed->now_ms);
	machine_settled(&bed->machine, bed->now_ms);
	good_bytes(bed, 256);
	machine_divert(&bed->machine, true);
	CU_ASSERT_EQUAL(bed->raw_gaps, 0);
	stuck_bytes(bed, 50); /* an alarm is no gap: the line goes on */
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	CU_ASSERT_EQUAL(bed->raw_gaps, 0);
	command(bed, MACHINE_RESTART);
	CU_ASSERT_EQUAL(bed->raw_gaps, 1);
	bed_close(bed);
}

static void conditions_by_the_assessed_entropy(void)
{
	struct bed *bed = bed_open_as(5, true, 0);
	const struct ledger *ledger = &bed->machine.ledger;

	/* 1.0 bit of 2: 4 bits a byte, 320 bits in 80 bytes. */
	CU_ASSERT_EQUAL(bed->machine.pipeline.conditioner.input_bytes, 80);
	to_running(bed);
	good_bytes(bed, 4000);
	CU_ASSERT(ledger->bytes[LEDGER_CONDITIONED] >= 3600);
	CU_ASSERT_EQUAL(ledger->bytes[LEDGER_CONDITIONED] % 80, 0);
	CU_ASSERT_EQUAL(ledger->made_bytes, ledger->bytes[LEDGER_CONDITIONED] / 80 * 32);
	CU_ASSERT_EQUAL(ledger->bytes[LEDGER_POOL], ledger->made_bytes);
	CU_ASSERT_EQUAL(machine_bytes_holding(&bed->machine, 384), 48);
	command(bed, MACHINE_SHUTDOWN);
	CU_ASSERT_EQUAL(ledger->bytes[LEDGER_POOL] + ledger->bytes[LEDGER_CONDITIONER], 0);
	bed_close(bed);
}

static void unconditioned_bytes_hold_what_is_assessed(void)
{
	struct bed *bed = bed_open(5);

	CU_ASSERT_EQUAL(machine_bytes_holding(&bed->machine, 384), 96);
	CU_ASSERT_EQUAL(machine_bytes_holding(&bed->machine, 257), 65);
	bed_close(bed);
}

static const struct unit_test tests[] = {
	{ "adds up whatever happens", adds_up_whatever_happens },
	{ "what is diverted stays out of the pool", what_is_diverted_stays_out_of_the_pool },
	{ "waits count what is withheld", waits_count_what_is_withheld },
	{ "tells of gaps", tells_of_gaps },
	{ "conditions by the assessed entropy", conditions_by_the_assessed_entropy },
	{ "unconditioned bytes hold what is assessed", unconditioned_bytes_hold_what_is_assessed },
};

int main(void)
{
	srandom((unsigned)unit_seed());
	return unit_run("ledger", tests, sizeof(tests) / sizeof(tests[0]));
}
