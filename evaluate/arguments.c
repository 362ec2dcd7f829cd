/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arguments - see arguments.h */
#include "evaluate/arguments.h"

#include "common/parse.h"
#include "evaluate/report/text.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum kind { FLAG, COUNT, REAL, WORD };

#define HELP_COLUMN 25 /* where the texts of help begin */

#define AT(member) offsetof(struct arguments, member)

/* In the order of help texts. */
static const struct row {
	const char *name;
	char letter, second_letter;
	enum kind kind;
	size_t offset;
	double least, most; /* of REAL; of COUNT up to 2^53, where doubles are exact */
	const char *argument;
	const char *help;
} rows[OPTIONS] = {
	[OPTION_PROCEDURE] = { "procedure", 0, 0, WORD, AT(procedure), 0, 0, "P",
			       "A, B, T0 to T8, or tirn; without: A, then B on fresh bits" },
	[OPTION_WIDTH] = { "width", 0, 0, COUNT, AT(width), 1, 8, "W",
			   "bits per symbol, 1 to 8; without: what the largest value needs, "
			   "for summary 8" },
	[OPTION_NUMBER_WIDTH] = { "width", 0, 0, COUNT, AT(width), 1, 256, "W",
				  "bits of one internal random number, 1 (the default) to 256" },
	[OPTION_PACKED] = { "packed", 0, 0, FLAG, 0, 0, 0, NULL,
			    "symbols of --width bits without gaps, first in the highest bits; "
			    "without: one symbol per byte, in its low bits" },
	[OPTION_ALWAYS_PACKED] = { "packed", 0, 0, FLAG, 0, 0, 0, NULL,
				   "FILE is packed bits: always so here, said or not" },
	[OPTION_SKIP] = { "skip", 0, 0, COUNT, AT(skip_bytes), 0, 0x1p53, "BYTES",
			  "leave out so many bytes at the beginning" },
	[OPTION_SYMBOLS] = { "symbols", 0, 0, COUNT, AT(symbols), 1, 0x1p53, "N",
			     "stop after N symbols; without: at the end, or after 1,000,000 "
			     "from what has none (a device)" },
	[OPTION_BITS] = { "bits", 0, 0, COUNT, AT(bits), 1, 0x1p53, "N",
			  "take no more than N bits" },
	[OPTION_CLAIM] = { "claim", 0, 0, REAL, AT(claim), 0, 8, "H",
			   "fail if the min-entropy is below H bits per symbol" },
	[OPTION_INITIAL] = { "initial", 0, 0, REAL, AT(initial), 0, 8, "H",
			     "the initial estimate H_I, bits per symbol, which is validated" },
	[OPTION_IID] = { "iid", 0, 0, FLAG, 0, 0, 0, NULL,
			 "validate an estimate of the IID track" },
	[OPTION_SEED] = { "seed", 0, 0, COUNT, AT(seed), 0, 0x1p53, "N",
			  "of the permutations (1): the same seed gives the same counts" },
	[OPTION_VETTED] = { "vetted", 'v', 0, FLAG, 0, 0, 0, NULL,
			    "a vetted component, 3.1.5.1 (the default without H_PRIME)" },
	[OPTION_NON_VETTED] = { "non-vetted", 'n', 0, FLAG, 0, 0, 0, NULL,
				"another one, 3.1.5.2 (the default with H_PRIME)" },
	[OPTION_BLOCKCOUNT] = { "blockcount", 'c', 0, COUNT, AT(blockcount), 0, 0x1p53, "N",
				"stop after N blocks; 0: at the end" },
	[OPTION_BLOCKSTATS] = { "blockstats", 'b', 0, COUNT, AT(blockstats), 0, 0x1p53, "N",
				"tell the counts so far every N blocks" },
	[OPTION_TIMEDSTATS] = { "timedstats", 't', 0, COUNT, AT(timedstats_s), 0, 0x1p31, "SECS",
				"tell the counts so far every SECS seconds" },
	[OPTION_PIPE] = { "pipe", 'p', 0, FLAG, 0, 0, 0, NULL,
			  "write the blocks that pass to standard output" },
	[OPTION_THREADS] = { "threads", 0, 0, COUNT, AT(threads), 1, 1024, "N",
			     "compute in N threads; without: as many as there are processors" },
	[OPTION_JSON] = { "json", 0, 0, FLAG, 0, 0, 0, NULL,
			  "one JSON object on standard output instead of text" },
	[OPTION_HTML] = { "html", 0, 0, WORD, AT(html), 0, 0, "FILE",
			  "also write a report with plots to FILE" },
	[OPTION_QUIET] = { "quiet", 'q', 0, FLAG, 0, 0, 0, NULL, "no progress and no remarks" },
	[OPTION_HELP] = { "help", 'h', '?', FLAG, 0, 0, 0, NULL, "this text" },
	[OPTION_VERSION] = { "version", 'V', 0, FLAG, 0, 0, 0, NULL, "the version" },
	[OPTION_BLOCK_VERSION] = { "version", 'V', 'v', FLAG, 0, 0, 0, NULL, "the version" },
};

_Static_assert(OPTIONS <= 32, "struct arguments has 32 bits for those given");

bool arguments_have(const struct arguments *arguments, enum option option)
{
	return arguments->given & OPTION_BIT(option);
}

/* ---- values ---- */

