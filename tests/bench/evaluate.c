/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Speed of the evaluation: bytes a second, ratios to libbz2 and between one thread and two.
 * `evaluate growth` prints how time and memory grow with the data instead.
 */
#include "evaluate/ais31/ais31.h"
#include "evaluate/ais31/autocorrelation.h"
#include "evaluate/ais31/kernels.h"
#include "evaluate/sp800_90b/assess.h"

#include <bzlib.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SYMBOLS    1000000u
#define AB_BYTES   2000000u /* procedures A and B, once each */
#define STREAM     (16u << 20)
#define ROUNDS     3
#define IID_SEEDS  4u
#define TEXT_BYTES (4u * SYMBOLS)

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* splitmix64: the same good bytes in every run. */
static void fill(uint8_t *bytes, size_t size_bytes, uint64_t seed)
{
	for (size_t i = 0; i < size_bytes; i += 8) {
		uint64_t mixed = seed += 0x9E3779B97F4A7C15u;

		mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
		mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
		mixed ^= mixed >> 31;
		memcpy(bytes + i, &mixed, size_bytes - i < 8 ? size_bytes - i : 8);
	}
}

struct work {
	const uint8_t *bytes;
	size_t size_bytes;
	unsigned width;                 /* of symbols */
	enum ais31_procedure procedure; /* of ais31 */
	uint64_t permutations;          /* out: of which bzip2 took a share */
	uint64_t compressed;
};

static void run_non_iid(struct work *work)
{
	struct symbols symbols = { work->bytes, work->size_bytes, work->width };
	struct non_iid *out = malloc(sizeof(*out));

	if (!out || non_iid_assess(&symbols, NULL, out) < 0)
		abort();
	free(out);
}

/* With several seeds: how many permutations a run needs is a matter of luck. */
static void run_iid(struct work *work)
{
	struct symbols symbols = { work->bytes, work->size_bytes, work->width };
	struct iid *out = malloc(sizeof(*out));
	const struct result *last;

	work->permutations = work->compressed = 0;
	for (uint64_t seed = 1; seed <= IID_SEEDS; seed++) {
		if (!out || iid_assess(&symbols, seed, NULL, out) < 0)
			abort();
		last = &out->permutation[PERMUTATION_STATISTICS - 1]; /* compression */
		work->permutations += out->permutations;
		work->compressed += 1 + (uint64_t)(result_get(last, "c0") + result_get(last, "c1") +
						   result_get(last, "c2"));
	}
	free(out);
}

static void run_ais31(struct work *work)
{
	struct memory_source memory = { .bytes = work->bytes, .size_bytes = work->size_bytes };
	struct source source = source_of_memory(&memory);
	struct ais31_verdict verdict;

	if (ais31_run(work->procedure, 1, &source, NULL, &verdict) < 0)
		abort();
}

static void run_a_and_b(struct work *work)
{
	struct memory_source memory = { .bytes = work->bytes, .size_bytes = work->size_bytes };
	struct source source = source_of_memory(&memory);
	struct ais31_verdict verdict;

	if (ais31_run(AIS31_A, 1, &source, NULL, &verdict) < 0 ||
	    ais31_run(AIS31_B, 1, &source, NULL, &verdict) < 0)
		abort();
}

/* The text that the compression statistic gives to bzip2, for data of this kind. */
static void run_bzip2(struct work *work)
{
	static char text[TEXT_BYTES], packed[TEXT_BYTES + TEXT_BYTES / 100 + 600];
	unsigned packed_bytes = sizeof(packed);
	size_t at = 0;

	for (size_t i = 0; i < work->size_bytes; i++)
		at += (size_t)sprintf(text + at, i ? " %u" : "%u", work->bytes[i]);
	double start_s = now_s();

	for (int i = 0; i < 4; i++) {
		packed_bytes = sizeof(packed);
		if (BZ2_bzBuffToBuffCompress(packed, &packed_bytes, text, (unsigned)at, 5, 0, 0) !=
		    BZ_OK)
			abort();
	}
	work->permutations = (uint64_t)((now_s() - start_s) / 4 * 1e9); /* ns each */
}

/* The least time of some rounds. */
static double best_s(void (*run)(struct work *), struct work *work, int threads, int rounds)
{
	double best = 1e9;

	omp_set_num_threads(threads);
	for (int i = 0; i < rounds; i++) {
		double start_s = now_s();

		run(work);
		if (now_s() - start_s < best)
			best = now_s() - start_s;
	}
	return best;
}

static void bench_non_iid(const uint8_t *bytes)
{
	struct work work = { .bytes = bytes, .size_bytes = SYMBOLS, .width = 8 };
	double one_s = best_s(run_non_iid, &work, 1, ROUNDS);
	double two_s = best_s(run_non_iid, &work, 2, ROUNDS);

	printf("| sp800-90b non-iid, 1,000,000 8-bit symbols, one thread | %.2f s, %.0f bytes/s | "
	       "| 2.5 s |\n",
	       one_s, SYMBOLS / one_s);
	printf("| the same / in two threads | %.2f s | %.2f | 1.6 |\n", two_s, one_s / two_s);
}

