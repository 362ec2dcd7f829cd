/* SPDX-License-Identifier: GPL-3.0-or-later */
/* write_all - write(2) that ends when all is written. */
#include "common/write_all.h"

#include <errno.h>
#include <unistd.h>

int write_all(int fd, const void *bytes, size_t len_bytes)
{
	const char *at = bytes;

	while (len_bytes > 0) {
		ssize_t done = write(fd, at, len_bytes);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		at += done;
		len_bytes -= (size_t)done;
	}
	return 0;
}
