/* SPDX-License-Identifier: GPL-3.0-or-later */
/* segment - see segment.h */
#include "evaluate/collect/segment.h"

#include "evaluate/collect/folder.h"
#include "evaluate/collect/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What a power cut may cost, of a slow source and of a fast one. */
#define SYNC_S     10
#define SYNC_BYTES (4u << 20)

const char *segment_name(size_t index, char name[static SEGMENT_NAME_BYTES])
{
	snprintf(name, SEGMENT_NAME_BYTES, "segment-%04zu.bin", index + 1);
	return name;
}

uint64_t segment_symbols(uint64_t bytes, unsigned width)
{
	return bytes * 8 / width;
}

uint64_t segment_joinable(uint64_t bytes, unsigned width)
{
	uint64_t symbols = segment_symbols(bytes, width);

	return symbols >= SEGMENT_LEAST_SYMBOLS ? symbols : 0;
}

static double now_s(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- the entry in the manifest ---- */

static int note_size(json_t *entry, uint64_t bytes, unsigned width)
{
	int ret = manifest_put(entry, "bytes", json_integer((json_int_t)bytes));

	return ret ? ret
		   : manifest_put(entry, "symbols",
				  json_integer((json_int_t)segment_symbols(bytes, width)));
}

/* Appends the source's status to status-NNNN.txt, and its state to the entry. */
static int note_status(struct segment *segment, const char *when, const char *key)
{
	char *text = state_read(segment->source);
	char name[SEGMENT_NAME_BYTES], line[64], state[64];
	int fd, ret = 0;

	if (!text)
		return 0;
	snprintf(name, sizeof(name), "status-%04zu.txt", json_array_size(segment->manifest->list));
	snprintf(line, sizeof(line), "# at the %s\n", when);
	fd = openat(segment->manifest->folder, name,
		    O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
	if (fd < 0 || folder_write(fd, line, strlen(line)) < strlen(line) ||
	    folder_write(fd, text, strlen(text)) < strlen(text))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	/* What is no UTF-8 stays out of the manifest. */
	manifest_put(segment->entry, key, json_string(state_find(text, "state", state)));
	free(text);
	return ret;
}

/* ---- an open segment ---- */

static void let_go(struct segment *segment)
{
	if (segment->fd >= 0)
		close(segment->fd);
	EVP_MD_CTX_free(segment->hash);
	segment->fd = -1;
	segment->hash = NULL;
	segment->entry = NULL;
}

static int begin(struct segment *segment)
{
	struct manifest *manifest = segment->manifest;
	char name[SEGMENT_NAME_BYTES];
	int ret;

	segment_name(json_array_size(manifest->list), name);
	segment->entry =
		json_pack("{s:s, s:o, s:o, s:i, s:i, s:n, s:n, s:o}", "file", name, "first_time",
			  manifest_time(), "last_time", manifest_time(), "bytes", 0, "symbols", 0,
			  "sha256", "ended", "boot_id", manifest_boot());
	segment->hash = EVP_MD_CTX_new();
	segment->fd = -1;
	segment->bytes = segment->synced_bytes = 0;
	segment->synced_s = now_s();
	if (json_array_append_new(manifest->list, segment->entry) || !segment->hash ||
	    !EVP_DigestInit_ex(segment->hash, EVP_sha256(), NULL))
		return -ENOMEM;
	/* The manifest knows of the file first: a number is never used twice. */
	ret = note_status(segment, "start", "state_at_start");
	if (!ret)
		ret = manifest_save(manifest);
	if (ret)
		return ret;
	segment->fd = openat(manifest->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (segment->fd >= 0)
		return 0;
	ret = -errno;
	/* Who goes on from here must not take somebody else's file for this segment. */
	json_array_remove(manifest->list, json_array_size(manifest->list) - 1);
	manifest_save(manifest);
	return ret;
}

int segment_put(struct segment *segment, const void *bytes, size_t size_bytes)
{
	size_t put;
	int ret = segment->entry ? 0 : begin(segment);

	if (ret) {
		let_go(segment);
		return ret;
	}
	put = folder_write(segment->fd, bytes, size_bytes);
	ret = put < size_bytes ? -errno : 0;
	segment->bytes += put;
	if (!EVP_DigestUpdate(segment->hash, bytes, put))
		ret = -EIO;
	if (manifest_put(segment->entry, "last_time", manifest_time()))
		ret = -ENOMEM;
	return ret;
}

static int sync_now(struct segment *segment)
{
	int ret = fsync(segment->fd) ? -errno : 0;

	if (!ret)
		ret = note_size(segment->entry, segment->bytes, segment->manifest->width);
	if (!ret)
		ret = manifest_save(segment->manifest);
	segment->synced_bytes = segment->bytes;
	segment->synced_s = now_s();
	return ret;
}

int segment_sync(struct segment *segment)
{
	if (!segment->entry || segment->bytes == segment->synced_bytes)
		return 0;
	if (segment->bytes - segment->synced_bytes < SYNC_BYTES &&
	    now_s() - segment->synced_s < SYNC_S)
		return 0;
	return sync_now(segment);
}

int segment_close(struct segment *segment, const char *reason)
{
	char hex[HASH_HEX_BYTES];
	uint8_t hash[32];
	int ret = 0;

	if (!segment->entry)
		return 0;
	note_status(segment, "end", "state_at_end");
	if (!EVP_DigestFinal_ex(segment->hash, hash, NULL))
		ret = -EIO;
	folder_hex(hash, hex);
	if (!ret)
		ret = manifest_put(segment->entry, "sha256", json_string(hex));
	if (!ret)
		ret = manifest_put(segment->entry, "ended", json_string(reason));
	if (!ret)
		ret = sync_now(segment);
	let_go(segment);
	return ret;
}

/* ---- a segment of an earlier run ---- */

/* The last entry takes over that its file has @bytes, and is on the disk. */
static int settle(struct manifest *manifest, json_t *entry, const char *name, uint64_t bytes)
{
	char hex[HASH_HEX_BYTES];
	int fd = openat(manifest->folder, name,
			O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
	int ret = fd < 0 || ftruncate(fd, (off_t)bytes) || fsync(fd) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	if (!ret)
		ret = folder_hash(manifest->folder, name, bytes, hex);
	if (!ret)
		ret = note_size(entry, bytes, manifest->width);
	if (!ret)
		ret = manifest_put(entry, "sha256", json_string(hex));
	return ret ? ret : manifest_save(manifest);
}

static bool is_of_this_boot(const json_t *entry)
{
	json_t *boot = manifest_boot();
	bool is = json_equal(boot, json_object_get(entry, "boot_id"));

	json_decref(boot);
	return is;
}

int segment_recover(struct manifest *manifest)
{
	size_t count = json_array_size(manifest->list);
	json_t *entry = count ? json_array_get(manifest->list, count - 1) : NULL;
	char name[SEGMENT_NAME_BYTES];
	struct stat st = { 0 };
	uint64_t bytes;
	bool is_same_boot;

	if (!entry || manifest_text(entry, "ended"))
		return 0;
	segment_name(count - 1, name);
	if (fstatat(manifest->folder, name, &st, AT_SYMLINK_NOFOLLOW) && errno != ENOENT)
		return -errno;
	is_same_boot = is_of_this_boot(entry);
	bytes = (uint64_t)st.st_size;
	/* After a power cut the end of a file may be anything. */
	if (!is_same_boot && bytes > manifest_number(entry, "bytes"))
		bytes = manifest_number(entry, "bytes");
	else if (st.st_size)
		manifest_put(entry, "last_time",
			     manifest_time_of(st.st_mtim.tv_sec, st.st_mtim.tv_nsec));
	manifest_put(
		entry, "ended",
		json_string(is_same_boot ? "the collector was killed" : "the machine went down"));
	return settle(manifest, entry, name, bytes);
}

int segment_cut(struct manifest *manifest, uint64_t unit)
{
	size_t count = json_array_size(manifest->list);
	json_t *entry = count ? json_array_get(manifest->list, count - 1) : NULL;
	uint64_t bytes = manifest_number(entry, "bytes");
	char name[SEGMENT_NAME_BYTES];

	if (bytes % unit == 0)
		return 0;
	return settle(manifest, entry, segment_name(count - 1, name), bytes - bytes % unit);
}
