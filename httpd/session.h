/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session - cookies: a token that a browser gave once, kept here under a random name. */
#ifndef TRNG_HTTPD_SESSION_H
#define TRNG_HTTPD_SESSION_H

#include "httpd/token.h"

#include <stdint.h>

#define SESSION_ID_BYTES 33          /* 128 random bits as hex, and the NUL */
#define SESSION_MOST     1024        /* the one unused for longest goes */
#define SESSION_IDLE_S   (12 * 3600) /* ends after so long without use */
#define SESSION_COOKIE   "trng_session"

struct sessions;

/** sessions_open, sessions_close - kept in memory only: a restart ends all. Return: 0, -ENOMEM. */
int sessions_open(struct sessions **sessions);
void sessions_close(struct sessions *sessions);

/** sessions_add - @id gets the cookie's value. Return: 0; -EIO: no random numbers to be had. */
int sessions_add(struct sessions *sessions, const struct token *token, uint64_t now_s,
		 char id[SESSION_ID_BYTES]);

/**
 * sessions_find - whose session @id is, if @tokens still has that token as it was.
 * Return: 0, or -ENOENT. Safe from any thread, as all here.
 */
int sessions_find(struct sessions *sessions, struct tokens *tokens, const char *id, uint64_t now_s,
		  struct token *found);

/** sessions_remove - end session @id; none of that name is fine. */
void sessions_remove(struct sessions *sessions, const char *id);

#endif
