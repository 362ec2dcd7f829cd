/* SPDX-License-Identifier: GPL-3.0-or-later */
/* estimates - see estimates.h */
#include "evaluate/estimates.h"

#include "evaluate/report/json.h"

#include <math.h>

static const struct {
	const char *title, *section;
} estimators[ESTIMATORS] = {
	[EST_MOST_COMMON_VALUE] = { "most common value", "6.3.1" },
	[EST_COLLISION] = { "collision", "6.3.2" },
	[EST_MARKOV] = { "Markov", "6.3.3" },
	[EST_COMPRESSION] = { "compression", "6.3.4" },
	[EST_T_TUPLE] = { "t-tuple", "6.3.5" },
	[EST_LRS] = { "longest repeated substring", "6.3.6" },
	[EST_MULTI_MCW] = { "MultiMCW prediction", "6.3.7" },
	[EST_LAG] = { "lag prediction", "6.3.8" },
	[EST_MULTI_MMC] = { "MultiMMC prediction", "6.3.9" },
	[EST_LZ78Y] = { "LZ78Y prediction", "6.3.10" },
};

/* NAN: does not apply, or too few symbols. */
static double estimate_of(const struct result *result)
{
	return result->outcome == OUTCOME_SHORT ? NAN : result_get(result, "min_entropy");
}

json_t *estimates_json(const struct result results[static ESTIMATORS])
{
	json_t *object = json_object();

	for (unsigned i = 0; i < ESTIMATORS; i++)
		json_object_set_new(object, estimator_name((enum estimator)i),
				    json_of_real(estimate_of(&results[i])));
	return object;
}

json_t *estimates_statistics(const struct result results[static ESTIMATORS])
{
	json_t *object = json_object();

	for (unsigned i = 0; i < ESTIMATORS; i++)
		json_object_set_new(object, estimator_name((enum estimator)i),
				    results[i].figures ? json_of_figures(&results[i])
						       : json_null());
	return object;
}

static unsigned find_least(const struct result results[static ESTIMATORS])
{
	unsigned least = ESTIMATORS;

	for (unsigned i = 0; i < ESTIMATORS; i++)
		if (!isnan(estimate_of(&results[i])) &&
		    (least == ESTIMATORS ||
		     estimate_of(&results[i]) < estimate_of(&results[least])))
			least = i;
	return least;
}

bool estimates_are_short(const struct result results[static ESTIMATORS])
{
	for (unsigned i = 0; i < ESTIMATORS; i++)
		if (results[i].outcome == OUTCOME_SHORT)
			return true;
	return false;
}

const char *estimates_least(const struct result results[static ESTIMATORS])
{
	unsigned least = find_least(results);

	return least < ESTIMATORS ? estimators[least].title : "none";
}

/* Return: the columns that are still to be filled before the next cell. */
static int print_cell(const struct page *page, int gap,
		      const struct result results[static ESTIMATORS], unsigned at)
{
	const struct result *result = &results[at];

	if (result->outcome == OUTCOME_SHORT || isnan(estimate_of(result))) {
		fprintf(page->out, "%*s  %9s", gap, "",
			result->outcome == OUTCOME_SHORT ? "too few" : "-");
		return 4;
	}
	fprintf(page->out, "%*s  %9.6f%s", gap, "", estimate_of(result),
		at == find_least(results) ? " <" : "");
	return at == find_least(results) ? 2 : 4;
}

void estimates_print(const struct page *page, const char *const titles[static 2],
		     const struct result first[static ESTIMATORS], const struct result *second)
{
	page_line(page, "  %-28s %-7s %10s%s%10s", "estimator", "section", titles[0],
		  second ? "    " : "", second ? titles[1] : "");
	for (unsigned i = 0; i < ESTIMATORS; i++) {
		int gap;

		fprintf(page->out, "  %-28s %-7s", estimators[i].title, estimators[i].section);
		gap = print_cell(page, 0, first, i);

		if (second)
			print_cell(page, gap, second, i);
		fputc('\n', page->out);
	}
}
