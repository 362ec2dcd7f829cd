/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options - the command line that trng-twin and trng-emulator share. */
#include "firmware/twin/options.h"

#include "common/log.h"
#include "common/parse.h"
#include "firmware/twin/script.h"
#include "firmware/twin/twin.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define EXIT_USAGE 2
#define SPEED_MIN  0.1
#define SPEED_MAX  10000.0

static const struct option options_table[] = {
	{ "link", required_argument, NULL, 'l' },   { "script", required_argument, NULL, 'x' },
	{ "speed", required_argument, NULL, 's' },  { "seed", required_argument, NULL, 'S' },
	{ "board", required_argument, NULL, 'b' },  { "image", required_argument, NULL, 'i' },
	{ "millis", required_argument, NULL, 'm' }, { "fault", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
};

static void print_kinds(const struct twin_program *program)
{
	if (program->chips[1]) {
		printf("  --board KIND        what it runs:");
		for (size_t i = 0; program->chips[i]; i++)
			printf(" %s%s", program->chips[i]->name, i ? "" : " (the default),");
		putchar('\n');
	}
	if (program->image)
		printf("  --image ELF         code that it runs (%s)\n", program->image);
}

static void print_help(const struct twin_program *program)
{
	const struct fault_row *row;

	printf("usage: %s --link PATH [option]...\n"
	       "       %s --script FILE [option]...\n"
	       "%s\n"
	       "\n"
	       "  --link PATH         name of the port, made as a symbolic link\n"
	       "  --script FILE       no port: play lines `MS COMMAND` in device time\n"
	       "                      (say TEXT, a fault, quit); bytes go to standard output\n"
	       "  --speed X           device time over wall time, 0.1..10000 (1);\n"
	       "                      0: as fast as the reader takes it\n"
	       "  --seed N            of the noise (a random one)\n",
	       program->name, program->name, program->intro);
	print_kinds(program);
	puts("  --millis N          where the board's millisecond counter starts (0)\n"
	     "  --fault NAME[=ARG]  with this fault from the start; may be repeated\n"
	     "  --help              this text\n"
	     "\n"
	     "Lines on standard input: [fault] NAME [ARG], status, quit. Faults:\n");
	for (size_t i = 0; (row = fault_row(i)) != NULL; i++) {
		printf("  %-9s %s", row->name, row->help);
		if (row->unit)
			printf(" (%g %s)", row->preset, row->unit);
		putchar('\n');
	}
}

static int parse_speed(struct twin_options *options, const char *text)
{
	double speed;
	int err = parse_double(text, 0, SPEED_MAX, &speed);

	if (err)
		return err;
	if (speed > 0 && speed < SPEED_MIN)
		return -ERANGE;
	options->speed = speed;
	return 0;
}

static int parse_board(struct twin_options *options, const struct twin_program *program,
		       const char *text)
{
	for (size_t i = 0; program->chips[i]; i++) {
		if (!strcmp(text, program->chips[i]->name)) {
			options->board.chip = program->chips[i];
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_millis(struct twin_options *options, const char *text)
{
	uint64_t millis;
	int err = parse_u64(text, 0, UINT32_MAX, &millis);

	if (!err)
		options->board.millis = (uint32_t)millis;
	return err;
}

static int add_fault(struct twin_options *options, const char *text)
{
	if (options->fault_count == TWIN_FAULTS_MAX)
		return -E2BIG;
	return fault_parse(&options->faults[options->fault_count++], text);
}

static int apply(struct twin_options *options, const struct twin_program *program, int option,
		 const char *text)
{
	switch (option) {
	case 'l':
		options->link = text;
		return *text ? 0 : -EINVAL;
	case 'x':
		options->script = text;
		return *text ? 0 : -EINVAL;
	case 's':
		return parse_speed(options, text);
	case 'S':
		return parse_u64(text, 0, UINT64_MAX, &options->board.seed);
	case 'b':
		return parse_board(options, program, text);
	case 'i':
		options->board.image = text;
		return program->image ? 0 : -ENOTSUP;
	case 'm':
		return parse_millis(options, text);
	default:
		return add_fault(options, text);
	}
}

static const char *reason(int err)
{
	switch (err) {
	case -ENOENT:
		return "no such fault";
	case -ENOTSUP:
		return "this program has its code in itself";
	default:
		return strerror(-err);
	}
}

static int check(const struct twin_options *options, bool has_more)
{
	const char *problem = NULL;

	if (has_more)
		problem = "only options are understood";
	else if (!options->link && !options->script)
		problem = "--link or --script is needed";
	else if (options->link && options->script)
		problem = "--link and --script exclude each other";
	if (!problem)
		return 0;
	log_error("%s (--help tells more)", problem);
	return -EINVAL;
}

/* Return: 0; -EINVAL after a sentence; 1: help was asked for. */
static int parse_options(struct twin_options *options, const struct twin_program *program, int argc,
			 char **argv)
{
	int option, index = 0;

	while ((option = getopt_long(argc, argv, "", options_table, &index)) != -1) {
		int err;

		if (option == 'h')
			return 1;
		if (option == '?')
			return -EINVAL;
		err = apply(options, program, option, optarg);
		if (err) {
			log_error("--%s %s: %s", options_table[index].name, optarg, reason(err));
			return -EINVAL;
		}
	}
	return check(options, optind < argc);
}

int twin_main(int argc, char **argv, const struct twin_program *program)
{
	struct twin_options options = { .speed = 1.0 };
	int result;

	log_open(program->name, false, LOG_LEVEL_NOTICE);
	options.board.chip = program->chips[0];
	options.board.image = program->image;
	if (getrandom(&options.board.seed, sizeof(options.board.seed), 0) !=
	    sizeof(options.board.seed))
		options.board.seed = 1;
	result = parse_options(&options, program, argc, argv);
	if (result > 0) {
		print_help(program);
		return EXIT_SUCCESS;
	}
	if (result < 0)
		return EXIT_USAGE;
	result = options.script ? script_run(&options) : twin_run(&options);
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}
