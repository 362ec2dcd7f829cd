/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A mount with `raw`, `control` and `status` as docs/DESIGN.md describes them, without a board: a
 * child process serves it, the test reads and changes the shared struct.
 *
 * Place p of the stream after start s is the byte mount_byte(s, p). While `raw` is closed the
 * stream goes on, so each opening meets a gap.
 */
#ifndef TRNG_TESTS_UNIT_COLLECT_MOUNT_H
#define TRNG_TESTS_UNIT_COLLECT_MOUNT_H

#define FUSE_USE_VERSION 34
#include "tests/unit/collect_bed.h"

#include <errno.h>
#include <fuse.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define MOUNT_FAULTS 16
#define MOUNT_GAP    1000

/* What happens at one opening of `raw`. */
struct mount_fault {
	int open_error; /* open(2) fails */
	int error;      /* read(2) fails after so many bytes; -1: end of file */
	unsigned after_bytes;
};

struct mount {
	char path[96];
	pid_t child;
	bool is_on;
	bool is_closed_when_off; /* raw cannot even be opened in standby */
	bool is_open;
	unsigned starts, openings, refused_readers;
	unsigned given_bytes, turn; /* since this opening */
	uint64_t place;
	char commands[8192];        /* their first letters */
	int init_error, init_fails; /* the first so many `init` give that */
	char outcome[16];
	struct mount_fault fault[MOUNT_FAULTS];
};

static inline uint8_t mount_byte(unsigned start, uint64_t place)
{
	return bed_byte(start * UINT64_C(1000003) + place);
}

static inline struct mount *mount_here(void)
{
	return fuse_get_context()->private_data;
}

static int mount_getattr(const char *path, struct stat *st, struct fuse_file_info *info)
{
	(void)info;
	*st = (struct stat){ .st_mode = S_IFREG | 0600, .st_nlink = 1, .st_size = 32 };
	if (strcmp(path, "/") == 0)
		st->st_mode = S_IFDIR | 0755;
	else if (strcmp(path, "/raw") != 0 && strcmp(path, "/control") != 0 &&
		 strcmp(path, "/status") != 0)
		return -ENOENT;
	return 0;
}

static struct mount_fault *mount_fault_now(struct mount *mount)
{
	return &mount->fault[(mount->openings - 1) % MOUNT_FAULTS];
}

static int mount_open_raw(struct mount *mount)
{
	if (mount->is_open) {
		mount->refused_readers++;
		return -EBUSY;
	}
	if (!mount->is_on && mount->is_closed_when_off)
		return -ENODATA;
	mount->openings++;
	if (mount_fault_now(mount)->open_error)
		return -mount_fault_now(mount)->open_error;
	mount->is_open = true;
	mount->given_bytes = 0;
	/* The chunk that is open now is discarded; before the first symbol none is. */
	mount->place += mount->place ? MOUNT_GAP : 0;
	return 0;
}

static int mount_open(const char *path, struct fuse_file_info *info)
{
	info->direct_io = 1;
	info->nonseekable = 1;
	info->fh = (uint64_t)path[1];
	return path[1] == 'r' ? mount_open_raw(mount_here()) : 0;
}

static int mount_release(const char *path, struct fuse_file_info *info)
{
	(void)path;
	if (info->fh == 'r')
		mount_here()->is_open = false;
	return 0;
}

static int mount_read_raw(struct mount *mount, char *into, size_t size)
{
	const struct mount_fault *fault = mount_fault_now(mount);
	size_t most = 100;

	if (!mount->is_on)
		return -ENODATA;
	if (mount->turn++ % 8 == 7)
		return -EAGAIN;
	if (fault->error && mount->given_bytes >= fault->after_bytes)
		return fault->error < 0 ? 0 : -fault->error;
	if (fault->error && fault->after_bytes - mount->given_bytes < most)
		most = fault->after_bytes - mount->given_bytes;
	size = size < most ? size : most;
	for (size_t i = 0; i < size; i++)
		into[i] = (char)mount_byte(mount->starts, mount->place++);
	mount->given_bytes += (unsigned)size;
	return (int)size;
}

