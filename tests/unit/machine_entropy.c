/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine, the warning of the running estimate - told once when it begins, once when it ends. */
#include "tests/unit/machine_bed.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <string.h>

#define WINDOW_SYMBOLS 8192
#define BIASED         2304 /* of WINDOW_SYMBOLS: a share of 0.28125, where 1.9 bits allow 0.268 */
#define EVEN           2048

/* A window of 2-bit symbols, @count of them 2, in random order. */
static void shuffle(uint8_t symbols[static WINDOW_SYMBOLS], unsigned count)
{
	static const uint8_t others[3] = { 0, 1, 3 };

	for (unsigned i = 0; i < WINDOW_SYMBOLS; i++)
		symbols[i] = i < count ? 2 : others[i % 3];
	for (unsigned i = WINDOW_SYMBOLS - 1; i > 0; i--) {
		unsigned j = (unsigned)random() % (i + 1);
		uint8_t kept = symbols[i];

		symbols[i] = symbols[j];
		symbols[j] = kept;
	}
}

static void window(struct bed *bed, unsigned count)
{
	uint8_t symbols[WINDOW_SYMBOLS], bytes[WINDOW_SYMBOLS / 4] = { 0 };

	shuffle(symbols, count);
	for (unsigned i = 0; i < WINDOW_SYMBOLS; i++)
		bytes[i / 4] |= (uint8_t)(symbols[i] << (6 - i % 4 * 2));
	machine_bytes(&bed->machine, bytes, sizeof(bytes), bed->now_ms);
}

/* Running, and at the next byte the stream's first window is full of @count. */
static void begin(struct bed *bed)
{
	to_starting(bed);
	good_bytes(bed, 1);
}

static void check_told(const struct bed *bed, unsigned warnings, unsigned ends)
{
	CU_ASSERT_EQUAL(bed->warnings, warnings);
	CU_ASSERT_EQUAL(bed->warning_ends, ends);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->machine.alarms, 0);
}

static void begins_and_ends_once(void)
{
	struct bed *bed = bed_open(5);
	uint64_t released;

	begin(bed);
	window(bed, BIASED);
	check_told(bed, 0, 0);
	window(bed, BIASED);
	check_told(bed, 1, 0);
	CU_ASSERT_STRING_EQUAL(
		bed->entropy,
		"entropy_warning=1 symbols=16384 value=2 share=0.2820 least_share=0.2713 "
		"min_entropy_upper=1.8822 health_entropy=1.9 "
		"reason=\"a value came more often than health_entropy allows\"");
	released = bed->machine.pipeline.counts.released_bytes;
	window(bed, EVEN);
	check_told(bed, 1, 0);
	CU_ASSERT(bed->machine.pipeline.counts.released_bytes > released); /* nothing withheld */
	window(bed, EVEN); /* a look at 2^15, half of them biased */
	check_told(bed, 1, 1);
	CU_ASSERT(strstr(bed->entropy, "entropy_warning=0 symbols=32768 ") == bed->entropy);
	CU_ASSERT(strstr(bed->entropy, "the shares no longer contradict health_entropy") != NULL);
	for (unsigned i = 0; i < 28; i++)
		window(bed, EVEN);
	check_told(bed, 1, 1);
	bed_close(bed);
}

/* Look after look says the same: one line. */
static void not_at_every_look(void)
{
	struct bed *bed = bed_open(5);

	begin(bed);
	for (unsigned i = 0; i < 16; i++)
		window(bed, BIASED);
	check_told(bed, 1, 0);
	bed_close(bed);
}

static void to_a_person(void)
{
	struct bed *bed = bed_open(5);
	char said[2048];
	size_t len;

	begin(bed);
	window(bed, BIASED);
	unit_capture();
	window(bed, BIASED);
	len = unit_captured(said, sizeof(said));
	CU_ASSERT(strstr(said,
			 "the last 16384 symbols value 2 had a share of 28.20 %, at least "
			 "27.13 % (99 % margin), and health_entropy = 1.9 allows 26.79 %") != NULL);
	CU_ASSERT(len > 0 && strchr(said, '\n') == said + len - 1); /* one line, not cut */
	CU_ASSERT(strstr(said, "\"The running estimate\"\n") != NULL);
	unit_capture();
	window(bed, EVEN);
	window(bed, EVEN);
	CU_ASSERT_EQUAL(unit_captured(said, sizeof(said)), 0); /* the end is in the event's line */
	bed_close(bed);
}

/* What comes to a new stream has to be told of it anew; that the old one ended is no line. */
static void a_new_stream(void)
{
	struct bed *bed = bed_open(5);

	begin(bed);
	window(bed, BIASED);
	window(bed, BIASED);
	check_told(bed, 1, 0);
	CU_ASSERT_EQUAL(command(bed, MACHINE_RESTART), MACHINE_PENDING);
	machine_settled(&bed->machine, bed->now_ms);
	good_bytes(bed, 1);
	window(bed, BIASED);
	check_told(bed, 1, 0);
	window(bed, BIASED);
	check_told(bed, 2, 0);
	stuck_bytes(bed, 6);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_ALARM);
	good_bytes(bed, 1);
	for (unsigned i = 0; i < 4; i++)
		window(bed, EVEN);
	CU_ASSERT_EQUAL(bed->machine.state, MACHINE_RUNNING);
	CU_ASSERT_EQUAL(bed->warnings, 2);
	CU_ASSERT_EQUAL(bed->warning_ends, 0);
	bed_close(bed);
}

/* Symbols that somebody reads untested are counted like all others. */
static void while_diverted(void)
{
	struct bed *bed = bed_open(5);

	begin(bed);
	machine_divert(&bed->machine, true);
	window(bed, BIASED);
	window(bed, BIASED);
	check_told(bed, 1, 0);
	machine_divert(&bed->machine, false);
	window(bed, EVEN);
	window(bed, EVEN);
	check_told(bed, 1, 1);
	bed_close(bed);
}

static const struct unit_test tests[] = {
	{ "begins and ends once", begins_and_ends_once },
	{ "not at every look", not_at_every_look },
	{ "to a person", to_a_person },
	{ "a new stream", a_new_stream },
	{ "while diverted", while_diverted },
};

int main(void)
{
	return unit_run("machine_entropy", tests, sizeof(tests) / sizeof(tests[0]));
}
