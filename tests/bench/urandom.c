/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Speed of reading a file, which is `urandom` of a mount, beside /dev/urandom, getrandom(2) and a
 * FUSE file that does nothing: one, two and four readers, short reads and long ones.
 *
 * urandom FILE [PID]
 *
 * In each round all four are read in turn, so that a change of the machine's speed hits them all;
 * what is printed are medians over the rounds. PID is who serves FILE: the first figures, of one
 * reader, are taken with reader and servers on one processor. Whether the scheduler wakes a server
 * on the reader's processor or on another one, which has to wake up itself, would cost more than
 * the reading.
 */
#include "nothing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS       15
#define MOST_READERS 4
#define LONG_BYTES   (1024 * 1024)
#define SHORT_BYTES  4096

enum source { OURS, DEV_URANDOM, GETRANDOM, NOTHING, SOURCES };

static const char *const names[SOURCES] = { "urandom", "/dev/urandom", "getrandom(2)",
					    "a do-nothing FUSE file" };

struct bench {
	const char *paths[SOURCES]; /* NULL: getrandom(2) */
	pid_t servers[2];           /* of OURS, if known, and of NOTHING */
	double speeds[SOURCES][ROUNDS];
};

static const struct row {
	unsigned readers;
	size_t size_bytes;
	unsigned reads; /* by each reader in a round */
	bool is_pinned;
	const char *wanted[SOURCES];
} rows[] = {
	{ 1, LONG_BYTES, 24, true, { [DEV_URANDOM] = "at least 5" } },
	{ 1, SHORT_BYTES, 3000, true, { [NOTHING] = "at least 0.7" } },
	{ 1, LONG_BYTES, 24, false, { [DEV_URANDOM] = "at least 5" } },
	{ .readers = 1, .size_bytes = SHORT_BYTES, .reads = 1000 },
	{ .readers = 2, .size_bytes = LONG_BYTES, .reads = 16 },
	{ .readers = 2, .size_bytes = SHORT_BYTES, .reads = 1000 },
	{ .readers = 4, .size_bytes = LONG_BYTES, .reads = 8 },
	{ .readers = 4, .size_bytes = SHORT_BYTES, .reads = 1000 },
};

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* ---- reading ---- */

struct reader {
	pthread_t thread;
	const struct row *row;
	pthread_barrier_t *start;
	int fd; /* -1: getrandom(2) */
	double bytes;
};

static void *read_all(void *argument)
{
	struct reader *reader = argument;
	size_t size = reader->row->size_bytes;
	char *bytes =
		aligned_alloc(4096, size); /* one that is not takes a page more: two requests */

	if (!bytes)
		fail("bench: memory");
	memset(bytes, 1, size);
	pthread_barrier_wait(reader->start);
	for (unsigned i = 0; i < reader->row->reads; i++) {
		ssize_t got =
			reader->fd < 0 ? getrandom(bytes, size, 0) : read(reader->fd, bytes, size);

		if (got <= 0)
			fail("bench: read");
		reader->bytes += (double)got;
	}
	free(bytes);
	return NULL;
}

/* MB/s of all readers together. */
static double round_mb_s(const struct row *row, const char *path)
{
	struct reader readers[MOST_READERS];
	pthread_barrier_t start;
	double start_s, bytes = 0;

	pthread_barrier_init(&start, NULL, row->readers + 1);
	for (unsigned i = 0; i < row->readers; i++) {
		readers[i] = (struct reader){ .row = row, .start = &start, .fd = -1 };
		if (path) {
			readers[i].fd = open(path, O_RDONLY | O_CLOEXEC);
			if (readers[i].fd < 0)
				fail(path);
		}
		if (pthread_create(&readers[i].thread, NULL, read_all, &readers[i]) != 0)
			fail("bench: thread");
	}
	pthread_barrier_wait(&start);
	start_s = now_s();
	for (unsigned i = 0; i < row->readers; i++) {
		pthread_join(readers[i].thread, NULL);
		bytes += readers[i].bytes;
		if (path)
			close(readers[i].fd);
	}
	pthread_barrier_destroy(&start);
	return bytes / (now_s() - start_s) / 1e6;
}

/* ---- measuring ---- */

/* Ourselves and who serves: on the first processor of @all, or on any. */
static void place(const struct bench *bench, const cpu_set_t *all, bool is_pinned)
{
	cpu_set_t set = is_pinned ? first_processor(all) : *all;

	sched_setaffinity(0, sizeof(set), &set);
	for (int i = 0; i < 2; i++) {
		if (bench->servers[i] > 0)
			sched_setaffinity(bench->servers[i], sizeof(set), &set);
	}
}

static double median(const double *values)
{
	double sorted[ROUNDS];

	memcpy(sorted, values, sizeof(sorted));
	qsort(sorted, ROUNDS, sizeof(sorted[0]), by_value);
	return sorted[ROUNDS / 2];
}

static void print(const struct bench *bench, const struct row *row, enum source other)
{
	const char *wanted = row->wanted[other];
	double ratios[ROUNDS];

	for (int i = 0; i < ROUNDS; i++)
		ratios[i] = bench->speeds[OURS][i] / bench->speeds[other][i];
	printf("| %s, reads of %zu KiB, %u reader%s%s / %s | %.0f MB/s, %.0f MB/s | %.2f |%s%s |\n",
	       names[OURS], row->size_bytes / 1024, row->readers, row->readers == 1 ? "" : "s",
	       row->is_pinned ? ", one processor for all" : "", names[other],
	       median(bench->speeds[OURS]), median(bench->speeds[other]), median(ratios),
	       wanted ? " " : "", wanted ? wanted : "");
}

static void measure(struct bench *bench, const struct row *row)
{
	for (int i = 0; i < ROUNDS; i++) {
		for (enum source source = 0; source < SOURCES; source++)
			bench->speeds[source][i] = round_mb_s(row, bench->paths[source]);
	}
	for (enum source other = OURS + 1; other < SOURCES; other++)
		print(bench, row, other);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/trng-bench-XXXXXX", null_path[sizeof(folder) + 8];
	struct bench bench = { .paths = { [DEV_URANDOM] = "/dev/urandom" } };
	cpu_set_t all;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: urandom FILE [PID]\n");
		return EXIT_FAILURE;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	sched_getaffinity(0, sizeof(all), &all);
	if (access("/dev/fuse", R_OK | W_OK) < 0 || !mkdtemp(folder))
		fail("bench: /dev/fuse or a temporary folder");
	snprintf(null_path, sizeof(null_path), "%s/null", folder);
	bench.paths[OURS] = argv[1];
	bench.paths[NOTHING] = null_path;
	bench.servers[0] = argc > 2 ? atoi(argv[2]) : 0;
	bench.servers[1] = nothing_start(folder);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		place(&bench, &all, rows[i].is_pinned);
		measure(&bench, &rows[i]);
	}
	umount2(folder, MNT_DETACH);
	waitpid(bench.servers[1], NULL, 0);
	rmdir(folder);
	return EXIT_SUCCESS;
}
