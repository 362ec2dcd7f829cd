/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nothing - a FUSE file that does nothing, which is what any file of a FUSE daemon costs at least;
 * and the clock and the order that the benchmarks beside it share.
 */
#ifndef TRNG_TESTS_BENCH_NOTHING_H
#define TRNG_TESTS_BENCH_NOTHING_H

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define NOTHING_INO       2
#define NOTHING_MAX_BYTES (1024 * 1024)

static void nothing_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->max_write = NOTHING_MAX_BYTES; /* libfuse allows requests of as many pages */
}

static void nothing_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = { .ino = NOTHING_INO,
					  .entry_timeout = 60,
					  .attr_timeout = 60 };

	(void)parent;
	entry.attr = (struct stat){ .st_mode = S_IFREG | 0444, .st_nlink = 1, .st_size = 32 };
	if (strcmp(name, "null") == 0)
		fuse_reply_entry(req, &entry);
	else
		fuse_reply_err(req, ENOENT);
}

static void nothing_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	struct stat attr = { .st_nlink = 1, .st_size = 32 };

	(void)info;
	attr.st_mode = ino == NOTHING_INO ? S_IFREG | 0444 : S_IFDIR | 0555;
	fuse_reply_attr(req, &attr, 60);
}

static void nothing_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info)
{
	(void)ino;
	info->direct_io = 1;
	fuse_reply_open(req, info);
}

static void nothing_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
			 struct fuse_file_info *info)
{
	static char bytes[NOTHING_MAX_BYTES];

	(void)ino, (void)offset, (void)info;
	if (!bytes[0])
		memset(bytes, 1, sizeof(bytes)); /* pages of its own, not one page of zeros */
	fuse_reply_buf(req, bytes, size < NOTHING_MAX_BYTES ? size : NOTHING_MAX_BYTES);
}

static const struct fuse_lowlevel_ops nothing_ops = { .init = nothing_init,
						      .lookup = nothing_lookup,
						      .getattr = nothing_getattr,
						      .open = nothing_open,
						      .read = nothing_read };

/* Mount it as @mountpoint/null, served by a child, whose id is returned. */
static inline pid_t nothing_start(const char *mountpoint)
{
	char name[] = "bench";
	char *argv[] = { name, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse_session *session =
		fuse_session_new(&args, &nothing_ops, sizeof(nothing_ops), NULL);
	pid_t pid;

	if (!session || fuse_session_mount(session, mountpoint) != 0) {
		fprintf(stderr, "bench: cannot mount on %s\n", mountpoint);
		exit(EXIT_FAILURE);
	}
	pid = fork();
	if (pid == 0)
		_exit(fuse_session_loop(session) ? 1 : 0);
	close(fuse_session_fd(session));
	return pid;
}

/* ---- measuring ---- */

static inline double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* For qsort() of doubles. */
static inline int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The first processor of @all alone. */
static inline cpu_set_t first_processor(const cpu_set_t *all)
{
	cpu_set_t one;
	size_t first = 0;

	while (!CPU_ISSET(first, all))
		first++;
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	return one;
}

#endif
