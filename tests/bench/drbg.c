/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Speed of the generator beside bare AES-256 in counter mode and /dev/urandom, in turn. */
#include "fuse-trng/source/cipher.h"
#include "fuse-trng/source/drbg.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_BYTES  (1024 * 1024)
#define ROUND_BYTES (4 * 1024 * 1024)
#define ROUNDS      15

struct bench {
	struct drbg *drbg;
	struct cipher cipher;
	int fd;
};

static uint8_t bytes[MOST_BYTES];

/* Each wipes what was there and fills @size_bytes, as one answer to a reader would be. */
static int run_drbg(struct bench *bench, size_t size_bytes)
{
	int ret = 0;

	explicit_bzero(bytes, size_bytes);
	for (size_t at = 0; at < size_bytes && ret == 0; at += DRBG_REQUEST_BYTES) {
		size_t left = size_bytes - at;

		ret = drbg_generate(bench->drbg, bytes + at,
				    left < DRBG_REQUEST_BYTES ? left : DRBG_REQUEST_BYTES, NULL, 0);
	}
	return ret;
}

static int run_cipher(struct bench *bench, size_t size_bytes)
{
	explicit_bzero(bytes, size_bytes);
	return cipher_apply(&bench->cipher, bytes, bytes, size_bytes);
}

static int run_urandom(struct bench *bench, size_t size_bytes)
{
	explicit_bzero(bytes, size_bytes);
	return read(bench->fd, bytes, size_bytes) == (ssize_t)size_bytes ? 0 : -1;
}

static const struct runner {
	const char *name;
	int (*run)(struct bench *bench, size_t size_bytes);
} runners[] = {
	{ "drbg_generate()", run_drbg },
	{ "bare AES-256-CTR", run_cipher },
	{ "/dev/urandom", run_urandom },
};

#define RUNNERS (sizeof(runners) / sizeof(runners[0]))

static double round_mb_s(struct bench *bench, const struct runner *runner, size_t size_bytes)
{
	struct timespec start, end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (size_t done = 0; done < ROUND_BYTES; done += size_bytes) {
		if (runner->run(bench, size_bytes) < 0)
			abort();
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	return ROUND_BYTES / 1e6 /
	       ((double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec));
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(struct bench *bench, size_t size_bytes)
{
	double speeds[RUNNERS][ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		for (size_t j = 0; j < RUNNERS; j++)
			speeds[j][i] = round_mb_s(bench, &runners[j], size_bytes);
	}
	for (size_t j = 0; j < RUNNERS; j++)
		qsort(speeds[j], ROUNDS, sizeof(speeds[j][0]), by_value);
	for (size_t j = 1; j < RUNNERS; j++)
		printf("| %s, answers of %zu KiB / %s | %.0f MB/s, %.0f MB/s | %.2f | |\n",
		       runners[0].name, size_bytes / 1024, runners[j].name, speeds[0][ROUNDS / 2],
		       speeds[j][ROUNDS / 2], speeds[0][ROUNDS / 2] / speeds[j][ROUNDS / 2]);
}

int main(void)
{
	static const uint8_t seed[DRBG_SEED_BYTES];
	struct bench bench = { .fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC) };

	if (bench.fd < 0 || drbg_open(&bench.drbg, true) < 0 || cipher_open(&bench.cipher) < 0 ||
	    drbg_instantiate(bench.drbg, seed, sizeof(seed), NULL, 0) < 0) {
		fprintf(stderr, "bench: cannot open the generators\n");
		return EXIT_FAILURE;
	}
	measure(&bench, 4096);
	measure(&bench, DRBG_REQUEST_BYTES);
	measure(&bench, MOST_BYTES);
	cipher_close(&bench.cipher);
	drbg_close(bench.drbg);
	close(bench.fd);
	return EXIT_SUCCESS;
}
