/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads, writes and judges what lies in the store's directory. */
#include "httpd/store_note.h"

#include "common/write_all.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NEW_NOTE     "new"        /* becomes the note when it is whole */
#define LAST_TIME_S  253402300799 /* the year 9999: its end fits the name of a file */
#define ID_DIGITS    (STORE_ID_BYTES - 1)
#define SHA256_CHARS (STORE_SHA256_BYTES - 1)

void store_disk_name(char name[STORE_DISK_BYTES], const char *id, const char *suffix)
{
	snprintf(name, STORE_DISK_BYTES, "%.*s.%.4s", ID_DIGITS, id, suffix);
}

int store_unlink(int dir, const char *id, const char *suffix)
{
	char name[STORE_DISK_BYTES];

	store_disk_name(name, id, suffix);
	return unlinkat(dir, name, 0) && errno != ENOENT ? -errno : 0;
}

/* What is not `random` says so in its name, wherever the file goes. */
void store_name(struct store_file *file)
{
	const char *kind = strcmp(file->source, "random") ? "urandom-" : "";
	time_t created = (time_t)file->created_s;
	char stamp[32] = "";
	struct tm utc;

	if (gmtime_r(&created, &utc))
		strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &utc);
	snprintf(file->name, sizeof(file->name), "trng-%s%.20s-%" PRIu64 "bit.%s", kind, stamp,
		 file->bits, bits_form_name(file->form));
}

bool store_is_owner(const char *owner)
{
	for (const char *at = owner; *at; at++)
		if (*at < ' ' || *at > '~')
			return false;
	return *owner && strlen(owner) < STORE_OWNER_BYTES;
}

bool store_is_source(const char *source)
{
	return !strcmp(source, "random") || !strcmp(source, "urandom");
}

static bool is_hex(const char *text, size_t digits)
{
	return strspn(text, "0123456789abcdef") >= digits;
}

static bool is_time(json_int_t time_s)
{
	return time_s >= 0 && time_s <= LAST_TIME_S;
}

/* What a note holds, before it is believed. */
struct words {
	const char *owner, *source, *form, *sha256;
	json_int_t bits, created_s, finished_s;
	int is_job;
};

static bool are_sound(const struct words *words)
{
	return store_is_owner(words->owner) && store_is_source(words->source) && words->bits > 0 &&
	       is_time(words->created_s) && is_time(words->finished_s) &&
	       strlen(words->sha256) == SHA256_CHARS && is_hex(words->sha256, SHA256_CHARS);
}

static int believe(const struct words *words, struct store_file *file)
{
	struct store_file read = {
		.state = STORE_WHOLE,
		.bits = (uint64_t)words->bits,
		.done_bits = (uint64_t)words->bits,
		.created_s = words->created_s,
		.finished_s = words->finished_s,
		.is_job = words->is_job,
	};

	if (!are_sound(words) || bits_form_parse(&read.form, words->form))
		return -EINVAL;
	read.size_bytes = bits_file_bytes(read.form, read.bits);
	snprintf(read.owner, sizeof(read.owner), "%s", words->owner);
	snprintf(read.source, sizeof(read.source), "%s", words->source);
	snprintf(read.sha256, sizeof(read.sha256), "%s", words->sha256);
	store_name(&read);
	*file = read;
	return 0;
}

int store_note_parse(const char *text, size_t len_bytes, struct store_file *file)
{
	json_t *note = json_loadb(text, len_bytes, JSON_REJECT_DUPLICATES, NULL);
	struct words words;
	int ret = -EINVAL;

	if (!note)
		return -EINVAL;
	if (!json_unpack(note, "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:b}", "owner", &words.owner,
			 "source", &words.source, "form", &words.form, "sha256", &words.sha256,
			 "bits", &words.bits, "created_s", &words.created_s, "finished_s",
			 &words.finished_s, "is_job", &words.is_job))
		ret = believe(&words, file);
	json_decref(note);
	return ret;
}

char *store_note_text(const struct store_file *file)
{
	json_t *note = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:b}", "owner", file->owner,
				 "source", file->source, "form", bits_form_name(file->form),
				 "sha256", file->sha256, "bits", (json_int_t)file->bits,
				 "created_s", (json_int_t)file->created_s, "finished_s",
				 (json_int_t)file->finished_s, "is_job", file->is_job);
	char *text = note ? json_dumps(note, JSON_INDENT(2)) : NULL;

	json_decref(note);
	return text;
}

