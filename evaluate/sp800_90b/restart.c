/* SPDX-License-Identifier: GPL-3.0-or-later */
/* restart - the restart tests of SP 800-90B (January 2018), 3.1.4. */
#include "evaluate/sp800_90b/assess.h"

#include "evaluate/sp800_90b/battery.h"
#include "evaluate/sp800_90b/estimators.h"
#include "evaluate/sp800_90b/restart_cutoff.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define SIDE RESTARTS
_Static_assert(RESTARTS == RESTART_SAMPLES, "the transposed data are as wide as high");

/* The highest count of a value in a row; @row is set to the first that has it. */
static unsigned commonest(const uint8_t *value, unsigned *row)
{
	unsigned highest = 0;

	for (unsigned i = 0; i < SIDE; i++) {
		unsigned times[256] = { 0 };

		for (unsigned k = 0; k < SIDE; k++) {
			const unsigned count = ++times[value[i * SIDE + k]];

			*row = count > highest ? i : *row;
			highest = count > highest ? count : highest;
		}
	}
	return highest;
}

/* 3.1.4.3; @row_major and @column_major: the data and the data transposed. */
static void check_sanity(const uint8_t *row_major, const uint8_t *column_major, unsigned distinct,
			 struct restart *out)
{
	unsigned row = 0, column = 0;
	const unsigned x_row = commonest(row_major, &row);
	const unsigned x_column = commonest(column_major, &column);
	const unsigned x_cutoff = restart_cutoff(distinct, out->h_initial);
	const unsigned x_max = x_row >= x_column ? x_row : x_column;

	result_init(&out->sanity, "restart_sanity");
	result_real(&out->sanity, "alpha", restart_alpha());
	result_integer(&out->sanity, "x_cutoff", x_cutoff);
	result_integer(&out->sanity, "x_max", x_max);
	result_word(&out->sanity, "which", x_row >= x_column ? "row" : "column");
	result_integer(&out->sanity, "number", x_row >= x_column ? row : column);
	out->sanity.accept = "x_max <= x_cutoff";
	out->sanity.outcome = x_max <= x_cutoff ? OUTCOME_PASS : OUTCOME_FAIL;
}

static void non_iid_init(struct non_iid *out, unsigned distinct, unsigned width)
{
	*out = (struct non_iid){ .samples = SIDE * SIDE, .distinct = distinct, .width = width };
	out->h_bitstring = NAN;
	battery_init(out->literal);
}

/* The least of what the estimators found: no more than the width. */
static void conclude(struct non_iid *out)
{
	out->h_original = fmin(out->width, battery_least(out->literal));
	out->min_entropy = out->h_original;
}

static int estimate_non_iid(const struct symbols set[static 2], unsigned distinct, unsigned width,
			    const struct audience *audience, struct restart *out)
{
	const struct battery batteries[] = { { set[0], out->rows.literal },
					     { set[1], out->columns.literal } };

	non_iid_init(&out->rows, distinct, width);
	non_iid_init(&out->columns, distinct, width);
	int rc = battery_run(batteries, 2, audience);

	if (rc)
		return rc;
	conclude(&out->rows);
	conclude(&out->columns);
	out->h_row = out->rows.h_original;
	out->h_column = out->columns.h_original;
	return 0;
}

/* 6.3.1 alone; the tests of section 5 are of the sequential data. */
static int estimate_iid(const struct symbols *symbols, unsigned distinct, unsigned width,
			struct iid *out)
{
	*out = (struct iid){ .samples = symbols->count, .distinct = distinct, .width = width };
	int rc = most_common_value_estimate(symbols, &out->most_common_literal);

	out->h_original = result_get(&out->most_common_literal, "min_entropy");
	out->h_bitstring = NAN;
	out->min_entropy = out->h_original;
	return rc;
}

static int estimate(const struct symbols set[static 2], unsigned distinct, unsigned width,
		    bool is_iid, const struct audience *audience, struct restart *out)
{
	if (!is_iid)
		return estimate_non_iid(set, distinct, width, audience, out);
	int rc = estimate_iid(&set[0], distinct, width, &out->rows_iid);

	if (!rc)
		rc = estimate_iid(&set[1], distinct, width, &out->columns_iid);
	out->h_row = out->rows_iid.h_original;
	out->h_column = out->columns_iid.h_original;
	return rc;
}

/*
 * The data by row and, transposed, by column, the values that occur renumbered from 0 without gaps.
 * Return: how many values there are.
 */
static unsigned copy_data(const struct symbols *symbols, uint8_t *row_major, uint8_t *column_major)
{
	uint8_t number[256];
	const unsigned distinct = battery_number(symbols, number);

	for (unsigned i = 0; i < SIDE; i++) {
		for (unsigned k = 0; k < SIDE; k++) {
			row_major[i * SIDE + k] = number[symbols->value[i * SIDE + k]];
			column_major[k * SIDE + i] = row_major[i * SIDE + k];
		}
	}
	return distinct;
}

/* Both copies are at @data, which has room for them. */
static int assess(const struct symbols *symbols, uint8_t *data, bool is_iid,
		  const struct audience *audience, struct restart *out)
{
	uint8_t *column_major = data + SIDE * SIDE;
	const unsigned distinct = copy_data(symbols, data, column_major);
	const uint8_t last = (uint8_t)(distinct - 1);
	const unsigned width = symbols_width(&last, 1);
	const struct symbols set[2] = { { data, SIDE * SIDE, width },
					{ column_major, SIDE * SIDE, width } };

	check_sanity(data, column_major, distinct, out);
	if (distinct < 2)
		return -EDOM;
	int rc = estimate(set, distinct, symbols->width, is_iid, audience, out);

	if (rc)
		return rc;
	const double least = fmin(out->h_row, out->h_column);

	out->is_valid = out->sanity.outcome == OUTCOME_PASS && least >= out->h_initial / 2;
	out->min_entropy = out->is_valid ? fmin(least, out->h_initial) : 0;
	return 0;
}

int restart_assess(const struct symbols *symbols, double h_initial, bool is_iid,
		   const struct audience *audience, struct restart *out)
{
	if (symbols->count != (uint64_t)SIDE * SIDE || !(h_initial > 0) ||
	    h_initial > symbols->width)
		return -EINVAL;
	uint8_t *data = malloc(2 * SIDE * SIDE);

	if (!data)
		return -ENOMEM;
	*out = (struct restart){ .h_initial = h_initial };
	int rc = assess(symbols, data, is_iid, audience, out);

	free(data);
	return rc;
}
