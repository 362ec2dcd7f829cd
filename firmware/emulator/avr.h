/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * avr - an ATmega328P at 16 MHz that runs an image, wired as the sketch wants it: LED on PD4, fan
 * on PD5, cell on ADC0, the host on USART 0. The instructions are executed by libsimavr.
 */
#ifndef TRNG_EMULATOR_AVR_H
#define TRNG_EMULATOR_AVR_H

#include "firmware/twin/chip.h"

/*
 * The chip called "uno". Its image is an ELF file for this processor. It is "on" while LED or fan
 * are powered or it has taken readings lately: the word itself cannot be seen from outside.
 *
 * The millisecond counter that struct wires asks for is written into the Arduino core's
 * variable timer0_millis once the firmware listens; an image without it starts at 0.
 */
extern const struct chip chip_uno;

#endif
