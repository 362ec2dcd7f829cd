/* SPDX-License-Identifier: GPL-3.0-or-later */
/* output - see output.h */
#include "evaluate/report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int error_or(int fallback)
{
	return errno ? -errno : -fallback;
}

int output_open(const char *path, int taken_fd)
{
	struct stat ours, taken;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);

	if (fd < 0)
		return -errno;
	if (taken_fd < 0 || fstat(fd, &ours) < 0 || fstat(taken_fd, &taken) < 0 ||
	    !S_ISREG(ours.st_mode) || ours.st_dev != taken.st_dev || ours.st_ino != taken.st_ino)
		return fd;
	close(fd);
	return -EEXIST;
}

int output_html(int fd, const json_t *report, const struct exhibits *exhibits)
{
	FILE *out = report ? fdopen(fd, "w") : NULL;
	struct stat st;
	int ret = report ? 0 : -ENOMEM;

	if (!out) {
		close(fd);
		return ret ? ret : -ENOMEM;
	}
	errno = 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(fd, 0) < 0)
		ret = -errno;
	errno = 0;
	if (ret == 0 && html_write(out, report, exhibits) < 0)
		ret = error_or(EIO);
	errno = 0;
	if (fclose(out) != 0 && ret == 0)
		ret = error_or(EIO);
	return ret;
}

int output_json(FILE *out, const json_t *report)
{
	if (!report)
		return -ENOMEM;
	errno = 0;
	if (json_dumpf(report, out, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) < 0 ||
	    fputc('\n', out) == EOF)
		return error_or(EIO);
	return 0;
}

int output_flush(FILE *out)
{
	int failed;

	errno = 0;
	failed = fflush(out) != 0;
	return failed || ferror(out) ? error_or(EIO) : 0;
}
