/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * result - what one test or estimator found: named figures and an outcome. All of the library
 * tells its findings in this form, so that one report serves them all.
 */
#ifndef TRNG_EVALUATE_CORE_RESULT_H
#define TRNG_EVALUATE_CORE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESULT_FIGURES 14
#define FIGURE_VALUES  8

enum outcome {
	OUTCOME_NONE, /* a figure, not a judgement */
	OUTCOME_PASS,
	OUTCOME_FAIL,
	OUTCOME_SHORT, /* not enough data: needs_bits tells how much more */
};

enum figure_kind { FIGURE_INTEGER, FIGURE_REAL, FIGURE_WORD };

/** One figure: a name in the standard's terms (snake_case), and one value or a list of them. */
struct figure {
	const char *name; /* a literal */
	enum figure_kind kind;
	unsigned values; /* 0: a single value; else the length of a list, 1..FIGURE_VALUES */
	union {
		int64_t integer[FIGURE_VALUES];
		double real[FIGURE_VALUES];
		const char *word; /* a literal; single values only */
	};
};

struct result {
	const char *test;      /* "T5", "most_common_value", ...: a literal */
	const char *procedure; /* "A", "B", "T_irn" for the tests of a procedure, else NULL */
	unsigned run;          /* of a procedure: 1, or 2 for the repetition; else 0 */
	int64_t block;   /* which of several alike (blocks, sequences), from 0; -1: there is one */
	unsigned column; /* of a sequence: 0 all bits, j: the j-th bit of each number */
	uint64_t first_bit; /* of the input, where the tested bits begin */
	const char *accept; /* the accept region as a person reads it (a literal), or NULL */
	enum outcome outcome;
	uint64_t needs_bits; /* OUTCOME_SHORT: so many more */
	unsigned figures;
	struct figure figure[RESULT_FIGURES];
};

/** result_init - an empty result of @test (a literal): no block, no outcome, no figures. */
void result_init(struct result *result, const char *test);

/** result_integer, result_real, result_word - append one figure; @name and @word are literals. */
void result_integer(struct result *result, const char *name, int64_t value);
void result_real(struct result *result, const char *name, double value);
void result_word(struct result *result, const char *name, const char *word);

/** result_integers, result_reals - append a list of @count (1..FIGURE_VALUES) values. */
void result_integers(struct result *result, const char *name, const int64_t *value, unsigned count);
void result_reals(struct result *result, const char *name, const double *value, unsigned count);

/** result_find - the figure called @name, or NULL. */
const struct figure *result_find(const struct result *result, const char *name);

/** result_get - the (first) value of the figure called @name as a real; NAN without one. */
double result_get(const struct result *result, const char *name);

#endif
