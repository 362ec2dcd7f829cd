/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluate_bed - trng-evaluate run in this process, on data in memory. */
#ifndef TRNG_TESTS_UNIT_EVALUATE_BED_H
#define TRNG_TESTS_UNIT_EVALUATE_BED_H

#include "evaluate/evaluate.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BED_WORDS 16

struct bed {
	char path[40]; /* of the data */
	int fd;
	char *out, *err; /* of the last run */
	json_t *json;    /* what --json gave */
};

static inline void bed_open(struct bed *bed, const void *bytes, size_t size_bytes)
{
	*bed = (struct bed){ .fd = memfd_create("data", MFD_CLOEXEC) };
	if (bed->fd < 0 || write(bed->fd, bytes, size_bytes) != (ssize_t)size_bytes)
		abort();
	snprintf(bed->path, sizeof(bed->path), "/proc/self/fd/%d", bed->fd);
}

static inline void bed_forget(struct bed *bed)
{
	json_decref(bed->json);
	free(bed->out);
	free(bed->err);
	bed->out = bed->err = NULL;
	bed->json = NULL;
}

static inline void bed_close(struct bed *bed)
{
	bed_forget(bed);
	close(bed->fd);
}

/* @line: words after the program's name; FILE stands for the data. Return: the exit status. */
static inline int bed_run(struct bed *bed, const char *line)
{
	char *copy = strdup(line), *argv[BED_WORDS + 2] = { (char[]){ "trng-evaluate" } };
	size_t out_size, err_size;
	FILE *out, *err;
	int argc = 1, status;

	bed_forget(bed);
	out = open_memstream(&bed->out, &out_size);
	err = open_memstream(&bed->err, &err_size);
	if (!copy || !out || !err)
		abort();
	for (char *at = copy, *word; *line && argc <= BED_WORDS && (word = strsep(&at, " "));)
		argv[argc++] = strcmp(word, "FILE") == 0 ? bed->path : word;
	status = evaluate_main(argc, argv, out, err);
	fclose(out);
	fclose(err);
	free(copy);
	bed->json = json_loads(bed->out, JSON_REJECT_DUPLICATES, NULL);
	return status;
}

/* What stands at @key, "a.b.c", of the report; NULL without. */
static inline json_t *bed_at(const struct bed *bed, const char *key)
{
	char copy[100], *at = copy, *word;
	json_t *json = bed->json;

	snprintf(copy, sizeof(copy), "%s", key);
	while (json && (word = strsep(&at, ".")))
		json = json_is_array(json) ? json_array_get(json, strtoul(word, NULL, 10))
					   : json_object_get(json, word);
	return json;
}

static inline double bed_number(const struct bed *bed, const char *key)
{
	return json_number_value(bed_at(bed, key));
}

static inline const char *bed_text(const struct bed *bed, const char *key)
{
	const char *text = json_string_value(bed_at(bed, key));

	return text ? text : "";
}

#endif