static int refuse_value(const struct row *row, const char *value, struct text *why)
{
	text_add(why, "--%s wants ", row->name);
	if (row->kind == WORD)
		text_add(why, "%s", "a value");
	else
		text_add(why, "a %snumber from %.17g to %.17g", row->kind == COUNT ? "whole " : "",
			 row->least, row->most);
	if (value) {
		text_add(why, ", not \"");
		text_add_escaped(why, value, strnlen(value, 60));
		text_add(why, "\"");
	}
	return -EINVAL;
}

static int set_value(struct arguments *arguments, const struct row *row, const char *value,
		     struct text *why)
{
	char *member = (char *)arguments + row->offset;
	uint64_t count;
	double real;

	switch (row->kind) {
	case COUNT:
		if (parse_u64(value, (uint64_t)row->least, (uint64_t)row->most, &count) < 0)
			return refuse_value(row, value, why);
		memcpy(member, &count, sizeof(count));
		return 0;
	case REAL:
		if (parse_double(value, row->least, row->most, &real) < 0)
			return refuse_value(row, value, why);
		memcpy(member, &real, sizeof(real));
		return 0;
	case WORD:
		if (!*value)
			return refuse_value(row, value, why);
		memcpy(member, &value, sizeof(value));
		return 0;
	case FLAG:
	default:
		return 0;
	}
}

/* ---- words of the command line ---- */

struct words {
	char *const *argv;
	int argc, at;
};

static int refuse_word(const char *word, struct text *why)
{
	text_add(why, "\"");
	text_add_escaped(why, word, strnlen(word, 60));
	text_add(why, "\" is no option of this command");
	return -EINVAL;
}

/* @value: what stands in the same word, or NULL. */
static int take_option(struct arguments *arguments, enum option option, const char *value,
		       struct words *words, struct text *why)
{
	const struct row *row = &rows[option];

	if (row->kind == FLAG && value) {
		text_add(why, "--%s takes no value", row->name);
		return -EINVAL;
	}
	if (row->kind != FLAG && !value) {
		if (words->at == words->argc)
			return refuse_value(row, NULL, why);
		value = words->argv[words->at++];
	}
	arguments->given |= OPTION_BIT(option);
	return set_value(arguments, row, value, why);
}

static int take_long(struct arguments *arguments, uint32_t allowed, const char *word,
		     struct words *words, struct text *why)
{
	const char *name = word + 2, *value = strchr(name, '=');
	size_t len = value ? (size_t)(value - name) : strlen(name);

	for (unsigned i = 0; i < OPTIONS; i++)
		if (allowed & OPTION_BIT(i) && strlen(rows[i].name) == len &&
		    strncmp(rows[i].name, name, len) == 0)
			return take_option(arguments, (enum option)i, value ? value + 1 : NULL,
					   words, why);
	return refuse_word(word, why);
}

static unsigned find_letter(uint32_t allowed, char letter)
{
	unsigned i = 0;

	while (i < OPTIONS && !(allowed & OPTION_BIT(i) &&
				(rows[i].letter == letter || rows[i].second_letter == letter)))
		i++;
	return i;
}

/* "-pc5": letters of flags may be followed by others, one with a value has it in the rest. */
static int take_letters(struct arguments *arguments, uint32_t allowed, const char *word,
			struct words *words, struct text *why)
{
	for (const char *letter = word + 1; *letter; letter++) {
		unsigned i = find_letter(allowed, *letter);
		bool has_rest;
		int ret;

		if (i == OPTIONS)
			return refuse_word(word, why);
		has_rest = rows[i].kind != FLAG && letter[1];
		ret = take_option(arguments, (enum option)i, has_rest ? letter + 1 : NULL, words,
				  why);
		if (ret < 0 || has_rest)
			return ret;
	}
	return 0;
}

static int take_operand(struct arguments *arguments, const char *word, struct text *why)
{
	if (arguments->operands < ARGUMENTS_OPERANDS) {
		arguments->operand[arguments->operands++] = word;
		return 0;
	}
	text_add(why, "\"");
	text_add_escaped(why, word, strnlen(word, 60));
	text_add(why, "\" is one argument too many");
	return -EINVAL;
}

int arguments_parse(struct arguments *arguments, uint32_t allowed, int argc, char *const *argv,
		    struct text *why)
{
	const uint32_t at_once = OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION) |
				 OPTION_BIT(OPTION_BLOCK_VERSION);
	struct words words = { .argv = argv, .argc = argc };
	bool is_over = false;
	int ret = 0;

	*arguments = (struct arguments){ .seed = 1 };
	while (ret == 0 && words.at < words.argc && !(arguments->given & at_once)) {
		const char *word = words.argv[words.at++];

		if (is_over || word[0] != '-' || word[1] == '\0')
			ret = take_operand(arguments, word, why);
		else if (strcmp(word, "--") == 0)
			is_over = true;
		else if (word[1] == '-')
			ret = take_long(arguments, allowed, word, &words, why);
		else
			ret = take_letters(arguments, allowed, word, &words, why);
	}
	return ret;
}

/* ---- help ---- */

static void print_row(const struct page *page, const struct row *row)
{
	char label[HELP_COLUMN + 1];
	struct text text;

	text_init(&text, label, sizeof(label));
	if (row->letter)
		text_add(&text, "  -%c, ", row->letter);
	text_add(&text, "%s--%s%s%s", row->letter ? "" : "      ", row->name,
		 row->argument ? " " : "", row->argument ? row->argument : "");
	page_item(page, HELP_COLUMN, label, row->help);
}

void arguments_print(FILE *out, uint32_t allowed)
{
	const struct page page = { .out = out };

	for (unsigned i = 0; i < OPTIONS; i++)
		if (allowed & OPTION_BIT(i))
			print_row(&page, &rows[i]);
}
