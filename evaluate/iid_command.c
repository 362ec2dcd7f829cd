/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iid_command - are samples independent, identically distributed? SP 800-90B, section 5. */
#include "evaluate/command.h"
#include "evaluate/load.h"
#include "evaluate/report/json.h"
#include "evaluate/sp800_90b/assess.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static void take_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	command_progress(ctx, what, what, done, total);
}

static void put_report(struct context *context, const struct iid *found)
{
	json_t *permutation = json_array();

	for (unsigned i = 0; i < PERMUTATION_STATISTICS; i++)
		json_array_append_new(permutation, json_of_result(&found->permutation[i]));
	command_put(context, "samples", json_of_count(found->samples));
	command_put(context, "distinct", json_integer(found->distinct));
	command_put(context, "permutation", permutation);
	command_put(context, "permutations", json_of_count(found->permutations));
	command_put(context, "seed", json_of_count(context->arguments.seed));
	command_put(context, "independence", json_of_result(&found->independence));
	command_put(context, "goodness", json_of_result(&found->goodness));
	command_put(context, "repeated", json_of_result(&found->repeated));
	command_put(context, "h_original", json_of_real(found->h_original));
	command_put(context, "h_bitstring", json_of_real(found->h_bitstring));
	command_put(context, "min_entropy", json_of_real(found->min_entropy));
	command_put(context, "is_iid", json_boolean(found->is_iid));
}

static void print_permutation(const struct page *page, const struct iid *found)
{
	char initial[PAGE_NUMBER_BYTES], count[PAGE_NUMBER_BYTES];

	page_title(page, "Permutation tests (5.1): is the order special?");
	page_line(page, "  %-26s %14s %8s %7s %7s", "statistic", "of the data", "greater", "equal",
		  "less");
	for (unsigned i = 0; i < PERMUTATION_STATISTICS; i++) {
		const struct result *result = &found->permutation[i];

		fprintf(page->out, "  %-26s %14s %8.0f %7.0f %7.0f   ", result->test,
			page_number(result_get(result, "initial"), initial),
			result_get(result, "c0"), result_get(result, "c1"),
			result_get(result, "c2"));
		page_outcome(page, result->outcome, 0);
		fputc('\n', page->out);
	}
	page_line(page, "  %s of at most 10,000 permutations were needed to decide all",
		  page_count(found->permutations, count));
}

static void print_test(const struct page *page, const char *title, const struct result *result)
{
	char number[PAGE_NUMBER_BYTES];

	fprintf(page->out, "  %-36s ", title);
	page_outcome(page, result->outcome, 0);
	fputs(result->figures ? "\n   " : "", page->out);
	for (unsigned i = 0; i < result->figures; i++)
		fprintf(page->out, "%s %s %s", i ? "," : "", result->figure[i].name,
			page_figure(&result->figure[i], 0, number));
	fputc('\n', page->out);
}

