/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options - the command line of trng-httpd. */
#ifndef TRNG_HTTPD_OPTIONS_H
#define TRNG_HTTPD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define OPTIONS_MAX_OVERRIDES 64
#define OPTIONS_EXIT_USAGE    2

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK_CONFIG,
	OPTIONS_NEW_TOKEN,   /* operands: NAME ROLE [BITS_PER_DAY] */
	OPTIONS_SELF_SIGNED, /* operands: DIR NAME|IP... */
	OPTIONS_HELP,
	OPTIONS_VERSION
};

struct options {
	enum options_action action;
	const char *config_path;
	bool is_foreground;
	bool is_verbose;
	const char *overrides[OPTIONS_MAX_OVERRIDES];
	size_t override_count;
	char *const *operands; /* borrowed from argv */
	size_t operand_count;  /* the right number for the action */
};

/** options_parse - Return: 0, or -EINVAL (complained of). */
int options_parse(struct options *options, int argc, char **argv);

void options_print_help(void);
void options_print_version(void);

#endif
