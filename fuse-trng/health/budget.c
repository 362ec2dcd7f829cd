/* SPDX-License-Identifier: GPL-3.0-or-later */
/* budget - one number of false alarms per year, divided by tests and by trials. */
#include "fuse-trng/health/budget.h"
#include "fuse-trng/health/lag.h"
#include "fuse-trng/health/online.h"
#include "fuse-trng/health/proportion.h"
#include "fuse-trng/health/total_failure.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define YEAR_S          (365.0 * 24 * 60 * 60)
#define STARTS_PER_YEAR 365.0
#define ALPHA_MAX       0x1p-20 /* SP 800-90B 4.3: 2^-20 to 2^-40, or less */

void budget_unit_symbols(unsigned symbol_bits, uint64_t symbols[BUDGET_UNITS])
{
	const uint64_t lengths[BUDGET_UNITS] = {
		[HEALTH_TOTAL_FAILURE] = HEALTH_CHUNK_BYTES * 8 / symbol_bits,
		[HEALTH_REPETITION] = 1,
		[HEALTH_PROPORTION] = proportion_window(symbol_bits),
		[HEALTH_LAG] = LAG_WINDOW,
		[HEALTH_ONLINE] = ONLINE_SHORT,
		[BUDGET_ONLINE_LONG] = ONLINE_LONG,
	};

	memcpy(symbols, lengths, sizeof(lengths));
}

void budget_units_per_year(const struct health_settings *settings, double units[BUDGET_UNITS])
{
	uint64_t symbols[BUDGET_UNITS];

	budget_unit_symbols(settings->symbol_bits, symbols);
	for (unsigned unit = 0; unit < BUDGET_UNITS; unit++)
		units[unit] = symbols[unit]
				      ? settings->rate_symbol_s * YEAR_S / (double)symbols[unit]
				      : STARTS_PER_YEAR;
}

static double comparisons_per_year(const double units[BUDGET_UNITS], unsigned test,
				   unsigned symbol_bits)
{
	if (test == HEALTH_LAG)
		return units[test] * LAG_MAX;
	if (test == HEALTH_ONLINE)
		return (units[test] + units[BUDGET_ONLINE_LONG]) * online_cells(symbol_bits);
	return units[test];
}

void budget_alphas(const struct health_settings *settings, double alphas[HEALTH_TESTS])
{
	unsigned sharers = settings->total_failure_limit ? HEALTH_TESTS - 1 : HEALTH_TESTS;
	double share = settings->false_alarms_per_year / sharers;
	double units[BUDGET_UNITS];

	budget_units_per_year(settings, units);
	for (unsigned test = 0; test < HEALTH_TESTS; test++) {
		double comparisons = comparisons_per_year(units, test, settings->symbol_bits);

		alphas[test] = fmin(ALPHA_MAX, fmax(DBL_MIN, share / comparisons));
	}
	if (settings->total_failure_limit)
		alphas[HEALTH_TOTAL_FAILURE] =
			total_failure_bound(settings->health_entropy * 8 / settings->symbol_bits,
					    settings->total_failure_limit);
}
