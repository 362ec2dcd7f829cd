/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz the control line: whatever is written, either one known word or a refusal. */
#include "fuse-trng/fs/control.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A line that is accepted is the word itself, with nothing but spaces and one newline around it. */
static void check_accepted(const char *text, size_t len, const char *word)
{
	size_t first = 0;

	while (first < len && text[first] == ' ')
		first++;
	if (len - first < strlen(word) || memcmp(text + first, word, strlen(word)) != 0)
		abort();
	for (size_t i = first + strlen(word); i < len; i++) {
		if (text[i] != ' ' && !(text[i] == '\n' && i == len - 1))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned word = CONTROL_WORDS;
	int result = control_parse((const char *)data, size, &word);

	if (result == 0)
		check_accepted((const char *)data, size, control_word_name(word));
	else if (result != -EINVAL || word != CONTROL_WORDS)
		abort();
	return 0;
}
