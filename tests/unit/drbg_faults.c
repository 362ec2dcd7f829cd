/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drbg - libcrypto fails or is wrong at any of its calls: no bytes, no seed, and it is noticed. */
#include "fuse-trng/source/drbg.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define OUT_BYTES 1000 /* its end is a broken block */

/* ---- in libcrypto's place ---- */

enum fault { FAILS, IS_SHORT, IS_WRONG };

static struct {
	enum fault fault;
	unsigned left; /* calls until the fault */
	unsigned faults;
	bool has_no_cipher;
	bool has_no_memory;
} broken = { .left = UINT_MAX };

static bool is_due(void)
{
	if (broken.left == UINT_MAX || broken.left-- > 0)
		return false;
	broken.left = UINT_MAX;
	broken.faults++;
	return true;
}

static void *real(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (!found)
		abort();
	return found;
}

/* It has written its output when it fails. */
int EVP_EncryptUpdate(EVP_CIPHER_CTX *context, unsigned char *out, int *len,
		      const unsigned char *in, int in_len)
{
	union { /* ISO C has no way from the one to the other */
		void *object;
		int (*call)(EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *, int);
	} function = { .object = real("EVP_EncryptUpdate") };
	int ret = function.call(context, out, len, in, in_len);

	if (!is_due())
		return ret;
	if (broken.fault == FAILS)
		return 0;
	if (broken.fault == IS_SHORT)
		*len -= 1;
	else if (in_len > 0)
		out[in_len / 2] ^= 0x10;
	return ret;
}

int EVP_EncryptInit_ex2(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, const unsigned char *key,
			const unsigned char *counter, const OSSL_PARAM parameters[])
{
	union {
		void *object;
		int (*call)(EVP_CIPHER_CTX *, const EVP_CIPHER *, const unsigned char *,
			    const unsigned char *, const OSSL_PARAM *);
	} function = { .object = real("EVP_EncryptInit_ex2") };

	/* Only the update can be short or wrong. */
	if (broken.fault == FAILS && is_due())
		return 0;
	return function.call(context, cipher, key, counter, parameters);
}

EVP_CIPHER *EVP_CIPHER_fetch(OSSL_LIB_CTX *library, const char *name, const char *properties)
{
	union {
		void *object;
		EVP_CIPHER *(*call)(OSSL_LIB_CTX *, const char *, const char *);
	} function = { .object = real("EVP_CIPHER_fetch") };

	return broken.has_no_cipher ? NULL : function.call(library, name, properties);
}

EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void)
{
	union {
		void *object;
		EVP_CIPHER_CTX *(*call)(void);
	} function = { .object = real("EVP_CIPHER_CTX_new") };

	return broken.has_no_memory ? NULL : function.call();
}

/* Call @left from now on, from 0, has the fault. */
static void break_at(enum fault fault, unsigned left)
{
	broken.fault = fault;
	broken.left = left;
	broken.faults = 0;
}

static bool was_broken(void)
{
	broken.left = UINT_MAX;
	return broken.faults > 0;
}

/* ---- each call of the generator ---- */

static const uint8_t input[DRBG_SEED_BYTES];
static uint8_t out[OUT_BYTES];

static int instantiate(struct drbg *drbg)
{
	return drbg_instantiate(drbg, input, sizeof(input), input, sizeof(input));
}

static int reseed(struct drbg *drbg)
{
	return drbg_reseed(drbg, input, sizeof(input), input, sizeof(input));
}

static int generate(struct drbg *drbg)
{
	return drbg_generate(drbg, out, sizeof(out), NULL, 0);
}

static int generate_with_more(struct drbg *drbg)
{
	return drbg_generate(drbg, out, sizeof(out), input, sizeof(input));
}

static bool is_zero(void)
{
	for (size_t i = 0; i < sizeof(out); i++) {
		if (out[i])
			return false;
	}
	return true;
}

