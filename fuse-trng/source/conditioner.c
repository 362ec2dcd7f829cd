/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conditioner - SHA-256 between the gate and the pool. */
#include "fuse-trng/source/conditioner.h"

#include "common/log.h"
#include "common/secret.h"

#include <errno.h>
#include <math.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#define OUTPUT_BITS (8.0 * CONDITIONER_OUTPUT_BYTES)

static int digest(const uint8_t *bytes, size_t len_bytes, uint8_t out[CONDITIONER_OUTPUT_BYTES])
{
	size_t len = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, bytes, len_bytes, out, &len) == 1 &&
	    len == CONDITIONER_OUTPUT_BYTES)
		return 0;
	secret_wipe(out, CONDITIONER_OUTPUT_BYTES);
	return -EIO;
}

/* FIPS 180-4: the message "abc". */
static int self_test(void)
{
	static const uint8_t message[] = { 'a', 'b', 'c' };
	static const uint8_t answer[CONDITIONER_OUTPUT_BYTES] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
		0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad
	};
	uint8_t out[CONDITIONER_OUTPUT_BYTES];
	int ret = digest(message, sizeof(message), out);

	return ret == 0 && memcmp(out, answer, sizeof(answer)) != 0 ? -EIO : ret;
}

int conditioner_open(struct conditioner *conditioner, double assessed_bits_byte)
{
	const double input_bits = OUTPUT_BITS + CONDITIONER_EXCESS_BITS;
	int ret = self_test();

	*conditioner = (struct conditioner){ .assessed_bits_byte = assessed_bits_byte };
	if (!(assessed_bits_byte > 0 && assessed_bits_byte <= 8))
		return -EINVAL;
	if (ret < 0) {
		log_error("the self-test of SHA-256 failed: libcrypto gives wrong answers here, or "
			  "there is no memory");
		return ret;
	}
	conditioner->input_bytes = (size_t)ceil(input_bits / assessed_bits_byte);
	conditioner->block = secret_alloc(conditioner->input_bytes);
	return conditioner->block ? 0 : -ENOMEM;
}

void conditioner_close(struct conditioner *conditioner)
{
	secret_free(conditioner->block, conditioner->input_bytes);
	*conditioner = (struct conditioner){ 0 };
}

size_t conditioner_take(struct conditioner *conditioner, const uint8_t *bytes, size_t len_bytes)
{
	size_t room = conditioner->input_bytes - conditioner->len_bytes;
	size_t len = len_bytes < room ? len_bytes : room;

	memcpy(conditioner->block + conditioner->len_bytes, bytes, len);
	conditioner->len_bytes += len;
	return len;
}

int conditioner_finish(struct conditioner *conditioner, uint8_t out[CONDITIONER_OUTPUT_BYTES])
{
	int ret;

	if (conditioner->len_bytes < conditioner->input_bytes)
		return -EAGAIN;
	ret = digest(conditioner->block, conditioner->input_bytes, out);
	if (ret < 0 && !conditioner->has_failed)
		log_error("SHA-256 failed, perhaps for lack of memory: blocks of %zu tested bytes "
			  "are lost until it works again",
			  conditioner->input_bytes);
	conditioner->has_failed = ret < 0;
	conditioner_wipe(conditioner);
	return ret;
}

void conditioner_wipe(struct conditioner *conditioner)
{
	secret_wipe(conditioner->block, conditioner->len_bytes);
	conditioner->len_bytes = 0;
}

uint64_t conditioner_needed_bytes(const struct conditioner *conditioner, uint64_t wanted_bytes)
{
	uint64_t blocks = (wanted_bytes + CONDITIONER_OUTPUT_BYTES - 1) / CONDITIONER_OUTPUT_BYTES;

	return blocks * conditioner->input_bytes;
}

/*
 * With n = n_out = nw, the narrowest inner width, both psi and omega of the standard are 2^-n times
 * 1 and a little:
 *
 *   psi   = 2^-n (1 - 2^-h_in) + 2^-h_in                  = 2^-n (1 + 2^(n - h_in) - 2^-h_in)
 *   omega = 2^-n (1 - 2^-h_in) (1 + sqrt(2 n ln 2) 2^(-(n_in - n) / 2))
 *
 * where P_low is (1 - 2^-h_in) / (2^n_in - 1), and 2^n_in - 1 is taken for 2^n_in. The sums lie
 * below what a double tells from 1; log1p() keeps what there is.
 */
double conditioner_output_bits(const struct conditioner *conditioner)
{
	double n_in = 8.0 * (double)conditioner->input_bytes;
	double h_in = conditioner->assessed_bits_byte * (double)conditioner->input_bytes;
	double psi = exp2(OUTPUT_BITS - h_in);
	double omega = sqrt(2 * OUTPUT_BITS * M_LN2) * exp2(-(n_in - OUTPUT_BITS) / 2);

	return OUTPUT_BITS - log1p(fmax(psi, omega)) / M_LN2;
}
