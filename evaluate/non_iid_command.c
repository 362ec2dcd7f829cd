/* SPDX-License-Identifier: GPL-3.0-or-later */
/* non_iid_command - the min-entropy of a noise source by the non-IID track of SP 800-90B. */
#include "evaluate/command.h"
#include "evaluate/estimates.h"
#include "evaluate/load.h"
#include "evaluate/report/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static void take_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	command_progress(ctx, "", what, done, total);
}

static void put_report(struct context *context, const struct non_iid *found)
{
	bool has_bits = found->has_bitstring;
	json_t *statistics = json_object();

	command_put(context, "samples", json_of_count(found->samples));
	command_put(context, "distinct", json_integer(found->distinct));
	command_put(context, "literal", estimates_json(found->literal));
	command_put(context, "bitstring",
		    has_bits ? estimates_json(found->bitstring) : json_null());
	command_put(context, "h_original", json_of_real(found->h_original));
	command_put(context, "h_bitstring", json_of_real(found->h_bitstring));
	command_put(context, "min_entropy", json_of_real(found->min_entropy));
	if (arguments_have(&context->arguments, OPTION_CLAIM))
		command_put(context, "claim", json_of_real(context->arguments.claim));
	json_object_set_new(statistics, "literal", estimates_statistics(found->literal));
	json_object_set_new(statistics, "bitstring",
			    has_bits ? estimates_statistics(found->bitstring) : json_null());
	command_put(context, "statistics", statistics);
}

static void print_figures(const struct context *context, const struct non_iid *found)
{
	static const char *const titles[2] = { "symbols", "bit string" };
	const struct page *page = &context->page;
	char count[PAGE_NUMBER_BYTES];

	page_line(page, "SP 800-90B, non-IID track (3.1.3, 6.3) on %s", context->input.name);
	page_line(page, "%s symbols of %u bit%s, %u values occur",
		  page_count(found->samples, count), found->width, found->width == 1 ? "" : "s",
		  found->distinct);
	page_title(page, "Min-entropy estimates, bits per symbol and bits per bit; < is the least");
	estimates_print(page, titles, found->literal,
			found->has_bitstring ? found->bitstring : NULL);
	page_line(page, "%s", "");
	page_line(page, "  H_original   %9.6f per symbol (%s)", found->h_original,
		  estimates_least(found->literal));
	if (found->has_bitstring)
		page_line(page, "  H_bitstring  %9.6f per bit (%s); times %u: %.6f",
			  found->h_bitstring, estimates_least(found->bitstring), found->width,
			  found->width * found->h_bitstring);
	page_line(page, "  min-entropy  %9.6f per symbol, %.6f per bit", found->min_entropy,
		  found->min_entropy / found->width);
}

static void print_report(const struct context *context, const struct non_iid *found, int status)
{
	const struct page *page = &context->page;
	char sentence[160];

	print_figures(context, found);
	if (found->samples < SAMPLES_DEFAULT)
		page_line(page,
			  "  3.1.1 asks for 1,000,000 symbols: these are an indication only.");
	if (arguments_have(&context->arguments, OPTION_CLAIM))
		snprintf(sentence, sizeof(sentence),
			 "min-entropy %.6f bits per symbol, %g or more is claimed",
			 found->min_entropy, context->arguments.claim);
	else
		snprintf(sentence, sizeof(sentence),
			 "min-entropy at most %.6f bits per %u-bit symbol", found->min_entropy,
			 found->width);
	page_verdict(page,
		     status == EXIT_PASSED   ? OUTCOME_NONE
		     : status == EXIT_FAILED ? OUTCOME_FAIL
					     : OUTCOME_SHORT,
		     sentence);
	page_paragraph(
		page, 0,
		"These estimators are careful: ideal bytes get about 7.2 bits, ideal single bits "
		"0.83. They are an upper bound for the claim, no proof of it: data from a cipher "
		"get as much. The entropy that a submitter may claim is the least of this, of the "
		"restart tests, and of what a model of the source says (3.1.3, 3.2.2).");
}

/* What is below the claim is so without the estimators that lacked data, too. */
static int conclude(struct context *context, const struct non_iid *found)
{
	if (found->min_entropy < context->arguments.claim)
		return EXIT_FAILED;
	if (!estimates_are_short(found->literal) && !estimates_are_short(found->bitstring))
		return EXIT_PASSED;
	return command_complain(context, EXIT_INCOMPLETE,
				"%s: %" PRIu64 " symbols are too few for some of the estimators",
				context->input.name, found->samples);
}

static int assess(struct context *context, const struct symbols *symbols)
{
	const struct audience audience = { .progress = take_progress, .ctx = context };
	struct non_iid *found = calloc(1, sizeof(*found));
	int ret = found ? non_iid_assess(symbols, &audience, found) : -ENOMEM, status;

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

const struct command non_iid_command = {
	.name = "sp800-90b non-iid",
	.operands = "FILE",
	.summary = "min-entropy by the ten estimators (also: sp800-90b)",
	.about = "Estimates the min-entropy of noise source symbols by the ten estimators of NIST\n"
		 "SP 800-90B (6.3) on the symbols and, for wider ones, on their bits: 3.1.3. The\n"
		 "other tracks: sp800-90b iid, restart, conditioning.\n"
		 "\n"
		 "FILE holds one symbol per byte, in its low bits, as NIST's tools want it;\n"
		 "--packed for symbols without gaps, such as /mnt/trng/raw gives: --packed\n"
		 "--width 2. Give raw symbols of the noise source, 1,000,000 or more in a row (4\n"
		 "h 40 min at 60 bit/s for 1-bit symbols, 9 h for 2-bit ones). A device is read\n"
		 "for 1,000,000 symbols; Ctrl-C ends the reading, and what was read is assessed.\n",
	.more = "Examples:\n"
		"  trng-evaluate sp800-90b samples.bin\n"
		"  trng-evaluate sp800-90b --packed --width 2 /mnt/trng/raw\n"
		"  trng-evaluate sp800-90b --claim 0.5 --json samples.bin | jq "
		".min_entropy\n",
	.options = COMMAND_REPORTS | OPTION_BIT(OPTION_WIDTH) | OPTION_BIT(OPTION_PACKED) |
		   OPTION_BIT(OPTION_SKIP) | OPTION_BIT(OPTION_SYMBOLS) | OPTION_BIT(OPTION_CLAIM),
	.least_operands = 1,
	.most_operands = 1,
	.is_reading = true,
	.usage_status = EXIT_USAGE,
	.io_status = EXIT_IO,
	.run = run_command,
};
