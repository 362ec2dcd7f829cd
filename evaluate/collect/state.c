/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state - see state.h */
#include "evaluate/collect/state.h"

#include "common/parse.h"
#include "evaluate/collect/folder.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *path_beside(const char *source, char path[PATH_MAX])
{
	const char *slash = strrchr(source, '/');
	int folder_bytes = slash ? (int)(slash - source + 1) : 0;
	int len = snprintf(path, PATH_MAX, "%.*sstatus", folder_bytes, source);

	return len < PATH_MAX ? path : NULL;
}

char *state_read(const char *source)
{
	char path[PATH_MAX], state[64];
	char *text;

	if (strcmp(source, "-") == 0 || !path_beside(source, path))
		return NULL;
	text = folder_read(AT_FDCWD, path);
	if (text && *state_find(text, "state", state))
		return text;
	free(text);
	return NULL;
}

const char *state_find(const char *text, const char *key, char value[static 64])
{
	size_t len = strlen(key);

	value[0] = '\0';
	while (text && *text) {
		if (strncmp(text, key, len) == 0 && text[len] == '=') {
			text += len + 1;
			snprintf(value, 64, "%.*s", (int)strcspn(text, "\n"), text);
			break;
		}
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return value;
}

unsigned state_width(const char *source)
{
	char *text = state_read(source), value[64];
	uint64_t width = 1;

	parse_u64(state_find(text, "symbol_bits", value), 1, 8, &width);
	free(text);
	return (unsigned)width;
}
