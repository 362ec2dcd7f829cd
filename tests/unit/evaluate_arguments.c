/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluate_arguments - options in every form, operands between them, and sentences for wrong ones.
 */
#include "evaluate/arguments.h"

#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST_WORDS   12

static const uint32_t all = (OPTION_BIT(OPTION_BLOCK_VERSION) - 1) &
			    ~OPTION_BIT(OPTION_NUMBER_WIDTH) & ~OPTION_BIT(OPTION_ALWAYS_PACKED);

static char said[400];

/* @line: words separated by single spaces; an empty one stands for "". */
static int parse(struct arguments *arguments, uint32_t allowed, const char *line)
{
	static char copy[400];
	char *argv[MOST_WORDS];
	struct text why;
	int argc = 0;

	strcpy(copy, line);
	for (char *at = copy, *word; *line && (word = strsep(&at, " "));)
		argv[argc++] = word;
	text_init(&why, said, sizeof(said));
	return arguments_parse(arguments, allowed, argc, argv, &why);
}

static void expect_refused(const char *line, const char *sentence)
{
	struct arguments arguments;

	CU_ASSERT_EQUAL(parse(&arguments, all, line), -EINVAL);
	CU_ASSERT_STRING_EQUAL(said, sentence);
}

static void nothing(void)
{
	struct arguments arguments;

	CU_ASSERT_EQUAL(parse(&arguments, all, ""), 0);
	CU_ASSERT_EQUAL(arguments.given, 0);
	CU_ASSERT_EQUAL(arguments.operands, 0);
	CU_ASSERT_EQUAL(arguments.width, 0);
	CU_ASSERT_EQUAL(arguments.seed, 1);
	CU_ASSERT_PTR_NULL(arguments.html);
}

static void values(void)
{
	struct arguments arguments;

	CU_ASSERT_EQUAL(parse(&arguments, all, "--width 3 --skip=17 --claim 0.25 --html=a=b"), 0);
	CU_ASSERT_EQUAL(arguments.width, 3);
	CU_ASSERT_EQUAL(arguments.skip_bytes, 17);
	CU_ASSERT_EQUAL(arguments.claim, 0.25);
	CU_ASSERT_STRING_EQUAL(arguments.html, "a=b");
	CU_ASSERT(arguments_have(&arguments, OPTION_CLAIM));
	CU_ASSERT_FALSE(arguments_have(&arguments, OPTION_INITIAL));
	CU_ASSERT_EQUAL(parse(&arguments, all, "--seed 0 --width 1 --width 8"), 0);
	CU_ASSERT_EQUAL(arguments.seed, 0);
	CU_ASSERT_EQUAL(arguments.width, 8);
	CU_ASSERT_EQUAL(parse(&arguments, OPTION_BIT(OPTION_NUMBER_WIDTH), "--width 256"), 0);
	CU_ASSERT_EQUAL(arguments.width, 256);
}

static void letters(void)
{
	struct arguments arguments;

	CU_ASSERT_EQUAL(parse(&arguments, all, "-pqc5 -b 6 -t7"), 0);
	CU_ASSERT(arguments_have(&arguments, OPTION_PIPE));
	CU_ASSERT(arguments_have(&arguments, OPTION_QUIET));
	CU_ASSERT_EQUAL(arguments.blockcount, 5);
	CU_ASSERT_EQUAL(arguments.blockstats, 6);
	CU_ASSERT_EQUAL(arguments.timedstats_s, 7);
	CU_ASSERT_EQUAL(parse(&arguments, all, "-?"), 0);
	CU_ASSERT(arguments_have(&arguments, OPTION_HELP));
	CU_ASSERT_EQUAL(parse(&arguments, OPTION_BIT(OPTION_BLOCK_VERSION), "-v"), 0);
	CU_ASSERT(arguments_have(&arguments, OPTION_BLOCK_VERSION));
	CU_ASSERT_EQUAL(parse(&arguments, OPTION_BIT(OPTION_VETTED), "-v"), 0);
	CU_ASSERT(arguments_have(&arguments, OPTION_VETTED));
}

