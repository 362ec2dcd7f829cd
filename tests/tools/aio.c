/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * aio - one read by the kernel's asynchronous interface, past the page cache, as storage programs
 * do it.
 *
 * aio FILE BYTES
 * Submits the read, waits for its end and prints "bytes=N errno=NAME".
 * Exit status: 0 bytes came; 1 an error; 2 wrong usage; 77 the kernel has no such interface.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE_BYTES 4096
#define MAX_BYTES  (1024 * 1024)

/* What the read of @len bytes into @buffer gave, or -errno. */
static long read_by_aio(aio_context_t context, int fd, void *buffer, size_t len)
{
	struct iocb block = {
		.aio_fildes = (uint32_t)fd,
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_buf = (uintptr_t)buffer,
		.aio_nbytes = len,
	};
	struct iocb *blocks[] = { &block };
	struct io_event event;
	long got;

	if (syscall(SYS_io_submit, context, 1L, blocks) < 0)
		return -errno;
	do
		got = syscall(SYS_io_getevents, context, 1L, 1L, &event, NULL);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : (long)event.res;
}

int main(int argc, char **argv)
{
	size_t len = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	void *buffer = aligned_alloc(PAGE_BYTES, MAX_BYTES);
	aio_context_t context = 0;
	long got;
	int fd;

	if (len == 0 || len > MAX_BYTES || buffer == NULL) {
		fprintf(stderr, "aio: see the head of tests/tools/aio.c\n");
		return 2;
	}
	if (syscall(SYS_io_setup, 1L, &context) < 0) {
		int error = errno;

		fprintf(stderr, "aio: io_setup: %s\n", strerror(error));
		return error == ENOSYS ? 77 : 1;
	}
	fd = open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC);
	got = fd < 0 ? -errno : read_by_aio(context, fd, buffer, len);
	printf("bytes=%ld errno=%s\n", got < 0 ? 0 : got,
	       got < 0 ? strerrorname_np((int)-got) : "0");
	syscall(SYS_io_destroy, context);
	free(buffer);
	return got > 0 ? 0 : 1;
}
