/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arguments - the command line after the command's name: one table of all options of all commands.
 */
#ifndef TRNG_EVALUATE_ARGUMENTS_H
#define TRNG_EVALUATE_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/text.h"

#define ARGUMENTS_OPERANDS 5

/* Of several rows with one name, a command takes at most one: widths and meanings of -v differ. */
enum option {
	OPTION_PROCEDURE,
	OPTION_WIDTH,        /* of samples, 1..8 */
	OPTION_NUMBER_WIDTH, /* of internal random numbers, 1..256 */
	OPTION_PACKED,
	OPTION_ALWAYS_PACKED, /* of what takes nothing else */
	OPTION_SKIP,
	OPTION_SYMBOLS,
	OPTION_BITS,
	OPTION_CLAIM,
	OPTION_INITIAL,
	OPTION_IID,
	OPTION_SEED,
	OPTION_VETTED,
	OPTION_NON_VETTED,
	OPTION_BLOCKCOUNT,
	OPTION_BLOCKSTATS,
	OPTION_TIMEDSTATS,
	OPTION_PIPE,
	OPTION_THREADS,
	OPTION_JSON,
	OPTION_HTML,
	OPTION_QUIET,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_BLOCK_VERSION, /* -v as well as -V, of fips */
	OPTIONS
};

#define OPTION_BIT(option) (UINT32_C(1) << (option))

struct arguments {
	uint32_t given;               /* OPTION_BIT() of each that was */
	const char *procedure, *html; /* borrowed from argv, as the operands; NULL: not given */
	uint64_t width, skip_bytes, symbols, bits, seed, threads; /* 0: not given; seed: 1 */
	uint64_t blockcount, blockstats, timedstats_s;            /* 0: not wanted */
	double claim, initial; /* bits of min-entropy per sample */
	const char *operand[ARGUMENTS_OPERANDS];
	unsigned operands;
};

/**
 * arguments_parse - @argv of @argc words, options and operands in any order, "--" ends the options.
 *
 * @allowed: OPTION_BIT() of those that the command takes.
 * @why:     gets a sentence on failure. --help and --version end the parsing at once.
 * Return: 0, or -EINVAL.
 */
int arguments_parse(struct arguments *arguments, uint32_t allowed, int argc, char *const *argv,
		    struct text *why);

/** arguments_have - whether @option was given. */
bool arguments_have(const struct arguments *arguments, enum option option);

/** arguments_print - the lines of a help text for the @allowed ones. */
void arguments_print(FILE *out, uint32_t allowed);

#endif
