/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conditioning_command - the entropy that leaves a conditioning component. SP 800-90B, 3.1.5. */
#include "common/parse.h"
#include "evaluate/command.h"
#include "evaluate/report/json.h"
#include "evaluate/sp800_90b/assess.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#define TINY_LOG2 (-20) /* below 10^-6 a deficit is told by its logarithm */

static bool is_vetted(const struct arguments *arguments)
{
	if (arguments_have(arguments, OPTION_VETTED))
		return true;
	return !arguments_have(arguments, OPTION_NON_VETTED) && arguments->operands == 4;
}

/* "N_OUT" of the operand that is no number in its range, or NULL. */
static const char *read_operands(const struct arguments *arguments, struct conditioning *out)
{
	static const char *const names[] = { "N_IN", "N_OUT", "NW" };
	uint64_t *bits[] = { &out->n_in_bits, &out->n_out_bits, &out->nw_bits };

	for (unsigned i = 0; i < 3; i++)
		if (parse_u64(arguments->operand[i], 1, UINT32_MAX, bits[i]) < 0)
			return names[i];
	if (parse_double(arguments->operand[3], 0, UINT32_MAX, &out->h_in_bits) < 0)
		return "H_IN";
	if (arguments->operands == 5 &&
	    parse_double(arguments->operand[4], 0, 1, &out->h_per_bit) < 0)
		return "H_PRIME";
	out->is_vetted = is_vetted(arguments);
	return NULL;
}

static int check(struct context *context)
{
	const struct arguments *arguments = &context->arguments;
	bool vetted = is_vetted(arguments), has_prime = arguments->operands == 5;
	struct conditioning numbers = { 0 };
	const char *wrong = read_operands(arguments, &numbers);

	if (wrong)
		return command_complain(
			context, EXIT_USAGE,
			"%s is no number in its range: N_IN, N_OUT and NW are whole numbers "
			"of bits, H_IN the entropy of the input in bits, H_PRIME that of an "
			"output bit, 0 to 1",
			wrong);
	if (vetted && arguments_have(arguments, OPTION_NON_VETTED))
		return command_complain(context, EXIT_USAGE,
					"a component is vetted or not: --vetted or --non-vetted");
	if (vetted == has_prime)
		return command_complain(
			context, EXIT_USAGE,
			vetted ? "a vetted component takes no H_PRIME"
			       : "a component that is not vetted wants H_PRIME, the "
				 "assessed min-entropy per bit of its output");
	return EXIT_PASSED;
}

/* "256 - 2^-131.2" where a double would say 256. */
static void describe(const struct conditioning *found, char into[static PAGE_NUMBER_BYTES])
{
	if (isinf(found->log2_deficit))
		snprintf(into, PAGE_NUMBER_BYTES, "%" PRIu64, found->n_out_bits);
	else if (found->log2_deficit < TINY_LOG2)
		snprintf(into, PAGE_NUMBER_BYTES, "%" PRIu64 " - 2^%.1f", found->n_out_bits,
			 found->log2_deficit);
	else
		snprintf(into, PAGE_NUMBER_BYTES, "%.9g", found->h_out_bits);
}

/* h_out = (1 - epsilon) n_out, as SP 800-90B says of full entropy. */
static double log2_epsilon(const struct conditioning *found)
{
	return found->log2_deficit - log2((double)found->n_out_bits);
}

static void put_report(struct context *context, const struct conditioning *found, const char *text)
{
	command_put(context, "n_in", json_of_count(found->n_in_bits));
	command_put(context, "n_out", json_of_count(found->n_out_bits));
	command_put(context, "nw", json_of_count(found->nw_bits));
	command_put(context, "h_in", json_of_real(found->h_in_bits));
	command_put(context, "vetted", json_boolean(found->is_vetted));
	if (!found->is_vetted)
		command_put(context, "h_prime", json_of_real(found->h_per_bit));
	command_put(context, "h_out", json_of_real(found->h_out_bits));
	command_put(context, "h_out_text", json_of_text(text));
	command_put(context, "log2_deficit", json_of_real(found->log2_deficit));
	command_put(context, "log2_epsilon", json_of_real(log2_epsilon(found)));
	command_put(context, "full_entropy", json_boolean(found->is_full_entropy));
}

static void print_report(const struct context *context, const struct conditioning *found,
			 const char *text)
{
	const struct page *page = &context->page;
	char sentence[160];

	page_line(page, "SP 800-90B, conditioning component (3.1.5), %s",
		  found->is_vetted ? "vetted" : "not vetted");
	page_line(page, "  n_in   %10" PRIu64 " bits enter, with", found->n_in_bits);
	page_line(page, "  h_in   %10g bits of min-entropy", found->h_in_bits);
	page_line(page, "  nw     %10" PRIu64 " bits: the narrowest internal width",
		  found->nw_bits);
	page_line(page, "  n_out  %10" PRIu64 " bits leave", found->n_out_bits);
	if (!found->is_vetted)
		page_line(page, "  h'     %10g min-entropy per output bit, as assessed",
			  found->h_per_bit);
	page_line(page, "  epsilon        2^%.1f, where h_out = (1 - epsilon) n_out",
		  log2_epsilon(found));
	page_line(page, "  %s",
		  found->is_full_entropy ? "full entropy by SP 800-90C: h_in is at least n_out + 64"
		  : found->is_vetted     ? "no full entropy: SP 800-90C wants h_in >= n_out + 64"
				     : "full entropy cannot be claimed without a vetted component");
	snprintf(sentence, sizeof(sentence), "h_out = %s bits of min-entropy leave", text);
	page_verdict(page, OUTCOME_NONE, sentence);
	page_paragraph(page, 0,
		       "The formula trusts h_in, which an assessment of the noise source must "
		       "support; conditioning adds none.");
}

static int run_command(struct context *context)
{
	struct conditioning found = { 0 };
	char text[PAGE_NUMBER_BYTES];

	if (read_operands(&context->arguments, &found) || conditioning_assess(&found) < 0)
		return command_complain(
			context, EXIT_USAGE,
			"H_IN must not be more than N_IN: a bit has at most one of entropy");
	describe(&found, text);
	put_report(context, &found, text);
	if (command_is_text(context))
		print_report(context, &found, text);
	return EXIT_PASSED;
}

const struct command conditioning_command = {
	.name = "sp800-90b conditioning",
	.operands = "N_IN N_OUT NW H_IN [H_PRIME]",
	.summary = "the entropy that leaves a conditioning component",
	.about = "Computes how much min-entropy leaves a conditioning component (NIST SP 800-90B,\n"
		 "3.1.5) that takes N_IN bits with H_IN bits of min-entropy, gives N_OUT bits,\n"
		 "and is NW bits wide where it is narrowest. For a component that is not vetted\n"
		 "also H_PRIME, the min-entropy per bit that its output was assessed to have.\n"
		 "Exact where the result is within 2^-131 of N_OUT: then it is written as \"256 -\n"
		 "2^-131.2\".\n",
	.more = "Examples:\n"
		"  trng-evaluate sp800-90b conditioning 512 256 256 384       SHA-256, vetted\n"
		"  trng-evaluate sp800-90b conditioning -n 64 32 32 48 0.95\n",
	.options = (COMMAND_REPORTS & ~OPTION_BIT(OPTION_HTML) & ~OPTION_BIT(OPTION_THREADS)) |
		   OPTION_BIT(OPTION_VETTED) | OPTION_BIT(OPTION_NON_VETTED),
	.least_operands = 4,
	.most_operands = 5,
	.usage_status = EXIT_USAGE,
	.io_status = EXIT_IO,
	.check = check,
	.run = run_command,
};
