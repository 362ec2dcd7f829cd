/* SPDX-License-Identifier: GPL-3.0-or-later */
/* access - the access log: who asked for what, and what he was given. No secrets, no bits. */
#ifndef TRNG_HTTPD_ACCESS_H
#define TRNG_HTTPD_ACCESS_H

#include "httpd/address.h"

#include <stdint.h>

#define ACCESS_MOST_BYTES (64ULL << 20) /* then the log becomes FILE.1 and a new one begins */

struct access_entry {
	const struct address *address;
	const char *user;   /* of a token, or NULL */
	const char *method; /* as sent */
	const char *path;   /* decoded, without what follows '?' */
	const char *version;
	unsigned code;
	uint64_t body_bytes;
	uint64_t bits;    /* that the caller was given */
	const char *file; /* name of the file that he made or fetched, or NULL */
	uint64_t took_ms;
};

struct access;

/** access_open - append to the file at @path (made with mode 0640); ACCESS_OFF writes nothing.
 * Return: 0, -errno. */
int access_open(struct access **access, const char *path);
void access_close(struct access *access);

/** access_reopen - the file may have been renamed: open it anew. A failure is logged, the old one
 * stays. */
void access_reopen(struct access *access);

/** access_write - one line, by one write(2). Any thread. A full disk is logged once, and nothing
 * waits for it. */
void access_write(struct access *access, const struct access_entry *entry);

#endif
