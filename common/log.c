/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line for a person, written by one write(2) so that lines of several processes stay whole. */
#include "common/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define LINE_BYTES 1000 /* newline included; syslog(3) and terminals take that without cutting */

static struct {
	const char *name;
	atomic_bool to_syslog; /* may be set while other threads speak */
	bool to_journal;
	enum log_level level;
} speaker = { .name = "trng", .level = LOG_LEVEL_NOTICE };

static const int priorities[] = {
	[LOG_LEVEL_ERROR] = LOG_ERR,
	[LOG_LEVEL_WARNING] = LOG_WARNING,
	[LOG_LEVEL_NOTICE] = LOG_NOTICE,
	[LOG_LEVEL_DEBUG] = LOG_DEBUG,
};

/* systemd names the journal's socket as "device:inode"; it is ours only if standard error still
 * is that socket (systemd.exec(5), JOURNAL_STREAM). */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_open(const char *name, bool to_syslog, enum log_level level)
{
	speaker.name = name;
	speaker.to_syslog = to_syslog;
	speaker.to_journal = !to_syslog && stderr_is_journal();
	speaker.level = level;
	if (to_syslog)
		openlog(name, LOG_PID, LOG_DAEMON);
}

void log_to_syslog(void)
{
	openlog(speaker.name, LOG_PID, LOG_DAEMON);
	speaker.to_syslog = true;
}

static void blank_controls(char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < ' ' || *line == 0x7f)
			*line = '?';
}

/* snprintf()'s result as the length that was really written to @room bytes. */
static size_t written(int len, size_t room)
{
	if (len < 0)
		return 0;
	return (size_t)len < room ? (size_t)len : room - 1;
}

static void write_line(enum log_level level, const char *message)
{
	char line[LINE_BYTES + 1], prefix[8] = "";
	struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t ignored;
	size_t len;

	if (speaker.to_journal)
		snprintf(prefix, sizeof(prefix), "<%d>", priorities[level]);
	len = written(snprintf(line, sizeof(line) - 1, "%s%s: %s", prefix, speaker.name, message),
		      sizeof(line) - 1);
	line[len++] = '\n';
	/* Who watches may have stopped reading: a lost line is better than a stopped daemon. */
	if (poll(&out, 1, 0) != 1 || !(out.revents & POLLOUT))
		return;
	ignored = write(STDERR_FILENO, line, len);
	(void)ignored;
}

__attribute__((format(printf, 2, 0))) static void say(enum log_level level, const char *format,
						      va_list args)
{
	int saved_errno = errno;
	char message[LINE_BYTES];

	if (level > speaker.level)
		return;
	if (vsnprintf(message, sizeof(message), format, args) < 0)
		message[0] = '\0';
	blank_controls(message);
	if (speaker.to_syslog)
		syslog(priorities[level], "%s", message);
	else
		write_line(level, message);
	errno = saved_errno;
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(LOG_LEVEL_ERROR, format, args);
	va_end(args);
}

void log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(LOG_LEVEL_WARNING, format, args);
	va_end(args);
}

void log_notice(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(LOG_LEVEL_NOTICE, format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(LOG_LEVEL_DEBUG, format, args);
	va_end(args);
}
