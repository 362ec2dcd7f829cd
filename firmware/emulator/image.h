/* SPDX-License-Identifier: GPL-3.0-or-later */
/* image - an ELF file for the ATmega328P, and processors that start with it. */
#ifndef TRNG_EMULATOR_IMAGE_H
#define TRNG_EMULATOR_IMAGE_H

#include <simavr/sim_avr.h>
#include <stdint.h>

struct image;

/**
 * image_open - read @path.
 *
 * The library prints what it loads on standard output, which may be where bytes go: it is sent
 * elsewhere for that time.
 * Return: 0, and @image is the caller's until image_close(); -errno after a sentence.
 */
int image_open(struct image **image, const char *path);

/** image_close - release; processors that were started live on. NULL is fine. */
void image_close(struct image *image);

/** image_start - a new processor with the code in its flash, the caller's. NULL: no memory. */
avr_t *image_start(struct image *image);

/** image_millis_address - of the Arduino core's millisecond counter in RAM, 0: it has none. */
uint32_t image_millis_address(const struct image *image);

#endif
