/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drbg - CTR_DRBG with AES-256 (NIST SP 800-90A Rev. 1, section 10.2.1), prediction resistance off.
 *
 * The standard counts V up before it encrypts it: what it wants are the blocks of a counter mode
 * that begins at V + 1. Between two calls the cipher stands there already. All that a call needs
 * comes from one stream: the output, a whole block for its end if that is broken, and the three
 * blocks of the update. So V is never counted, and each key serves one call.
 */
#include "fuse-trng/source/drbg.h"

#include "common/secret.h"
#include "fuse-trng/source/cipher.h"

#include <errno.h>
#include <string.h>

struct drbg {
	uint8_t state[DRBG_SEED_BYTES]; /* key, then V */
	uint8_t input[DRBG_SEED_BYTES]; /* seed material or additional input, of one call */
	uint8_t block[CIPHER_BLOCK_BYTES];
	struct cipher cipher;
	uint64_t requests; /* since the seed */
	bool has_df;
	bool is_seeded;
};

/* Input of two parts, as if one stood behind the other. */
struct parts {
	const uint8_t *bytes[2];
	size_t len_bytes[2];
};

_Static_assert(DRBG_SEED_BYTES == CIPHER_KEY_BYTES + CIPHER_BLOCK_BYTES, "seedlen, table 3");
_Static_assert(DRBG_REQUEST_BYTES % CIPHER_BLOCK_BYTES == 0, "only the end of a request is broken");

/* ---- 10.2.1.2: the update ---- */

/* The cipher stands at key and V + 1. */
static int stand(struct drbg *drbg)
{
	memcpy(drbg->block, drbg->state + CIPHER_KEY_BYTES, sizeof(drbg->block));
	for (size_t i = sizeof(drbg->block); i-- > 0 && ++drbg->block[i] == 0;)
		;
	return cipher_start(&drbg->cipher, drbg->state, drbg->block);
}

/* With drbg->input as provided_data: xored with it, the next three blocks are the new state. */
static int update(struct drbg *drbg)
{
	int ret = cipher_apply(&drbg->cipher, drbg->state, drbg->input, sizeof(drbg->state));

	return ret < 0 ? ret : stand(drbg);
}

/* ---- 10.3.2: the derivation function, from parts to drbg->input ---- */

static int encrypt_block(struct drbg *drbg)
{
	int ret = cipher_start(&drbg->cipher, NULL, drbg->block);

	memset(drbg->block, 0, sizeof(drbg->block));
	return ret < 0 ? ret
		       : cipher_apply(&drbg->cipher, drbg->block, drbg->block, sizeof(drbg->block));
}

/* BCC, 10.3.3, as bytes come: drbg->block is the chaining value, with *@fill bytes xored in. */
static int chain(struct drbg *drbg, size_t *fill, const uint8_t *bytes, size_t len_bytes)
{
	int ret = 0;

	for (size_t i = 0; i < len_bytes && ret == 0; i++) {
		drbg->block[(*fill)++] ^= bytes[i];
		if (*fill == sizeof(drbg->block)) {
			ret = encrypt_block(drbg);
			*fill = 0;
		}
	}
	return ret;
}

/* One block of steps 9.1 and 9.2: BCC of the block @index || 0..., then S. */
static int chain_all(struct drbg *drbg, uint8_t index, const struct parts *parts)
{
	uint32_t len_bytes = (uint32_t)(parts->len_bytes[0] + parts->len_bytes[1]);
	const uint8_t first[CIPHER_BLOCK_BYTES] = { [3] = index };
	const uint8_t lengths[8] = { (uint8_t)(len_bytes >> 24), (uint8_t)(len_bytes >> 16),
				     (uint8_t)(len_bytes >> 8),
				     (uint8_t)len_bytes, [7] = DRBG_SEED_BYTES };
	static const uint8_t end = 0x80;
	size_t fill = 0;
	int ret;

	memset(drbg->block, 0, sizeof(drbg->block));
	ret = chain(drbg, &fill, first, sizeof(first));
	if (ret == 0)
		ret = chain(drbg, &fill, lengths, sizeof(lengths));
	for (int i = 0; i < 2 && ret == 0; i++)
		ret = chain(drbg, &fill, parts->bytes[i], parts->len_bytes[i]);
	if (ret == 0)
		ret = chain(drbg, &fill, &end, 1);
	if (ret == 0 && fill > 0)
		ret = encrypt_block(drbg);
	return ret;
}

static int derive(struct drbg *drbg, const struct parts *parts)
{
	static const uint8_t key[CIPHER_KEY_BYTES] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
						       11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
						       22, 23, 24, 25, 26, 27, 28, 29, 30, 31 };
	uint8_t *input = drbg->input;
	int ret = cipher_start(&drbg->cipher, key, key);

	for (uint8_t i = 0; i < DRBG_SEED_BYTES / CIPHER_BLOCK_BYTES && ret == 0; i++) {
		ret = chain_all(drbg, i, parts);
		memcpy(input + i * CIPHER_BLOCK_BYTES, drbg->block, CIPHER_BLOCK_BYTES);
	}
	/* The last of the three is X, the first two are the key that encrypts it (steps 10 to 15).
	 */
	if (ret == 0)
		ret = cipher_start(&drbg->cipher, input, input + CIPHER_KEY_BYTES);
	for (size_t i = 0; i < DRBG_SEED_BYTES && ret == 0; i += CIPHER_BLOCK_BYTES) {
		ret = encrypt_block(drbg);
		memcpy(input + i, drbg->block, CIPHER_BLOCK_BYTES);
	}
	return ret;
}

