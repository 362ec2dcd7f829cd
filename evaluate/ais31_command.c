/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ais31_command - the tests and procedures of AIS 20/31 on a stream of packed bits. */
#include "evaluate/ais31_report.h"
#include "evaluate/interrupt.h"
#include "evaluate/report/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define GALLERY_WIDTH 8 /* of numbers too wide for a histogram */

struct run {
	struct context *context;
	struct source source;
	uint64_t limit_bytes; /* of the source */
	bool is_one_test;     /* of a source without an end: its first results are enough */
	bool is_over;
	struct ais31_findings findings;
};

/* ---- what the library reads, and whom it tells ---- */

static ssize_t read_source(void *ctx, void *into, size_t size_bytes)
{
	struct run *run = ctx;
	struct input *input = &run->context->input;
	uint64_t left = run->limit_bytes - input->read_bytes;
	ssize_t got;

	if (run->is_over)
		return 0;
	got = input_read(input, into, size_bytes < left ? size_bytes : (size_t)left);
	if (got > 0)
		gallery_bytes(run->context->gallery, into, (size_t)got);
	return got;
}

static void take_result(void *ctx, const struct result *result)
{
	struct run *run = ctx;

	tally_add(&run->findings.tally, result);
	if (run->findings.tests)
		json_array_append_new(run->findings.tests, json_of_result(result));
	if (result->outcome == OUTCOME_FAIL && !result->procedure)
		run->context->verdict = OUTCOME_FAIL; /* of a procedure one alone is not final */
	run->is_over = run->is_one_test && strcmp(result->test, "T6a") != 0 &&
		       strcmp(result->test, "T7a") != 0;
}

/* Tests over and over end with the file: the library cannot know where that is. */
static void take_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct run *run = ctx;

	command_progress(run->context, "bit", what, done,
			 total ? total : 8 * run->context->input.expected_bytes);
}

/* ---- running ---- */

static int run_one(struct run *run, unsigned procedure)
{
	const struct audience audience = { .result = take_result,
					   .progress = take_progress,
					   .ctx = run };
	struct ais31_verdict *verdict = &run->findings.verdict[procedure];
	int ret = ais31_run((enum ais31_procedure)procedure, run->context->width, &run->source,
			    &audience, verdict);

	if (ret < 0) /* what was found until then is told all the same */
		*verdict = (struct ais31_verdict){ .outcome = OUTCOME_SHORT, .runs = 1 };
	run->findings.ran[run->findings.runs++] = procedure;
	if (verdict->outcome == OUTCOME_FAIL)
		run->context->verdict = OUTCOME_FAIL;
	return ret;
}

/* A, then B on fresh bits; what A could not get, B cannot either. */
static int run_procedures(struct run *run)
{
	const int procedure = run->findings.asked;
	int ret = run_one(run, procedure < 0 ? AIS31_A : (unsigned)procedure);

	if (ret < 0)
		return ret;
	run->findings.needs_bits = run->findings.verdict[run->findings.ran[0]].needs_bits;
	if (procedure >= 0)
		return 0;
	ret = run_one(run, AIS31_B);
	if (ret == 0)
		run->findings.needs_bits += run->findings.verdict[AIS31_B].needs_bits;
	return ret;
}

static enum outcome conclude(const struct run *run)
{
	enum outcome outcome = OUTCOME_PASS;

	if (run->context->verdict == OUTCOME_FAIL)
		return OUTCOME_FAIL;
	for (unsigned i = 0; i < run->findings.runs; i++)
		if (run->findings.verdict[run->findings.ran[i]].outcome == OUTCOME_SHORT)
			outcome = OUTCOME_SHORT;
	return outcome;
}

static int explain(struct context *context, int error)
{
	char data[COMMAND_ERROR_BYTES];
	struct text why;

	if (error == -ENOMEM)
		return command_complain(context, EXIT_IO, "no memory for the tests");
	text_init(&why, data, sizeof(data));
	input_explain(&context->input, error, &why);
	return command_complain(context, EXIT_IO, "%s", data);
}

