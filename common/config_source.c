/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a configuration file and checks its outer form: characters, comments, strings, braces. */
#include "common/config_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

void config_complain(const char *where, int line, const char *format, ...)
{
	char text[600];
	va_list args;

	va_start(args, format);
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	va_end(args);
	for (char *at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	if (line > 0)
		fprintf(stderr, "%s:%d: %s\n", where, line, text);
	else
		fprintf(stderr, "%s: %s\n", where, text);
}

static int check_kind(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	if (S_ISREG(st->st_mode))
		return st->st_size > CONFIG_SOURCE_MAX_BYTES ? -EFBIG : 0;
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3) ? 0 : -EINVAL;
}

/* The file may grow while it is read: the buffer's end decides, not st_size. */
static int read_all(int fd, char *text, size_t *len_bytes)
{
	size_t len = 0;

	for (;;) {
		ssize_t got = read(fd, text + len, CONFIG_SOURCE_MAX_BYTES + 1 - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		len += (size_t)got;
		if (len > CONFIG_SOURCE_MAX_BYTES)
			return -EFBIG;
		if (got == 0)
			break;
	}
	text[len] = '\0';
	*len_bytes = len;
	return 0;
}

static int open_and_read(const char *path, char *text, size_t *len_bytes)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int ret;

	if (fd < 0)
		return -errno;
	ret = fstat(fd, &st) ? -errno : check_kind(&st);
	if (!ret)
		ret = read_all(fd, text, len_bytes);
	close(fd);
	return ret;
}

static const char *explain(int error)
{
	switch (error) {
	case EINVAL:
		return "not a regular file";
	case EFBIG:
		return "more than 1 MiB, which is no configuration";
	default:
		return strerror(error);
	}
}

int config_source_read(const char *path, char **text, size_t *len_bytes)
{
	char *memory = malloc(CONFIG_SOURCE_MAX_BYTES + 2);
	int ret;

	if (!memory)
		return -ENOMEM;
	ret = open_and_read(path, memory, len_bytes);
	if (ret) {
		config_complain(path, 0, "%s", explain(-ret));
		free(memory);
		return ret;
	}
	*text = memory;
	return 0;
}

struct scan {
	const char *path;
	char *at; /* the text's NUL ends it */
	int line;
	int depth;      /* open braces */
	int brace_line; /* of the outermost open one */
	bool in_token;  /* an unquoted word goes on: "//" and "/" "*" belong to it */
};

static int refuse(const struct scan *scan, int line, const char *what)
{
	config_complain(scan->path, line, "%s", what);
	return -EINVAL;
}

static void blank(struct scan *scan, size_t len)
{
	for (; len > 0 && *scan->at; len--, scan->at++) {
		if (*scan->at == '\n')
			scan->line++;
		else
			*scan->at = ' ';
	}
}

static int pass_comment(struct scan *scan)
{
	int line = scan->line;
	const char *end;

	if (strncmp(scan->at, "/*", 2)) {
		blank(scan, strcspn(scan->at, "\n"));
		return 0;
	}
	end = strstr(scan->at + 2, "*/");
	if (!end)
		return refuse(scan, line, "a comment that nothing ends");
	blank(scan, (size_t)(end + 2 - scan->at));
	return 0;
}

/* At "${": its "}" must come before the line or the string ends. */
static int pass_variable(struct scan *scan)
{
	size_t len = strcspn(scan->at, "}\"\n");

	if (scan->at[len] != '}')
		return refuse(scan, scan->line, "a ${ that no } ends");
	scan->at += len + 1;
	return 0;
}

/* At a backslash: what it escapes, a quote above all, is passed with it. */
static int pass_escape(struct scan *scan, char quote)
{
	char escaped = scan->at[1];

	if (quote == '"' && escaped >= '0' && escaped <= '9')
		return refuse(scan, scan->line, "octal escapes are not understood; use \\xHH");
	scan->line += escaped == '\n';
	scan->at += escaped ? 2 : 1;
	return 0;
}

/* At one character, escape or ${ } of a string. */
static int pass_piece(struct scan *scan, char quote)
{
	if (*scan->at == '\\')
		return pass_escape(scan, quote);
	if (quote == '"' && !strncmp(scan->at, "${", 2))
		return pass_variable(scan);
	scan->line += *scan->at == '\n';
	scan->at++;
	return 0;
}

static int pass_string(struct scan *scan)
{
	char quote = *scan->at++;
	int line = scan->line;

	while (*scan->at && *scan->at != quote)
		if (pass_piece(scan, quote))
			return -EINVAL;
	if (!*scan->at)
		return refuse(scan, line, "a string that no quote ends");
	scan->at++;
	return 0;
}

static int pass_brace(struct scan *scan)
{
	if (*scan->at == '{') {
		if (scan->depth++ == 0)
			scan->brace_line = scan->line;
	} else if (--scan->depth < 0) {
		return refuse(scan, scan->line, "a } that no { opened");
	}
	scan->at++;
	return 0;
}

static bool is_comment(const struct scan *scan)
{
	if (*scan->at == '#')
		return true;
	return !scan->in_token && (!strncmp(scan->at, "//", 2) || !strncmp(scan->at, "/*", 2));
}

/* One comment, string, variable, brace or character. */
static int pass(struct scan *scan)
{
	bool was_in_token = scan->in_token;

	if (is_comment(scan))
		return pass_comment(scan);
	scan->in_token = false;
	if (*scan->at == '"' || *scan->at == '\'')
		return pass_string(scan);
	if (!was_in_token && !strncmp(scan->at, "${", 2))
		return pass_variable(scan);
	if (*scan->at == '{' || *scan->at == '}')
		return pass_brace(scan);
	scan->line += *scan->at == '\n';
	scan->in_token = !strchr(" \t\r\n=(),+", *scan->at);
	scan->at++;
	return 0;
}

/* The line of the first character that no text has, or 0. */
static int find_binary(const char *text, size_t len_bytes)
{
	int line = 1;

	for (size_t i = 0; i < len_bytes; i++) {
		unsigned char byte = (unsigned char)text[i];

		if ((byte < ' ' && !strchr("\t\n\r", byte)) || byte == 0x7f || byte == 0)
			return line;
		line += byte == '\n';
	}
	return 0;
}

int config_source_clean(const char *path, char *text, size_t len_bytes)
{
	struct scan scan = { .path = path, .at = text, .line = 1 };
	int line = find_binary(text, len_bytes);
	int ret = 0;

	if (line)
		return refuse(&scan, line, "a control character: this is no text file");
	while (!ret && *scan.at)
		ret = pass(&scan);
	if (!ret && scan.depth > 0)
		ret = refuse(&scan, scan.brace_line, "a { that no } ends");
	return ret;
}
