/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens the files of the web page, walking down from the folder so that nothing leads out of it. */
#include "httpd/static.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *suffix, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".mjs", "text/javascript; charset=utf-8" },
	{ ".json", "application/json; charset=utf-8" },
	{ ".webmanifest", "application/manifest+json; charset=utf-8" },
	{ ".txt", "text/plain; charset=utf-8" },
	{ ".svg", "image/svg+xml; charset=utf-8" },
	{ ".png", "image/png" },
	{ ".jpg", "image/jpeg" },
	{ ".webp", "image/webp" },
	{ ".ico", "image/vnd.microsoft.icon" },
	{ ".woff2", "font/woff2" },
};

static const char *type_of(const char *name)
{
	const char *suffix = strrchr(name, '.');

	for (size_t i = 0; suffix && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(suffix, types[i].suffix))
			return types[i].type;
	return NULL;
}

/* No matter what the file system would make of it, these never belong to a page. */
static bool is_plain_part(const char *part)
{
	if (!*part || *part == '.')
		return false;
	for (const char *at = part; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f || *at == '\\')
			return false;
	return true;
}

/* One step down, into a folder, or to the file if it is the last. O_NOFOLLOW: no link is taken,
 * so the way is that of the names, and these cannot go up. */
static int step(int dir, const char *part, bool is_last)
{
	int flags = is_last ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY;

	if (is_plain_part(part))
		return openat(dir, part, flags | O_NOFOLLOW | O_CLOEXEC);
	errno = ENOENT;
	return -1;
}

/* Walks @path, which is cut up. Return: descriptor, or -1 with errno. */
static int walk(const char *folder, char *path)
{
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	while (dir >= 0 && path) {
		char *part = strsep(&path, "/");
		int next = step(dir, part, !path);
		int error = errno;

		close(dir);
		errno = error;
		dir = next;
	}
	return dir;
}

static void describe(struct static_file *file, const struct stat *st)
{
	file->size_bytes = (uint64_t)st->st_size;
	file->modified = st->st_mtim.tv_sec;
	/* The time of change as well: a file that came with an old date is new all the same. */
	snprintf(file->tag, sizeof(file->tag),
		 "\"%" PRIx64 "-%" PRIx64 ".%" PRIx32 "-%" PRIx64 ".%" PRIx32 "\"",
		 file->size_bytes, (uint64_t)st->st_mtim.tv_sec, (uint32_t)st->st_mtim.tv_nsec,
		 (uint64_t)st->st_ctim.tv_sec, (uint32_t)st->st_ctim.tv_nsec);
}

static int conceal(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ? -error : -ENOENT;
}

int static_open(struct static_file *file, const char *folder, const char *path)
{
	struct static_file found = { .type = type_of(path) };
	char name[512] = "index.html";
	struct stat st;

	if (!strcmp(path, "/"))
		found.type = type_of(name);
	else if (*path != '/' || strlen(path) > sizeof(name))
		return -ENOENT;
	else
		strcpy(name, path + 1);
	if (!found.type)
		return -ENOENT;
	found.fd = walk(folder, name);
	if (found.fd < 0)
		return conceal(errno);
	if (fstat(found.fd, &st) || !S_ISREG(st.st_mode)) {
		close(found.fd);
		return -ENOENT;
	}
	describe(&found, &st);
	*file = found;
	return 0;
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

int static_tag_matches(const char *header, const char *tag)
{
	size_t len = strlen(tag);
	const char *end;

	if (!header)
		return 0;
	header = skip_blanks(header);
	if (*header == '*')
		return !*skip_blanks(header + 1);
	/* A list may have empty items. Comparison is weak: W/ does not count. */
	for (;; header = skip_blanks(end + 1)) {
		header += strspn(header, " \t,");
		if (!strncmp(header, "W/", 2))
			header += 2;
		end = *header == '"' ? strchr(header + 1, '"') : NULL;
		if (!end)
			return 0;
		if ((size_t)(end + 1 - header) == len && !memcmp(header, tag, len))
			return 1;
		if (*(end + 1 + strspn(end + 1, " \t")) != ',')
			return 0;
	}
}
