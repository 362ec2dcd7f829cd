/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control - the file that starts and stops the source: one write, one command. */
#ifndef TRNG_FS_CONTROL_H
#define TRNG_FS_CONTROL_H

#include "fuse-trng/fs/parked.h"
#include "fuse-trng/source/machine.h"

#include <stddef.h>
#include <stdint.h>

#define CONTROL_MAX_BYTES 64 /* of one write */

/* What may be written: the machine's commands, and those to the files. */
enum control_word {
	CONTROL_RESEED = MACHINE_COMMANDS, /* a new seed for `urandom` */
	CONTROL_WORDS
};

struct session;
struct handle;
struct request;

struct control {
	struct parked_list parked;   /* writes that wait for the machine's transition ... */
	struct parked_list seedless; /* ... and for a seed */
	const char *last_command;    /* NULL: none yet */
	uint64_t last_ticket;        /* of what the last command waits for; 0: it is over */
	int last_result;             /* 0 or -errno */
	uint64_t done_ticket;        /* newest transition that is over ... */
	int done_result;             /* ... and how it ended */
};

/**
 * control_parse - one command: spaces around it and one final newline do not count.
 * @word: a machine_command or a control_word.
 * Return: 0; -EINVAL: longer than CONTROL_MAX_BYTES, not exactly one known word.
 */
int control_parse(const char *text, size_t len_bytes, unsigned *word);

/** control_word_name - what is written for @word, a machine_command or a control_word. */
const char *control_word_name(unsigned word);

/** control_result_name - "0" or the errno's name, as read from `control` and `status`. */
const char *control_result_name(int result);

/** control_open, control_read, control_write, control_poll, control_release, control_size - the
 * node. */
int control_open(struct session *session, struct handle *handle);

/** control_read - the commands; after a non-blocking command its result, once. Replies: EAGAIN. */
void control_read(struct handle *handle, const struct request *request);

/**
 * control_write - carry out a command; answered when the transition is over.
 *
 * Replies: the length written; EINVAL: no command; EALREADY, EBUSY, ENODEV (prove:
 *          ENODATA, EIO, EOPNOTSUPP as well): refused; ETIMEDOUT,
 *          EIO, ENODEV, ECANCELED: how the transition ended; EINPROGRESS: O_NONBLOCK, and it
 *          goes on; EINTR: interrupted, and it goes on; ENOMEM.
 */
void control_write(struct handle *handle, const struct request *request);

unsigned control_poll(struct handle *handle, unsigned asked);
void control_release(struct handle *handle);
size_t control_size(struct session *session, const struct handle *handle);

/** control_done - the transition @ticket is over: answer those who wait for it. */
void control_done(struct session *session, uint64_t ticket, int result);

/** control_seeded - the seed that `reseed` waits for has been taken, or cannot come: @result. */
void control_seeded(struct session *session, int result);

/** control_close - answer every parked write with ENODEV. */
void control_close(struct session *session);

#endif
