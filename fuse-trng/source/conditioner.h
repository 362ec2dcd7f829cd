/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * conditioner - SHA-256 between the gate and the pool: from as many tested bytes as hold 320 bits
 * of assessed min-entropy, 32 bytes.
 *
 * Standard: SP 800-90B 3.1.5.1.1 (SHA-256 is a vetted conditioning component) and 3.1.5.1.2 (what
 * leaves it); n_out + 64 bits in for full entropy out as SP 800-90C (September 2025) asks.
 */
#ifndef TRNG_SOURCE_CONDITIONER_H
#define TRNG_SOURCE_CONDITIONER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONDITIONER_OUTPUT_BYTES 32
#define CONDITIONER_EXCESS_BITS  64 /* of min-entropy, beyond those that leave */

struct conditioner {
	uint8_t *block; /* locked memory, owned; NULL: closed */
	size_t input_bytes;
	size_t len_bytes; /* that wait for the rest of their block */
	double assessed_bits_byte;
	bool has_failed; /* the last digest: told once */
};

/**
 * conditioner_open - an empty block for bytes of @assessed_bits_byte bits of min-entropy each.
 *
 * Tries SHA-256 on a known answer (FIPS 180-4) first.
 * Return: 0; -EINVAL: not in (0, 8]; -EIO: libcrypto gives a wrong answer; -ENOMEM.
 */
int conditioner_open(struct conditioner *conditioner, double assessed_bits_byte);

/** conditioner_close - wipe and release; fine on zeroed memory. */
void conditioner_close(struct conditioner *conditioner);

/**
 * conditioner_take - add the next of @len_bytes to the block, up to its end.
 * Return: bytes taken, at least one while the block is not full.
 */
size_t conditioner_take(struct conditioner *conditioner, const uint8_t *bytes, size_t len_bytes);

/**
 * conditioner_finish - the full block's digest; the block is wiped and empty again.
 * Return: 0; -EAGAIN: not full, nothing done; -EIO: libcrypto failed, nothing is in @out.
 */
int conditioner_finish(struct conditioner *conditioner, uint8_t out[CONDITIONER_OUTPUT_BYTES]);

/** conditioner_wipe - forget the block. */
void conditioner_wipe(struct conditioner *conditioner);

/** conditioner_needed_bytes - what it takes, from an empty block on, until @wanted_bytes can leave.
 */
uint64_t conditioner_needed_bytes(const struct conditioner *conditioner, uint64_t wanted_bytes);

/** conditioner_output_bits - min-entropy of a digest, h_out of SP 800-90B 3.1.5.1.2, in bits. */
double conditioner_output_bits(const struct conditioner *conditioner);

#endif
