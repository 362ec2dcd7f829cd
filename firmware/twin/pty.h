/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pty - the twin's serial port: a pseudo terminal under a stable name, with the manners of a
 * real port (what comes while it is closed is lost, what nobody read is gone at the next opening).
 */
#ifndef TRNG_TWIN_PTY_H
#define TRNG_TWIN_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pty {
	const char *link; /* stable name: a symbolic link to the slave; the caller's string */
	int master;       /* -1: unplugged */
	int watch;        /* inotify on the slave: readable when somebody opened or closed it */
	char slave[32];
	unsigned openings; /* how often it is open now */
};

/* What happened to the port since pty_watch() was last called. */
struct pty_change {
	bool opened; /* from nobody to somebody */
	bool closed; /* from somebody to nobody; unread bytes were flushed */
};

/**
 * pty_open - make a pty (raw, 9600 8N1) and point @link at it.
 *
 * The link is made under another name and renamed, so it is never half there.
 * @link:  kept by reference. What is there is replaced if it is a symbolic link.
 * Return: 0; -EEXIST: @link is something else; or -errno. @pty is closed on failure.
 */
int pty_open(struct pty *pty, const char *link);

/** pty_close - hang up whoever has it open; remove the link if it is still ours. Twice is fine. */
void pty_close(struct pty *pty);

/** pty_is_open - whether somebody has the slave open; as of the last pty_watch(). */
bool pty_is_open(const struct pty *pty);

/** pty_watch - see who opened and closed the slave; never blocks. */
struct pty_change pty_watch(struct pty *pty);

/** pty_read - bytes from the host, open or not. Return: how many, 0: none. */
size_t pty_read(struct pty *pty, uint8_t *bytes, size_t size_bytes);

/**
 * pty_write - bytes to the host.
 * Return: how many were taken: all if nobody has the slave open, fewer if its buffer is full.
 */
size_t pty_write(struct pty *pty, const uint8_t *bytes, size_t len_bytes);

#endif
