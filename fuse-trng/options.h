/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options - the command line of fuse-trng. */
#ifndef TRNG_FUSE_TRNG_OPTIONS_H
#define TRNG_FUSE_TRNG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_MAX_OVERRIDES 64
#define OPTIONS_EXIT_USAGE    2 /* exit status for a wrong option or configuration */

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK_CONFIG,
	OPTIONS_LIST_PORTS,
	OPTIONS_SELFTEST,
	OPTIONS_HELP,
	OPTIONS_VERSION
};

struct options {
	enum options_action action;
	const char *config_path;
	bool has_config_path;                         /* given, not the default */
	const char *overrides[OPTIONS_MAX_OVERRIDES]; /* key=value, in the order given */
	size_t override_count;
	bool is_foreground;
	bool is_verbose;
	uint64_t seed;   /* of the self-test */
	uint64_t rounds; /* of the self-test, for each test */
};

/**
 * options_parse - read argv; what is wrong is said on standard error with the way to --help.
 * Return: 0; -EINVAL. The strings are those of @argv.
 */
int options_parse(struct options *options, int argc, char **argv);

/** options_print_help, options_print_version - to standard output. */
void options_print_help(void);
void options_print_version(void);

#endif