static int run_and_tell(struct run *run)
{
	struct context *context = run->context;
	enum outcome outcome;
	int ret;

	interrupt_await();
	ret = run_procedures(run);
	interrupt_release();
	command_progress_end(context);
	if (context->input.is_stopped)
		command_remark(context, "stopped by a signal after %" PRIu64 " bytes",
			       context->input.read_bytes);
	ais31_put_report(context, &run->findings);
	outcome = conclude(run);
	if (command_is_text(context))
		ais31_print_report(context, &run->findings, outcome);
	if (ret < 0)
		return explain(context, ret);
	if (outcome != OUTCOME_SHORT)
		return command_status(outcome);
	return command_complain(context, EXIT_INCOMPLETE,
				"%s ended too early: at least %" PRIu64 " more bits are needed",
				context->input.name, run->findings.needs_bits);
}

static int check(struct context *context)
{
	const char *name = context->arguments.procedure;

	if (!name || ais31_find_procedure(name) >= 0)
		return EXIT_PASSED;
	return command_complain(context, EXIT_USAGE,
				"--procedure is A, B, T0 to T8 or tirn, not \"%.20s\"", name);
}

/* A single test is repeated until the data end; of what has no end, once is enough. */
static bool is_one_test(const struct context *context, int procedure)
{
	return !context->arguments.bits && context->input.is_endless && procedure >= 0 &&
	       procedure < AIS31_A;
}

/* What T6 and T7 take depends on the data: they are ended by their results. */
static uint64_t limit_of(const struct context *context, int procedure)
{
	if (context->arguments.bits)
		return context->arguments.bits / 8;
	if (!is_one_test(context, procedure) || procedure == AIS31_T6 || procedure == AIS31_T7)
		return UINT64_MAX;
	return (ais31_needs_bits((enum ais31_procedure)procedure, context->width) + 7) / 8;
}

static int run_command(struct context *context)
{
	const struct arguments *arguments = &context->arguments;
	int procedure = arguments->procedure ? ais31_find_procedure(arguments->procedure) : -1;
	int status;
	struct run *run;

	context->width = arguments->width ? (unsigned)arguments->width : 1;
	run = calloc(1, sizeof(*run));
	if (!run || command_gallery(context, context->width > 8 ? GALLERY_WIDTH : context->width)) {
		free(run);
		return explain(context, -ENOMEM);
	}
	run->context = context;
	run->source = (struct source){ .read = read_source, .ctx = run };
	run->findings.asked = procedure;
	run->limit_bytes = limit_of(context, procedure);
	run->is_one_test = is_one_test(context, procedure);
	run->findings.tests = context->report ? json_array() : NULL;
	status = run_and_tell(run);
	free(run);
	return status;
}

const struct command ais31_command = {
	.name = "ais31",
	.operands = "FILE",
	.summary = "AIS 20/31: tests T0 to T8, procedures A and B, T_irn",
	.about = "Runs the tests of AIS 20/31 on FILE: packed bits, the oldest in the highest bit\n"
		 "of the first byte. Without --procedure: A, then B on fresh bits.\n"
		 "  A  1286 tests T0 to T5: are the numbers that the generator outputs told from\n"
		 "     ideal ones? One failure is tried again on fresh bits, two are final.\n"
		 "  B  T6 to T8: do the bits of the noise source show bias, dependence, or\n"
		 "     less than 0.997 bit of Shannon entropy each? The same rule.\n"
		 "  tirn  the black-box suite of v3.0 (2024), which replaces A and B there\n"
		 "  T0 to T8  one test on all consecutive blocks that FILE fills\n"
		 "Nothing is read that is not needed: at 60 bit/s A takes 38 h and B 32 h, twice\n"
		 "that with a repetition. Ctrl-C ends the reading, and what was read is judged.\n",
	.more = "Examples:\n"
		"  trng-evaluate ais31 bits.bin\n"
		"  trng-evaluate ais31 --procedure B --width 2 /mnt/trng/raw   the noise source\n"
		"  trng-evaluate ais31 --procedure A /mnt/trng/random          the output\n"
		"  trng-evaluate ais31 --procedure T5 --json - <bits.bin | jq '.tests[].z'\n",
	.options = COMMAND_REPORTS | OPTION_BIT(OPTION_PROCEDURE) |
		   OPTION_BIT(OPTION_NUMBER_WIDTH) | OPTION_BIT(OPTION_ALWAYS_PACKED) |
		   OPTION_BIT(OPTION_SKIP) | OPTION_BIT(OPTION_BITS),
	.least_operands = 1,
	.most_operands = 1,
	.is_reading = true,
	.usage_status = EXIT_USAGE,
	.io_status = EXIT_IO,
	.check = check,
	.run = run_command,
};
