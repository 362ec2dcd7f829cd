/* SPDX-License-Identifier: GPL-3.0-or-later */
/* restart_command - does an estimate hold for what comes after a restart? SP 800-90B, 3.1.4. */
#include "evaluate/command.h"
#include "evaluate/estimates.h"
#include "evaluate/load.h"
#include "evaluate/report/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define RESTART_SYMBOLS (RESTARTS * RESTART_SAMPLES)

static void take_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	command_progress(ctx, "", what, done, total);
}

static bool is_iid(const struct context *context)
{
	return arguments_have(&context->arguments, OPTION_IID);
}

/* Of the IID track there is one estimate; it goes to its place among the ten. */
static void list_estimates(const struct context *context, const struct restart *found,
			   struct result rows[static ESTIMATORS],
			   struct result columns[static ESTIMATORS])
{
	for (unsigned i = 0; i < ESTIMATORS; i++) {
		rows[i] = found->rows.literal[i];
		columns[i] = found->columns.literal[i];
	}
	if (!is_iid(context))
		return;
	rows[EST_MOST_COMMON_VALUE] = found->rows_iid.most_common_literal;
	columns[EST_MOST_COMMON_VALUE] = found->columns_iid.most_common_literal;
}

static void put_report(struct context *context, const struct restart *found,
		       const struct result *rows, const struct result *columns)
{
	command_put(context, "h_initial", json_of_real(found->h_initial));
	command_put(context, "sanity", json_of_result(&found->sanity));
	command_put(context, "rows", estimates_json(rows));
	command_put(context, "columns", estimates_json(columns));
	command_put(context, "h_row", json_of_real(found->h_row));
	command_put(context, "h_column", json_of_real(found->h_column));
	command_put(context, "min_entropy", json_of_real(found->min_entropy));
	command_put(context, "is_valid", json_boolean(found->is_valid));
}

static void print_report(const struct context *context, const struct restart *found,
			 const struct result *rows, const struct result *columns)
{
	static const char *const titles[2] = { "rows", "columns" };
	const struct result *sanity = &found->sanity;
	const struct page *page = &context->page;
	char sentence[160];

	page_line(page, "SP 800-90B, restart tests (3.1.4) on %s, %s track", context->input.name,
		  is_iid(context) ? "IID" : "non-IID");
	page_line(page, "%d restarts (rows) of %d symbols of %u bit%s", RESTARTS, RESTART_SAMPLES,
		  context->width, context->width == 1 ? "" : "s");
	page_title(page, "Sanity check (3.1.4.3): does a value come too often in a row or column?");
	fputs("  ", page->out);
	page_outcome(page, sanity->outcome, 9);
	page_line(page, "%.0f times in a %s; accepted: up to %.0f", result_get(sanity, "x_max"),
		  result_find(sanity, "which") ? result_find(sanity, "which")->word : "row",
		  result_get(sanity, "x_cutoff"));
	page_title(page, "Min-entropy estimates, bits per symbol; < is the least");
	estimates_print(page, titles, rows, columns);
	page_line(page, "\n  H_r %.6f, H_c %.6f, H_I %g; accepted: both at least H_I / 2",
		  found->h_row, found->h_column, found->h_initial);
	snprintf(sentence, sizeof(sentence),
		 found->is_valid ? "the estimate is validated: min-entropy at most %.6f per symbol"
				 : "the estimate does not hold after restarts: min-entropy %g",
		 found->min_entropy);
	page_verdict(page, found->is_valid ? OUTCOME_PASS : OUTCOME_FAIL, sentence);
	page_paragraph(
		page, 0,
		"This shows that the source does not repeat itself after a restart, no more: "
		"data from a cipher pass. The rows must be the first symbols after 1000 real "
		"restarts: trng-evaluate collect --restarts 1000x1000 gathers them.");
}

static int conclude(struct context *context, const struct restart *found)
{
	struct result rows[ESTIMATORS], columns[ESTIMATORS];

	list_estimates(context, found, rows, columns);
	put_report(context, found, rows, columns);
	if (command_is_text(context))
		print_report(context, found, rows, columns);
	return found->is_valid ? EXIT_PASSED : EXIT_FAILED;
}

static int assess(struct context *context, const struct symbols *symbols)
{
	const struct audience audience = { .progress = take_progress, .ctx = context };
	struct restart *found = calloc(1, sizeof(*found));
	int status, ret = -ENOMEM;

	if (found)
		ret = restart_assess(symbols, context->arguments.initial, is_iid(context),
				     &audience, found);
	command_progress_end(context);
	if (ret == 0)
		status = conclude(context, found);
	else if (ret == -EINVAL)
		status = command_complain(
			context, EXIT_USAGE, "--initial %g is more than the %u bit%s of a symbol",
			context->arguments.initial, symbols->width, symbols->width == 1 ? "" : "s");
	else
		status = load_assessed(context, symbols, ret);
	free(found);
	return status;
}

/* The loading takes no more than a whole table. */
static int assess_table(struct context *context, const struct symbols *symbols)
{
	const struct input *input = &context->input;

	if (symbols->count < RESTART_SYMBOLS)
		return command_complain(context, EXIT_INCOMPLETE,
					"%s holds %" PRIu64 " symbols; %d rows of %d are needed",
					input->name, symbols->count, RESTARTS, RESTART_SAMPLES);
	if (input->read_bytes + input->skipped_bytes < input->expected_bytes)
		command_remark(context, "only the first %d symbols of %s are used", RESTART_SYMBOLS,
			       input->name);
	return assess(context, symbols);
}

static int run_command(struct context *context)
{
	return load_and_assess(context, RESTART_SYMBOLS, assess_table);
}

static int check(struct context *context)
{
	if (context->arguments.initial > 0)
		return EXIT_PASSED;
	return command_complain(
		context, EXIT_USAGE,
		"sp800-90b restart wants --initial H, the estimate of 3.1.3 in bits per "
		"symbol that the restarts are to validate");
}

const struct command restart_command = {
	.name = "sp800-90b restart",
	.operands = "FILE",
	.summary = "does an estimate hold after restarts? (1000 x 1000)",
	.about = "Validates an initial estimate H_I by the first 1000 symbols after each of 1000\n"
		 "restarts of the noise source (NIST SP 800-90B, 3.1.4): a sanity check of the\n"
		 "most frequent values, and the estimators on the rows and on the columns.\n"
		 "\n"
		 "FILE holds the 1,000,000 symbols row by row, one per byte, or --packed --width\n"
		 "W. `trng-evaluate collect --restarts 1000x1000` gathers them (about 10 h).\n",
	.more = "Examples:\n"
		"  trng-evaluate sp800-90b restart --initial 0.83 restarts.bin\n"
		"  trng-evaluate sp800-90b restart --initial 1.7 --packed --width 2 restarts.bin\n",
	.options = COMMAND_REPORTS | OPTION_BIT(OPTION_INITIAL) | OPTION_BIT(OPTION_IID) |
		   OPTION_BIT(OPTION_WIDTH) | OPTION_BIT(OPTION_PACKED) | OPTION_BIT(OPTION_SKIP),
	.least_operands = 1,
	.most_operands = 1,
	.is_reading = true,
	.usage_status = EXIT_USAGE,
	.io_status = EXIT_IO,
	.check = check,
	.run = run_command,
};
