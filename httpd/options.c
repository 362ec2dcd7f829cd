/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options - the command line of trng-httpd. */
#include "httpd/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>

#ifndef TRNG_VERSION
#define TRNG_VERSION "0.1"
#endif

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "foreground", no_argument, NULL, 'f' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "check-config", no_argument, NULL, 'C' },
	{ "new-token", no_argument, NULL, 'T' },
	{ "self-signed", no_argument, NULL, 'S' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* What may stand beside the options. */
static const struct {
	size_t least, most;
	const char *usage;
} operands[] = {
	[OPTIONS_NEW_TOKEN] = { 2, 3, "--new-token NAME ROLE [BITS_PER_DAY]" },
	[OPTIONS_SELF_SIGNED] = { 2, SIZE_MAX, "--self-signed DIRECTORY NAME..." },
	[OPTIONS_VERSION] = { 0, 0, NULL },
};

static int add_override(struct options *options, const char *override)
{
	if (options->override_count == OPTIONS_MAX_OVERRIDES) {
		fprintf(stderr, "trng-httpd: more than %d -o options\n", OPTIONS_MAX_OVERRIDES);
		return -EINVAL;
	}
	options->overrides[options->override_count++] = override;
	return 0;
}

static int apply(struct options *options, int option)
{
	switch (option) {
	case 'c':
		options->config_path = optarg;
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
	case 'T':
		options->action = OPTIONS_NEW_TOKEN;
		return 0;
	case 'S':
		options->action = OPTIONS_SELF_SIGNED;
		return 0;
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

static int check_operands(const struct options *options)
{
	size_t count = options->operand_count;

	if (count >= operands[options->action].least && count <= operands[options->action].most)
		return 0;
	if (operands[options->action].usage)
		fprintf(stderr, "trng-httpd: it is %s\n", operands[options->action].usage);
	else
		fprintf(stderr, "trng-httpd: unexpected argument \"%s\"\n", options->operands[0]);
	return -EINVAL;
}

int options_parse(struct options *options, int argc, char **argv)
{
	int option;
	int ret = 0;

	*options = (struct options){ .config_path = "/etc/trng/trng.conf" };
	while (ret == 0 && (option = getopt_long(argc, argv, "c:fo:vhV", long_options, NULL)) != -1)
		ret = apply(options, option);
	if (ret == 0) {
		options->operands = argv + optind;
		options->operand_count = (size_t)(argc - optind);
		ret = check_operands(options);
	}
	if (ret < 0)
		fprintf(stderr, "Try \"trng-httpd --help\".\n");
	return ret;
}

void options_print_help(void)
{
	fputs("Usage: trng-httpd [--config FILE] [--foreground] [-o KEY=VALUE]...\n"
	      "       trng-httpd --new-token NAME ROLE [BITS_PER_DAY]\n"
	      "       trng-httpd --self-signed DIRECTORY NAME...\n"
	      "       trng-httpd --check-config | --help | --version\n"
	      "\n"
	      "Serves the files of fuse-trng over HTTP: random numbers as JSON, test data, state.\n"
	      "\n"
	      "  -c, --config FILE    configuration (default /etc/trng/trng.conf); SIGHUP makes "
	      "the\n"
	      "                       server read certificate and key again\n"
	      "  -f, --foreground     stay in the foreground, log to standard error\n"
	      "  -o KEY=VALUE         override one key of the configuration; may be repeated\n"
	      "  -v, --verbose        log more\n"
	      "      --check-config   check the configuration, show what would be served where, "
	      "exit\n"
	      "      --new-token      add a token to the file of httpd.tokens and print its "
	      "secret,\n"
	      "                       once. ROLE is reader (numbers, status, events, metrics) or\n"
	      "                       operator (also init, shutdown, restart and test data);\n"
	      "                       BITS_PER_DAY is what it may draw, without: any number\n"
	      "      --self-signed    make DIRECTORY/certificate.pem and DIRECTORY/key.pem for "
	      "these\n"
	      "                       host names and addresses, good for 365 days\n"
	      "  -h, --help           this text\n"
	      "  -V, --version        version\n"
	      "\n"
	      "Who may: on loopback everybody; elsewhere who has a token, and who has none what\n"
	      "httpd.anonymous says. Beyond loopback it wants TLS: httpd.tls_certificate and\n"
	      "httpd.tls_key.\n"
	      "\n"
	      "Examples:\n"
	      "  trng-httpd -f -o httpd.listen=127.0.0.1:8000 -o mountpoint=/tmp/trng\n"
	      "  curl http://127.0.0.1:8000/trng/randomNum/init       start the device\n"
	      "  curl 'http://127.0.0.1:8000/trng/randomNum/getRandom?numBits=128&quantity=10'\n"
	      "  curl http://127.0.0.1:8000/trng/status\n"
	      "\n"
	      "On a network, with a certificate of one's own and a token:\n"
	      "  trng-httpd --self-signed /etc/trng/tls trng.example.org 192.0.2.7\n"
	      "  trng-httpd --new-token alice reader 1000000\n"
	      "  trng-httpd -o httpd.listen=0.0.0.0:8443 -o httpd.server_names=trng.example.org "
	      "\\\n"
	      "      -o httpd.tls_certificate=/etc/trng/tls/certificate.pem \\\n"
	      "      -o httpd.tls_key=/etc/trng/tls/key.pem\n"
	      "  curl --cacert certificate.pem -H \"Authorization: Bearer SECRET\" \\\n"
	      "      'https://trng.example.org:8443/trng/randomNum/getRandom?numBits=256'\n"
	      "\n"
	      "Exit status: 0 ended by a signal, or done; 1 could not start or run; 2 wrong "
	      "option\n"
	      "or configuration (nothing was served).\n",
	      stdout);
}

void options_print_version(void)
{
	puts("trng-httpd " TRNG_VERSION);
}
