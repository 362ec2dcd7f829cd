/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_access_bed - a log in a folder of its own, entries, and what is in the file. */
#ifndef TRNG_TESTS_UNIT_HTTP_ACCESS_BED_H
#define TRNG_TESTS_UNIT_HTTP_ACCESS_BED_H

#include "httpd/access.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <limits.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* ADDRESS - USER [TIME] "METHOD PATH VERSION" CODE BYTES bits=N file=NAME ms=N */
#define LINE_PATTERN                                                                               \
	"^[0-9a-f.:-]+ - [A-Za-z0-9._-]+ "                                                         \
	"\\[[0-3][0-9]/(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/[0-9]{4}"                 \
	"(:[0-9]{2}){3} \\+0000\\] "                                                               \
	"\"[^\" ]* [^\" ]* [^\" ]*\" [0-9]{1,3} [0-9]+ bits=[0-9]+ file=[A-Za-z0-9._-]+ "          \
	"ms=[0-9]+$"

struct bed {
	char folder[64];
	char path[96], old[128]; /* the log, and what it is called when it is full */
	struct address address;
	struct access_entry entry; /* a good one */
	struct access *access;
};

static char said[4096]; /* what was logged meanwhile */

/* A folder, and no log yet. */
static inline void bed_make(struct bed *bed)
{
	*bed = (struct bed){ .folder = "/tmp/trng-access-XXXXXX" };
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(bed->folder));
	snprintf(bed->path, sizeof(bed->path), "%s/access.log", bed->folder);
	snprintf(bed->old, sizeof(bed->old), "%s/access.log.1", bed->folder);
	CU_ASSERT_EQUAL(address_parse(&bed->address, "192.0.2.1"), 0);
	bed->entry = (struct access_entry){ .address = &bed->address,
					    .method = "GET",
					    .path = "/trng/randomNum/getRandom",
					    .version = "HTTP/1.1",
					    .code = 200,
					    .body_bytes = 36,
					    .bits = 128,
					    .took_ms = 3 };
}

static inline void bed_open(struct bed *bed)
{
	bed_make(bed);
	CU_ASSERT_EQUAL_FATAL(access_open(&bed->access, bed->path), 0);
}

static inline void bed_close(struct bed *bed)
{
	access_close(bed->access);
	unlink(bed->path);
	unlink(bed->old);
	CU_ASSERT_EQUAL(rmdir(bed->folder), 0);
}

/* The text of a file; "" if it is not there. For free(3). */
static inline char *bed_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	if (file && fread(text, 1, (1 << 20) - 1, file) == 0)
		text[0] = '\0';
	if (file)
		fclose(file);
	return text;
}

/* How many lines @text has; all of them whole and of the form. */
static inline unsigned bed_lines(const char *text)
{
	unsigned count = 0;
	regex_t form;

	CU_ASSERT_EQUAL_FATAL(regcomp(&form, LINE_PATTERN, REG_EXTENDED | REG_NOSUB), 0);
	while (*text) {
		size_t len = strcspn(text, "\n");
		char line[4096];

		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		if (regexec(&form, line, 0, NULL, 0) != 0 || text[len] != '\n') {
			printf("no line of ours: \"%s\"\n", line);
			CU_FAIL("no line of ours");
		}
		count++;
		text += len + (text[len] == '\n');
	}
	regfree(&form);
	return count;
}

static inline unsigned bed_lines_of(const char *path)
{
	char *text = bed_read(path);
	unsigned count = bed_lines(text);

	free(text);
	return count;
}

#endif
