/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbers - getRandom: bits of the source as numbers, for who waits for them. */
#ifndef TRNG_HTTPD_NUMBERS_H
#define TRNG_HTTPD_NUMBERS_H

#include <stdbool.h>

struct exchange;
struct task;

/**
 * numbers_handle - GET getRandom.
 * Codes: 200; 400; 429 the budget of the token; 432; 503 the wait would be too long, or too much is
 *        promised already; 555.
 */
void numbers_handle(struct exchange *exchange);

/** numbers_progress - whether @task is a request of numbers that waits, whose, and how far. */
struct progress;
bool numbers_progress(const struct task *task, struct progress *progress);

#endif
