/* SPDX-License-Identifier: GPL-3.0-or-later */
/* collect - see collect.h */
#include "evaluate/collect/collect.h"

#include "common/log.h"
#include "evaluate/collect/collection.h"
#include "evaluate/collect/folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BACK_OFF_FIRST_MS 100
#define BACK_OFF_MOST_MS  60000

int collection_stopped(struct collection *collection)
{
	progress_end(&collection->progress);
	log_notice("stopped; the same command goes on from here");
	return STATUS_SHORT;
}

int collection_no_disk(struct collection *collection, int error)
{
	const char *folder = collection->options->folder;

	progress_end(&collection->progress);
	if (error == -ENOSPC || error == -EDQUOT || error == -EFBIG)
		log_error("%s: %s: make room, then give the same command again", folder,
			  strerror(-error));
	else
		log_error("%s cannot be written: %s", folder, strerror(-error));
	return STATUS_FILE;
}

int collection_told(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return STATUS_WHOLE;
	log_error("cannot write to standard output: %s", strerror(errno));
	return STATUS_FILE;
}

int collection_wait(struct collection *collection, const char *path, int error)
{
	bool is_waiting = collection->options->is_waiting;

	if (collection->back_off_ms == 0 || collection->told != error || !is_waiting) {
		progress_end(&collection->progress);
		log_notice("%s: %s; %s", path, tap_says(error),
			   is_waiting ? "waiting until it gives data"
				      : "then give the same command again");
	}
	collection->told = error;
	if (!is_waiting)
		return STATUS_SHORT;
	if (!collection->back_off_ms)
		collection->back_off_ms = BACK_OFF_FIRST_MS;
	if (tap_sleep(&collection->signals, collection->back_off_ms))
		return collection_stopped(collection);
	collection->back_off_ms *= 2;
	if (collection->back_off_ms > BACK_OFF_MOST_MS)
		collection->back_off_ms = BACK_OFF_MOST_MS;
	return 0;
}

static int work(struct collection *collection)
{
	const struct collect_options *options = collection->options;
	int status, ret = tap_signals_open(&collection->signals);

	if (ret) {
		log_error("signals: %s", strerror(-ret));
		return STATUS_FILE;
	}
	progress_init(&collection->progress, options->is_quiet ? NULL : stderr,
		      options->rows ? "rows" : "bit");
	status = options->rows ? collect_restarts(collection) : collect_segments(collection);
	progress_end(&collection->progress);
	tap_signals_close(&collection->signals);
	return status;
}

/* With the folder locked. */
static int collect(int folder, const struct collect_options *options)
{
	struct collection collection = { .options = options };
	int status = manifest_open(&collection.manifest, folder, options);

	if (status)
		return status;
	if (!options->is_quiet)
		log_notice("%s: symbols of %u bit%s, from %s", options->folder,
			   collection.manifest.width, collection.manifest.width == 1 ? "" : "s",
			   options->from);
	status = work(&collection);
	manifest_close(&collection.manifest);
	return status;
}

int collect_main(int argc, char **argv)
{
	/* A file that may not grow is told like a full disk. */
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct collect_options options;
	struct sigaction before;
	int folder, status;

	log_open("trng-evaluate", false, LOG_LEVEL_NOTICE);
	if (collect_options_parse(&options, argc, argv))
		return STATUS_USAGE;
	if (options.is_help) {
		fputs(collect_usage, stdout);
		return collection_told();
	}
	folder = folder_open(options.folder);
	if (folder < 0) {
		log_error("-o %s: %s", options.folder,
			  folder == -EWOULDBLOCK ? "another trng-evaluate collects there"
						 : strerror(-folder));
		return STATUS_FILE;
	}
	sigaction(SIGXFSZ, &ignore, &before);
	status = collect(folder, &options);
	sigaction(SIGXFSZ, &before, NULL);
	close(folder);
	return status;
}
