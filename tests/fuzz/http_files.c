/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes what of a request or a directory speaks of files: the first byte chooses between the
 * headers Range and If-None-Match, the path of a page, and a note of the store. */
#include "httpd/range.h"
#include "httpd/static.h"
#include "httpd/store_note.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_range(const char *header)
{
	static const uint64_t sizes[] = { 0, 1, 10, 10000, UINT64_MAX };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct range range = { 1, UINT64_MAX };
		enum range_verdict verdict = range_parse(header, sizes[i], &range);

		if (verdict == RANGE_UNSATISFIABLE)
			continue;
		if (range.first > sizes[i] || range.len_bytes > sizes[i] - range.first)
			abort();
		if (verdict == RANGE_PART && !range.len_bytes)
			abort();
		if (verdict == RANGE_WHOLE && range.len_bytes != sizes[i])
			abort();
	}
}

/* What matches holds the tag, or is nothing but a star. */
static void fuzz_tag(const char *header)
{
	if (static_tag_matches(header, "\"1-2\"") && !strstr(header, "\"1-2\"") &&
	    header[strspn(header, " \t")] != '*')
		abort();
}

/* A folder with a page, and beside it a secret that it has links to. */
struct place {
	char root[64];
	struct stat page, inner;
};

static const char *const made[] = { "ui/a.txt",  "ui/d/b.txt", "ui/l.txt", "ui/r",
				    "ui/.s.txt", "secret.txt", "ui/d",     "ui" };

static void name(char path[128], const struct place *place, const char *below)
{
	snprintf(path, 128, "%s/%s", place->root, below);
}

static void put(const struct place *place, const char *below)
{
	char path[128];
	int fd;

	name(path, place, below);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, below, strlen(below)) < 0)
		abort();
	close(fd);
}

static struct place *build(void)
{
	static struct place place;
	char path[128];

	strcpy(place.root, "/tmp/http_files.XXXXXX");
	if (!mkdtemp(place.root))
		abort();
	name(path, &place, "ui");
	mkdir(path, 0700);
	name(path, &place, "ui/d");
	mkdir(path, 0700);
	put(&place, "ui/a.txt");
	put(&place, "ui/d/b.txt");
	put(&place, "ui/.s.txt");
	put(&place, "secret.txt");
	name(path, &place, "ui/l.txt");
	if (symlink("../secret.txt", path))
		abort();
	name(path, &place, "ui/r");
	if (symlink("..", path))
		abort();
	name(path, &place, "ui/a.txt");
	stat(path, &place.page);
	name(path, &place, "ui/d/b.txt");
	stat(path, &place.inner);
	return &place;
}

static struct place *place_of_run(void)
{
	static struct place *place;

	if (!place)
		place = build();
	return place;
}

/* Called once, at exit. */
static void tear_down(void)
{
	const struct place *place = place_of_run();
	char path[128];

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		name(path, place, made[i]);
		remove(path);
	}
	rmdir(place->root);
}

/* Whatever opens is one of the two files that are meant to be seen. */
static void fuzz_path(const char *path)
{
	static int is_built;
	const struct place *place = place_of_run();
	struct static_file file;
	char folder[128];
	struct stat st;

	if (!is_built++)
		atexit(tear_down);
	name(folder, place, "ui");
	if (static_open(&file, folder, path))
		return;
	if (fstat(file.fd, &st) ||
	    (st.st_ino != place->page.st_ino && st.st_ino != place->inner.st_ino) || !file.type ||
	    file.tag[0] != '"')
		abort();
	close(file.fd);
}

/* What a note says is sound, and survives being written and read again. */
static void fuzz_note(const char *text, size_t len)
{
	struct store_file file, again;
	char *note;

	if (store_note_parse(text, len, &file))
		return;
	if (!store_is_owner(file.owner) || !store_is_source(file.source) || !file.bits ||
	    file.size_bytes != bits_file_bytes(file.form, file.bits) || strchr(file.name, '/') ||
	    strlen(file.name) + 1 >= STORE_NAME_BYTES || file.state != STORE_WHOLE)
		abort();
	note = store_note_text(&file);
	if (!note || strlen(note) > STORE_NOTE_MOST_BYTES ||
	    store_note_parse(note, strlen(note), &again) ||
	    memcmp(&file, &again, sizeof(file)) != 0)
		abort();
	free(note);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	if (!text)
		abort();
	switch (data[0] % 4) {
	case 0:
		fuzz_range(text);
		break;
	case 1:
		fuzz_tag(text);
		break;
	case 2:
		fuzz_path(text);
		break;
	default:
		fuzz_note((const char *)data + 1, size - 1);
	}
	free(text);
	return 0;
}
