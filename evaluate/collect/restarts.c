/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * restarts - `collect --restarts`: the first symbols after each of many starts (SP 800-90B 3.1.4).
 *
 * Each row goes: `shutdown`, and wait until the source is off; open `raw`, at which no chunk is
 * under way that would be discarded; `init`, without waiting for its end, for that comes after
 * the start-up tests have consumed 1024 symbols; read the first symbols, which `raw` gives from
 * the end of settling; close. How `init` ends does not matter: a source that fails its tests is to
 * be evaluated, too. Where `raw` cannot be opened while the source is off (ENODATA), it is opened
 * while the source settles.
 */
#include "common/log.h"
#include "evaluate/collect/collection.h"
#include "evaluate/collect/drive.h"
#include "evaluate/collect/folder.h"
#include "evaluate/core/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RESTARTS_NAME "restarts.bin"

/* So long a board may be silent: starting takes seconds, and `init` gives up after two minutes. */
#define SILENCE_S 150

/* While `init` takes effect, `raw` is tried so often: settling takes seconds. */
#define OPENING_MS    20
#define OPENING_TRIES 100

struct rows {
	struct collection *collection;
	struct tap tap;
	int control;         /* -1: closed */
	int fd;              /* of RESTARTS_NAME */
	uint64_t symbols;    /* in a row */
	size_t packed_bytes; /* of a row */
	uint8_t *packed, *values;
	const char *blamed; /* the file that an error came from */
};

/* ---- one row ---- */

