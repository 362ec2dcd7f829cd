/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer to id. */
#include "fuse-trng/device/identity.h"

#include "common/secret.h"

#include <string.h>

#define ANSWER_START "trng "

void identity_init(struct identity *identity, bool is_asked)
{
	*identity = (struct identity){ .state = is_asked ? IDENTITY_PENDING : IDENTITY_NOT_ASKED };
}

static void hear_byte(struct identity *identity, char byte)
{
	if (byte == '\n' && !identity->is_ended)
		identity->is_ended = true;
	else if (identity->is_ended || identity->heard_bytes == IDENTITY_SIZE - 1)
		identity->is_spoilt = true;
	else
		identity->heard[identity->heard_bytes++] = byte;
}

void identity_hear(struct identity *identity, const uint8_t *bytes, size_t len_bytes)
{
	for (size_t i = 0; i < len_bytes && !identity->is_spoilt; i++)
		hear_byte(identity, (char)bytes[i]);
}

static void end_line(struct identity *identity)
{
	if (identity->heard_bytes && identity->heard[identity->heard_bytes - 1] == '\r')
		identity->heard_bytes--;
	identity->heard[identity->heard_bytes] = '\0';
}

static bool is_printable(const char *text, size_t len_bytes)
{
	for (size_t i = 0; i < len_bytes; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

static bool is_answer(const struct identity *identity)
{
	size_t start_bytes = strlen(ANSWER_START);

	return identity->is_ended && !identity->is_spoilt &&
	       is_printable(identity->heard, identity->heard_bytes) &&
	       strncmp(identity->heard, ANSWER_START, start_bytes) == 0 &&
	       identity->heard_bytes > start_bytes && identity->heard[start_bytes] != ' ';
}

/* Copy what comes before the first space. Return: what follows the space. */
static const char *take_word(char *word, const char *text)
{
	size_t len = strcspn(text, " ");

	memcpy(word, text, len);
	word[len] = '\0';
	return text + len + (text[len] == ' ');
}

static void take_apart(struct identity *identity)
{
	const char *rest = identity->heard;

	strcpy(identity->line, rest);
	rest = take_word(identity->firmware, rest);
	rest = take_word(identity->version, rest);
	strcpy(identity->build, rest);
}

void identity_judge(struct identity *identity)
{
	bool is_silent = !identity->heard_bytes && !identity->is_ended;

	end_line(identity);
	identity->state = is_silent ? IDENTITY_SILENT : IDENTITY_UNKNOWN;
	if (is_answer(identity)) {
		identity->state = IDENTITY_ANSWERED;
		take_apart(identity);
	}
	secret_wipe(identity->heard, sizeof(identity->heard));
}

const char *identity_state_name(enum identity_state state)
{
	static const char *const names[] = {
		[IDENTITY_NOT_ASKED] = "not asked", [IDENTITY_PENDING] = "pending",
		[IDENTITY_ANSWERED] = "answered",   [IDENTITY_SILENT] = "silent",
		[IDENTITY_UNKNOWN] = "unknown",
	};

	return names[state];
}
