/* SPDX-License-Identifier: GPL-3.0-or-later */
/* token_file - the text of the file of tokens, and nothing of who asks. */
#ifndef TRNG_HTTPD_TOKEN_FILE_H
#define TRNG_HTTPD_TOKEN_FILE_H

#include "common/text.h"
#include "httpd/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#define TOKEN_FILE_MOST_BYTES (1 << 20)

struct token_list {
	struct token *items;
	size_t count;
};

/** token_list_free - release the items; @list is empty then, and may have been. */
void token_list_free(struct token_list *list);

/**
 * token_list_parse - the whole text of a file of tokens, @len_bytes of anything.
 *
 * @line, @why: what is wrong with which line, on -EINVAL.
 * Return: 0: @list is the caller's to free; -EINVAL; -ENOMEM; on failure @list is untouched.
 */
int token_list_parse(struct token_list *list, const char *text, size_t len_bytes, int *line,
		     struct text *why);

/** token_list_find - the token called @name, or NULL. */
const struct token *token_list_find(const struct token_list *list, const char *name);

/** token_name_is_good - 1 to 32 of A-Z a-z 0-9 . _ - that mean nobody else. */
bool token_name_is_good(const char *name);

/**
 * token_file_read - the whole of @path, for free(). Never blocks; reads regular files only.
 *
 * @st: of the very file that was read, before it was.
 * Return: 0; -EISDIR, -ENXIO: no regular file; -EFBIG; another -errno.
 */
int token_file_read(const char *path, char **text, size_t *len_bytes, struct stat *st);

#endif