static void print_report(const struct context *context, const struct iid *found, int status)
{
	const struct page *page = &context->page;
	char count[PAGE_NUMBER_BYTES];

	page_line(page, "SP 800-90B, IID track (section 5) on %s", context->input.name);
	page_line(page, "%s symbols of %u bit%s, %u values occur",
		  page_count(found->samples, count), found->width, found->width == 1 ? "" : "s",
		  found->distinct);
	print_permutation(page, found);
	page_title(page, "Other tests");
	print_test(page, "independence (5.2.1, 5.2.3)", &found->independence);
	print_test(page, "goodness of fit (5.2.2, 5.2.4)", &found->goodness);
	print_test(page, "longest repeated substring (5.2.5)", &found->repeated);
	page_title(page, "Most common value estimate (6.3.1)");
	page_line(page, "  H_original   %9.6f per symbol", found->h_original);
	if (found->distinct > 2)
		page_line(page, "  H_bitstring  %9.6f per bit", found->h_bitstring);
	page_line(page, "  min-entropy  %9.6f per symbol, if the samples are IID",
		  found->min_entropy);
	if (found->samples < SAMPLES_DEFAULT)
		page_line(page,
			  "  3.1.1 asks for 1,000,000 symbols: these are an indication only; with "
			  "far\n"
			  "  fewer of 8 bits the test of independence rejects ideal ones, too.");
	page_verdict(page,
		     status == EXIT_PASSED   ? OUTCOME_PASS
		     : status == EXIT_FAILED ? OUTCOME_FAIL
					     : OUTCOME_SHORT,
		     found->is_iid
			     ? "no test speaks against independent, identically distributed samples"
			     : "the samples are not independent and identically distributed");
	page_paragraph(
		page, 0,
		found->is_iid
			? "Passing does not prove it: the IID track also wants a reason, from the "
			  "design of the source, why its samples should be IID (3.1.2); without "
			  "one use "
			  "the non-IID track. Data from a cipher pass."
			: "One failure is enough; up to one IID source in 45 has one by chance. "
			  "Use the "
			  "non-IID track, or repeat on other data and say so.");
}

static bool lacks_data(const struct iid *found)
{
	bool lacks = found->independence.outcome == OUTCOME_SHORT ||
		     found->goodness.outcome == OUTCOME_SHORT ||
		     found->repeated.outcome == OUTCOME_SHORT;

	for (unsigned i = 0; i < PERMUTATION_STATISTICS; i++)
		lacks |= found->permutation[i].outcome == OUTCOME_SHORT;
	return lacks;
}

static int conclude(struct context *context, const struct iid *found)
{
	if (!found->is_iid)
		return EXIT_FAILED;
	if (!lacks_data(found))
		return EXIT_PASSED;
	return command_complain(context, EXIT_INCOMPLETE,
				"%s: %" PRIu64 " symbols are too few for some of the tests",
				context->input.name, found->samples);
}

static int assess(struct context *context, const struct symbols *symbols)
{
	const struct audience audience = { .progress = take_progress, .ctx = context };
	struct iid *found = calloc(1, sizeof(*found));
	int ret = -ENOMEM, status;

	if (found)
		ret = iid_assess(symbols, context->arguments.seed, &audience, found);
	command_progress_end(context);
	if (ret == 0 || ret == -EDOM)
		put_report(context, found);
	status = ret < 0 ? load_assessed(context, symbols, ret) : conclude(context, found);
	if (ret == 0 && command_is_text(context))
		print_report(context, found, status);
	free(found);
	return status;
}

static int run_command(struct context *context)
{
	return load_and_assess(context, UINT64_MAX, assess);
}

const struct command iid_command = {
	.name = "sp800-90b iid",
	.operands = "FILE",
	.summary = "are samples independent, identically distributed?",
	.about = "Tests whether noise source symbols are independent and identically distributed\n"
		 "(NIST SP 800-90B, section 5): 19 statistics compared with those of up to 10,000\n"
		 "random permutations of the data, chi-square tests, the longest repeated\n"
		 "substring; and gives the most common value estimate, which holds for IID\n"
		 "samples only.\n"
		 "\n"
		 "FILE as for sp800-90b non-iid: one symbol per byte, or --packed --width W.\n",
	.more = "Examples:\n"
		"  trng-evaluate sp800-90b iid samples.bin\n"
		"  trng-evaluate sp800-90b iid --seed 7 --packed --width 2 /mnt/trng/raw\n",
	.options = COMMAND_REPORTS | OPTION_BIT(OPTION_WIDTH) | OPTION_BIT(OPTION_PACKED) |
		   OPTION_BIT(OPTION_SKIP) | OPTION_BIT(OPTION_SYMBOLS) | OPTION_BIT(OPTION_SEED),
	.least_operands = 1,
	.most_operands = 1,
	.is_reading = true,
	.usage_status = EXIT_USAGE,
	.io_status = EXIT_IO,
	.run = run_command,
};
