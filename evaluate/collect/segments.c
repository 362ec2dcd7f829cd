/* SPDX-License-Identifier: GPL-3.0-or-later */
/* segments - `collect --bits`: from the source to segments until there is enough to join. */
#include "common/log.h"
#include "evaluate/collect/collection.h"
#include "evaluate/collect/join.h"
#include "evaluate/collect/segment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define READ_BYTES 65536

static const char *const kind_names[] = {
	[TAP_FILE] = "file",
	[TAP_PIPE] = "pipe",
	[TAP_DEVICE] = "device",
};

struct gathering {
	struct collection *collection;
	struct segment segment;
	struct tap tap;
	uint64_t wanted; /* symbols */
	uint64_t closed; /* symbols in segments that can be joined */
};

static unsigned width_of(const struct gathering *gathering)
{
	return gathering->collection->manifest.width;
}

static uint64_t held_bytes(const struct manifest *manifest)
{
	uint64_t bytes = 0;
	json_t *entry;
	size_t i;

	json_array_foreach(manifest->list, i, entry)
	{
		bytes += manifest_number(entry, "bytes");
	}
	return bytes;
}

static void count_closed(struct gathering *gathering)
{
	json_t *entry;
	size_t i;

	gathering->closed = 0;
	json_array_foreach(gathering->collection->manifest.list, i, entry)
	{
		gathering->closed +=
			segment_joinable(manifest_number(entry, "bytes"), width_of(gathering));
	}
}

/* What the open segment, or the next one, must still get: nothing is read in vain. */
static uint64_t missing_bytes(const struct gathering *gathering)
{
	uint64_t have = gathering->segment.entry ? gathering->segment.bytes : 0;
	uint64_t symbols, bytes;

	if (gathering->closed >= gathering->wanted)
		return 0;
	symbols = gathering->wanted - gathering->closed;
	if (symbols < SEGMENT_LEAST_SYMBOLS)
		symbols = SEGMENT_LEAST_SYMBOLS;
	bytes = (symbols * width_of(gathering) + 7) / 8;
	return bytes > have ? bytes - have : 0;
}

static void tell(struct gathering *gathering)
{
	unsigned width = width_of(gathering);
	uint64_t open = gathering->segment.entry ? gathering->segment.bytes : 0;
	uint64_t bits = (gathering->closed + segment_symbols(open, width)) * width;
	uint64_t total = gathering->wanted * width;

	progress_tell(&gathering->collection->progress, "collecting", bits < total ? bits : total,
		      total);
}

/* ---- one stretch without a gap ---- */

enum end { END_WHOLE, END_STOPPED, END_SOURCE, END_DISK };

/* @error: of the source (0: its end) or of the disk. */
static enum end draw(struct gathering *gathering, int *error)
{
	struct collection *collection = gathering->collection;
	uint8_t bytes[READ_BYTES];
	uint64_t missing;
	ssize_t got;

	*error = 0;
	while ((missing = missing_bytes(gathering)) > 0) {
		got = tap_read(&gathering->tap, &collection->signals, bytes,
			       missing < sizeof(bytes) ? (size_t)missing : sizeof(bytes));
		if (got > 0) {
			collection->back_off_ms = 0;
			*error = segment_put(&gathering->segment, bytes, (size_t)got);
		} else if (got == -EINTR) {
			return END_STOPPED;
		} else if (got != TAP_NOTHING_YET) {
			*error = (int)got;
			return END_SOURCE;
		}
		if (!*error)
			*error = segment_sync(&gathering->segment);
		if (*error)
			return END_DISK;
		tell(gathering);
	}
	return END_WHOLE;
}

static const char *reason(enum end end, int error)
{
	switch (end) {
	case END_WHOLE:
		return "all is there";
	case END_STOPPED:
		return "the collector was stopped";
	case END_DISK:
		return "the disk did not take more";
	case END_SOURCE:
	default:
		return error ? strerror(-error) : "end of the data";
	}
}

/* ---- opening ---- */

/* A file is read on from where the segments end; their symbols fill whole bytes, then. */
static int skip_held(struct gathering *gathering)
{
	struct manifest *manifest = &gathering->collection->manifest;
	unsigned width = width_of(gathering);
	unsigned unit = width == 6 ? 3 : width % 2 ? width : 1; /* bytes that hold whole symbols */
	int ret = segment_cut(manifest, unit);

	if (ret)
		return collection_no_disk(gathering->collection, ret);
	count_closed(gathering);
	ret = tap_skip(&gathering->tap, held_bytes(manifest));
	if (!ret)
		return 0;
	log_error("%s: shorter than what was read of it before: it is not the same file",
		  gathering->collection->options->from);
	return STATUS_FILE;
}