/* With the fault at one of its calls of libcrypto after the other, until it meets none. */
static void fails_closed(int (*call)(struct drbg *drbg), bool has_df, enum fault fault)
{
	struct drbg *drbg;
	unsigned at = 0;

	CU_ASSERT_FATAL(drbg_open(&drbg, has_df) == 0);
	for (;; at++) {
		memset(out, 0, sizeof(out));
		CU_ASSERT(instantiate(drbg) == 0);
		break_at(fault, at);
		int ret = call(drbg);

		if (!was_broken()) {
			CU_ASSERT(ret == 0 && drbg_is_seeded(drbg));
			break;
		}
		CU_ASSERT(ret == -EIO);
		CU_ASSERT(is_zero());
		CU_ASSERT(!drbg_is_seeded(drbg));
		CU_ASSERT(generate(drbg) == -ENODATA);
		CU_ASSERT(is_zero());
	}
	CU_ASSERT(at >= 1);
	drbg_close(drbg);
}

static void no_bytes_and_no_seed(void)
{
	static int (*const calls[])(struct drbg *) = { instantiate, reseed, generate,
						       generate_with_more };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (int has_df = 0; has_df < 2; has_df++) {
			fails_closed(calls[i], has_df, FAILS);
			fails_closed(calls[i], has_df, IS_SHORT);
		}
	}
}

/* After a fault a new seed gives what it would have given. */
static void a_new_seed_helps(void)
{
	uint8_t expected[OUT_BYTES];
	struct drbg *drbg;

	memset(out, 0, sizeof(out));
	CU_ASSERT_FATAL(drbg_open(&drbg, true) == 0);
	CU_ASSERT(instantiate(drbg) == 0 && generate(drbg) == 0);
	memcpy(expected, out, sizeof(out));
	break_at(FAILS, 1);
	memset(out, 0, sizeof(out));
	CU_ASSERT(generate(drbg) == -EIO && was_broken());
	CU_ASSERT(instantiate(drbg) == 0 && generate(drbg) == 0);
	CU_ASSERT(memcmp(out, expected, sizeof(out)) == 0);
	drbg_close(drbg);
}

/*
 * A bit is wrong in what one call of libcrypto gives. Only two are without consequence: of the
 * first request, which the known answers do not show, and of the update after the last.
 */
static void self_test_notices(void)
{
	unsigned at = 0, unnoticed = 0;

	for (;; at++) {
		break_at(IS_WRONG, at);
		int ret = drbg_self_test();

		if (!was_broken())
			break;
		CU_ASSERT(ret == 0 || ret == -EIO);
		unnoticed += ret == 0;
	}
	CU_ASSERT(at > 40);
	CU_ASSERT(unnoticed == 2);
	for (at = 0;; at++) {
		break_at(FAILS, at);
		int ret = drbg_self_test();

		if (!was_broken())
			break;
		CU_ASSERT(ret == -EIO);
	}
	CU_ASSERT(drbg_self_test() == 0);
}

static void cannot_be_opened(void)
{
	struct drbg *drbg = NULL;

	broken.has_no_cipher = true;
	CU_ASSERT(drbg_open(&drbg, true) == -EIO);
	CU_ASSERT(drbg_self_test() == -EIO);
	broken.has_no_cipher = false;
	broken.has_no_memory = true;
	CU_ASSERT(drbg_open(&drbg, true) == -ENOMEM);
	CU_ASSERT(drbg_self_test() == -ENOMEM);
	broken.has_no_memory = false;
	break_at(FAILS, 0);
	CU_ASSERT(drbg_open(&drbg, true) == -EIO);
	CU_ASSERT(was_broken());
	CU_ASSERT(drbg == NULL);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "no bytes and no seed", no_bytes_and_no_seed },
		{ "a new seed helps", a_new_seed_helps },
		{ "the self-test notices", self_test_notices },
		{ "cannot be opened", cannot_be_opened },
	};

	return unit_run("drbg_faults", tests, sizeof(tests) / sizeof(tests[0]));
}
