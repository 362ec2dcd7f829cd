/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbers - getRandom: bits of the source as numbers, for who waits for them. */
#ifndef TRNG_HTTPD_NUMBERS_H
#define TRNG_HTTPD_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

struct exchange;
struct task;

/* Where requests that need not wait are served together, by one read. Of the hub's thread. */
struct numbers_desk {
	int fd;       /* `random`, or -1 */
	bool is_used; /* fd was opened in an earlier turn */
	uint8_t *scratch;
};

/** numbers_desk_open, numbers_desk_close. Return: 0, -ENOMEM. */
int numbers_desk_open(struct numbers_desk *desk);
void numbers_desk_close(struct numbers_desk *desk);

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
