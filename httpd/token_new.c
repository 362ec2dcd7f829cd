/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds a token to the file: everything else in it stays as it is, comments too. */
#include "httpd/token.h"

#include "common/config_source.h"
#include "common/secret.h"
#include "httpd/replace.h"
#include "httpd/token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define NEW_MODE 0640

/* What is there before. */
struct old {
	char *text;
	size_t len_bytes;
	struct stat st;
	bool is_there;
};

/* Return: a descriptor of the file's directory, locked until closed; -errno. The file itself
 * cannot be locked: it is about to be another one. */
static int lock(const char *path)
{
	char *copy = strdup(path);
	int fd, ret = 0;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX))
		if (errno != EINTR) {
			ret = -errno;
			close(fd);
			return ret;
		}
	return fd;
}

/* Return: 0; -EEXIST, -ENOSPC, -EINVAL (complained of): the text has no place for @name. */
static int check(const char *path, const struct old *old, const char *name)
{
	struct token_list list = { 0 };
	char reason[200];
	struct text why;
	int line = 0;
	int ret;

	text_init(&why, reason, sizeof(reason));
	ret = token_list_parse(&list, old->text, old->len_bytes, &line, &why);
	if (ret == -EINVAL)
		config_complain(path, line, "%s", reason);
	if (!ret && token_list_find(&list, name))
		ret = -EEXIST;
	else if (!ret && list.count == TOKEN_MOST)
		ret = -ENOSPC;
	token_list_free(&list);
	return ret;
}

static int read_old(const char *path, struct old *old)
{
	int ret = token_file_read(path, &old->text, &old->len_bytes, &old->st);

	old->is_there = !ret;
	if (ret != -ENOENT)
		return ret;
	old->text = strdup("");
	return old->text ? 0 : -ENOMEM;
}

static int to_hex(const unsigned char *bytes, char text[2 * TOKEN_HASH_BYTES + 1])
{
	unsigned char copy[TOKEN_HASH_BYTES]; /* GnuTLS promises nothing about what it is given */
	gnutls_datum_t datum = { .data = copy, .size = sizeof(copy) };
	size_t size = 2 * TOKEN_HASH_BYTES + 1;
	int ret;

	memcpy(copy, bytes, sizeof(copy));
	ret = gnutls_hex_encode(&datum, text, &size) < 0 ? -EIO : 0;
	secret_wipe(copy, sizeof(copy));
	return ret;
}

/* A new secret, and the hash of its text. */
static int draw(char secret[TOKEN_SECRET_BYTES], char hash_text[2 * TOKEN_HASH_BYTES + 1])
{
	unsigned char bytes[TOKEN_HASH_BYTES], hash[TOKEN_HASH_BYTES];
	int ret = -EIO;

	if (gnutls_rnd(GNUTLS_RND_KEY, bytes, sizeof(bytes)) >= 0)
		ret = to_hex(bytes, secret);
	secret_wipe(bytes, sizeof(bytes));
	if (ret || gnutls_hash_fast(GNUTLS_DIG_SHA256, secret, strlen(secret), hash) < 0)
		return -EIO;
	return to_hex(hash, hash_text);
}

/* Write the old text and the new @line. */
static int append(const char *path, const struct old *old, const char *line)
{
	bool is_ended = old->len_bytes == 0 || old->text[old->len_bytes - 1] == '\n';
	size_t len = old->len_bytes + !is_ended + strlen(line);
	char *text = malloc(len + 1);
	int ret;

	if (!text)
		return -ENOMEM;
	memcpy(text, old->text, old->len_bytes);
	strcpy(text + old->len_bytes, is_ended ? "" : "\n");
	strcpy(text + old->len_bytes + !is_ended, line);
	ret = replace_file(path, text, len, old->is_there ? &old->st : NULL, NEW_MODE);
	free(text);
	return ret;
}

/* With the lock held. */
static int add(const char *path, const char *name, enum role role, uint64_t bits_per_day,
	       char secret[TOKEN_SECRET_BYTES])
{
	char hash[2 * TOKEN_HASH_BYTES + 1], line[200], drawn[TOKEN_SECRET_BYTES];
	struct old old = { 0 };
	int ret = read_old(path, &old);

	if (!ret)
		ret = check(path, &old, name);
	if (!ret)
		ret = draw(drawn, hash);
	if (ret)
		goto out;
	snprintf(line, sizeof(line), "%s %s %" PRIu64 " %s\n", name, role_name(role), bits_per_day,
		 hash);
	ret = append(path, &old, line);
	if (!ret)
		memcpy(secret, drawn, sizeof(drawn));
	secret_wipe(drawn, sizeof(drawn));
out:
	free(old.text);
	return ret;
}

int token_new(const char *path, const char *name, enum role role, uint64_t bits_per_day,
	      char secret[TOKEN_SECRET_BYTES])
{
	char *real;
	int fd, ret;

	if (!token_name_is_good(name) || (role != ROLE_READER && role != ROLE_OPERATOR) ||
	    bits_per_day > TOKEN_MOST_BITS)
		return -EINVAL;
	/* A link stays a link to the file that is replaced. */
	real = realpath(path, NULL);
	fd = lock(real ? real : path);
	ret = fd < 0 ? fd : add(real ? real : path, name, role, bits_per_day, secret);
	if (fd >= 0)
		close(fd);
	free(real);
	return ret;
}