static int mount_read(const char *path, char *into, size_t size, off_t offset,
		      struct fuse_file_info *info)
{
	struct mount *mount = mount_here();

	(void)path;
	if (info->fh == 'r')
		return mount_read_raw(mount, into, size);
	if (info->fh == 'c')
		return snprintf(into, size, "%s\n", mount->outcome);
	return offset ? 0
		      : snprintf(into, size, "state=%s\nsymbol_bits=2\n",
				 mount->is_on ? "starting" : "standby");
}

static int mount_write(const char *path, const char *from, size_t size, off_t offset,
		       struct fuse_file_info *info)
{
	struct mount *mount = mount_here();
	bool is_init = strncmp(from, "init\n", size) == 0;
	size_t count = strlen(mount->commands);

	(void)path;
	(void)offset;
	if (count + 1 < sizeof(mount->commands))
		mount->commands[count] = from[0];
	if (!(info->flags & O_NONBLOCK) || (!is_init && strncmp(from, "shutdown\n", size) != 0))
		return -EINVAL;
	if (!is_init && !mount->is_on)
		return -EALREADY;
	strcpy(mount->outcome, "0");
	mount->is_on = is_init;
	if (is_init && mount->init_fails && mount->init_fails--) {
		mount->is_on = false;
		return -mount->init_error;
	}
	mount->starts += is_init ? 1 : 0;
	mount->place = 0;
	return -EINPROGRESS;
}

/* Whether a read would give data is told by the read. */
static int mount_poll(const char *path, struct fuse_file_info *info, struct fuse_pollhandle *handle,
		      unsigned *events)
{
	(void)path;
	(void)info;
	if (handle)
		fuse_pollhandle_destroy(handle);
	*events = POLLIN | POLLOUT;
	return 0;
}

static inline void mount_serve(struct mount *mount, int ready)
{
	static const struct fuse_operations operations = {
		.getattr = mount_getattr,
		.open = mount_open,
		.release = mount_release,
		.read = mount_read,
		.write = mount_write,
		.poll = mount_poll,
	};
	char name[] = "collect_mount", *argv[] = { name, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse *fuse = fuse_new(&args, &operations, sizeof(operations), mount);

	if (!fuse || fuse_mount(fuse, mount->path) ||
	    fuse_set_signal_handlers(fuse_get_session(fuse)))
		_exit(77);
	if (write(ready, "", 1) != 1)
		_exit(1);
	fuse_loop(fuse);
	fuse_unmount(fuse);
	fuse_destroy(fuse);
	_exit(0);
}

/** mount_begin - below @bed. Return: NULL (and says so) where nothing can be mounted. */
static inline struct mount *mount_begin(struct bed *bed)
{
	struct mount *mount = mmap(NULL, sizeof(*mount), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int ready[2];
	pid_t child;
	char byte;

	if (mount == MAP_FAILED || pipe(ready))
		abort();
	snprintf(mount->path, sizeof(mount->path), "%s/mnt", bed->work);
	mkdir(mount->path, 0777);
	fflush(NULL);
	child = fork();
	if (child == 0) {
		close(ready[0]);
		mount_serve(mount, ready[1]);
	}
	close(ready[1]);
	mount->child = child; /* shared memory: the child must not write its 0 here */
	if (read(ready[0], &byte, 1) != 1) {
		waitpid(child, NULL, 0);
		munmap(mount, sizeof(*mount));
		mount = NULL;
		printf("nothing can be mounted here: not tested\n");
	}
	close(ready[0]);
	return mount;
}

static inline void mount_end(struct mount *mount)
{
	int status = 0;

	/* libfuse may look whether it is to end, be told so, and then wait for the next request. */
	do {
		kill(mount->child, SIGTERM);
		poll(NULL, 0, 5);
	} while (waitpid(mount->child, &status, WNOHANG) == 0);
	CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	munmap(mount, sizeof(*mount));
}

#endif
