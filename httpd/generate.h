/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generate - generateTestdata: bits of the source into a file, at once or as a job. */
#ifndef TRNG_HTTPD_GENERATE_H
#define TRNG_HTTPD_GENERATE_H

#include <stdbool.h>

struct exchange;
struct progress;
struct task;

/**
 * generate_handle - GET generateTestdata.
 *
 * What takes longer than request_timeout_s goes on without its client as a job: through alarms and
 * shutdowns too, which it waits out, until it is whole or deleted.
 * Codes: 200; 202 a job; 400; 429; 432; 507 no room on the disk; 555.
 */
void generate_handle(struct exchange *exchange);

/** generate_progress - as numbers_progress(). */
bool generate_progress(const struct task *task, struct progress *progress);

#endif
