/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nodemcu - the sketch that a builder flashes: the core on this board's pins.
 *
 * For a "NodeMCU 1.0 (ESP-12E Module)" and, unchanged, for an Arduino Uno. What the board does
 * is in the library trng-core; here is only how it reaches the hardware. Nothing may block: while
 * it did, words would be lost and readings missed.
 */
#include <trng_core.h>

/* The same numbers on both boards: GPIO4 is D2 and GPIO5 is D1 in a NodeMCU's print. */
static const uint8_t led_pin = 4;
static const uint8_t fan_pin = 5;
static const uint8_t cell_pin = A0;
static const unsigned long baud = 9600;

static struct trng_core core;

static uint32_t read_clock(void *)
{
	return millis();
}

/* An ESP8266 reports a cell above its ADC's range as 1024, which has no place in ten bits. */
static uint16_t read_cell(void *)
{
	int code = analogRead(cell_pin);

	return (uint16_t)(code > 1023 ? 1023 : code);
}

static void power(void *, bool led, bool fan)
{
	digitalWrite(led_pin, led ? HIGH : LOW);
	digitalWrite(fan_pin, fan ? HIGH : LOW);
}

static int hear(void *)
{
	return Serial.read();
}

/* write() waits for room, so it is asked for first. */
static bool say(void *, uint8_t octet)
{
	return Serial.availableForWrite() > 0 && Serial.write(octet) == 1;
}

void setup()
{
	const struct trng_hal hal = { read_clock, read_cell, power, hear, say, NULL };

	Serial.begin(baud);
	trng_init(&core, &hal); /* low before they are outputs: neither lamp nor fan blinks */
	pinMode(led_pin, OUTPUT);
	pinMode(fan_pin, OUTPUT);
}

/* yield() feeds the watchdog of an ESP8266, and lets an Uno sleep if uno.cpp is beside this. */
void loop()
{
	trng_poll(&core);
	yield();
}