static void operands(void)
{
	struct arguments arguments;

	CU_ASSERT_EQUAL(parse(&arguments, all, "a --width 2 - --json b -- --json"), 0);
	CU_ASSERT_EQUAL_FATAL(arguments.operands, 4);
	CU_ASSERT_STRING_EQUAL(arguments.operand[0], "a");
	CU_ASSERT_STRING_EQUAL(arguments.operand[1], "-");
	CU_ASSERT_STRING_EQUAL(arguments.operand[2], "b");
	CU_ASSERT_STRING_EQUAL(arguments.operand[3], "--json");
	CU_ASSERT_EQUAL(parse(&arguments, all, "1 2 3 4 5"), 0);
	expect_refused("1 2 3 4 5 6", "\"6\" is one argument too many");
}

static void help_ends(void)
{
	struct arguments arguments;

	CU_ASSERT_EQUAL(parse(&arguments, all, "--width 2 --help --nonsense"), 0);
	CU_ASSERT(arguments_have(&arguments, OPTION_HELP));
	CU_ASSERT_EQUAL(parse(&arguments, all, "--nonsense --help"), -EINVAL);
}

static void refusals(void)
{
	expect_refused("--colour", "\"--colour\" is no option of this command");
	expect_refused("--widt 2", "\"--widt\" is no option of this command");
	expect_refused("--=3", "\"--=3\" is no option of this command");
	expect_refused("-x", "\"-x\" is no option of this command");
	expect_refused("-qx", "\"-qx\" is no option of this command");
	expect_refused("--json=1", "--json takes no value");
	expect_refused("--width", "--width wants a whole number from 1 to 8");
	expect_refused("--width 9", "--width wants a whole number from 1 to 8, not \"9\"");
	expect_refused("--width 0", "--width wants a whole number from 1 to 8, not \"0\"");
	expect_refused("--width -1", "--width wants a whole number from 1 to 8, not \"-1\"");
	expect_refused("--width=", "--width wants a whole number from 1 to 8, not \"\"");
	expect_refused("--width 0x2", "--width wants a whole number from 1 to 8, not \"0x2\"");
	expect_refused("--claim 8.1", "--claim wants a number from 0 to 8, not \"8.1\"");
	expect_refused("--claim nan", "--claim wants a number from 0 to 8, not \"nan\"");
	expect_refused("--html=", "--html wants a value, not \"\"");
	expect_refused("-c", "--blockcount wants a whole number from 0 to 9007199254740992");
	expect_refused("--width \n\x7f\xff",
		       "--width wants a whole number from 1 to 8, not \"\\x0a\\x7f\\xff\"");
	expect_refused("--skip 99999999999999999999", "--skip wants a whole number from 0 to "
						      "9007199254740992, not "
						      "\"99999999999999999999\"");
}

/* An option that another command takes is none of this one. */
static void only_allowed(void)
{
	struct arguments arguments;

	CU_ASSERT_EQUAL(parse(&arguments, OPTION_BIT(OPTION_JSON), "--seed 1"), -EINVAL);
	CU_ASSERT_EQUAL(parse(&arguments, OPTION_BIT(OPTION_JSON), "-q"), -EINVAL);
	CU_ASSERT_EQUAL(parse(&arguments, 0, "-h"), -EINVAL);
}

/* Long words are cut in sentences, not in half of an escape. */
static void long_words(void)
{
	char line[300] = "--";
	struct arguments arguments;

	memset(line + 2, '\x01', sizeof(line) - 3);
	CU_ASSERT_EQUAL(parse(&arguments, all, line), -EINVAL);
	CU_ASSERT(strlen(said) < 300);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "\\x01\" is no option"));
}

static void help_texts(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	arguments_print(out, all);
	fclose(out);
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		CU_ASSERT(end - line < 80);
		CU_ASSERT(end > line && end[-1] != ' ');
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "  -c, --blockcount N"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "      --width W "));
	free(text);
}

static const struct unit_test tests[] = {
	{ "nothing", nothing },
	{ "values", values },
	{ "letters", letters },
	{ "operands", operands },
	{ "help ends", help_ends },
	{ "refusals", refusals },
	{ "only allowed ones", only_allowed },
	{ "long words", long_words },
	{ "help texts", help_texts },
};

int main(void)
{
	return unit_run("evaluate_arguments", tests, COUNT(tests));
}
