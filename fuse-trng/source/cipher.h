/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cipher - AES-256 in counter mode (SP 800-38A, 6.5) by libcrypto, its key schedule in secret
 * memory.
 *
 * libcrypto keeps a key in memory of its own. The first cipher_open() of a process takes over
 * libcrypto's memory functions, so that what it allocates for a cipher is locked, left out of core
 * dumps and wiped; everything else goes on to malloc(3). It can only be taken over before
 * libcrypto's first use: later the ciphers work as well, and a warning says once that their keys
 * are in ordinary memory. No openssl.cnf is read, and only libcrypto's own implementation serves.
 */
#ifndef TRNG_SOURCE_CIPHER_H
#define TRNG_SOURCE_CIPHER_H

#include <stddef.h>
#include <stdint.h>

#define CIPHER_KEY_BYTES   32
#define CIPHER_BLOCK_BYTES 16

struct cipher {
	struct evp_cipher_ctx_st *context;
};

/**
 * cipher_open - a cipher without a key, owned by the caller until cipher_close().
 * Return: 0; -ENOMEM; -EIO: libcrypto has no AES-256.
 */
int cipher_open(struct cipher *cipher);

/** cipher_close - wipe and release; one that is not open, all zero, is fine. */
void cipher_close(struct cipher *cipher);

/**
 * cipher_start - the counter is @counter from now on, big-endian, modulo 2^128; the key is @key, or
 * what it was if NULL. Return: 0; -EIO.
 */
int cipher_start(struct cipher *cipher, const uint8_t *key, const uint8_t *counter);

/**
 * cipher_apply - @in xored with the next blocks of key stream; @out may be @in.
 * @len_bytes: whole blocks, at most INT_MAX: libcrypto would keep what is left of a broken one.
 * Return: 0; -EIO: what @out holds is not specified.
 */
int cipher_apply(struct cipher *cipher, uint8_t *out, const uint8_t *in, size_t len_bytes);

#endif
