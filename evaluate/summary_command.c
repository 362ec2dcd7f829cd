/* SPDX-License-Identifier: GPL-3.0-or-later */
/* summary_command - first figures of any data, beside what an ideal source would show. */
#include "evaluate/basic/summary.h"
#include "evaluate/command.h"
#include "evaluate/interrupt.h"
#include "evaluate/load.h"
#include "evaluate/report/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_WIDTH  8
#define SUSPECT        1e-4 /* below this p-value a line is marked */
#define LABEL_COLUMNS  34
#define NUMBER_COLUMNS 14

/* The lines of the page: a figure, what is ideal, and the p-value that judges it. */
static const struct line {
	const char *test, *figure, *label;
	const char *ideal;   /* another figure, a number as text, or NULL */
	const char *p_value; /* of the figure, or NULL */
} lines[] = {
	{ "counts", "distinct", "values that occur", NULL, NULL },
	{ "counts", "mean", "mean", "mean_ideal", NULL },
	{ "bits", "farthest_z", "ones, farthest bit position: z", "0", "p_value" },
	{ "bits", "farthest", "  at bit (1: the highest)", NULL, NULL },
	{ "chi_square", "statistic", "chi square of the counts", "degrees_of_freedom", "p_value" },
	{ "entropy", "shannon", "Shannon entropy, bits", "shannon_ideal", NULL },
	{ "entropy", "min_entropy", "min-entropy of the counts", "min_entropy_ideal", NULL },
	{ "entropy", "markov_shannon", "Shannon, given the one before", "markov_shannon_ideal",
	  NULL },
	{ "entropy", "markov_min_entropy", "min-entropy, given the one before",
	  "markov_min_entropy_ideal", NULL },
	{ "transition", "share", "likeliest transition: probability", "share_ideal", NULL },
	{ "transition", "from", "  from value", NULL, NULL },
	{ "transition", "to", "  to value", NULL, NULL },
	{ "correlation", "serial", "serial correlation", "0", "serial_p_value" },
	{ "correlation", "greatest", "greatest correlation, lags 1 to 64", "0", "p_value" },
	{ "correlation", "greatest_lag", "  at lag", NULL, NULL },
	{ "correlation", "greatest_z", "  z", NULL, NULL },
	{ "runs", "longest", "longest run", "longest_ideal", "p_value" },
	{ "runs", "value", "  of value", NULL, NULL },
	{ "runs", "first_symbol", "  from symbol", NULL, NULL },
};

static const struct result *find_result(const struct result *results, unsigned count,
					const char *test)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(results[i].test, test) == 0)
			return &results[i];
	return NULL;
}

static double ideal_of(const struct line *line, const struct result *result)
{
	if (!line->ideal)
		return NAN;
	return strcmp(line->ideal, "0") == 0 ? 0 : result_get(result, line->ideal);
}

static void print_line(const struct page *page, const struct line *line,
		       const struct result *result)
{
	double p_value = line->p_value ? result_get(result, line->p_value) : NAN;
	char number[PAGE_NUMBER_BYTES], ideal[PAGE_NUMBER_BYTES];

	fprintf(page->out, "  %-*s %*s", LABEL_COLUMNS, line->label, NUMBER_COLUMNS,
		page_figure(result_find(result, line->figure), 0, number));
	if (line->ideal)
		fprintf(page->out, " %*s", NUMBER_COLUMNS,
			page_number(ideal_of(line, result), ideal));
	if (!isnan(p_value))
		fprintf(page->out, " %8.2g%s", p_value, p_value < SUSPECT ? " !" : "");
	fputc('\n', page->out);
}

static void print_bits(const struct page *page, const struct result *bits)
{
	const struct figure *ones = bits ? result_find(bits, "ones") : NULL;

	if (!ones)
		return;
	fputs("  share of ones by bit position, the highest first:\n   ", page->out);
	for (unsigned i = 0; i < ones->values; i++)
		fprintf(page->out, " %.6f", ones->real[i]);
	fputc('\n', page->out);
}

