/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config_load - load a text as a configuration and keep what was said; for its unit programs. */
#ifndef TRNG_TESTS_UNIT_CONFIG_LOAD_H
#define TRNG_TESTS_UNIT_CONFIG_LOAD_H

#include "common/config.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char said[4096]; /* what the last load wrote to standard error */

static inline int load(struct config *config, const char *path, const char *const *overrides,
		       size_t count)
{
	int ret;

	unit_capture();
	ret = config_load(config, path, overrides, count);
	unit_captured(said, sizeof(said));
	return ret;
}

/* Loads @len bytes as a file that is called "conf" in the working directory. */
static inline int load_bytes(struct config *config, const void *bytes, size_t len)
{
	FILE *file = fopen("conf", "w");
	int ret;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(fwrite(bytes, 1, len, file), len);
	fclose(file);
	ret = load(config, "conf", NULL, 0);
	unlink("conf");
	return ret;
}

static inline int load_text(struct config *config, const char *text)
{
	return load_bytes(config, text, strlen(text));
}

#endif