static int write_flushed(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write_all(fd, text, strlen(text));
	if (!ret && fsync(fd))
		ret = -errno;
	close(fd);
	return ret;
}

int store_note_write(int dir, const struct store_file *file)
{
	char fresh[STORE_DISK_BYTES], name[STORE_DISK_BYTES];
	char *text = store_note_text(file);
	int ret;

	if (!text)
		return -ENOMEM;
	store_disk_name(fresh, file->id, NEW_NOTE);
	store_disk_name(name, file->id, STORE_NOTE);
	ret = write_flushed(dir, fresh, text);
	if (!ret && renameat(dir, fresh, dir, name))
		ret = -errno;
	if (ret)
		unlinkat(dir, fresh, 0);
	free(text);
	return ret;
}

/* A regular file that somebody else put there is none of ours. */
static bool is_own_file(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid();
}

/* Return: length of the note; -EINVAL: none of ours; another -errno. */
static ssize_t read_note(int dir, const char *name, char *text)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	ssize_t len = -EINVAL;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && is_own_file(&st) && st.st_size <= STORE_NOTE_MOST_BYTES) {
		len = read(fd, text, STORE_NOTE_MOST_BYTES);
		if (len < 0)
			len = -errno;
	}
	close(fd);
	return len;
}

enum verdict { TAKE_OVER, DELETE, LEAVE_ALONE };

static enum verdict judge_data(int dir, const struct store_file *file)
{
	char name[STORE_DISK_BYTES];
	struct stat st;

	store_disk_name(name, file->id, bits_form_name(file->form));
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? DELETE : LEAVE_ALONE;
	if (!is_own_file(&st))
		return LEAVE_ALONE;
	return (uint64_t)st.st_size == file->size_bytes ? TAKE_OVER : DELETE;
}

/* The file that the note called @name speaks of. */
static enum verdict judge(int dir, const char *name, struct store_file *file)
{
	char text[STORE_NOTE_MOST_BYTES];
	ssize_t len = read_note(dir, name, text);

	if (len < 0 || store_note_parse(text, (size_t)len, file))
		return LEAVE_ALONE;
	memcpy(file->id, name, ID_DIGITS);
	return judge_data(dir, file);
}

struct scan {
	int dir;
	int (*found)(void *cls, const struct store_file *file);
	void *cls;
	unsigned left_alone;
};

static int see_note(struct scan *scan, const char *name)
{
	struct store_file file;
	enum verdict verdict = judge(scan->dir, name, &file);
	int ret = 0;

	if (verdict == TAKE_OVER)
		ret = scan->found(scan->cls, &file);
	if (verdict == DELETE) {
		store_unlink(scan->dir, file.id, bits_form_name(file.form));
		store_unlink(scan->dir, file.id, STORE_NOTE);
	}
	if (verdict == LEAVE_ALONE || ret == -EMFILE)
		scan->left_alone++;
	return ret == -EMFILE ? 0 : ret;
}

static void see_growing(struct scan *scan, const char *name)
{
	struct stat st;

	if (fstatat(scan->dir, name, &st, AT_SYMLINK_NOFOLLOW) || !is_own_file(&st) ||
	    unlinkat(scan->dir, name, 0))
		scan->left_alone++;
}

static int see(struct scan *scan, const char *name)
{
	const char *suffix = name + ID_DIGITS + 1;

	if (!is_hex(name, ID_DIGITS) || name[ID_DIGITS] != '.')
		return 0;
	if (!strcmp(suffix, STORE_NOTE))
		return see_note(scan, name);
	if (!strcmp(suffix, STORE_PART) || !strcmp(suffix, NEW_NOTE))
		see_growing(scan, name);
	return 0;
}

/* Return: 0, at the end as well, where *@name is NULL; -errno. */
static int next_name(DIR *stream, const char **name)
{
	const struct dirent *entry;

	errno = 0;
	entry = readdir(stream);
	*name = entry ? entry->d_name : NULL;
	return -errno;
}

int store_note_scan(int dir, int (*found)(void *cls, const struct store_file *file), void *cls,
		    unsigned *left_alone)
{
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = own < 0 ? NULL : fdopendir(own);
	struct scan scan = { .dir = dir, .found = found, .cls = cls };
	const char *name;
	int ret;

	if (!stream) {
		ret = -errno;
		if (own >= 0)
			close(own);
		return ret;
	}
	do {
		ret = next_name(stream, &name);
		if (!ret && name)
			ret = see(&scan, name);
	} while (!ret && name);
	closedir(stream);
	*left_alone = scan.left_alone;
	return ret;
}
