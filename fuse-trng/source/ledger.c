/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger - where every byte from the line is, or where it went. */
#include "fuse-trng/source/ledger.h"

#include <assert.h>

void ledger_enter(struct ledger *ledger, enum ledger_account to, uint64_t len_bytes)
{
	ledger->entered_bytes += len_bytes;
	ledger->bytes[to] += len_bytes;
}

void ledger_make(struct ledger *ledger, enum ledger_account to, uint64_t len_bytes)
{
	ledger->made_bytes += len_bytes;
	ledger->bytes[to] += len_bytes;
}

void ledger_move(struct ledger *ledger, enum ledger_account from, enum ledger_account to,
		 uint64_t len_bytes)
{
	assert(ledger->bytes[from] >= len_bytes);
	ledger->bytes[from] -= len_bytes;
	ledger->bytes[to] += len_bytes;
}

const char *ledger_name(enum ledger_account account)
{
	static const char *const names[LEDGER_ACCOUNTS] = {
		[LEDGER_SETTLING] = "settling",
		[LEDGER_UNTESTED] = "untested",
		[LEDGER_HELD] = "held",
		[LEDGER_PARTIAL] = "partial",
		[LEDGER_ALARM] = "alarm",
		[LEDGER_STOPPED] = "stopped",
		[LEDGER_DIVERTED] = "diverted",
		[LEDGER_CONDITIONER] = "conditioner",
		[LEDGER_CONDITIONED] = "conditioned",
		[LEDGER_FULL] = "full",
		[LEDGER_POOL] = "pool",
		[LEDGER_SET_ASIDE] = "set_aside",
		[LEDGER_REMAINDER] = "remainder",
		[LEDGER_RANDOM] = "random",
		[LEDGER_DRBG] = "drbg",
		[LEDGER_KERNEL] = "kernel",
	};

	return names[account];
}
