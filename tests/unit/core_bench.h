/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * core_bench - a board made of arrays around the firmware's core; time passes only in run().
 *
 * The core's own unit programs share it, and nothing else: they are also built alone, by
 * tests/coverage.sh.
 */
#ifndef TRNG_TESTS_UNIT_CORE_BENCH_H
#define TRNG_TESTS_UNIT_CORE_BENCH_H

#include "firmware/core/trng_core.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#define FIRST_READING_MS 2008u
#define READING_MS       8u
#define FIRST_BYTE_MS    2128u
#define BYTE_MS          128u
#define ENDLESS          SIZE_MAX

struct bench {
	struct trng_core core;
	uint32_t now_ms;
	const uint8_t *input;
	size_t input_length;
	uint16_t level; /* the next reading; ADC codes count up from it */
	uint32_t readings;
	uint8_t output[2048];
	uint32_t output_ms[2048];
	size_t output_length;
	size_t room;     /* bytes that tx still takes */
	char powers[32]; /* a letter for each call: 0 nothing, L LED, F fan, B both */
};

static inline uint32_t bench_millis(void *ctx)
{
	return ((struct bench *)ctx)->now_ms;
}

static inline uint16_t bench_adc_read(void *ctx)
{
	struct bench *bench = ctx;

	bench->readings++;
	return bench->level++ % 1024;
}

static inline void bench_power(void *ctx, bool led, bool fan)
{
	struct bench *bench = ctx;
	size_t calls = strlen(bench->powers);

	CU_ASSERT_FATAL(calls + 1 < sizeof(bench->powers));
	bench->powers[calls] = "0LFB"[(led ? 1 : 0) + (fan ? 2 : 0)];
}

static inline int bench_rx(void *ctx)
{
	struct bench *bench = ctx;

	if (!bench->input_length)
		return -1;
	bench->input_length--;
	return *bench->input++;
}

static inline bool bench_tx(void *ctx, uint8_t byte)
{
	struct bench *bench = ctx;

	if (!bench->room)
		return false;
	CU_ASSERT_FATAL(bench->output_length < sizeof(bench->output));
	bench->room--;
	bench->output_ms[bench->output_length] = bench->now_ms;
	bench->output[bench->output_length++] = byte;
	return true;
}

static inline struct trng_hal bench_hal(struct bench *bench)
{
	return (struct trng_hal){ bench_millis, bench_adc_read, bench_power,
				  bench_rx,     bench_tx,       bench };
}

/* A board that has just been plugged in, its memory full of junk; `powers` holds trng_init()'s
 * call.
 */
static inline void bench_init(struct bench *bench, uint32_t now_ms)
{
	const struct trng_hal hal = bench_hal(bench);

	memset(bench, 0, sizeof(*bench));
	memset(&bench->core, 0xa5, sizeof(bench->core));
	bench->now_ms = now_ms;
	bench->room = ENDLESS;
	CU_ASSERT_EQUAL(trng_init(&bench->core, &hal), TRNG_OK);
}

/* The letter of the last call of power(). */
static inline char bench_powered(const struct bench *bench)
{
	return bench->powers[strlen(bench->powers) - 1];
}

/* Polls in every millisecond of @duration_ms, the first and the last. */
static inline void run(struct bench *bench, uint32_t duration_ms)
{
	trng_poll(&bench->core);
	while (duration_ms--) {
		bench->now_ms++;
		trng_poll(&bench->core);
	}
}

static inline void say_bytes(struct bench *bench, const void *bytes, size_t length)
{
	bench->input = bytes;
	bench->input_length = length;
	while (bench->input_length)
		trng_poll(&bench->core);
}

/* In one piece, at one moment. */
static inline void say(struct bench *bench, const char *text)
{
	say_bytes(bench, text, strlen(text));
}

/* Each byte on its own, @gap_ms apart. */
static inline void spell(struct bench *bench, const char *text, uint32_t gap_ms)
{
	for (; *text; text++) {
		say_bytes(bench, text, 1);
		run(bench, gap_ms);
	}
}

/* Says which row of a table it was. */
static inline void fail_at(const char *row)
{
	printf("\nfails: \"%s\"", row);
	CU_FAIL("the row printed above");
}

static inline uint32_t wait_ms(const struct bench *bench)
{
	return trng_wait_ms(&bench->core, bench->now_ms);
}

static inline void expect_identity(const struct bench *bench)
{
	CU_ASSERT_EQUAL(bench->output_length, strlen(trng_identity));
	CU_ASSERT_NSTRING_EQUAL(bench->output, trng_identity, strlen(trng_identity));
}

/* Of readings that count up by one: each symbol is the sum of four of them, modulo 4; first in the
 * top bits. */
static inline uint8_t expected_byte(uint32_t first_reading)
{
	uint8_t byte = 0;

	for (unsigned symbol = 0; symbol < 4; symbol++) {
		uint32_t sum = 0;

		for (unsigned i = 0; i < 4; i++)
			sum += (first_reading + symbol * 4 + i) % 1024;
		byte = (uint8_t)((unsigned)byte << 2 | (sum & 3));
	}
	return byte;
}

#endif
