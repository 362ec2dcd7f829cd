/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * legacy - the boards that exist: the original sketch's ears and mouth, on the same HAL.
 *
 * Its loop: if the serial port has input, gather it until 1 s has passed without a byte and
 * compare it with exactly "on" or "off"; sleep 2 s after "on"; while on, take 50 symbols (1.6 s),
 * send 48 of them as 12 bytes, look at the serial port again. Deaf while it boots. Knows no id.
 */
#ifndef TRNG_TWIN_LEGACY_H
#define TRNG_TWIN_LEGACY_H

#include "firmware/core/trng_core.h"

#include <stdbool.h>
#include <stdint.h>

#define LEGACY_BOOT_MS   2400u
#define LEGACY_GATHER_MS 1000u
#define LEGACY_SLEEP_MS  2000u
#define LEGACY_SYMBOLS   50u
#define LEGACY_BYTES     12u

/* One board; private to legacy.c but for the counters. */
struct legacy {
	struct trng_hal hal;
	enum legacy_state {
		LEGACY_BOOTING,
		LEGACY_LOOP,
		LEGACY_GATHERING,
		LEGACY_SLEEPING,
		LEGACY_SAMPLING
	} state;
	uint32_t until_ms;
	bool is_on;
	char heard[4];        /* the text being gathered, as far as it matters */
	uint8_t heard_length; /* stops at sizeof(heard) */
	uint16_t sum;
	uint32_t readings; /* of this batch */
	uint8_t batch[LEGACY_SYMBOLS / 4 + 1];
	uint32_t words_heard, bytes_sent; /* read only */
};

/** legacy_init - as after power-up or reset: off, and deaf for LEGACY_BOOT_MS. @hal is copied. */
void legacy_init(struct legacy *legacy, const struct trng_hal *hal);

/** legacy_poll - do one thing that is due; as trng_poll(). */
void legacy_poll(struct legacy *legacy);

/** legacy_wait_ms - as trng_wait_ms(). */
uint32_t legacy_wait_ms(const struct legacy *legacy, uint32_t now_ms);

#endif
