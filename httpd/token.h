/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * token - who has been given which role: a file of names, roles, budgets and hashes of secrets.
 *
 * One line a token, "NAME ROLE BITS_PER_DAY HASH" (0 bits: no budget; HASH: SHA-256 of the secret,
 * 64 lowercase hex digits); empty lines and lines that start with # do not count. The secret is 256
 * random bits as hex, so a plain hash is as hard to turn as a slow one.
 */
#ifndef TRNG_HTTPD_TOKEN_H
#define TRNG_HTTPD_TOKEN_H

#include "httpd/role.h"

#include <stddef.h>
#include <stdint.h>

#define TOKEN_NAME_BYTES   33 /* 1 to 32 of A-Z a-z 0-9 . _ -, and not TOKEN_CERTIFICATE */
#define TOKEN_SECRET_BYTES 65 /* text of a secret, with its NUL */
#define TOKEN_HASH_BYTES   32
#define TOKEN_MOST         4096
#define TOKEN_MOST_BITS    INT64_MAX
#define TOKEN_CERTIFICATE  "certificate" /* how callers by certificate are called in logs */

struct token {
	char name[TOKEN_NAME_BYTES];
	enum role role;
	uint64_t bits_per_day; /* up to TOKEN_MOST_BITS; 0: no budget */
	uint8_t hash[TOKEN_HASH_BYTES];
};

struct tokens;

/**
 * tokens_open - read @path; a file that is not there is an empty list. NULL: no file, no tokens.
 *
 * Complains on standard error with file and line. A file that others than its owner and group can
 * read or that anybody else can write is warned of.
 * Return: 0; -EINVAL: a line that is none; another -errno: the file could not be read.
 */
int tokens_open(struct tokens **tokens, const char *path);

/**
 * tokens_find - who has @secret, in time that does not tell how much of it was right.
 *
 * The file is looked at first and read again if it has changed: a removed token ends at once, a
 * new one works at once. If it cannot be read any more, or has a line that is none, nobody has a
 * token (logged once) until it can.
 * @found: a copy. Return: 0, or -ENOENT. Safe from any thread.
 */
int tokens_find(struct tokens *tokens, const char *secret, struct token *found);

/** tokens_find_name - the token called @name, if its hash still is @hash. Return: as tokens_find().
 */
int tokens_find_name(struct tokens *tokens, const char *name, const uint8_t hash[TOKEN_HASH_BYTES],
		     struct token *found);

void tokens_close(struct tokens *tokens);

/**
 * token_new - add a token to the file at @path, which is made if need be (mode 0640).
 *
 * The new file is written beside it and renamed over it under a lock, owner and mode kept.
 * @secret: gets the text that is shown once and kept nowhere; wipe it.
 * Return: 0; -EEXIST: the name is taken; -EINVAL: no such name, role or budget, or a bad line in
 *         the file (complained of); -ENOSPC: TOKEN_MOST are there; another -errno.
 */
int token_new(const char *path, const char *name, enum role role, uint64_t bits_per_day,
	      char secret[TOKEN_SECRET_BYTES]);

#endif
