/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * input - the bytes to evaluate: a file, standard input, a pipe, a device that gives 60 bits a
 * second. Read once, in order, and never more than was asked for. Never mapped: a file that shrinks
 * would take the program with it.
 */
#ifndef TRNG_EVALUATE_INPUT_H
#define TRNG_EVALUATE_INPUT_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/text.h"

#define INPUT_HASH_TEXT  65  /* SHA-256 in hexadecimal */
#define INPUT_NAME_BYTES 401 /* what is longer is cut, as it stands in sentences */

struct input {
	const char *path;            /* "-": standard input */
	char name[INPUT_NAME_BYTES]; /* as people are told: the path, escaped, or "standard input"
				      */
	int fd;
	bool is_regular;
	bool is_endless; /* a device: to its end nobody should read */
	bool is_stopped; /* a signal has ended it */
	bool has_shrunk; /* a regular file ended before the size it had when it was opened */
	uint64_t expected_bytes; /* of a regular file: from its beginning, or where standard input
				    stood */
	uint64_t skipped_bytes;
	uint64_t read_bytes; /* without those */
	EVP_MD_CTX *digest;  /* of these */
	/* May be NULL. Told after each piece that came, and before each wait. */
	void (*tick)(void *ctx, uint64_t read_bytes);
	void *ctx;
};

/**
 * input_open - open @path ("-": standard input) for reading. Blocks as long as a FIFO's opening
 * does.
 * @why: gets a sentence on failure.
 * Return: 0; -EISDIR, -ENOENT, ..., -ENOMEM.
 */
int input_open(struct input *input, const char *path, struct text *why);

/** input_skip - leave out the next @bytes, or all if there are fewer. Return: 0, or -errno. */
int input_skip(struct input *input, uint64_t bytes);

/**
 * input_read - fill @into; fewer than @size_bytes only at the end of the data, or after a signal.
 *
 * Signals: see interrupt.h; what was read before one is returned.
 * Return: bytes, or -errno; -EIO with has_shrunk set where the file did.
 */
ssize_t input_read(struct input *input, void *into, size_t size_bytes);

/** input_explain - say in a sentence why input_read() or input_skip() failed with @error. */
void input_explain(const struct input *input, int error, struct text *why);

/** input_hash - SHA-256 of all that was read, in hexadecimal; ends the reading. Return: @into. */
const char *input_hash(struct input *input, char into[static INPUT_HASH_TEXT]);

void input_close(struct input *input);

#endif
