/* SPDX-License-Identifier: GPL-3.0-or-later */
/* options - see options.h */
#include "evaluate/collect/options.h"

#include "common/log.h"
#include "common/parse.h"
#include "evaluate/collect/collect.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

/* 2^40 bits are 580 years of a board; 2^20 rows of 2^20 symbols fill any disk of these days. */
#define MOST_BITS (UINT64_C(1) << 40)
#define MOST_ROWS (1u << 20)

const char collect_usage[] =
	"usage: trng-evaluate collect --bits N [--from FILE] -o DIR\n"
	"       trng-evaluate collect --restarts ROWSxSYMBOLS [--control FILE] [--from FILE] -o "
	"DIR\n"
	"\n"
	"Gathers what an evaluation needs from a source, for days if need be. The same command, "
	"given\n"
	"again after a reboot or Ctrl-C, goes on where it stopped.\n"
	"\n"
	"  --bits N          so many bits in gap-free segments of at least 1000 symbols, which "
	"are\n"
	"                    joined (SP 800-90B 3.1.1) to symbols.bin (one symbol a byte) and\n"
	"                    bits.bin (packed)\n"
	"  --restarts RxS    the first S symbols after each of R restarts (SP 800-90B 3.1.4 wants\n"
	"                    1000x1000), row by row, to restarts.bin (one symbol a byte)\n"
	"  --from FILE       packed symbols, the first in the top bits: a device, a file, a pipe "
	"or\n"
	"                    - (default: /mnt/trng/raw). A serial port must have been set to raw\n"
	"  --control FILE    what starts and stops the source (default: /mnt/trng/control)\n"
	"  -o, --output DIR  made if it is not there\n"
	"  --width W         bits per symbol, 1 to 8 (default: symbol_bits in the file `status`\n"
	"                    beside FILE, else 1)\n"
	"  --no-wait         end with 3 when the source goes away, instead of waiting for it\n"
	"  --quiet           no progress\n"
	"  --help            this text\n"
	"\n"
	"DIR/collection.json tells of each segment or row its times, hash and the source's state.\n"
	"Exit status: 0 all is there, 2 usage, 3 stopped before, 4 a file cannot be read or "
	"written.\n";

enum { BITS = 256, RESTARTS, CONTROL, FROM, WIDTH, WAIT, NO_WAIT, QUIET };

static const struct option long_options[] = {
	{ "bits", required_argument, NULL, BITS },
	{ "restarts", required_argument, NULL, RESTARTS },
	{ "control", required_argument, NULL, CONTROL },
	{ "from", required_argument, NULL, FROM },
	{ "output", required_argument, NULL, 'o' },
	{ "width", required_argument, NULL, WIDTH },
	{ "wait", no_argument, NULL, WAIT },
	{ "no-wait", no_argument, NULL, NO_WAIT },
	{ "quiet", no_argument, NULL, QUIET },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int parse_rows(struct collect_options *options, const char *value)
{
	const char *cross = strchr(value, 'x');
	char rows[32];

	if (cross && (size_t)(cross - value) < sizeof(rows)) {
		memcpy(rows, value, (size_t)(cross - value));
		rows[cross - value] = '\0';
		if (!parse_u64(rows, 1, MOST_ROWS, &options->rows) &&
		    !parse_u64(cross + 1, 1, MOST_ROWS, &options->row_symbols))
			return 0;
	}
	log_error("--restarts %s: not ROWSxSYMBOLS; SP 800-90B wants 1000x1000", value);
	return -EINVAL;
}

static int parse_number(const char *option, const char *value, uint64_t most, uint64_t *number)
{
	if (!parse_u64(value, 1, most, number))
		return 0;
	log_error("%s %s: not a whole number from 1 to %llu", option, value,
		  (unsigned long long)most);
	return -EINVAL;
}

static int apply(struct collect_options *options, int option, char **argv)
{
	uint64_t number = options->width;
	int ret = 0;

	switch (option) {
	case BITS:
		return parse_number("--bits", optarg, MOST_BITS, &options->bits);
	case RESTARTS:
		return parse_rows(options, optarg);
	case CONTROL:
		options->control = optarg;
		return 0;
	case FROM:
		options->from = optarg;
		return 0;
	case 'o':
		options->folder = optarg;
		return 0;
	case WIDTH:
		ret = parse_number("--width", optarg, 8, &number);
		options->width = (unsigned)number;
		return ret;
	case WAIT:
	case NO_WAIT:
		options->is_waiting = option == WAIT;
		return 0;
	case QUIET:
		options->is_quiet = true;
		return 0;
	case 'h':
		options->is_help = true;
		return 0;
	case ':':
		log_error("%s needs a value; see trng-evaluate collect --help", argv[optind - 1]);
		return -EINVAL;
	default:
		log_error("unknown option %s; see trng-evaluate collect --help", argv[optind - 1]);
		return -EINVAL;
	}
}

static int check(const struct collect_options *options)
{
	const char *wrong = NULL;

	if (!options->folder || !*options->folder)
		wrong = "say where to: -o DIR";
	else if (!options->bits == !options->rows)
		wrong = "say how much: either --bits N or --restarts 1000x1000";
	else if (options->rows && strcmp(options->from, "-") == 0)
		wrong = "--restarts opens its source anew for each row: --from - will not do";
	if (!wrong)
		return 0;
	log_error("%s", wrong);
	return -EINVAL;
}

int collect_options_parse(struct collect_options *options, int argc, char **argv)
{
	int option, ret;

	*options = (struct collect_options){ .from = "/mnt/trng/raw",
					     .control = "/mnt/trng/control",
					     .is_waiting = true };
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":o:h", long_options, NULL)) != -1) {
		ret = apply(options, option, argv);
		if (ret || options->is_help)
			return ret;
	}
	if (optind < argc) {
		log_error("%s: what is this? The source is given by --from", argv[optind]);
		return -EINVAL;
	}
	return check(options);
}
