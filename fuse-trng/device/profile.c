/* SPDX-License-Identifier: GPL-3.0-or-later */
/* THE table of device kinds. Adding a board is adding a row. */
#include "fuse-trng/device/profile.h"

#include <string.h>

/*
 * Where entropies of boards other than ours come from: their makers claim 7.5 to 8 bits a byte
 * for output that is whitened inside, where no test of ours can see the noise. health_entropy is
 * a claim that such output must meet; assessed_entropy is half of a byte or less until the owner
 * enters what an evaluation of his own device gave.
 */
static const struct profile profiles[] = {
	{
		.name = "nodemcu",
		.description =
			"paper snippets, LED and solar cell on a NodeMCU (words on, off, id)",
		.word_on = "on",
		.word_off = "off",
		.word_id = "id",
		/* Another program may have chosen raw readings or darkness for the next on. */
		.word_on_known = "cooked bright on",
		/* The old sketch looks every 1.6 s, gathers for 1 s and sleeps 2 s after "on". */
		.word_gap_ms = 4600,
		.deaf_ms = 1600,
		.open_delay_ms = 2500,
		/*
		 * The board's auto-reset circuit pulls RESET while DTR is up and RTS is down, and
		 * GPIO0 the other way round; with both in the same state it pulls nothing. The
		 * kernel raises both at opening and drops both at closing, in one request each;
		 * both up also frees a board that another program left held in reset.
		 */
		.dtr = LINE_HIGH,
		.rts = LINE_HIGH,
		.baud_rate = 9600,
		.settle_ms = 2000,
		.silence_ms = 5000,
		.symbol_bits = 2,
		.rate_bit_s = 60.0,
		.health_entropy = 1.9,
		.assessed_entropy = 1.0,
		.total_failure_limit = 6,
		/* Silicon Labs CP210x; QinHeng CH340: the two bridges NodeMCUs are sold with. */
		.usb = { { 0x10c4, 0xea60 }, { 0x1a86, 0x7523 } },
	},
	{
		.name = "truerng",
		.description = "ubld.it TrueRNG v1 to v3 (streams while DTR is up)",
		.dtr = LINE_POWER,
		.rts = LINE_LEAVE,
		.baud_rate = 115200, /* ignored by the device */
		.settle_ms = 200,
		.discard_bytes = 4096,
		.silence_ms = 2000,
		.symbol_bits = 8,
		.rate_bit_s = 400000.0, /* "more than 0.4 Mbit/s" (v3) */
		.health_entropy = 7.5,
		.assessed_entropy = 3.0, /* it folds 20 raw bits to 8 with linear means */
		.usb = { { 0x04d8, 0xf5fe } },
	},
	{
		.name = "onerng",
		.description = "OneRNG (cmd0 whitened avalanche noise, cmdO run, cmdo pause)",
		.word_on = "cmd0\ncmdO\n",
		.word_off = "cmdo\n",
		/* It sends only while RTS is up; words start and stop it. */
		.dtr = LINE_LEAVE,
		.rts = LINE_HIGH,
		.baud_rate = 9600, /* ignored by the device */
		.settle_ms = 200,
		.discard_bytes = 10240, /* its own host scripts drop the first 10 kB */
		.silence_ms = 2000,
		.symbol_bits = 8,
		.rate_bit_s = 350000.0,
		.health_entropy = 7.5,
		.assessed_entropy = 4.0, /* maker: 7.5 to 7.8, after a CRC that hides the noise */
		.usb = { { 0x1d50, 0x6086 } },
	},
	{
		.name = "neug",
		.description = "NeuG on an FST-01 (SHA-256 conditioned: no parity on the line)",
		.dtr = LINE_LEAVE,
		.rts = LINE_LEAVE,
		.baud_rate = 115200, /* ignored by the device */
		.settle_ms = 200,
		.discard_bytes = 4096,
		.silence_ms = 2000,
		.symbol_bits = 8,
		.rate_bit_s = 640000.0, /* "more than 80 kB/s" */
		.health_entropy = 7.5,
		.assessed_entropy =
			4.0, /* 1120 raw bits a 256-bit hash; nobody outside can check */
		.usb = { { 0x234b, 0x0001 } },
	},
	{
		.name = "stream",
		.description = "any device that just talks: no words, no lines, bytes as symbols",
		.dtr = LINE_LEAVE,
		.rts = LINE_LEAVE,
		.baud_rate = 115200,
		.settle_ms = 200,
		.silence_ms = 5000,
		.symbol_bits = 8,
		.rate_bit_s = 92160.0, /* the line's own limit: 8 of 10 bits at 115200 baud */
		.health_entropy = 4.0, /* nothing is known of it: half, and an eighth credited */
		.assessed_entropy = 1.0,
	},
};

#define PROFILES (sizeof(profiles) / sizeof(profiles[0]))

const struct profile *profile_find(const char *name)
{
	for (size_t i = 0; i < PROFILES; i++)
		if (!strcmp(profiles[i].name, name))
			return &profiles[i];
	return NULL;
}

const struct profile *profile_at(size_t index)
{
	return index < PROFILES ? &profiles[index] : NULL;
}
