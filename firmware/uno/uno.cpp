/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * uno - lets an Arduino Uno (any board with an ATmega328P) sleep between samples.
 *
 * Belongs beside the sketch, and replaces two weak functions of the Arduino core. A board that is
 * idle 96 % of the time need not run; and an emulator skips sleep, but has to step through every
 * count of a running timer.
 *
 * It is part of the sketch and not of the library because it is no library's business to stop the
 * timers behind analogWrite(), tone() and Servo in somebody else's sketch.
 */
#ifdef __AVR_ATmega328P__

#include <Arduino.h>
#include <avr/sleep.h>

/**
 * initVariant - stop what only PWM needs; the core calls it between init() and setup().
 *
 * Timers 1 and 2 stand still. Timer 0 counts on without PWM: its overflow, each 1.024 ms, is
 * what millis() counts and what ends yield().
 */
void initVariant(void)
{
	TCCR1B = 0;
	TCCR2B = 0;
	TCCR0A = 0;
}

/**
 * yield - sleep until the next interrupt: timer 0, a byte heard, or room for one to send.
 *
 * Cost: 1.024 ms at most. An interrupt that comes between the caller's last look and the sleep
 * does not end it, so what it brought waits for the next tick. With interrupts disabled nothing
 * would end it: then it returns at once.
 */
void yield(void)
{
	if (bit_is_clear(SREG, SREG_I))
		return;
	SMCR = _BV(SE); /* mode 0, idle: all but the processor's own clock goes on */
	sleep_cpu();
	SMCR = 0;
}

#endif
