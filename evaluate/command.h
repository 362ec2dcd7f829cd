/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command - what each command of trng-evaluate is, and what one has while it runs. */
#ifndef TRNG_EVALUATE_COMMAND_H
#define TRNG_EVALUATE_COMMAND_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "common/progress.h"
#include "evaluate/arguments.h"
#include "evaluate/core/audience.h"
#include "evaluate/exhibits.h"
#include "evaluate/input.h"
#include "evaluate/report/text.h"

#define COMMAND_ERROR_BYTES 600

enum {
	EXIT_PASSED,
	EXIT_FAILED,
	EXIT_USAGE,
	EXIT_INCOMPLETE, /* not enough data, and nothing failed */
	EXIT_IO,         /* input, output, or memory */
};

/* Taken by every command that makes a report. */
#define COMMAND_REPORTS                                                                            \
	(OPTION_BIT(OPTION_THREADS) | OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_HTML) |          \
	 OPTION_BIT(OPTION_QUIET) | OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION))

struct context;

struct command {
	const char *name;     /* "ais31", "sp800-90b iid": as it is called */
	const char *operands; /* "FILE" */
	const char *summary;  /* half a line, for the list of commands */
	const char *about;    /* what it does, in paragraphs of the help text */
	const char *more;     /* the rest of the help text: examples */
	uint32_t options;     /* OPTION_BIT() of those it takes */
	unsigned least_operands, most_operands;
	const char *input; /* what is read without an operand; NULL: the first operand */
	bool is_reading;   /* its first operand is a file */
	int usage_status;  /* the exit status after a wrong command line */
	int io_status;     /* after an error of input or output */
	int (*check)(struct context *context); /* of the arguments, or NULL: its exit status */
	int (*run)(struct context *context);
};

/* One command that runs. */
struct context {
	FILE *out, *err;
	const struct command *command;
	struct arguments arguments;
	struct page page; /* of out; for text where no --json was given */
	struct input input;
	struct progress progress;
	double begun_s;
	unsigned width;          /* of the symbols, for the report; 0: not known (yet) */
	struct gallery *gallery; /* NULL without --html */
	json_t *report;          /* NULL if nobody wants to see it */
	enum outcome verdict;    /* FAIL: something has, whatever the exit status */
	char error[COMMAND_ERROR_BYTES];
};

/**
 * command_complain - one sentence on standard error, and as "error" in the report.
 * Return: @status, for the caller to return.
 */
int command_complain(struct context *context, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** command_remark - one sentence on standard error, unless --quiet. */
void command_remark(struct context *context, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** command_put - @value is @key of the report; released if there is none. */
void command_put(struct context *context, const char *key, json_t *value);

/** command_is_text - whether the report is for a person. */
bool command_is_text(const struct context *context);

/**
 * command_progress - as progress_tell(); where no terminal is, silent for the first 10 s, as what
 * is over by then needs no lines in a log. command_progress_end() before anything else is written.
 */
void command_progress(struct context *context, const char *unit, const char *what, uint64_t done,
		      uint64_t total);
void command_progress_end(struct context *context);

/** command_gallery - with --html: the exhibits are symbols of @width bits. Return: 0, or -ENOMEM.
 */
int command_gallery(struct context *context, unsigned width);

/** command_status - the exit status of @outcome. */
int command_status(enum outcome outcome);

extern const struct command ais31_command;
extern const struct command non_iid_command;
extern const struct command iid_command;
extern const struct command restart_command;
extern const struct command conditioning_command;
extern const struct command fips_command;
extern const struct command summary_command;

#endif