static void bench_iid(const uint8_t *bytes)
{
	struct work work = { .bytes = bytes, .size_bytes = SYMBOLS, .width = 8 }, bzip2 = work;

	run_bzip2(&bzip2);
	double one_s = best_s(run_iid, &work, 1, 1), two_s = best_s(run_iid, &work, 2, 1);
	double bzip2_s = 1e-9 * (double)bzip2.permutations * (double)work.compressed;

	printf("| sp800-90b iid, 1,000,000 8-bit symbols, %u seeds / libbz2 alone for the %u of %u "
	       "permutations that want it | %.1f s each, %.0f bytes/s | %.2f | 1.3 |\n",
	       IID_SEEDS, (unsigned)(work.compressed - IID_SEEDS), (unsigned)work.permutations,
	       one_s / IID_SEEDS, SYMBOLS * IID_SEEDS / one_s, one_s / bzip2_s);
	printf("| the same / in two threads | %.1f s | %.2f | 1.6 |\n", two_s / IID_SEEDS,
	       one_s / two_s);
}

/* Of T5 alone, without reading: what each width of registers brings. */
static void bench_kernels(const uint8_t *bytes)
{
	struct autocorrelation found;
	struct sequence sequence;

	for (size_t i = 0; i < kernels_count; i++) {
		double start_s = now_s();
		size_t at = 0;

		if (!kernels[i].is_supported())
			continue;
		for (; at + SEQUENCE_BYTES <= STREAM / 2; at += SEQUENCE_BYTES) {
			sequence_load(&sequence, bytes + at);
			autocorrelation(&sequence, &kernels[i], &found);
		}
		printf("| ais31, T5 with registers as in %s | %.0f MB/s | | %s |\n",
		       kernels[i].name, 1e-6 * (double)at / (now_s() - start_s),
		       i + 1 < kernels_count ? "30" : "8");
	}
}

static void bench_ais31(const uint8_t *bytes)
{
	struct work work = { .bytes = bytes, .size_bytes = AB_BYTES };
	double one_s = best_s(run_a_and_b, &work, 1, ROUNDS);
	double two_s = best_s(run_a_and_b, &work, 2, ROUNDS);

	printf("| ais31, procedures A and B on 2 MB, one thread | %.3f s, %.0f bytes/s | | 0.25 s "
	       "|\n",
	       one_s, AB_BYTES / one_s);
	printf("| the same / in two threads | %.3f s | %.2f | |\n", two_s, one_s / two_s);
	work.size_bytes = STREAM;
	for (work.procedure = AIS31_T0; work.procedure <= AIS31_T8; work.procedure++) {
		double s = best_s(run_ais31, &work, 1, ROUNDS);

		printf("| ais31, T%d on %u MiB, one thread | %.0f MB/s | | 30 |\n",
		       (int)work.procedure, STREAM >> 20, 1e-6 * STREAM / s);
	}
	bench_kernels(bytes);
}

/* One row: a child of its own, so that its peak memory is known. */
static void grow(const char *what, void (*run)(struct work *), size_t size_bytes, unsigned width)
{
	struct rusage usage;
	int status;

	fflush(stdout);
	double start_s = now_s();
	pid_t child = fork();

	if (child == 0) {
		uint8_t *bytes = malloc(size_bytes);
		struct work work = { .bytes = bytes,
				     .size_bytes = size_bytes,
				     .width = width,
				     .procedure = AIS31_T5 };

		if (!bytes)
			abort();
		fill(bytes, size_bytes, 1);
		for (size_t i = 0; width < 8 && i < size_bytes; i++)
			bytes[i] &= (uint8_t)((1u << width) - 1);
		run(&work);
		_exit(0);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status != 0)
		abort();
	printf("| %s | %zu | %u | %.1f | %ld |\n", what, size_bytes, width, now_s() - start_s,
	       usage.ru_maxrss >> 10);
}

static void bench_growth(size_t greatest)
{
	puts("| what | symbols | bits each | s | MiB |\n|---|---|---|---|---|");
	for (size_t symbols = SYMBOLS; symbols <= greatest; symbols *= 10) {
		grow("non-iid", run_non_iid, symbols, 1);
		grow("non-iid", run_non_iid, symbols, 2);
		grow("non-iid", run_non_iid, symbols, 8);
		grow("ais31 T5, bytes", run_ais31, symbols, 8);
	}
}

int main(int argc, char **argv)
{
	uint8_t *bytes = malloc(STREAM);

	if (argc > 1 && strcmp(argv[1], "growth") == 0) {
		bench_growth(argc > 2 ? strtoul(argv[2], NULL, 10) : 10 * SYMBOLS);
		return 0;
	}
	if (!bytes)
		return 1;
	fill(bytes, STREAM, 1);
	bench_non_iid(bytes);
	bench_ais31(bytes);
	bench_iid(bytes);
	free(bytes);
	return 0;
}
