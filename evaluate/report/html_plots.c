/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html_plots - see html_plots.h */
#include "evaluate/report/html_plots.h"

#include "evaluate/report/html_tables.h"
#include "evaluate/report/html_text.h"
#include "evaluate/report/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BARS_MOST 40

/* ---- estimators ---- */

static void draw_estimates(FILE *out, const json_t *report, const char *key, double most,
			   const char *caption)
{
	const json_t *estimates = json_object_get(report, key);
	struct plot_bar bars[BARS_MOST];
	size_t count = 0;
	double least = INFINITY;
	const char *name;
	json_t *value;

	if (!json_is_object(estimates))
		return;
	json_object_foreach((json_t *)(uintptr_t)estimates, name, value)
	{
		if (count == BARS_MOST)
			break;
		bars[count++] =
			(struct plot_bar){ .label = name, .value = html_real(estimates, name) };
		least = fmin(least, bars[count - 1].value);
	}
	for (size_t i = 0; i < count; i++)
		bars[i].is_marked = bars[i].value <= least;
	plot_bars(
		out,
		&(struct plot_scale){ .id = key,
				      .caption = caption,
				      .note = "Of an ideal source every bar would nearly reach the "
					      "right end; the lowest counts. Estimators are "
					      "cautious: even ideal bits get about 0.83 to 0.9.",
				      .marked = "lowest",
				      .most = most,
				      .limit = NAN },
		bars, count);
}

static void draw_all_estimates(FILE *out, const json_t *report)
{
	double width = html_real(json_object_get(report, "input"), "width");

	draw_estimates(out, report, "literal", width,
		       "Min-entropy of the symbols, bits per symbol");
	draw_estimates(out, report, "bitstring", 1, "Min-entropy of the bit string, bits per bit");
	draw_estimates(out, report, "rows", width, "Min-entropy along the rows, bits per symbol");
	draw_estimates(out, report, "columns", width,
		       "Min-entropy along the columns, bits per symbol");
}

/* ---- p-values ---- */

static void add_p_value(const json_t *result, struct plot_bar *bars, size_t *count)
{
	double p_value = html_real(result, "p_value");

	if (!html_is_result(result) || isnan(p_value) || *count == BARS_MOST)
		return;
	bars[(*count)++] = (struct plot_bar){
		.label = json_string_value(json_object_get(result, "test")),
		.value = p_value,
		.is_marked = p_value < 0.001,
	};
}

static void draw_p_values(FILE *out, const json_t *report)
{
	struct plot_bar bars[BARS_MOST];
	size_t count = 0, i;
	const char *key;
	json_t *value, *item;

	json_object_foreach((json_t *)(uintptr_t)report, key, value)
	{
		add_p_value(value, bars, &count);
		json_array_foreach(value, i, item)
		{
			add_p_value(item, bars, &count);
		}
	}
	if (count)
		plot_bars(
			out,
			&(struct plot_scale){
				.id = "p-values",
				.caption = "p-values",
				.note = "How often an ideal source would give a figure as far off "
					"or farther, on a logarithmic axis. Left of the line, "
					"0.001, it would be rare.",
				.marked = "(rare)",
				.most = 1,
				.limit = 0.001,
				.is_logarithmic = true },
			bars, count);
}

/* ---- ranks among permutations ---- */

static void draw_ranks(FILE *out, const json_t *report)
{
	const json_t *list = json_object_get(report, "permutation");
	struct plot_bar bars[BARS_MOST];
	size_t count = 0, i;
	json_t *item;

	json_array_foreach(list, i, item)
	{
		double c0 = html_real(item, "c0"), c1 = html_real(item, "c1");
		double all = c0 + c1 + html_real(item, "c2");
		const char *label = json_string_value(json_object_get(item, "test"));

		if (count == BARS_MOST || !label)
			break;
		bars[count++] = (struct plot_bar){
			.label = label,
			.value = all > 0 ? (c0 + c1 / 2) / all : NAN,
			.is_marked = json_is_false(json_object_get(item, "pass")),
		};
	}
	if (count)
		plot_bars(
			out,
			&(struct plot_scale){
				.id = "ranks",
				.caption = "Ranks of the data among their own permutations",
				.note = "The share of shuffled data whose statistic is below "
					"that of the data in their order. Of independent data "
					"any share but the outermost is usual. The test stops "
					"when the outcome is certain, so few shuffles give coarse "
					"shares.",
				.marked = "(fails)",
				.most = 1,
				.limit = NAN },
			bars, count);
}

/* ---- T1 to T5 over the sequences ---- */

/* AIS 31, T3: the middle and half width of what is accepted, by length 1, 2, 3, 4, 5, 6 and more.
 */
static double worst_run_count(const json_t *result)
{
	static const double low[] = { 2267, 1079, 502, 223, 90, 90 };
	static const double high[] = { 2733, 1421, 748, 402, 223, 223 };
	static const char *const keys[] = { "runs0", "runs1" };
	double worst = NAN;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < 6; i++) {
			const json_t *runs = json_object_get(result, keys[k]);
			const json_t *value = json_array_get(runs, i);
			double off = json_number_value(value) - (low[i] + high[i]) / 2;

			if (json_is_number(value))
				worst = fmax(worst, fabs(off) / ((high[i] - low[i]) / 2));
		}
	return worst;
}

static const struct sequence_plot {
	const char *test, *key; /* NULL: worst_run_count() */
	struct plot_region region;
} sequence_plots[] = {
	{ "T1",
	  "ones",
	  { "t1", "T1: ones among 20,000 bits", "Accepted between 9654 and 10346.", 9654, 10346 } },
	{ "T2",
	  "x",
	  { "t2", "T2: poker statistic", "Accepted between 1.03 and 57.4.", 1.03, 57.4 } },
	{ "T3",
	  NULL,
	  { "t3", "T3: the run count that is farthest off",
	    "Of twelve counts, the largest distance from the middle of its interval, as a share "
	    "of the interval's half width: accepted up to 1.",
	    NAN, 1 } },
	{ "T4", "longest", { "t4", "T4: longest run", "Accepted below 34.", NAN, 34 } },
	{ "T5",
	  "z",
	  { "t5", "T5: autocorrelation at the most suspicious shift",
	    "Accepted between 2326 and 2674.", 2326, 2674 } },
};

static bool belongs(const struct sequence_plot *plot, const json_t *result)
{
	const char *test = json_string_value(json_object_get(result, "test"));

	return test && strcmp(test, plot->test) == 0 && json_object_get(result, "block");
}

static void draw_sequences(FILE *out, const struct sequence_plot *plot, const json_t *results)
{
	struct plot_dot *dots = calloc(json_array_size(results) + 1, sizeof(*dots));
	size_t count = 0, i;
	json_t *result;

	json_array_foreach(results, i, result)
	{
		if (dots && belongs(plot, result))
			dots[count++] = (struct plot_dot){
				.value = plot->key ? html_real(result, plot->key)
						   : worst_run_count(result),
				.is_second = html_real(result, "run") > 1,
				.is_out = json_is_false(json_object_get(result, "pass")),
			};
	}
	if (count > 1)
		plot_dots(out, &plot->region, dots, count);
	free(dots);
}

void html_plots(FILE *out, const json_t *report)
{
	draw_all_estimates(out, report);
	draw_p_values(out, report);
	draw_ranks(out, report);
	for (size_t i = 0; i < sizeof(sequence_plots) / sizeof(sequence_plots[0]); i++)
		draw_sequences(out, &sequence_plots[i], json_object_get(report, "tests"));
}
