/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options - the command line of fuse-trng. */
#include "fuse-trng/options.h"

#include "common/parse.h"
#include "fuse-trng/selftest/selftest.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#ifndef TRNG_VERSION
#define TRNG_VERSION "0.1"
#endif

#define ROUNDS_LEAST 1000 /* of the self-test: less would give the tests nothing to count */
#define ROUNDS_MOST  1000000000000

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "foreground", no_argument, NULL, 'f' },
	{ "check-config", no_argument, NULL, 'C' },
	{ "list-ports", no_argument, NULL, 'l' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "selftest", no_argument, NULL, 'S' },
	{ "seed", required_argument, NULL, 's' },
	{ "rounds", required_argument, NULL, 'r' },
	{ NULL, 0, NULL, 0 },
};

static int add_override(struct options *options, const char *override)
{
	if (options->override_count == OPTIONS_MAX_OVERRIDES) {
		fprintf(stderr, "fuse-trng: more than %d -o options\n", OPTIONS_MAX_OVERRIDES);
		return -EINVAL;
	}
	options->overrides[options->override_count++] = override;
	return 0;
}

static int set_number(const char *name, uint64_t min, uint64_t max, uint64_t *number)
{
	if (parse_u64(optarg, min, max, number) == 0)
		return 0;
	fprintf(stderr, "fuse-trng: --%s must be a number from %llu to %llu, not \"%s\"\n", name,
		(unsigned long long)min, (unsigned long long)max, optarg);
	return -EINVAL;
}

static int apply(struct options *options, int option)
{
	switch (option) {
	case 'c':
		options->config_path = optarg;
		options->has_config_path = true;
		return 0;
	case 'f':
		options->is_foreground = true;
		return 0;
	case 'v':
		options->is_verbose = true;
		return 0;
	case 'o':
		return add_override(options, optarg);
	case 'C':
		options->action = OPTIONS_CHECK_CONFIG;
		return 0;
	case 'l':
		options->action = OPTIONS_LIST_PORTS;
		return 0;
	case 'S':
		options->action = OPTIONS_SELFTEST;
		return 0;
	case 's':
		return set_number("seed", 0, UINT64_MAX, &options->seed);
	case 'r':
		return set_number("rounds", ROUNDS_LEAST, ROUNDS_MOST, &options->rounds);
	case 'h':
		options->action = OPTIONS_HELP;
		return 0;
	case 'V':
		options->action = OPTIONS_VERSION;
		return 0;
	default:
		return -EINVAL; /* getopt has said what is wrong */
	}
}

int options_parse(struct options *options, int argc, char **argv)
{
	int option;
	int ret = 0;

	*options = (struct options){ .config_path = "/etc/trng/trng.conf",
				     .seed = 1,
				     .rounds = SELFTEST_ROUNDS };
	while (ret == 0 && (option = getopt_long(argc, argv, "c:fo:vhV", long_options, NULL)) != -1)
		ret = apply(options, option);
	if (ret == 0 && optind < argc) {
		fprintf(stderr, "fuse-trng: unexpected argument \"%s\"\n", argv[optind]);
		ret = -EINVAL;
	}
	if (ret < 0)
		fprintf(stderr, "Try \"fuse-trng --help\".\n");
	return ret;
}

void options_print_help(void)
{
	fputs("Usage: fuse-trng [--config FILE] [--foreground] [-o KEY=VALUE]...\n"
	      "       fuse-trng --check-config | --list-ports | --help | --version\n"
	      "       fuse-trng --selftest [--config FILE] [-o KEY=VALUE]... [--seed N] [--rounds "
	      "N]\n"
	      "\n"
	      "Makes a serial hardware random number generator a directory of files. Every bit is\n"
	      "tested before it leaves, none is delivered twice.\n"
	      "\n"
	      "  -c, --config FILE    configuration (default /etc/trng/trng.conf)\n"
	      "  -f, --foreground     stay in the foreground, log to standard error\n"
	      "  -o KEY=VALUE         override one key of the configuration; may be repeated\n"
	      "  -v, --verbose        log more\n"
	      "      --check-config   check the configuration, show every test's cutoff, exit\n"
	      "      --list-ports     list serial ports and known kinds of devices, exit\n"
	      "      --selftest       inject faults into the health tests as configured, print "
	      "the\n"
	      "                       report that evaluators ask for, exit: no device is needed\n"
	      "      --seed N         of the self-test's symbols (default 1)\n"
	      "      --rounds N       good trials of each test (default 1000000)\n"
	      "  -h, --help           this text\n"
	      "  -V, --version        version\n"
	      "\n"
	      "Files in the mount point (/mnt/trng; without root $XDG_RUNTIME_DIR/trng):\n"
	      "  random    tested true random bytes; a read waits for them\n"
	      "  urandom   as much as you want, from a generator that the source seeds\n"
	      "  raw       untested symbols for evaluation; while open, nothing reaches random\n"
	      "  control   write init, shutdown, restart, prove or reseed; returns when done\n"
	      "  status    state, rate, waits and the ledger of every test, as key=value\n"
	      "  events    one line per change of state and alarm\n"
	      "\n"
	      "Examples:\n"
	      "  fuse-trng -f -o port=/dev/ttyUSB0 -o mountpoint=/tmp/trng\n"
	      "  echo init > /mnt/trng/control      start the device (returns after its tests)\n"
	      "  head -c 32 /mnt/trng/random | xxd  32 random bytes\n"
	      "  grep -E '^(state|eta_s)=' /mnt/trng/status\n"
	      "\n"
	      "Exit status: 0 ended by a signal or an unmount; 1 could not start or run, or the\n"
	      "self-test failed; 2 wrong option or configuration (nothing was mounted).\n",
	      stdout);
}

void options_print_version(void)
{
	puts("fuse-trng " TRNG_VERSION);
}
