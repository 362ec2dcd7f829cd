/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * echo - an image for an Uno that is not ours: says what it hears.
 *
 * After `m` comes its millisecond counter, lowest byte first, which nothing moves but who looks it
 * up by its name; after `!` LED and fan are on; after `*` it ends itself, with them as they are.
 */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <stdint.h>

volatile uint32_t timer0_millis;

static uint8_t hear(void)
{
	while (!(UCSR0A & _BV(RXC0)))
		;
	return UDR0;
}

static void say(uint8_t byte)
{
	while (!(UCSR0A & _BV(UDRE0)))
		;
	UDR0 = byte;
}

static void obey(uint8_t byte)
{
	switch (byte) {
	case 'm':
		for (uint8_t i = 0; i < 4; i++)
			say((uint8_t)(timer0_millis >> 8 * i));
		break;
	case '!':
		DDRD = PORTD = _BV(4) | _BV(5);
		break;
	case '*':
		cli();
		sleep_mode();
		break;
	default:
		break;
	}
}

int main(void)
{
	UCSR0B = _BV(RXEN0) | _BV(TXEN0);
	for (;;) {
		uint8_t byte = hear();

		say(byte);
		obey(byte);
	}
}
