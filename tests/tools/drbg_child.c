/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drbg_child - a process with a seeded CTR_DRBG, for backtrack.
 *
 * drbg_child [keep | stale]
 * Prints its process id; then, for each line on standard input, a number of bytes of at most 1 MiB,
 * generates so many and appends them to the file that the line names next: "BYTES FILE". Prints
 * "done". keep: a copy of what was handed out stays. stale: a state from before stays in memory.
 * Both must be found out.
 */
#include "common/secret.h"
#include "fuse-trng/source/drbg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define MOST_BYTES (1024 * 1024)

static struct drbg *seeded(const uint8_t *seed)
{
	struct drbg *drbg;

	if (drbg_open(&drbg, true) < 0 ||
	    drbg_instantiate(drbg, seed, DRBG_SEED_BYTES, NULL, 0) < 0)
		exit(EXIT_FAILURE);
	return drbg;
}

static int generate(struct drbg *drbg, uint8_t *bytes, size_t len, const char *path)
{
	FILE *file = fopen(path, "ae");
	int ret = file ? 0 : -1;

	for (size_t at = 0; at < len && ret == 0; at += DRBG_REQUEST_BYTES) {
		size_t left = len - at;

		ret = drbg_generate(drbg, bytes + at,
				    left < DRBG_REQUEST_BYTES ? left : DRBG_REQUEST_BYTES, NULL, 0);
	}
	if (!file)
		return ret;
	setvbuf(file, NULL, _IONBF, 0);
	if (fwrite(bytes, 1, len, file) != len)
		ret = -1;
	fclose(file);
	return ret;
}

int main(int argc, char **argv)
{
	uint8_t *seed = secret_alloc(DRBG_SEED_BYTES), *bytes = secret_alloc(MOST_BYTES);
	uint8_t *kept = secret_alloc(MOST_BYTES);
	const char *mode = argc > 1 ? argv[1] : "";
	char line[512], path[400];
	struct drbg *drbg, *stale = NULL;
	size_t len;

	if (!seed || !bytes || !kept || getrandom(seed, DRBG_SEED_BYTES, 0) != DRBG_SEED_BYTES)
		return EXIT_FAILURE;
	drbg = seeded(seed);
	if (strcmp(mode, "stale") == 0)
		stale = seeded(seed);
	secret_wipe(seed, DRBG_SEED_BYTES);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("%ld\n", (long)getpid());
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%zu %399s", &len, path) != 2 || len > MOST_BYTES ||
		    generate(drbg, bytes, len, path) < 0)
			return EXIT_FAILURE;
		if (strcmp(mode, "keep") == 0)
			memcpy(kept, bytes, len);
		secret_wipe(bytes, len);
		puts("done");
	}
	drbg_close(stale);
	drbg_close(drbg);
	secret_free(kept, MOST_BYTES);
	secret_free(bytes, MOST_BYTES);
	secret_free(seed, DRBG_SEED_BYTES);
	return EXIT_SUCCESS;
}
