/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options - the command line of `trng-evaluate collect`. */
#ifndef TRNG_EVALUATE_COLLECT_OPTIONS_H
#define TRNG_EVALUATE_COLLECT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct collect_options {
	const char *folder;  /* -o */
	const char *from;    /* "-": standard input */
	const char *control; /* of restarts */
	uint64_t bits;       /* --bits; 0: restarts are asked for */
	uint64_t rows;       /* --restarts ROWSxSYMBOLS; 0: bits are asked for */
	uint64_t row_symbols;
	unsigned width;  /* bits per symbol, 1..8; 0: as the status file says */
	bool is_waiting; /* for a source that went away to come back */
	bool is_quiet;
	bool is_help;
};

/**
 * collect_options_parse - @argv (whose [0] is the command) into @options, which keep pointers to
 * it. Complains on standard error. Return: 0, or -EINVAL.
 */
int collect_options_parse(struct collect_options *options, int argc, char **argv);

#endif
