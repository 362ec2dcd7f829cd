/* SPDX-License-Identifier: GPL-3.0-or-later */
/* basic_tests - see basic_tests.h; limits of v2.0, 2.4.4.1 (AIS 20/31), decided in whole numbers.
 */
#include "evaluate/ais31/basic_tests.h"

void basic_examine(const struct sequence *sequence, unsigned tests, const struct kernel *kernel,
		   struct basic_figures *figures)
{
	if (tests & 1u << BASIC_T1)
		figures->ones = sequence_ones(sequence);
	if (tests & 1u << BASIC_T2)
		figures->squares = sequence_squares(sequence);
	if (tests & 1u << BASIC_T3)
		sequence_runs(sequence, figures->runs);
	if (tests & 1u << BASIC_T4)
		figures->longest = sequence_longest_run(sequence);
	if (tests & 1u << BASIC_T5)
		autocorrelation(sequence, kernel, &figures->correlation);
}

static bool monobit(const struct basic_figures *figures, struct result *result)
{
	result_integer(result, "ones", figures->ones);
	return figures->ones > 9654 && figures->ones < 10346;
}

/* x = 16 / 5000 * squares - 5000; 1.03 < x < 57.4 is 1562821.875 < squares < 1580437.5. */
static bool poker(const struct basic_figures *figures, struct result *result)
{
	const int64_t squares = (int64_t)figures->squares;

	result_integer(result, "sum_of_squares", squares);
	result_real(result, "x", (double)(16 * squares - 5000 * 5000) / 5000);
	return squares >= 1562822 && squares <= 1580437;
}

static bool runs(const struct basic_figures *figures, struct result *result)
{
	static const int64_t limits[RUN_LENGTHS][2] = {
		{ 2267, 2733 }, { 1079, 1421 }, { 502, 748 },
		{ 223, 402 },   { 90, 223 },    { 90, 223 },
	};
	bool is_passed = true;

	result_integers(result, "runs0", figures->runs[0], RUN_LENGTHS);
	result_integers(result, "runs1", figures->runs[1], RUN_LENGTHS);
	for (unsigned value = 0; value < 2; value++)
		for (unsigned k = 0; k < RUN_LENGTHS; k++)
			is_passed &= figures->runs[value][k] >= limits[k][0] &&
				     figures->runs[value][k] <= limits[k][1];
	return is_passed;
}

static bool long_run(const struct basic_figures *figures, struct result *result)
{
	result_integer(result, "longest", figures->longest);
	return figures->longest < 34;
}

/* The first half only chooses the shift. */
static bool correlation(const struct basic_figures *figures, struct result *result)
{
	const struct autocorrelation *found = &figures->correlation;

	result_integer(result, "max_deviation", found->max_deviation);
	result_integer(result, "tau0", found->tau0);
	result_integer(result, "ties", found->ties);
	result_integer(result, "z", found->z);
	return found->z > 2326 && found->z < 2674;
}

static const struct {
	const char *name, *accept;
	bool (*find)(const struct basic_figures *figures, struct result *result);
} tests[BASIC_TESTS] = {
	[BASIC_T1] = { "T1", "9654 < ones < 10346", monobit },
	[BASIC_T2] = { "T2", "1.03 < x < 57.4", poker },
	[BASIC_T3] = { "T3",
		       "runs of 1, 2, 3, 4, 5, 6 or more: 2267..2733, 1079..1421, 502..748, "
		       "223..402, 90..223, 90..223",
		       runs },
	[BASIC_T4] = { "T4", "longest < 34", long_run },
	[BASIC_T5] = { "T5", "2326 < z < 2674", correlation },
};

const char *basic_name(enum basic_test test)
{
	return tests[test].name;
}

bool basic_find(enum basic_test test, const struct basic_figures *figures, struct result *result)
{
	result->accept = tests[test].accept;
	return tests[test].find(figures, result);
}
