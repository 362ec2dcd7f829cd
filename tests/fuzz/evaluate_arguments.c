/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes the argument parser of trng-evaluate: the first byte chooses which options are allowed,
 * lines are words. What is taken is in its range; what is refused gets one printable sentence.
 */
#include "evaluate/arguments.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MOST_WORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

/* Of several meanings of one name a command takes one. */
static uint32_t allowed_by(uint8_t choice)
{
	uint32_t allowed = (OPTION_BIT(OPTIONS - 1) << 1) - 1;

	allowed &= ~OPTION_BIT(choice & 1 ? OPTION_WIDTH : OPTION_NUMBER_WIDTH);
	allowed &= ~OPTION_BIT(choice & 1 ? OPTION_PACKED : OPTION_ALWAYS_PACKED);
	allowed &= ~(choice & 2 ? OPTION_BIT(OPTION_VETTED) : OPTION_BIT(OPTION_BLOCK_VERSION));
	return choice & 4 ? allowed & 0x00FF00FFu : allowed;
}

static void check_taken(const struct arguments *arguments, uint32_t allowed)
{
	expect((arguments->given & ~allowed) == 0);
	expect(arguments->operands <= ARGUMENTS_OPERANDS);
	expect(arguments->width <= 256 && arguments->threads <= 1024);
	expect(isfinite(arguments->claim) && arguments->claim >= 0 && arguments->claim <= 8);
	expect(isfinite(arguments->initial) && arguments->initial >= 0 && arguments->initial <= 8);
	for (unsigned i = 0; i < arguments->operands; i++)
		expect(arguments->operand[i] != NULL);
	expect(!arguments->html || *arguments->html);
}

static void check_sentence(const struct text *why)
{
	expect(!why->is_cut && why->len_bytes > 10);
	for (size_t i = 0; i < why->len_bytes; i++)
		expect(why->data[i] >= ' ' && why->data[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words, *argv[MOST_WORDS], sentence[400];
	struct arguments arguments;
	uint32_t allowed;
	struct text why;
	int argc = 0, ret;

	if (size == 0)
		return 0;
	allowed = allowed_by(data[0]);
	words = malloc(size);
	expect(words != NULL);
	memcpy(words, data + 1, size - 1);
	words[size - 1] = '\0';
	for (char *at = words, *word; argc < MOST_WORDS && (word = strsep(&at, "\n"));)
		argv[argc++] = word;
	text_init(&why, sentence, sizeof(sentence));
	ret = arguments_parse(&arguments, allowed, argc, argv, &why);
	expect(ret == 0 || ret == -EINVAL);
	if (ret == 0)
		check_taken(&arguments, allowed);
	else
		check_sentence(&why);
	free(words);
	return 0;
}
