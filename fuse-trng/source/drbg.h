/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drbg - CTR_DRBG with AES-256 (NIST SP 800-90A Rev. 1, section 10.2.1), the block cipher from
 * libcrypto.
 *
 * State and key schedule live in locked memory that core dumps leave out (cipher.h). After each
 * call of drbg_generate() the state is another (10.2.1.2), so that who reads it later cannot
 * compute what was handed out before. Knows nothing of where entropy comes from nor when it is due.
 */
#ifndef TRNG_SOURCE_DRBG_H
#define TRNG_SOURCE_DRBG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRBG_STRENGTH_BITS    256
#define DRBG_INSTANTIATE_BITS 384 /* entropy input and nonce in one: 3/2 of the strength, 8.6.7 */
#define DRBG_RESEED_BITS      256
#define DRBG_SEED_BYTES       48           /* seedlen: key and block */
#define DRBG_REQUEST_BYTES    65536        /* most of one drbg_generate(): 2^19 bits, table 3 */
#define DRBG_INPUT_BYTES      (1U << 19)   /* most of each input; table 3 would allow 2^35 bits */
#define DRBG_REQUESTS_MAX     (1ULL << 48) /* between seedings, table 3 */

struct drbg;

/**
 * drbg_open - memory for a generator without a seed.
 *
 * The first of a process takes over libcrypto's memory functions (cipher.h): it should come before
 * every other use of libcrypto.
 * @has_df: with the derivation function: inputs of up to DRBG_INPUT_BYTES each, but no entropy
 * input too short to hold the bits that are wanted. Without it (only for its known answers) all
 * inputs are DRBG_SEED_BYTES long at most, and entropy input exactly.
 *
 * Return: 0; -ENOMEM; -EIO: libcrypto has no AES-256.
 */
int drbg_open(struct drbg **drbg, bool has_df);

/** drbg_close - wipe and release; NULL is fine. */
void drbg_close(struct drbg *drbg);

/**
 * drbg_instantiate - seed from @entropy (input and nonce, one after the other) and @personal.
 *
 * Standard: 10.2.1.3.1 (without df), 10.2.1.3.2.
 *
 * Return: 0; -EINVAL: a length, and nothing was done; -EIO: libcrypto, and no seed is left.
 */
int drbg_instantiate(struct drbg *drbg, const uint8_t *entropy, size_t entropy_bytes,
		     const uint8_t *personal, size_t personal_bytes);

/**
 * drbg_reseed - mix @entropy and @additional in.
 *
 * Standard: 10.2.1.4.
 *
 * Return: 0; -EINVAL: a length, or no seed, and nothing was done; -EIO: libcrypto, and no seed is
 * left.
 */
int drbg_reseed(struct drbg *drbg, const uint8_t *entropy, size_t entropy_bytes,
		const uint8_t *additional, size_t additional_bytes);

/**
 * drbg_generate - the next @len_bytes (at most DRBG_REQUEST_BYTES) into @out, which must be zero.
 *
 * The zeros are encrypted in place: nothing is copied. 10.2.1.5. @out may have any alignment.
 *
 * Return: 0; -EINVAL: a length; -ENODATA: no seed; -EAGAIN: DRBG_REQUESTS_MAX reached, reseed;
 * -EIO: libcrypto, and no seed is left. After each of these @out is zero.
 */
int drbg_generate(struct drbg *drbg, uint8_t *out, size_t len_bytes, const uint8_t *additional,
		  size_t additional_bytes);

/** drbg_forget - wipe the state: no seed any more. */
void drbg_forget(struct drbg *drbg);

/** drbg_is_seeded - whether drbg_generate() would give bytes. */
bool drbg_is_seeded(const struct drbg *drbg);

/**
 * drbg_self_test - known answers (CAVP) of instantiate, reseed and generate, with df. 11.3.
 * Return: 0; -EIO: a wrong answer; -ENOMEM.
 */
int drbg_self_test(void);

#endif
