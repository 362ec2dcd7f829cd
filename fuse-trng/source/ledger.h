/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger - where every byte from the line is, or where it went: double entry, so that it always
 * adds up.
 *
 * A byte is entered once and then moves from account to account; none vanishes and none appears,
 * but for those that the conditioner makes of others:
 *
 *   entered + made = the sum of all accounts
 */
#ifndef TRNG_SOURCE_LEDGER_H
#define TRNG_SOURCE_LEDGER_H

#include <stdint.h>

/* The order is that of the rows in status. What is live is somewhere now, all else has gone for
 * good. */
enum ledger_account {
	LEDGER_SETTLING, /* came before the board had settled, or while it should be off */
	LEDGER_UNTESTED, /* came while nothing was tested: a pause of `alarm`, `failed`, a proof */
	LEDGER_HELD,     /* live: under test */
	LEDGER_PARTIAL,  /* under test when the stream was ended; a chunk that was diverted in part
			  */
	LEDGER_ALARM,    /* wiped because a test fired, in whatever place */
	LEDGER_STOPPED,  /* in the pool or the conditioner when the source was stopped or lost */
	LEDGER_DIVERTED, /* came while `raw` was open */
	LEDGER_CONDITIONER, /* live: waits for the rest of its block */
	LEDGER_CONDITIONED, /* what the conditioner has used up */
	LEDGER_FULL,        /* passed, but the pool was full */
	LEDGER_POOL,        /* live */
	LEDGER_SET_ASIDE, /* live: for a reader who was told, or for a seed that is not complete */
	LEDGER_REMAINDER, /* set aside and not fetched, or lost with its reader */
	LEDGER_RANDOM,    /* handed out by the file */
	LEDGER_DRBG,      /* seeds */
	LEDGER_KERNEL,    /* credited to the kernel's pool */
	LEDGER_ACCOUNTS
};

struct ledger {
	uint64_t entered_bytes;
	uint64_t made_bytes; /* by the conditioner */
	uint64_t bytes[LEDGER_ACCOUNTS];
};

/** ledger_enter - @len_bytes have come from the line. */
void ledger_enter(struct ledger *ledger, enum ledger_account to, uint64_t len_bytes);

/** ledger_make - the conditioner gives @len_bytes. */
void ledger_make(struct ledger *ledger, enum ledger_account to, uint64_t len_bytes);

/** ledger_move - @len_bytes, which must be in @from, are in @to from now on. */
void ledger_move(struct ledger *ledger, enum ledger_account from, enum ledger_account to,
		 uint64_t len_bytes);

/** ledger_name - "settling" and so on, as in status: ledger.NAME_bits. */
const char *ledger_name(enum ledger_account account);

#endif
