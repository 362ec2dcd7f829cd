/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draw - what getRandom and generateTestdata share: parameters, budget, the file they read. */
#ifndef TRNG_HTTPD_DRAW_H
#define TRNG_HTTPD_DRAW_H

#include "httpd/exchange.h"

#include <stdbool.h>
#include <stdint.h>

enum draw_source { DRAW_RANDOM, DRAW_URANDOM };

/** draw_source_name - of the file, and in answers. */
const char *draw_source_name(enum draw_source source);

/* How far somebody's bits are, for his event stream. */
struct progress {
	const char *route;
	const char *tag; /* his own word for it, or "" */
	const char *id;  /* of a file, or "" */
	const char *owner;
	uint64_t bits, done_bits;
	double eta_s; /* NAN: that of the source */
};

/** draw_take_source, draw_take_tag - parameters; false: answered with 400. */
bool draw_take_source(struct exchange *exchange, enum draw_source *source);
bool draw_take_tag(struct exchange *exchange, char tag[QUERY_TAG_BYTES]);

/** draw_take_u64 - a parameter of 1 to @max; false: answered with 400. */
bool draw_take_u64(struct exchange *exchange, enum query_key key, uint64_t max, uint64_t fallback,
		   uint64_t *out);

/** draw_charge - the caller's budget; false: answered with 429. */
bool draw_charge(struct exchange *exchange, uint64_t bits);

/**
 * draw_judge_urandom - what @error means with which `urandom` was not opened or read; @snapshot is
 * of after that. Return: WAIT_CODE_STANDBY; WAIT_CODE_LOST; 503: it has no seed yet.
 */
unsigned draw_judge_urandom(const struct snapshot *snapshot, int error);

/** draw_refuse - answer with one of these. */
void draw_refuse(struct exchange *exchange, unsigned code, const struct snapshot *snapshot);

#endif
