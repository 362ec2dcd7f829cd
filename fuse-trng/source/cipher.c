/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cipher - AES-256 in counter mode by libcrypto, its key schedule in secret memory. */
#include "fuse-trng/source/cipher.h"

#include "common/log.h"
#include "common/secret.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- libcrypto's memory ---- */

/* Before each piece that libcrypto has: where it has to go back to. */
struct piece {
	alignas(max_align_t) size_t size_bytes; /* with this header */
	bool is_secret;
};

/* Whether what libcrypto asks this thread's memory for is for a cipher: set within cipher_open().
 */
static _Thread_local bool is_for_cipher;

static void *take(size_t size_bytes, bool is_secret)
{
	struct piece *piece;

	if (size_bytes == 0 || size_bytes > SIZE_MAX - sizeof(*piece))
		return NULL;
	size_bytes += sizeof(*piece);
	piece = is_secret ? secret_alloc(size_bytes) : malloc(size_bytes);
	if (!piece)
		return NULL;
	*piece = (struct piece){ .size_bytes = size_bytes, .is_secret = is_secret };
	return piece + 1;
}

static void *crypto_malloc(size_t size_bytes, const char *file, int line)
{
	(void)file, (void)line;
	return take(size_bytes, is_for_cipher);
}

static void crypto_free(void *memory, const char *file, int line)
{
	struct piece *piece = memory;

	(void)file, (void)line;
	if (!memory)
		return;
	piece--;
	if (piece->is_secret)
		secret_free(piece, piece->size_bytes);
	else
		free(piece);
}

static void *crypto_realloc(void *memory, size_t size_bytes, const char *file, int line)
{
	const struct piece *old = memory;
	size_t old_bytes = memory ? old[-1].size_bytes - sizeof(*old) : 0;
	void *grown = take(size_bytes, memory ? old[-1].is_secret : is_for_cipher);

	if (grown && memory)
		memcpy(grown, memory, old_bytes < size_bytes ? old_bytes : size_bytes);
	if (grown || size_bytes == 0)
		crypto_free(memory, file, line);
	return grown;
}

static bool has_our_memory(void)
{
	CRYPTO_malloc_fn function;

	CRYPTO_get_mem_functions(&function, NULL, NULL);
	return function == crypto_malloc;
}

static void take_over_memory(void)
{
	static atomic_flag is_warned = ATOMIC_FLAG_INIT;

	if (has_our_memory() ||
	    CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free))
		return;
	if (!atomic_flag_test_and_set(&is_warned))
		log_warning("libcrypto was in use before: its copies of keys are not locked into "
			    "memory");
}

/* ---- the cipher ---- */

int cipher_open(struct cipher *cipher)
{
	static const uint8_t zero[CIPHER_KEY_BYTES];
	EVP_CIPHER *aes;
	int ret = -EIO;

	take_over_memory();
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	aes = EVP_CIPHER_fetch(NULL, "AES-256-CTR", "provider=default");
	if (!aes)
		return -EIO;
	is_for_cipher = true;
	cipher->context = EVP_CIPHER_CTX_new();
	if (!cipher->context)
		ret = -ENOMEM;
	else if (EVP_EncryptInit_ex2(cipher->context, aes, zero, zero, NULL))
		ret = 0;
	is_for_cipher = false;
	EVP_CIPHER_free(aes);
	if (ret < 0)
		cipher_close(cipher);
	return ret;
}

void cipher_close(struct cipher *cipher)
{
	EVP_CIPHER_CTX_free(cipher->context);
	cipher->context = NULL;
}

int cipher_start(struct cipher *cipher, const uint8_t *key, const uint8_t *counter)
{
	return EVP_EncryptInit_ex2(cipher->context, NULL, key, counter, NULL) ? 0 : -EIO;
}

int cipher_apply(struct cipher *cipher, uint8_t *out, const uint8_t *in, size_t len_bytes)
{
	int done = 0;

	assert(len_bytes % CIPHER_BLOCK_BYTES == 0 && len_bytes <= INT_MAX);
	if (!EVP_EncryptUpdate(cipher->context, out, &done, in, (int)len_bytes))
		return -EIO;
	return (size_t)done == len_bytes ? 0 : -EIO;
}
