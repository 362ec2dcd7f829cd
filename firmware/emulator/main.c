/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trng-emulator - the image of an Arduino Uno, executed, behind a pty. */
#include "firmware/emulator/avr.h"
#include "firmware/twin/options.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In the build folder the image lies beside the programs' folder. */
static const char *default_image(char *path, size_t size_bytes)
{
	char program[PATH_MAX] = "";

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		strcpy(program, "./trng-emulator");
	snprintf(path, size_bytes, "%s/../firmware/trng-uno.elf", dirname(program));
	return path;
}

int main(int argc, char **argv)
{
	char image[PATH_MAX + 64];
	const struct twin_program program = {
		.name = "trng-emulator",
		.intro = "An Arduino Uno with the TRNG firmware, executed instruction by "
			 "instruction, behind a\n"
			 "serial port called PATH.",
		.chips = { &chip_uno },
		.image = default_image(image, sizeof(image)),
	};

	return twin_main(argc, argv, &program);
}