/* The first opening says what the source is; later it must be the same. */
static int check_kind(struct gathering *gathering)
{
	struct collection *collection = gathering->collection;
	const char *kind = kind_names[gathering->tap.kind];
	const char *known = manifest_text(collection->manifest.root, "source");

	if (known && strcmp(known, kind) != 0) {
		log_error("%s is a %s now, it was a %s", collection->options->from, kind, known);
		return STATUS_FILE;
	}
	manifest_put(collection->manifest.root, "source", json_string(kind));
	return gathering->tap.kind == TAP_FILE ? skip_held(gathering) : 0;
}

/* Errors of opening that waiting may cure. A name that was never there is a mistake. */
static bool may_come(const struct collection *collection, int error)
{
	const char *known = manifest_text(collection->manifest.root, "source");

	if (error == -ENOENT || error == -ENOTCONN)
		return known && strcmp(known, kind_names[TAP_DEVICE]) == 0;
	return error == -EBUSY || error == -ENODATA || error == -ENODEV || error == -EIO ||
	       error == -ENXIO;
}

/* Return: 0: open; the exit status; -1: try again. */
static int open_source(struct gathering *gathering)
{
	struct collection *collection = gathering->collection;
	const char *from = collection->options->from;
	int ret = tap_open(&gathering->tap, from);

	if (!ret)
		return check_kind(gathering);
	if (!may_come(collection, ret)) {
		log_error("--from %s: %s", from, tap_says(ret));
		return STATUS_FILE;
	}
	ret = collection_wait(collection, from, ret);
	return ret ? ret : -1;
}

/* ---- the end ---- */

static int ran_dry(struct gathering *gathering)
{
	progress_end(&gathering->collection->progress);
	log_error("%s: the data have ended; %" PRIu64 " more bits are needed: give the same "
		  "command again when there are more",
		  gathering->collection->options->from, 8 * missing_bytes(gathering));
	return STATUS_SHORT;
}

static int unreadable(struct gathering *gathering, int error)
{
	progress_end(&gathering->collection->progress);
	log_error("--from %s: %s", gathering->collection->options->from, tap_says(error));
	return STATUS_FILE;
}

static int finish(struct gathering *gathering)
{
	struct collection *collection = gathering->collection;
	const char *folder = collection->options->folder;
	unsigned width = width_of(gathering);
	uint64_t symbols = 0;
	int ret;

	progress_end(&collection->progress);
	ret = join_segments(&collection->manifest, gathering->wanted, &symbols);
	if (ret == -EBADMSG)
		return STATUS_FILE;
	if (ret)
		return collection_no_disk(collection, ret);
	printf("%" PRIu64 " symbols of %u bit%s are in %s/%s and, packed, in %s/%s.\n", symbols,
	       width, width == 1 ? "" : "s", folder, JOIN_SYMBOLS, folder, JOIN_BITS);
	printf("Next: trng-evaluate sp800-90b non-iid --width %u %s/%s\n", width, folder,
	       JOIN_SYMBOLS);
	printf("      trng-evaluate ais31 --width %u %s/%s\n", width, folder, JOIN_BITS);
	return collection_told();
}

/* One opening of the source. Return: the exit status; -1: go on. */
static int one_stretch(struct gathering *gathering)
{
	struct collection *collection = gathering->collection;
	int error, disk, status = open_source(gathering);
	enum end end;

	if (status) {
		tap_close(&gathering->tap);
		return status;
	}
	end = draw(gathering, &error);
	tap_close(&gathering->tap);
	disk = segment_close(&gathering->segment, reason(end, error));
	if (end == END_DISK)
		return collection_no_disk(collection, error);
	if (disk)
		return collection_no_disk(collection, disk);
	count_closed(gathering);
	if (end == END_STOPPED)
		return collection_stopped(collection);
	if (end == END_WHOLE)
		return -1;
	if (gathering->tap.kind != TAP_DEVICE)
		return error ? unreadable(gathering, error) : ran_dry(gathering);
	status = collection_wait(collection, collection->options->from, error);
	return status ? status : -1;
}

int collect_segments(struct collection *collection)
{
	struct manifest *manifest = &collection->manifest;
	const struct collect_options *options = collection->options;
	struct gathering gathering = {
		.collection = collection,
		.segment = { .manifest = manifest, .source = options->from, .fd = -1 },
		.tap = { .fd = -1 },
		.wanted = (options->bits + manifest->width - 1) / manifest->width,
	};
	int status = -1, ret = segment_recover(manifest);

	if (!ret)
		ret = manifest_put(manifest->root, "bits", json_integer((json_int_t)options->bits));
	if (ret)
		return collection_no_disk(collection, ret);
	count_closed(&gathering);
	while (status < 0 && missing_bytes(&gathering) > 0)
		status = one_stretch(&gathering);
	return status < 0 ? finish(&gathering) : status;
}
