/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session - one run of a procedure: what it reads, whom it tells, what it has found so far. */
#ifndef TRNG_EVALUATE_AIS31_SESSION_H
#define TRNG_EVALUATE_AIS31_SESSION_H

#include <stdbool.h>

#include "evaluate/core/audience.h"
#include "evaluate/core/source.h"

/* What the steps of a procedure return besides 0 (done) and -errno: the data ended before. */
#define SESSION_SHORT 1

struct session {
	struct source *source;
	const struct audience *audience;
	const char *procedure; /* "A", "B", "T_irn"; NULL: single tests, over and over */
	unsigned width;        /* bits of an internal random number */
	unsigned run;          /* 1 or 2; 0 for single tests */
	uint64_t start_bit;    /* of the source, where this run begins */
	uint64_t total_bits; /* that this run takes as far as is known, for progress; 0: unknown */
	const char *what;    /* is under way, for progress: a literal */
	size_t piece_bytes;  /* that are read at a time */
	unsigned failures;   /* of this run */
	uint64_t tests;      /* judged in all runs */
	uint64_t needs_bits; /* the least that would end this run, if the data ended before; else 0
			      */
};

/**
 * session_take - the next @count_bits into @into, packed MSB first.
 *
 * Reads in pieces as large as half a second gives at most, so that progress is told several times a
 * minute where a block takes hours. Units: as source_take().
 * Return: the bits taken (fewer only at the end), or -errno.
 */
int64_t session_take(struct session *session, uint8_t *into, uint64_t count_bits);

/** session_done_bits - what this run has taken so far. */
uint64_t session_done_bits(const struct session *session);

/** session_is_within_procedure - not one test over and over. */
bool session_is_within_procedure(const struct session *session);

/** session_result - an empty result of @test for this run; @block as in struct result. */
struct result session_result(const struct session *session, const char *test, int64_t block,
			     uint64_t first_bit);

/** session_judge - sets the outcome of @result, counts it and tells it. */
void session_judge(struct session *session, struct result *result, bool is_passed);

/**
 * session_short - @result could not be had: the data ended @needs_bits before its test did; later
 * tests of this run take at least @later_bits. Tells it, and sets the session's needs_bits;
 * neither, where a test is repeated until the data end: after its first block they may. Return:
 * SESSION_SHORT.
 */
int session_short(struct session *session, struct result *result, uint64_t needs_bits,
		  uint64_t later_bits);

#endif
