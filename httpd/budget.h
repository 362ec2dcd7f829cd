/* SPDX-License-Identifier: GPL-3.0-or-later */
/* budget - how many bits of his day a token has drawn. A day is a day of UTC. */
#ifndef TRNG_HTTPD_BUDGET_H
#define TRNG_HTTPD_BUDGET_H

#include "httpd/token.h"

#include <stdbool.h>
#include <stdint.h>

struct budgets;

/**
 * budgets_open - kept in the file at @path (NULL: in memory only), so that a restart gives nobody a
 * new day.
 *
 * A file that is not there or that holds nonsense counts as empty (the latter is logged).
 * Return: 0, -ENOMEM.
 */
int budgets_open(struct budgets **budgets, const char *path);

/** budgets_close - saves and releases. */
void budgets_close(struct budgets *budgets);

/** budgets_save - write the file (new and rename) if anything has changed since. Return: 0, -errno.
 */
int budgets_save(struct budgets *budgets);

/**
 * budgets_take - charge @bits to @token before they are drawn.
 *
 * @left: bits left of the day after it; UINT64_MAX for a token without budget, which is charged
 * nothing. Return: 0; -EDQUOT: not so many are left (*@left says how many are; nothing is charged);
 *         -ENOMEM. Safe from any thread, as all here.
 */
int budgets_take(struct budgets *budgets, const struct token *token, uint64_t bits, uint64_t now_s,
		 uint64_t *left);

/** budgets_return - @bits were not delivered after all; those of a day that is over do not count.
 */
void budgets_return(struct budgets *budgets, const char *name, uint64_t bits, uint64_t taken_s);

/** budgets_wait_s - until the next day of UTC begins, at least 1. */
unsigned budgets_wait_s(uint64_t now_s);

#endif
