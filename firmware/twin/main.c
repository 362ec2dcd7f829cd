/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trng-twin - the board's firmware compiled for the host, behind a pty. */
#include "firmware/twin/options.h"

int main(int argc, char **argv)
{
	static const struct twin_program program = {
		.name = "trng-twin",
		.intro = "A TRNG board without the board: a serial port called PATH that behaves "
			 "like one.",
		.chips = { &chip_current, &chip_legacy },
	};

	return twin_main(argc, argv, &program);
}
