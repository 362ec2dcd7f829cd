/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trng-twin - options of the twin. */
#include "firmware/twin/twin.h"

#include "common/log.h"
#include "common/parse.h"

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
	{ "link", required_argument, NULL, 'l' },
	{ "speed", required_argument, NULL, 's' },
	{ "seed", required_argument, NULL, 'S' },
	{ "board", required_argument, NULL, 'b' },
	{ "fault", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void print_help(void)
{
	const struct fault_row *row;

	puts("usage: trng-twin --link PATH [option]...\n"
	     "A TRNG board without the board: a serial port called PATH that behaves like one.\n"
	     "\n"
	     "  --link PATH         name of the port, made as a symbolic link\n"
	     "  --speed X           device time over wall time, 0.1..10000 (1);\n"
	     "                      0: as fast as the reader takes it\n"
	     "  --seed N            of the noise (a random one)\n"
	     "  --board KIND        current, or legacy: the original sketch's ears (current)\n"
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

static int parse_board(struct twin_options *options, const char *text)
{
	if (!strcmp(text, "legacy"))
		options->kind = BOARD_LEGACY;
	else if (!strcmp(text, "current"))
		options->kind = BOARD_CURRENT;
	else
		return -EINVAL;
	return 0;
}

static int add_fault(struct twin_options *options, const char *text)
{
	if (options->fault_count == TWIN_FAULTS_MAX)
		return -E2BIG;
	return fault_parse(&options->faults[options->fault_count++], text);
}

static int apply(struct twin_options *options, int option, const char *text)
{
	switch (option) {
	case 'l':
		options->link = text;
		return *text ? 0 : -EINVAL;
	case 's':
		return parse_speed(options, text);
	case 'S':
		return parse_u64(text, 0, UINT64_MAX, &options->seed);
	case 'b':
		return parse_board(options, text);
	default:
		return add_fault(options, text);
	}
}

/* Return: 0; -EINVAL after a sentence; 1: help was asked for. */
static int parse_options(struct twin_options *options, int argc, char **argv)
{
	int option, index = 0;

	while ((option = getopt_long(argc, argv, "", options_table, &index)) != -1) {
		int err;

		if (option == 'h')
			return 1;
		if (option == '?')
			return -EINVAL;
		err = apply(options, option, optarg);
		if (err) {
			log_error("--%s %s: %s", options_table[index].name, optarg,
				  err == -ENOENT ? "no such fault" : strerror(-err));
			return -EINVAL;
		}
	}
	if (optind < argc || !options->link) {
		log_error(optind < argc ? "only options are understood" : "--link is needed");
		return -EINVAL;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct twin_options options = { .speed = 1.0 };
	int result;

	log_open("trng-twin", false, LOG_LEVEL_NOTICE);
	if (getrandom(&options.seed, sizeof(options.seed), 0) != sizeof(options.seed))
		options.seed = 1;
	result = parse_options(&options, argc, argv);
	if (result > 0) {
		print_help();
		return EXIT_SUCCESS;
	}
	if (result < 0)
		return EXIT_USAGE;
	return twin_run(&options) ? EXIT_FAILURE : EXIT_SUCCESS;
}
