/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trng-evaluate - what is this source worth? AIS 31 and SP 800-90B, exact and fast. */
#include "common/background.h"
#include "evaluate/evaluate.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* A report into a standard output that is closed must fail, not vanish: then it cannot be written.
 */
static int open_standard_files(void)
{
	bool is_closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	int fd;

	if (background_open_standard_files() < 0)
		return -1;
	if (!is_closed)
		return 0;
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		return -1;
	return close(fd);
}

int main(int argc, char **argv)
{
	if (open_standard_files() < 0)
		return 4;
	return evaluate_main(argc, argv, stdout, stderr);
}
