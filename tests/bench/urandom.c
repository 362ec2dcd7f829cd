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
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

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
#define NULL_INO     2

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

/* ---- a FUSE file that does nothing ---- */

static void null_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->max_write = LONG_BYTES; /* libfuse allows requests of as many pages */
}

static void null_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = { .ino = NULL_INO,
					  .entry_timeout = 60,
					  .attr_timeout = 60 };

	(void)parent;
	entry.attr = (struct stat){ .st_mode = S_IFREG | 0444, .st_nlink = 1, .st_size = 32 };
	if (strcmp(name, "null") == 0)
		fuse_reply_entry(req, &entry);
	else
		fuse_reply_err(req, ENOENT);
}

static void null_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct stat attr = { .st_nlink = 1, .st_size = 32 };

	(void)info;
	attr.st_mode = ino == NULL_INO ? S_IFREG | 0444 : S_IFDIR | 0555;
	fuse_reply_attr(req, &attr, 60);
}

static void null_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	(void)ino;
	info->direct_io = 1;
	fuse_reply_open(req, info);
}

static void null_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		      struct fuse_file_info *info)
{
	static char bytes[LONG_BYTES];

	(void)ino, (void)offset, (void)info;
	if (!bytes[0])
		memset(bytes, 1, sizeof(bytes)); /* pages of its own, not one page of zeros */
	fuse_reply_buf(req, bytes, size < LONG_BYTES ? size : LONG_BYTES);
}

static const struct fuse_lowlevel_ops null_ops = { .init = null_init,
						   .lookup = null_lookup,
						   .getattr = null_getattr,
						   .open = null_open,
						   .read = null_read };

static pid_t start_null(const char *mountpoint)
{
	char name[] = "bench";
	char *argv[] = { name, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse_session *session = fuse_session_new(&args, &null_ops, sizeof(null_ops), NULL);
	pid_t pid;

	if (!session || fuse_session_mount(session, mountpoint) != 0)
		fail("bench: mount");
	pid = fork();
	if (pid == 0)
		_exit(fuse_session_loop(session) ? 1 : 0);
	close(fuse_session_fd(session));
	return pid;
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

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
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
	cpu_set_t set = *all;
	size_t first = 0;

	while (!CPU_ISSET(first, all))
		first++;
	if (is_pinned) {
		CPU_ZERO(&set);
		CPU_SET(first, &set);
	}
	sched_setaffinity(0, sizeof(set), &set);
	for (int i = 0; i < 2; i++) {
		if (bench->servers[i] > 0)
			sched_setaffinity(bench->servers[i], sizeof(set), &set);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
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
	bench.servers[1] = start_null(folder);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		place(&bench, &all, rows[i].is_pinned);
		measure(&bench, &rows[i]);
	}
	umount2(folder, MNT_DETACH);
	waitpid(bench.servers[1], NULL, 0);
	rmdir(folder);
	return EXIT_SUCCESS;
}
