/* SPDX-License-Identifier: GPL-3.0-or-later */
/* manifest - see manifest.h */
#include "evaluate/collect/manifest.h"

#include "common/log.h"
#include "evaluate/collect/folder.h"
#include "evaluate/collect/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FORMAT 1

uint64_t manifest_number(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (uint64_t)value : 0;
}

const char *manifest_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

int manifest_put(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) ? -ENOMEM : 0;
}

json_t *manifest_time_of(int64_t s, int64_t ns)
{
	char second[32], text[64];
	struct tm utc = { 0 };
	time_t at = (time_t)s;

	gmtime_r(&at, &utc);
	strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%03dZ", second, (int)(ns / 1000000));
	return json_string(text);
}

json_t *manifest_time(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	return manifest_time_of(now.tv_sec, now.tv_nsec);
}

json_t *manifest_boot(void)
{
	char *text = folder_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id");
	json_t *boot;

	if (text)
		text[strcspn(text, "\n")] = '\0';
	boot = json_string(text ? text : "");
	free(text);
	return boot;
}

static const char *list_name(const struct collect_options *options)
{
	return options->rows ? "rows" : "segments";
}

static int begin(struct manifest *manifest, const struct collect_options *options)
{
	unsigned width = options->width ? options->width : state_width(options->from);

	manifest->root = json_pack("{s:i, s:s, s:i, s:[]}", "format", FORMAT, "from", options->from,
				   "width", width, list_name(options));
	if (manifest->root)
		return 0;
	log_error("--from %s: a name that is no UTF-8 text cannot be written down", options->from);
	return 2;
}

/* What stands in a manifest is used as sizes and counts: it must be what we would write. */
static bool is_ours(const json_t *root)
{
	uint64_t width = manifest_number(root, "width");
	json_t *list = json_object_get(root, "segments"), *entry;
	size_t i;

	if (!list)
		list = json_object_get(root, "rows");
	if (manifest_number(root, "format") != FORMAT || width < 1 || width > 8 ||
	    !manifest_text(root, "from") || !json_is_array(list))
		return false;
	json_array_foreach(list, i, entry)
	{
		if (!manifest_text(entry, "first_time") || !manifest_text(entry, "last_time"))
			return false;
		if (json_integer_value(json_object_get(entry, "bytes")) < 0)
			return false;
	}
	return true;
}

static int parse(struct manifest *manifest, const char *text)
{
	manifest->root = json_loads(text, 0, NULL);
	if (manifest->root && is_ours(manifest->root))
		return 0;
	log_error("%s cannot be understood: give another folder by -o, or put it right",
		  MANIFEST_NAME);
	return 4;
}

static int compare(const struct manifest *manifest, const struct collect_options *options)
{
	const json_t *root = manifest->root;
	const char *from = manifest_text(root, "from");
	unsigned width = (unsigned)manifest_number(root, "width");

	if (!json_object_get(root, list_name(options)))
		log_error("%s holds %s: give another folder by -o", options->folder,
			  options->rows ? "segments, no restarts" : "restarts, no segments");
	else if (strcmp(from, options->from) != 0)
		log_error("%s was begun with --from %s: one collection has one source; give "
			  "another folder by -o",
			  options->folder, from);
	else if (options->width && width != options->width)
		log_error("%s was begun with --width %u: give that, or another folder by -o",
			  options->folder, width);
	else if (options->rows && json_object_get(root, "row_symbols") &&
		 manifest_number(root, "row_symbols") != options->row_symbols)
		log_error("%s was begun with rows of %llu symbols: give that, or another folder by "
			  "-o",
			  options->folder,
			  (unsigned long long)manifest_number(root, "row_symbols"));
	else
		return 0;
	return 2;
}

static int load(struct manifest *manifest, const struct collect_options *options)
{
	char *text = folder_read(manifest->folder, MANIFEST_NAME);
	int status;

	if (!text && errno == ENOENT)
		return begin(manifest, options);
	if (!text) {
		log_error("%s/%s: %s", options->folder, MANIFEST_NAME, strerror(errno));
		return 4;
	}
	status = parse(manifest, text);
	free(text);
	return status ? status : compare(manifest, options);
}

int manifest_open(struct manifest *manifest, int folder, const struct collect_options *options)
{
	int status;

	*manifest = (struct manifest){ .folder = folder };
	status = load(manifest, options);
	if (status) {
		manifest_close(manifest);
		return status;
	}
	manifest->list = json_object_get(manifest->root, list_name(options));
	manifest->width = (unsigned)manifest_number(manifest->root, "width");
	return 0;
}

int manifest_save(const struct manifest *manifest)
{
	char *text = json_dumps(manifest->root, JSON_INDENT(1));
	int ret = text ? folder_replace(manifest->folder, MANIFEST_NAME, text, strlen(text))
		       : -ENOMEM;

	free(text);
	return ret;
}

void manifest_close(struct manifest *manifest)
{
	json_decref(manifest->root);
	manifest->root = NULL;
}
