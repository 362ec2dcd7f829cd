/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * audience - who is told what the library finds while it works, and how far it is. Calls come
 * from the thread that called the library, in order, never from two threads at once.
 */
#ifndef TRNG_EVALUATE_CORE_AUDIENCE_H
#define TRNG_EVALUATE_CORE_AUDIENCE_H

#include "evaluate/core/result.h"

struct audience {
	/* May be NULL. @result is the library's: it is gone when the call returns. */
	void (*result)(void *ctx, const struct result *result);
	/* May be NULL. @what is a literal ("T1 to T5"); @done of @total, in whatever counts there;
	 * @total 0: it is not known. Called often: who draws it should do so rarely. */
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
	void *ctx;
};

/** audience_tell, audience_progress - tell @audience (NULL: nobody listens). */
void audience_tell(const struct audience *audience, const struct result *result);
void audience_progress(const struct audience *audience, const char *what, uint64_t done,
		       uint64_t total);

#endif