/* ---- what all calls share ---- */

static bool are_lengths_right(const struct drbg *drbg, const struct parts *parts,
			      size_t least_bytes)
{
	size_t most_bytes = drbg->has_df ? DRBG_INPUT_BYTES : DRBG_SEED_BYTES;

	if (!drbg->has_df && least_bytes > 0)
		least_bytes = DRBG_SEED_BYTES;
	return parts->len_bytes[0] >= least_bytes && parts->len_bytes[0] <= most_bytes &&
	       parts->len_bytes[1] <= most_bytes;
}

/* From @parts to drbg->input; then the cipher stands again where the state wants it. */
static int absorb(struct drbg *drbg, const struct parts *parts)
{
	int ret = 0;

	if (drbg->has_df) {
		ret = derive(drbg, parts);
	} else {
		for (int i = 0; i < 2; i++) {
			for (size_t j = 0; j < parts->len_bytes[i]; j++)
				drbg->input[j] ^= parts->bytes[i][j];
		}
	}
	return ret < 0 ? ret : stand(drbg);
}

/* The end of each call: nothing of it is left but the state, and that only if all went well. */
static int end(struct drbg *drbg, int ret)
{
	secret_wipe(drbg->input, sizeof(drbg->input));
	secret_wipe(drbg->block, sizeof(drbg->block));
	if (ret < 0)
		drbg_forget(drbg);
	return ret;
}

/* ---- the contract ---- */

int drbg_open(struct drbg **drbg, bool has_df)
{
	struct drbg *opened = secret_alloc(sizeof(*opened));
	int ret;

	if (!opened)
		return -ENOMEM;
	opened->has_df = has_df;
	ret = cipher_open(&opened->cipher);
	if (ret < 0)
		secret_free(opened, sizeof(*opened));
	else
		*drbg = opened;
	return ret;
}

void drbg_close(struct drbg *drbg)
{
	if (!drbg)
		return;
	cipher_close(&drbg->cipher);
	secret_free(drbg, sizeof(*drbg));
}

int drbg_instantiate(struct drbg *drbg, const uint8_t *entropy, size_t entropy_bytes,
		     const uint8_t *personal, size_t personal_bytes)
{
	const struct parts parts = { { entropy, personal }, { entropy_bytes, personal_bytes } };
	int ret;

	if (!are_lengths_right(drbg, &parts, DRBG_INSTANTIATE_BITS / 8))
		return -EINVAL;
	memset(drbg->state, 0, sizeof(drbg->state));
	ret = absorb(drbg, &parts);
	if (ret == 0)
		ret = update(drbg);
	drbg->requests = 0;
	drbg->is_seeded = ret == 0;
	return end(drbg, ret);
}

int drbg_reseed(struct drbg *drbg, const uint8_t *entropy, size_t entropy_bytes,
		const uint8_t *additional, size_t additional_bytes)
{
	const struct parts parts = { { entropy, additional }, { entropy_bytes, additional_bytes } };
	int ret;

	if (!drbg->is_seeded || !are_lengths_right(drbg, &parts, DRBG_RESEED_BITS / 8))
		return -EINVAL;
	ret = absorb(drbg, &parts);
	if (ret == 0)
		ret = update(drbg);
	drbg->requests = 0;
	return end(drbg, ret);
}

/* Whole blocks in place; of a broken one at the end, what is asked for. */
static int put_out(struct drbg *drbg, uint8_t *out, size_t len_bytes)
{
	size_t broken_bytes = len_bytes % CIPHER_BLOCK_BYTES;
	size_t whole_bytes = len_bytes - broken_bytes;
	int ret = cipher_apply(&drbg->cipher, out, out, whole_bytes);

	if (ret < 0 || broken_bytes == 0)
		return ret;
	memset(drbg->block, 0, sizeof(drbg->block));
	ret = cipher_apply(&drbg->cipher, drbg->block, drbg->block, sizeof(drbg->block));
	if (ret == 0)
		memcpy(out + whole_bytes, drbg->block, broken_bytes);
	return ret;
}

int drbg_generate(struct drbg *drbg, uint8_t *out, size_t len_bytes, const uint8_t *additional,
		  size_t additional_bytes)
{
	const struct parts parts = { { additional }, { additional_bytes } };
	int ret = 0;

	if (len_bytes > DRBG_REQUEST_BYTES || !are_lengths_right(drbg, &parts, 0))
		return -EINVAL;
	if (!drbg->is_seeded)
		return -ENODATA;
	if (drbg->requests >= DRBG_REQUESTS_MAX)
		return -EAGAIN;
	drbg->requests++;
	if (additional_bytes > 0) {
		ret = absorb(drbg, &parts);
		if (ret == 0)
			ret = update(drbg);
	}
	if (ret == 0)
		ret = put_out(drbg, out, len_bytes);
	if (ret == 0)
		ret = update(drbg);
	if (ret < 0)
		secret_wipe(out, len_bytes);
	return end(drbg, ret);
}

void drbg_forget(struct drbg *drbg)
{
	static const uint8_t zero[CIPHER_KEY_BYTES];

	secret_wipe(drbg->state, sizeof(drbg->state));
	drbg->requests = 0;
	drbg->is_seeded = false;
	/* If this fails the schedule stays in locked memory, of no use to who has no seed. */
	(void)cipher_start(&drbg->cipher, zero, zero);
}

bool drbg_is_seeded(const struct drbg *drbg)
{
	return drbg->is_seeded && drbg->requests < DRBG_REQUESTS_MAX;
}
