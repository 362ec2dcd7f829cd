/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drbg_naive - CTR_DRBG once more, as the steps of SP 800-90A Rev. 1 are written, one AES block
 * after the other, with nothing of drbg.c. Only AES itself, in ECB mode, is libcrypto's in both.
 */
#ifndef TRNG_TESTS_UNIT_DRBG_NAIVE_H
#define TRNG_TESTS_UNIT_DRBG_NAIVE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAIVE_SEED  48
#define NAIVE_KEY   32
#define NAIVE_BLOCK 16

struct naive {
	uint8_t key[NAIVE_KEY];
	uint8_t v[NAIVE_BLOCK];
	bool has_df;
};

/* Input as most calls have it: bytes and how many; none is all zero. */
struct bytes {
	const uint8_t *at;
	size_t len;
};

static inline EVP_CIPHER_CTX *naive_key(const uint8_t *key)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

	if (!context || !EVP_EncryptInit_ex(context, EVP_aes_256_ecb(), NULL, key, NULL))
		abort();
	EVP_CIPHER_CTX_set_padding(context, 0);
	return context;
}

static inline void naive_encrypt(EVP_CIPHER_CTX *context, const uint8_t *in, uint8_t *out)
{
	int len;

	if (!EVP_EncryptUpdate(context, out, &len, in, NAIVE_BLOCK) || len != NAIVE_BLOCK)
		abort();
}

/* V = (V + 1) mod 2^128, output_block = Block_Encrypt(Key, V); as often as it takes. */
static inline void naive_blocks(struct naive *naive, uint8_t *out, size_t len)
{
	EVP_CIPHER_CTX *context = naive_key(naive->key);
	uint8_t block[NAIVE_BLOCK];

	for (size_t at = 0; at < len; at += NAIVE_BLOCK) {
		unsigned carry = 1;

		for (int i = NAIVE_BLOCK - 1; i >= 0; i--) {
			carry += naive->v[i];
			naive->v[i] = (uint8_t)carry;
			carry >>= 8;
		}
		naive_encrypt(context, naive->v, block);
		memcpy(out + at, block, len - at < NAIVE_BLOCK ? len - at : NAIVE_BLOCK);
	}
	EVP_CIPHER_CTX_free(context);
}

/* 10.2.1.2 */
static inline void naive_update(struct naive *naive, const uint8_t *provided)
{
	uint8_t temp[NAIVE_SEED];

	naive_blocks(naive, temp, sizeof(temp));
	for (int i = 0; i < NAIVE_SEED; i++)
		temp[i] ^= provided[i];
	memcpy(naive->key, temp, NAIVE_KEY);
	memcpy(naive->v, temp + NAIVE_KEY, NAIVE_BLOCK);
}

/* 10.3.3 */
static inline void naive_bcc(EVP_CIPHER_CTX *context, const uint8_t *data, size_t len, uint8_t *out)
{
	uint8_t chain[NAIVE_BLOCK] = { 0 };

	for (size_t at = 0; at < len; at += NAIVE_BLOCK) {
		for (size_t i = 0; i < NAIVE_BLOCK; i++)
			chain[i] ^= data[at + i];
		naive_encrypt(context, chain, chain);
	}
	memcpy(out, chain, NAIVE_BLOCK);
}

/* 10.3.2, of @a || @b, seedlen of output. */
static inline void naive_df(struct bytes a, struct bytes b, uint8_t *out)
{
	size_t len = a.len + b.len, padded = (8 + len + 1 + 15) / 16 * 16;
	uint8_t *s = calloc(1, NAIVE_BLOCK + padded); /* IV || L || N || input || 0x80 || 0* */
	uint8_t key[NAIVE_KEY], temp[NAIVE_SEED], x[NAIVE_BLOCK];
	EVP_CIPHER_CTX *context;

	if (!s)
		abort();
	for (int i = 0; i < 4; i++)
		s[NAIVE_BLOCK + i] = (uint8_t)(len >> (24 - 8 * i));
	s[NAIVE_BLOCK + 7] = NAIVE_SEED;
	if (a.len)
		memcpy(s + NAIVE_BLOCK + 8, a.at, a.len);
	if (b.len)
		memcpy(s + NAIVE_BLOCK + 8 + a.len, b.at, b.len);
	s[NAIVE_BLOCK + 8 + len] = 0x80;
	for (uint8_t i = 0; i < NAIVE_KEY; i++)
		key[i] = i;
	context = naive_key(key);
	for (uint8_t i = 0; i < 3; i++) {
		s[3] = i;
		naive_bcc(context, s, NAIVE_BLOCK + padded, temp + NAIVE_BLOCK * i);
	}
	EVP_CIPHER_CTX_free(context);
	context = naive_key(temp);
	memcpy(x, temp + NAIVE_KEY, NAIVE_BLOCK);
	for (int i = 0; i < 3; i++) {
		naive_encrypt(context, x, x);
		memcpy(out + NAIVE_BLOCK * i, x, NAIVE_BLOCK);
	}
	EVP_CIPHER_CTX_free(context);
	free(s);
}

/* What the calls make of their two inputs: with df of one behind the other, without xored. */
static inline void naive_material(const struct naive *naive, struct bytes a, struct bytes b,
				  uint8_t *out)
{
	if (naive->has_df) {
		naive_df(a, b, out);
		return;
	}
	memset(out, 0, NAIVE_SEED);
	for (size_t i = 0; i < a.len && i < NAIVE_SEED; i++)
		out[i] = a.at[i];
	for (size_t i = 0; i < b.len && i < NAIVE_SEED; i++)
		out[i] ^= b.at[i];
}

/* 10.2.1.4 */
static inline void naive_reseed(struct naive *naive, struct bytes entropy, struct bytes additional)
{
	uint8_t material[NAIVE_SEED];

	naive_material(naive, entropy, additional, material);
	naive_update(naive, material);
}

/* 10.2.1.3: entropy holds the nonce. */
static inline void naive_instantiate(struct naive *naive, struct bytes entropy,
				     struct bytes personal)
{
	memset(naive->key, 0, sizeof(naive->key));
	memset(naive->v, 0, sizeof(naive->v));
	naive_reseed(naive, entropy, personal);
}

/* 10.2.1.5 */
static inline void naive_generate(struct naive *naive, uint8_t *out, size_t len,
				  struct bytes additional)
{
	uint8_t material[NAIVE_SEED] = { 0 };

	if (additional.len > 0) {
		naive_material(naive, additional, (struct bytes){ 0 }, material);
		naive_update(naive, material);
	}
	naive_blocks(naive, out, len);
	naive_update(naive, material);
}

#endif
