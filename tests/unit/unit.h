/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unit - what every unit program shares: a table of tests, run as one CUnit suite. */
#ifndef TRNG_TESTS_UNIT_UNIT_H
#define TRNG_TESTS_UNIT_UNIT_H

#include <stddef.h>
#include <stdint.h>

struct unit_test {
	const char *name;
	void (*fn)(void);
};

/**
 * unit_run - run @tests in order as the CUnit suite called @suite; the body of main().
 *
 * Failed assertions are printed; with V=1 in the environment every test's name as well.
 * Return: 0 iff at least one test ran and all passed: the program's exit status.
 */
int unit_run(const char *suite, const struct unit_test *tests, size_t count);

/**
 * unit_seed - seed for tests that draw random cases: the environment's SEED, else from the clock.
 *
 * Prints it, so that a failure can be repeated with SEED=... make check T=name.
 */
uint64_t unit_seed(void);

/** unit_capture - from here on standard error goes to an anonymous file; not nested. */
void unit_capture(void);

/**
 * unit_captured - standard error is again what it was; @text gets what was written meanwhile.
 * Return: its length, cut to @size_bytes - 1.
 */
size_t unit_captured(char *text, size_t size_bytes);

#endif