static void print_report(const struct context *context, const struct result *results,
			 unsigned count, bool is_constant)
{
	const struct page *page = &context->page;
	char symbols[PAGE_NUMBER_BYTES];

	page_line(page, "Summary of %s: %s symbols of %u bit%s", context->input.name,
		  page_count((uint64_t)result_get(&results[0], "symbols"), symbols), context->width,
		  context->width == 1 ? "" : "s");
	page_line(page, "%s", "");
	page_line(page, "  %-*s %*s %*s %8s", LABEL_COLUMNS, "", NUMBER_COLUMNS, "here",
		  NUMBER_COLUMNS, "ideal source", "P");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct result *result = find_result(results, count, lines[i].test);

		if (result && result_find(result, lines[i].figure))
			print_line(page, &lines[i], result);
	}
	print_bits(page, find_result(results, count, "bits"));
	page_verdict(page, is_constant ? OUTCOME_FAIL : OUTCOME_NONE,
		     is_constant ? "all symbols are the same"
				 : "figures, no judgement; P below 0.0001 (!) is hardly chance");
	page_paragraph(page, 0,
		       "P is the probability that an ideal source shows as much or more. Good "
		       "figures prove "
		       "nothing: a counter has ideal counts, data from a cipher are ideal in all "
		       "of these. "
		       "A real source of physical noise need not be ideal: sp800-90b says what it "
		       "is worth.");
}

static int feed(struct context *context, struct samples *samples, struct summary *summary)
{
	uint8_t *value = malloc(SAMPLES_PIECE);
	int64_t got = value ? 1 : -ENOMEM;

	while (got > 0) {
		got = samples_next(samples, value, SAMPLES_PIECE);
		if (got > 0) {
			summary_feed(summary, value, (uint64_t)got);
			gallery_symbols(context->gallery, value, (uint64_t)got);
		}
	}
	free(value);
	return (int)got;
}

static int conclude(struct context *context, const struct summary *summary)
{
	struct result results[SUMMARY_RESULTS];
	unsigned count = summary_results(summary, results);
	bool is_constant = summary_distinct(summary) == 1;
	json_t *list = json_array();

	for (unsigned i = 0; i < count; i++)
		json_array_append_new(list, json_of_result(&results[i]));
	command_put(context, "results", list);
	if (summary_symbols(summary) < 2)
		return command_complain(context, EXIT_INCOMPLETE, "%s holds %s symbol",
					context->input.name,
					summary_symbols(summary) ? "one" : "no");
	if (command_is_text(context))
		print_report(context, results, count, is_constant);
	return is_constant ? EXIT_FAILED : EXIT_PASSED;
}

static int run_command(struct context *context)
{
	struct summary *summary;
	struct samples samples;
	int ret = -ENOMEM, status;

	load_begin(context, &samples);
	if (!samples.width)
		samples.width = context->width = DEFAULT_WIDTH;
	summary = summary_open(samples.width);
	if (summary && command_gallery(context, samples.width) == 0) {
		interrupt_await();
		ret = feed(context, &samples, summary);
		interrupt_release();
	}
	command_progress_end(context);
	if (context->input.is_stopped)
		command_remark(context, "stopped by a signal after %" PRIu64 " symbols",
			       samples.count);
	status = ret < 0 ? load_fail(context, &samples, ret) : conclude(context, summary);
	summary_close(summary);
	return status;
}

const struct command summary_command = {
	.name = "summary",
	.operands = "FILE",
	.summary = "what ent(1) tells of any data, and what it misses",
	.about = "First figures of FILE, each beside what an ideal source would show: counts,\n"
		 "mean, chi square, Shannon and min-entropy, serial correlation and longest run,\n"
		 "as ent(1) has them; and what ent misses: entropy given the symbol before, the\n"
		 "likeliest transition, the greatest correlation at distances up to 64, and each\n"
		 "bit's share of ones.\n"
		 "\n"
		 "Symbols are bytes; --width W for those that use fewer bits, --packed for\n"
		 "symbols without gaps: --packed --width 1 is what ent -b does. Any length, in\n"
		 "constant memory.\n",
	.more = "Examples:\n"
		"  trng-evaluate summary random.bin\n"
		"  trng-evaluate summary --packed --width 1 random.bin\n"
		"  trng-evaluate summary --packed --width 2 --symbols 20000 /mnt/trng/raw\n",
	.options = COMMAND_REPORTS | OPTION_BIT(OPTION_WIDTH) | OPTION_BIT(OPTION_PACKED) |
		   OPTION_BIT(OPTION_SKIP) | OPTION_BIT(OPTION_SYMBOLS),
	.least_operands = 1,
	.most_operands = 1,
	.is_reading = true,
	.usage_status = EXIT_USAGE,
	.io_status = EXIT_IO,
	.run = run_command,
};
