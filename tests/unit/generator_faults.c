/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generator: libcrypto fails. */
#include "tests/unit/generator_bed.h"
#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <openssl/evp.h>

static bool is_broken;

int EVP_EncryptInit_ex2(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, const unsigned char *key,
			const unsigned char *counter, const OSSL_PARAM parameters[])
{
	union { /* ISO C has no way from the one to the other */
		void *object;
		int (*call)(EVP_CIPHER_CTX *, const EVP_CIPHER *, const unsigned char *,
			    const unsigned char *, const OSSL_PARAM *);
	} function = { .object = dlsym(RTLD_NEXT, "EVP_EncryptInit_ex2") };

	return is_broken ? 0 : function.call(context, cipher, key, counter, parameters);
}

static void test_no_seed_taken(void)
{
	struct stage stage;
	size_t first;

	stage_open(&stage, false);
	first = holding(&stage, 384);
	is_broken = true;
	start(&stage);
	while (stage.generator.retry_ms == 0)
		good(&stage, 10);
	CU_ASSERT_FALSE(gives(&stage));
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG), 0);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_REMAINDER), first);
	CU_ASSERT_EQUAL(generator_deadline_ms(&stage.generator), stage.bed->now_ms + 1000);
	fill_pool(&stage, first);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_SET_ASIDE), 0);
	is_broken = false;
	pass(&stage, 999);
	CU_ASSERT_EQUAL(stage.generator.seeds, 0);
	leave_in_pool(&stage, first - 1);
	pass(&stage, 1); /* it tries again, and waits for a byte without spinning: see follow() */
	CU_ASSERT_EQUAL(stage.generator.seeds, 0);
	while (stage.generator.seeds == 0)
		good(&stage, 10);
	CU_ASSERT(gives(&stage));
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG), first);
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_REMAINDER), first);
	stage_close(&stage);
}

/* The source is lost before it could try again. */
static void test_lost_before_the_retry(void)
{
	struct stage stage;

	stage_open(&stage, false);
	is_broken = true;
	start(&stage);
	while (stage.generator.retry_ms == 0)
		good(&stage, 10);
	is_broken = false;
	if (random() % 2)
		lose_port(&stage);
	else
		shut_down(&stage);
	pass(&stage, 1000);
	CU_ASSERT_EQUAL(generator_deadline_ms(&stage.generator), UINT64_MAX);
	come_back(&stage);
	settle(&stage);
	CU_ASSERT(gives(&stage));
	stage_close(&stage);
}

static void test_no_bytes_given(void)
{
	struct stage stage;
	uint8_t bytes[1000] = { 0 }, none[1000] = { 0 };

	stage_open(&stage, false);
	start(&stage);
	settle(&stage);
	is_broken = true;
	CU_ASSERT_EQUAL(generator_give(&stage.generator, bytes, sizeof(bytes)), -EIO);
	is_broken = false;
	CU_ASSERT(memcmp(bytes, none, sizeof(bytes)) == 0);
	CU_ASSERT_EQUAL(stage.generator.handed_bytes, 0);
	CU_ASSERT_EQUAL(generator_error(&stage.generator), -EAGAIN);
	follow(&stage);
	while (stage.generator.seeds == 1)
		good(&stage, 10);
	CU_ASSERT(gives(&stage));
	CU_ASSERT_EQUAL(in_account(&stage, LEDGER_DRBG), 2 * holding(&stage, 384));
	stage_close(&stage);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "no seed taken", test_no_seed_taken },
		{ "lost before the retry", test_lost_before_the_retry },
		{ "no bytes given", test_no_bytes_given },
	};

	srandom((unsigned)unit_seed());
	return unit_run("generator_faults", tests, sizeof(tests) / sizeof(tests[0]));
}
