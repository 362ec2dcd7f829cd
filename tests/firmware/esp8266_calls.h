/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * esp8266_calls - declarations of the few calls of the ESP8266's Arduino core that the sketch uses.
 *
 * Debian has no Arduino core for that processor. With this in its place a compiler for it checks
 * the sketch's syntax, types and names; nothing here does anything, and nothing is linked. It does
 * not show that the real core declares the same, that the sketch links or runs there, or when.
 */
#ifndef TRNG_TESTS_ESP8266_CALLS_H
#define TRNG_TESTS_ESP8266_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIGH   0x1
#define LOW    0x0
#define OUTPUT 0x01

/* Names that the real header takes from everybody; our headers must live with them. */
#define bit(b)    (1UL << (b))
#define word(...) makeWord(__VA_ARGS__)
typedef bool boolean;
typedef uint8_t byte;

static const uint8_t A0 = 17;

extern "C" {
void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t value);
int analogRead(uint8_t pin);
unsigned long millis(void);
void yield(void);
void setup(void);
void loop(void);
}

class HardwareSerial
{
      public:
	void begin(unsigned long baud);
	int read(void);
	int availableForWrite(void);
	size_t write(uint8_t octet);
	size_t write(const char *text);
};

extern HardwareSerial Serial;

#endif