static time_t now_s(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int start_source(struct rows *rows)
{
	const struct collection *collection = rows->collection;
	const char *from = collection->options->from;
	int opened, ret;

	rows->blamed = collection->options->control;
	if (rows->control < 0)
		rows->control = drive_open(collection->options->control);
	if (rows->control < 0)
		return rows->control;
	ret = drive_finish(rows->control, "shutdown\n", &collection->signals);
	if (ret && ret != -EALREADY)
		return ret;
	opened = tap_open(&rows->tap, from);
	ret = drive_start(rows->control, "init\n");
	if (ret)
		return ret;
	rows->blamed = from;
	for (unsigned i = 0; opened == -ENODATA && i < OPENING_TRIES; i++) {
		if (tap_sleep(&collection->signals, OPENING_MS))
			return -EINTR;
		opened = tap_open(&rows->tap, from);
	}
	/* A file gives the same row again and again. */
	return !opened && rows->tap.kind == TAP_FILE ? -EINVAL : opened;
}

static int read_row(struct rows *rows, json_t **first_time)
{
	time_t heard_s = now_s();
	size_t done = 0;
	ssize_t got;

	while (done < rows->packed_bytes) {
		got = tap_read(&rows->tap, &rows->collection->signals, rows->packed + done,
			       rows->packed_bytes - done);
		if (got == TAP_NOTHING_YET && now_s() - heard_s > SILENCE_S)
			return -ETIMEDOUT;
		if (got == TAP_NOTHING_YET)
			continue;
		if (got <= 0)
			return got ? (int)got : -EPIPE;
		if (!done)
			*first_time = manifest_time();
		done += (size_t)got;
		heard_s = now_s();
	}
	return 0;
}

/* Behind the rows that the manifest knows, whatever stands there. Return: 0 or -errno. */
static int keep_row(struct rows *rows, json_t *first_time)
{
	struct manifest *manifest = &rows->collection->manifest;
	size_t count = (size_t)rows->symbols;
	off_t offset = (off_t)(json_array_size(manifest->list) * count);
	json_t *row =
		json_pack("{s:O, s:o}", "first_time", first_time, "last_time", manifest_time());

	symbols_unpack(rows->packed, manifest->width, count, rows->values);
	if (!row || json_array_append_new(manifest->list, row))
		return -ENOMEM;
	if (lseek(rows->fd, offset, SEEK_SET) < 0 ||
	    folder_write(rows->fd, rows->values, count) < count || fdatasync(rows->fd))
		return -errno;
	return manifest_save(manifest);
}

/* Waiting does not cure it; a name that was never there is a mistake. */
static bool is_final(const struct rows *rows, int error)
{
	bool is_first = json_array_size(rows->collection->manifest.list) == 0;

	return error == -EACCES || error == -EPERM || error == -EINVAL || error == -EISDIR ||
	       (error == -ENOENT && is_first);
}

static int give_up(struct rows *rows, int error)
{
	progress_end(&rows->collection->progress);
	log_error("%s: %s", rows->blamed,
		  error == -EINVAL
			  ? "a source that can be restarted is wanted, and its control file"
			  : tap_says(error));
	return STATUS_FILE;
}

/* The row that @error interrupted is dropped; the file is opened anew. */
static int try_again(struct rows *rows, int error)
{
	if (rows->control >= 0)
		close(rows->control);
	rows->control = -1;
	return collection_wait(rows->collection, rows->blamed, error);
}

static int one_row(struct rows *rows)
{
	struct collection *collection = rows->collection;
	json_t *first_time = NULL;
	int status = 0, ret = start_source(rows);

	if (!ret)
		ret = read_row(rows, &first_time);
	tap_close(&rows->tap);
	if (ret == -EINTR) {
		status = collection_stopped(collection);
	} else if (ret) {
		status = is_final(rows, ret) ? give_up(rows, ret) : try_again(rows, ret);
	} else {
		collection->back_off_ms = 0;
		ret = keep_row(rows, first_time);
		status = ret ? collection_no_disk(collection, ret) : 0;
	}
	json_decref(first_time);
	return status;
}

/* ---- all of them ---- */

static int prepare(struct rows *rows)
{
	struct manifest *manifest = &rows->collection->manifest;
	const struct collect_options *options = rows->collection->options;
	struct stat st;

	rows->packed = malloc(rows->packed_bytes);
	rows->values = malloc((size_t)rows->symbols);
	if (!rows->packed || !rows->values)
		return -ENOMEM;
	if (manifest_put(manifest->root, "row_symbols", json_integer((json_int_t)rows->symbols)) ||
	    manifest_put(manifest->root, "asked_rows", json_integer((json_int_t)options->rows)))
		return -ENOMEM;
	rows->fd = openat(manifest->folder, RESTARTS_NAME,
			  O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (rows->fd < 0 || fstat(rows->fd, &st))
		return -errno;
	/* A file without its rows: the manifest is another collection's. */
	if ((uint64_t)st.st_size < json_array_size(manifest->list) * rows->symbols)
		return -EBADMSG;
	return 0;
}

static int finish(struct rows *rows)
{
	struct collection *collection = rows->collection;
	struct manifest *manifest = &collection->manifest;
	uint64_t count = json_array_size(manifest->list);
	char hex[HASH_HEX_BYTES];
	int ret = ftruncate(rows->fd, (off_t)(count * rows->symbols)) ? -errno : 0;

	if (!ret)
		ret = folder_hash(manifest->folder, RESTARTS_NAME, count * rows->symbols, hex);
	if (!ret)
		ret = manifest_put(manifest->root, "sha256", json_string(hex));
	if (!ret)
		ret = manifest_save(manifest);
	if (ret)
		return collection_no_disk(collection, ret);
	progress_end(&collection->progress);
	printf("%" PRIu64 " rows of %" PRIu64 " symbols of %u bit%s are in %s/%s.\n", count,
	       rows->symbols, manifest->width, manifest->width == 1 ? "" : "s",
	       collection->options->folder, RESTARTS_NAME);
	printf("Next: trng-evaluate sp800-90b restart --width %u --initial H %s/%s\n",
	       manifest->width, collection->options->folder, RESTARTS_NAME);
	printf("      H: the min_entropy of `trng-evaluate sp800-90b non-iid`\n");
	return collection_told();
}

static int all_rows(struct rows *rows)
{
	struct collection *collection = rows->collection;
	json_t *list = collection->manifest.list;
	int status = 0, ret = prepare(rows);

	if (ret == -EBADMSG) {
		log_error("%s/%s is shorter than %s says", collection->options->folder,
			  RESTARTS_NAME, MANIFEST_NAME);
		return STATUS_FILE;
	}
	if (ret)
		return collection_no_disk(collection, ret);
	while (!status && json_array_size(list) < collection->options->rows) {
		progress_tell(&collection->progress, "restarting", json_array_size(list),
			      collection->options->rows);
		status = one_row(rows);
	}
	return status ? status : finish(rows);
}

int collect_restarts(struct collection *collection)
{
	uint64_t symbols = collection->options->row_symbols;
	struct rows rows = {
		.collection = collection,
		.tap = { .fd = -1 },
		.control = -1,
		.fd = -1,
		.symbols = symbols,
		.packed_bytes = (size_t)((symbols * collection->manifest.width + 7) / 8),
	};
	int status = all_rows(&rows);

	tap_close(&rows.tap);
	if (rows.control >= 0)
		close(rows.control);
	if (rows.fd >= 0)
		close(rows.fd);
	free(rows.packed);
	free(rows.values);
	return status;
}
