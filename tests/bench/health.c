/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Speed of the health tests on packed 2-bit symbols, beside a plain histogram of the same bytes. */
#include "firmware/twin/model.h"
#include "fuse-trng/health/health.h"
#include "fuse-trng/health/lag.h"
#include "fuse-trng/health/online.h"
#include "fuse-trng/health/proportion.h"
#include "fuse-trng/health/repetition.h"
#include "fuse-trng/health/total_failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DATA_BYTES  (4u << 20)
#define DATA_BATCH  HEALTH_BATCH_BYTES
#define PER_BYTE    4
#define SYMBOL_BITS 2
#define ROUNDS      5
#define WANTED_MB_S 50.0 /* of packed 2-bit symbols on one core */
#define DEVICE_MB_S 0.5  /* the fastest device that one expects */
#define NEVER       1000000000u

struct bench {
	uint8_t *bytes;   /* DATA_BYTES */
	uint8_t *symbols; /* the same, one a byte, behind LAG_MAX of history */
	struct health *battery;
	struct total_failure total_failure;
	struct repetition repetition;
	struct proportion proportion;
	struct lag lag;
	struct online online;
	uint32_t histogram[256];
	uint64_t alarms;
};

/* Each runs over one batch that begins at byte @at. */
static void run_histogram(struct bench *bench, size_t at)
{
	for (size_t i = 0; i < DATA_BATCH; i++)
		bench->histogram[bench->bytes[at + i]]++;
}

static void run_total_failure(struct bench *bench, size_t at)
{
	total_failure_feed(&bench->total_failure, bench->bytes + at, DATA_BATCH);
}

static void run_repetition(struct bench *bench, size_t at)
{
	repetition_feed(&bench->repetition, bench->symbols + PER_BYTE * at, PER_BYTE * DATA_BATCH);
}

static void run_proportion(struct bench *bench, size_t at)
{
	proportion_feed(&bench->proportion, bench->symbols + PER_BYTE * at, PER_BYTE * DATA_BATCH);
}

static void run_lag(struct bench *bench, size_t at)
{
	lag_feed(&bench->lag, bench->symbols + PER_BYTE * at, PER_BYTE * DATA_BATCH);
}

static void run_online(struct bench *bench, size_t at)
{
	online_feed(&bench->online, bench->symbols + PER_BYTE * at, PER_BYTE * DATA_BATCH, at == 0);
}

static void run_battery(struct bench *bench, size_t at)
{
	enum health_test fired;

	for (size_t end = at + DATA_BATCH; at < end; at++) {
		size_t length = end - at;
		size_t done = health_feed(bench->battery, bench->bytes + at, length, &fired);

		at += done;
		if (done == length)
			break;
		bench->alarms++;
	}
}

static const struct bench_row {
	const char *name;
	void (*run)(struct bench *bench, size_t at);
} rows[] = {
	{ "byte histogram", run_histogram },
	{ "total_failure alone", run_total_failure },
	{ "repetition alone", run_repetition },
	{ "proportion alone", run_proportion },
	{ "lag alone", run_lag },
	{ "online alone", run_online },
	{ "all tests together (health_feed)", run_battery },
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The best of some rounds: what disturbs a round only ever slows it down. */
static double speed_mb_s(struct bench *bench, const struct bench_row *row)
{
	double best_s = 1e9;

	for (unsigned round = 0; round < ROUNDS; round++) {
		double start_s = now_s();

		for (size_t at = 0; at < DATA_BYTES; at += DATA_BATCH)
			row->run(bench, at);
		double took_s = now_s() - start_s;

		best_s = took_s < best_s ? took_s : best_s;
	}
	return DATA_BYTES / best_s / 1e6;
}

static void fill(struct bench *bench)
{
	struct model_prng prng;

	model_prng_seed(&prng, 1);
	for (size_t i = 0; i < DATA_BYTES; i++) {
		bench->bytes[i] = (uint8_t)(model_prng_next(&prng) >> 56);
		for (unsigned j = 0; j < PER_BYTE; j++)
			bench->symbols[PER_BYTE * i + j] =
				bench->bytes[i] >> (6 - SYMBOL_BITS * j) & 3;
	}
}

static int open_tests(struct bench *bench)
{
	const struct health_settings settings = {
		.symbol_bits = SYMBOL_BITS,
		.health_entropy = 1.9,
		.rate_symbol_s = 2e6,
		.false_alarms_per_year = 0.1,
	};
	const struct online_settings online = { SYMBOL_BITS, 0.26794336563407324, 0x1p-40 };

	total_failure_init(&bench->total_failure, HEALTH_CHUNK_BYTES);
	repetition_init(&bench->repetition, NEVER);
	proportion_init(&bench->proportion, 512, NEVER);
	lag_init(&bench->lag, NEVER);
	if (online_open(&bench->online, &online))
		return -1;
	return health_open(&bench->battery, &settings);
}

int main(void)
{
	static uint8_t memory[LAG_MAX + PER_BYTE * DATA_BYTES];
	static uint8_t bytes[DATA_BYTES];
	static struct bench bench;
	double reference = 0, battery = 0;

	bench.bytes = bytes;
	bench.symbols = memory + LAG_MAX;
	fill(&bench);
	if (open_tests(&bench))
		return EXIT_FAILURE;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double speed = speed_mb_s(&bench, &rows[i]);

		reference = i == 0 ? speed : reference;
		printf("| %s / byte histogram | %.0f MB/s | %.3f | |\n", rows[i].name, speed,
		       speed / reference);
		battery = speed; /* the last row */
	}
	printf("| all tests together / 50 MB/s | %.0f MB/s | %.3f | at least 1 |\n", battery,
	       battery / WANTED_MB_S);
	printf("| all tests on a 0.5 MB/s device / one core | | %.5f | at most 0.01 |\n",
	       DEVICE_MB_S / battery);
	online_close(&bench.online);
	health_close(bench.battery);
	return bench.alarms ? EXIT_FAILURE : EXIT_SUCCESS;
}
