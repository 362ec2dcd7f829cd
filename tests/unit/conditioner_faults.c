/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conditioner - libcrypto fails or is wrong: nothing leaves, the block is gone, and it goes on. */
#include "fuse-trng/source/conditioner.h"
#include "tests/unit/unit.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

static bool fails, is_wrong;

/* In libcrypto's place. It has written its output when it fails. */
int EVP_Q_digest(OSSL_LIB_CTX *library, const char *name, const char *query, const void *data,
		 size_t data_bytes, unsigned char *out, size_t *out_bytes)
{
	unsigned len = 0;
	int ret = EVP_Digest(data, data_bytes, out, &len, EVP_get_digestbyname(name), NULL);

	(void)library, (void)query;
	*out_bytes = len;
	out[5] ^= is_wrong;
	return fails ? 0 : ret;
}

static void does_not_open_with_a_broken_digest(void)
{
	struct conditioner conditioner;

	fails = true;
	CU_ASSERT_EQUAL(conditioner_open(&conditioner, 4), -EIO);
	conditioner_close(&conditioner);
	fails = false;
	is_wrong = true;
	CU_ASSERT_EQUAL(conditioner_open(&conditioner, 4), -EIO);
	conditioner_close(&conditioner);
	is_wrong = false;
	CU_ASSERT_EQUAL(conditioner_open(&conditioner, 4), 0);
	conditioner_close(&conditioner);
}

static int digest_of(struct conditioner *conditioner, uint8_t out[CONDITIONER_OUTPUT_BYTES])
{
	uint8_t bytes[80];

	memset(bytes, 7, sizeof(bytes));
	CU_ASSERT_EQUAL(conditioner_take(conditioner, bytes, sizeof(bytes)), sizeof(bytes));
	return conditioner_finish(conditioner, out);
}

static void loses_a_block_and_goes_on(void)
{
	static const uint8_t zeros[CONDITIONER_OUTPUT_BYTES];
	uint8_t good[CONDITIONER_OUTPUT_BYTES], out[CONDITIONER_OUTPUT_BYTES];
	struct conditioner conditioner;

	CU_ASSERT_EQUAL(conditioner_open(&conditioner, 4), 0);
	CU_ASSERT_EQUAL(conditioner.input_bytes, 80);
	CU_ASSERT_EQUAL(digest_of(&conditioner, good), 0);
	fails = true;
	for (int i = 0; i < 3; i++) {
		memset(out, 1, sizeof(out));
		CU_ASSERT_EQUAL(digest_of(&conditioner, out), -EIO);
		CU_ASSERT_EQUAL(memcmp(out, zeros, sizeof(out)), 0);
		CU_ASSERT(conditioner.has_failed);
		CU_ASSERT_EQUAL(conditioner.len_bytes, 0);
		CU_ASSERT_EQUAL(conditioner.block[0], 0);
	}
	fails = false;
	CU_ASSERT_EQUAL(digest_of(&conditioner, out), 0);
	CU_ASSERT(!conditioner.has_failed);
	CU_ASSERT_EQUAL(memcmp(out, good, sizeof(out)), 0);
	conditioner_close(&conditioner);
}

static const struct unit_test tests[] = {
	{ "does not open with a broken digest", does_not_open_with_a_broken_digest },
	{ "loses a block and goes on", loses_a_block_and_goes_on },
};

int main(void)
{
	return unit_run("conditioner_faults", tests, sizeof(tests) / sizeof(tests[0]));
}
