/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session - whichever piece of locked memory there is not: it is said, and nothing stays open. */
#include "fuse-trng/fs/session.h"

#include "tests/unit/machine_bed.h"
#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_PIECES 20

static unsigned left = UINT_MAX; /* pieces that there are */

void *mmap(void *addr, size_t len, int protection, int flags, int fd, off_t offset)
{
	union { /* ISO C has no way from the one to the other */
		void *object;
		void *(*call)(void *, size_t, int, int, int, off_t);
	} function = { .object = dlsym(RTLD_NEXT, "mmap") };

	if (fd == -1 && left != UINT_MAX && left-- == 0) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return function.call(addr, len, protection, flags, fd, offset);
}

/* As session_open() without @pieces + 1 of them. @said: what came on standard error. */
static int open_with(unsigned pieces, char *said, size_t size)
{
	/* So far it never comes if the memory is there: it is no mount point. */
	const struct session_settings settings = { .mountpoint = "/dev/null" };
	struct bed *bed = bed_open(5);
	static struct session session;
	int out[2], before = dup(STDERR_FILENO), ret;
	ssize_t len;

	CU_ASSERT_FATAL(before >= 0 && pipe(out) == 0);
	dup2(out[1], STDERR_FILENO);
	left = pieces;
	ret = session_open(&session, &settings, &bed->machine);
	left = UINT_MAX;
	dup2(before, STDERR_FILENO);
	close(before);
	close(out[1]);
	len = read(out[0], said, size - 1);
	said[len > 0 ? len : 0] = '\0';
	close(out[0]);
	bed_close(bed);
	return ret;
}

static void each_piece(void)
{
	char said[1024];
	unsigned without = 0;

	for (unsigned pieces = 0; pieces < MOST_PIECES; pieces++) {
		CU_ASSERT(open_with(pieces, said, sizeof(said)) < 0);
		CU_ASSERT(said[0] != '\0');
		without += strstr(said, "cannot start: ") != NULL;
	}
	CU_ASSERT(without >= 3);
	CU_ASSERT(without < MOST_PIECES);
}

int main(void)
{
	static const struct unit_test tests[] = { { "each piece", each_piece } };

	return unit_run("session_memory", tests, 1);
}
