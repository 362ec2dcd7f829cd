/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the file of tokens: four words a line, and nothing is guessed. */
#include "httpd/token_file.h"

#include "common/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_LINE_BYTES 256
#define WORDS           4
#define BLANKS          " \t\r"

static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789._-";

bool token_name_is_good(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len < TOKEN_NAME_BYTES && strspn(name, name_characters) == len &&
	       strcmp(name, TOKEN_CERTIFICATE);
}

const struct token *token_list_find(const struct token_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

void token_list_free(struct token_list *list)
{
	free(list->items);
	*list = (struct token_list){ 0 };
}

static int refuse(struct text *why, const char *reason)
{
	text_add(why, "%s", reason);
	return -EINVAL;
}

static int parse_hash(uint8_t hash[TOKEN_HASH_BYTES], char *word)
{
	gnutls_datum_t hex = { .data = (unsigned char *)word, .size = 2 * TOKEN_HASH_BYTES };
	size_t size = TOKEN_HASH_BYTES;

	if (strlen(word) != hex.size || word[strspn(word, "0123456789abcdef")])
		return -EINVAL;
	return gnutls_hex_decode(&hex, hash, &size) < 0 ? -EINVAL : 0;
}

/* Return: how many words @line has, those beyond WORDS counted as one. */
static size_t split(char *line, char *words[WORDS])
{
	size_t count = 0;
	char *word, *rest;

	for (word = strtok_r(line, BLANKS, &rest); word; word = strtok_r(NULL, BLANKS, &rest)) {
		if (count == WORDS)
			return WORDS + 1;
		words[count++] = word;
	}
	return count;
}

static int parse_words(char *words[WORDS], struct token *token, struct text *why)
{
	if (!token_name_is_good(words[0]))
		return refuse(why, "a name is 1 to 32 of A-Z a-z 0-9 . _ - "
				   "(and not \"" TOKEN_CERTIFICATE "\")");
	strcpy(token->name, words[0]);
	if (role_parse(&token->role, words[1]))
		return refuse(why, "the role is neither reader nor operator");
	if (parse_u64(words[2], 0, TOKEN_MOST_BITS, &token->bits_per_day))
		return refuse(why, "the bits of a day are no number (0: no budget)");
	if (parse_hash(token->hash, words[3]))
		return refuse(why, "the hash is not 64 lowercase hex digits");
	return 0;
}

/* Return: 1: *@token is one; 0: an empty line or a comment; -EINVAL. */
static int parse_line(const char *line, size_t len, struct token *token, struct text *why)
{
	char copy[MOST_LINE_BYTES];
	char *words[WORDS];
	size_t count;

	if (len > 0 && line[0] == '#')
		return 0;
	if (len >= sizeof(copy) || memchr(line, '\0', len))
		return refuse(why, "this is no line of text");
	memcpy(copy, line, len);
	copy[len] = '\0';
	count = split(copy, words);
	if (count == 0)
		return 0;
	if (count != WORDS)
		return refuse(why, "not of the form NAME ROLE BITS_PER_DAY HASH");
	return parse_words(words, token, why) ? -EINVAL : 1;
}

static int append(struct token_list *list, const struct token *token, struct text *why)
{
	if (token_list_find(list, token->name))
		return refuse(why, "this name was given above");
	if (list->count == TOKEN_MOST)
		return refuse(why, "too many tokens");
	list->items[list->count++] = *token;
	return 0;
}

static size_t most_tokens(const char *text, size_t len)
{
	size_t lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines < TOKEN_MOST ? lines : TOKEN_MOST;
}

int token_list_parse(struct token_list *list, const char *text, size_t len_bytes, int *line,
		     struct text *why)
{
	struct token_list new = { .items = calloc(most_tokens(text, len_bytes),
						  sizeof(*new.items)) };
	const char *end = text + len_bytes;
	int ret = 0;

	if (!new.items)
		return -ENOMEM;
	for (int number = 1; ret >= 0 && text < end; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((newline ? newline : end) - text);
		struct token token = { 0 };

		ret = parse_line(text, len, &token, why);
		if (ret == 1)
			ret = append(&new, &token, why);
		if (ret < 0)
			*line = number;
		text += newline ? len + 1 : len;
	}
	if (ret < 0) {
		token_list_free(&new);
		return ret;
	}
	*list = new;
	return 0;
}

/* The file may grow while it is read: the buffer's end decides, not st_size. */
static int read_all(int fd, char *text, size_t *len_bytes)
{
	size_t len = 0;
	ssize_t got;

	do {
		got = read(fd, text + len, TOKEN_FILE_MOST_BYTES + 1 - len);
		if (got < 0 && errno != EINTR)
			return -errno;
		len += got > 0 ? (size_t)got : 0;
	} while (got != 0 && len <= TOKEN_FILE_MOST_BYTES);
	if (len > TOKEN_FILE_MOST_BYTES)
		return -EFBIG;
	*len_bytes = len;
	return 0;
}

static int read_regular(int fd, char **text, size_t *len_bytes, struct stat *st)
{
	char *memory;
	int ret;

	if (fstat(fd, st))
		return -errno;
	if (!S_ISREG(st->st_mode))
		return S_ISDIR(st->st_mode) ? -EISDIR : -ENXIO;
	memory = malloc(TOKEN_FILE_MOST_BYTES + 1);
	if (!memory)
		return -ENOMEM;
	ret = read_all(fd, memory, len_bytes);
	if (ret)
		free(memory);
	else
		*text = memory;
	return ret;
}

int token_file_read(const char *path, char **text, size_t *len_bytes, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = read_regular(fd, text, len_bytes, st);
	close(fd);
	return ret;
}
