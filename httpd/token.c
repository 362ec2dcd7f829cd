/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who has which token: the file's list in memory, read again whenever the file may have changed. */
#include "httpd/token.h"

#include "common/config_source.h"
#include "common/log.h"
#include "httpd/token_file.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct tokens {
	char *path; /* NULL: nobody has a token */
	pthread_mutex_t mutex;
	struct token_list list;
	struct stat seen;   /* the file as it was when it was read */
	bool is_settled;    /* as long as the file still is so, the list is its content */
	bool is_complained; /* of the file as it is */
};

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       is_same_time(&a->st_mtim, &b->st_mtim) && is_same_time(&a->st_ctim, &b->st_ctim);
}

/* A file that was changed just now may change again within the same tick of its time stamps: it
 * counts as seen only when it is a second old. */
static bool is_old(const struct stat *st)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return st->st_ctim.tv_sec + 1 < now.tv_sec;
}

/* Replace the list by what the file holds. Return: as tokens_open(); then the list is as it was. */
static int load(struct tokens *tokens, int *line, struct text *why)
{
	struct token_list list;
	size_t len_bytes = 0;
	char *text = NULL;
	int ret;

	tokens->is_settled = false;
	ret = token_file_read(tokens->path, &text, &len_bytes, &tokens->seen);
	if (ret == -ENOENT) {
		token_list_free(&tokens->list);
		return 0;
	}
	if (ret) {
		text_add(why, "%s", ret == -ENXIO ? "no regular file" : strerror(-ret));
		return ret;
	}
	ret = token_list_parse(&list, text, len_bytes, line, why);
	free(text);
	/* A line that is none stays so until the file changes; want of memory does not. */
	tokens->is_settled = (!ret || ret == -EINVAL) && is_old(&tokens->seen);
	if (ret)
		return ret;
	token_list_free(&tokens->list);
	tokens->list = list;
	return 0;
}

/* Make the list what the file is now. */
static void refresh(struct tokens *tokens)
{
	char reason[200];
	struct text why;
	struct stat st;
	int line = 0;

	if (!tokens->path)
		return;
	if (tokens->is_settled && !stat(tokens->path, &st) && is_same_file(&st, &tokens->seen))
		return;
	text_init(&why, reason, sizeof(reason));
	if (!load(tokens, &line, &why)) {
		tokens->is_complained = false;
		return;
	}
	token_list_free(&tokens->list);
	if (!tokens->is_complained)
		log_error("%s:%d: %s; until that is mended nobody has a token", tokens->path, line,
			  reason);
	tokens->is_complained = true;
}

static void warn_of_mode(const struct tokens *tokens)
{
	if (tokens->seen.st_mode & (S_IROTH | S_IWOTH))
		log_warning("%s: every user of this machine can read or write this file; "
			    "chmod o= would end that",
			    tokens->path);
}

static int load_first(struct tokens *tokens)
{
	char reason[200];
	struct text why;
	int line = 0;
	int ret;

	text_init(&why, reason, sizeof(reason));
	ret = load(tokens, &line, &why);
	if (ret)
		config_complain(tokens->path, line, "%s", reason);
	else
		warn_of_mode(tokens);
	return ret;
}

int tokens_open(struct tokens **tokens, const char *path)
{
	struct tokens *new = calloc(1, sizeof(*new));
	int ret = 0;

	if (!new)
		return -ENOMEM;
	pthread_mutex_init(&new->mutex, NULL);
	if (path) {
		new->path = strdup(path);
		ret = new->path ? load_first(new) : -ENOMEM;
	}
	if (ret)
		tokens_close(new);
	else
		*tokens = new;
	return ret;
}

void tokens_close(struct tokens *tokens)
{
	if (!tokens)
		return;
	pthread_mutex_destroy(&tokens->mutex);
	token_list_free(&tokens->list);
	free(tokens->path);
	free(tokens);
}

/* Looks at every token, so that the time does not tell where in the list it was. */
static const struct token *find(const struct token_list *list, const uint8_t *hash)
{
	const struct token *found = NULL;

	for (size_t i = 0; i < list->count; i++)
		if (!gnutls_memcmp(list->items[i].hash, hash, TOKEN_HASH_BYTES))
			found = &list->items[i];
	return found;
}

/* Return: 0 with a copy, or -ENOENT. */
static int give(const struct token *token, struct token *found)
{
	if (!token)
		return -ENOENT;
	*found = *token;
	return 0;
}

int tokens_find(struct tokens *tokens, const char *secret, struct token *found)
{
	uint8_t hash[TOKEN_HASH_BYTES];
	int ret;

	if (!*secret || gnutls_hash_fast(GNUTLS_DIG_SHA256, secret, strlen(secret), hash) < 0)
		return -ENOENT;
	pthread_mutex_lock(&tokens->mutex);
	refresh(tokens);
	ret = give(find(&tokens->list, hash), found);
	pthread_mutex_unlock(&tokens->mutex);
	return ret;
}

int tokens_find_name(struct tokens *tokens, const char *name, const uint8_t hash[TOKEN_HASH_BYTES],
		     struct token *found)
{
	const struct token *token;
	int ret;

	pthread_mutex_lock(&tokens->mutex);
	refresh(tokens);
	token = token_list_find(&tokens->list, name);
	if (token && gnutls_memcmp(token->hash, hash, TOKEN_HASH_BYTES))
		token = NULL;
	ret = give(token, found);
	pthread_mutex_unlock(&tokens->mutex);
	return ret;
}
