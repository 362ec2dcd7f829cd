/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder for a collection, and `trng-evaluate collect` run in this process. */
#ifndef TRNG_TESTS_UNIT_COLLECT_BED_H
#define TRNG_TESTS_UNIT_COLLECT_BED_H

#include "evaluate/collect/collect.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct bed {
	char work[64];      /* all is below it */
	char folder[96];    /* -o */
	char source[96];    /* a file that may be used for --from */
	char said[4096];    /* standard error of the last run */
	char printed[4096]; /* its standard output */
};

static inline void bed_open(struct bed *bed)
{
	snprintf(bed->work, sizeof(bed->work), "%s/collect.XXXXXX",
		 getenv("TRNG_TMP") && strlen(getenv("TRNG_TMP")) < 40 ? getenv("TRNG_TMP")
								       : "/tmp");
	if (!mkdtemp(bed->work))
		abort();
	snprintf(bed->folder, sizeof(bed->folder), "%s/data", bed->work);
	snprintf(bed->source, sizeof(bed->source), "%s/source", bed->work);
}

static inline int bed_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline void bed_close(struct bed *bed)
{
	CU_ASSERT_EQUAL(nftw(bed->work, bed_remove, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT), 0);
}

static inline char *bed_path(struct bed *bed, const char *name, char path[160])
{
	snprintf(path, 160, "%s/%s", bed->folder, name);
	return path;
}

/* A file of the collection, at most 1 MiB; free() it. NULL and 0 bytes: it is not there. */
static inline uint8_t *bed_read(struct bed *bed, const char *name, size_t *size_bytes)
{
	char path[160];
	FILE *in = fopen(bed_path(bed, name, path), "r");
	uint8_t *bytes = in ? calloc(1, 1 << 20) : NULL;

	*size_bytes = in && bytes ? fread(bytes, 1, 1 << 20, in) : 0;
	if (in)
		fclose(in);
	return bytes;
}

static inline void bed_write(const char *path, const void *bytes, size_t size_bytes)
{
	FILE *out = fopen(path, "w");

	if (!out || fwrite(bytes, 1, size_bytes, out) != size_bytes || fclose(out))
		abort();
}

/* collection.json; json_decref() it. */
static inline json_t *bed_manifest(struct bed *bed)
{
	char path[160];

	return json_load_file(bed_path(bed, "collection.json", path), 0, NULL);
}

/* Bytes that do not repeat for long, the same for the same place. */
static inline uint8_t bed_byte(uint64_t place)
{
	uint64_t x = (place + 1) * UINT64_C(0x9E3779B97F4A7C15);

	return (uint8_t)(x >> 40 ^ x >> 29);
}

/* The source is a file of the first bed_byte()s. */
static inline void bed_fill(struct bed *bed, size_t size_bytes)
{
	uint8_t *bytes = malloc(size_bytes);

	for (size_t i = 0; i < size_bytes; i++)
		bytes[i] = bed_byte(i);
	bed_write(bed->source, bytes, size_bytes);
	free(bytes);
}

/* collect with these arguments, ended by NULL. Return: its exit status. */
static inline int bed_run(struct bed *bed, ...)
{
	char command[] = "collect", *argv[24] = { command };
	int argc = 1, kept, out = memfd_create("stdout", MFD_CLOEXEC), status;
	ssize_t len;
	va_list list;

	va_start(list, bed);
	while (argc < 23 && (argv[argc] = va_arg(list, char *)))
		argc++;
	va_end(list);
	fflush(stdout);
	kept = dup(STDOUT_FILENO);
	dup2(out, STDOUT_FILENO);
	unit_capture();
	status = collect_main(argc, argv);
	unit_captured(bed->said, sizeof(bed->said));
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	len = pread(out, bed->printed, sizeof(bed->printed) - 1, 0);
	bed->printed[len > 0 ? len : 0] = '\0';
	close(out);
	return status;
}

/* The usual case. */
static inline int bed_collect(struct bed *bed, const char *bits, const char *width)
{
	return bed_run(bed, "--quiet", "--bits", bits, "--width", width, "--from", bed->source,
		       "-o", bed->folder, NULL);
}

#endif
