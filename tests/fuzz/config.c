/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the configuration: the input is a file, and its first line an override as well. Whatever
 * it holds, config_load() returns, and the next good file is understood. */
#include "common/config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int load_bytes(struct config *config, const void *data, size_t size, const char *override)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	char path[40];
	int ret;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = config_load(config, path, &override, override != NULL);
	close(fd);
	return ret;
}

static char *first_line(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;

	return strndup((const char *)data, newline ? (size_t)(newline - data) : size);
}

static void expect_in_range(const struct config *config)
{
	if (config->pool_capacity_bytes < 256 || !config->port || !config->profile ||
	    config->max_alarms < 1 || !(config->false_alarms_per_year > 0))
		abort();
	for (size_t i = 0; i < config->httpd.listen.count; i++)
		if (!config->httpd.listen.items[i][0])
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char good[] = "port = \"/dev/good\"\n";
	char *override = first_line(data, size);
	struct config config = { 0 };

	if (!override)
		abort();
	for (int with_override = 0; with_override < 2; with_override++) {
		if (!load_bytes(&config, data, size, with_override ? override : NULL))
			expect_in_range(&config);
		config_free(&config);
	}
	free(override);
	if (load_bytes(&config, good, sizeof(good) - 1, NULL) || strcmp(config.port, "/dev/good"))
		abort();
	config_free(&config);
	return 0;
}
