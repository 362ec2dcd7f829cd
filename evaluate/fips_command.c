/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fips_command - the tests of FIPS 140-2 with the options and exit statuses of rngtest(1). */
#include "evaluate/basic/fips.h"
#include "evaluate/command.h"
#include "evaluate/interrupt.h"
#include "evaluate/report/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio_ext.h>
#include <string.h>
#include <time.h>

enum {
	RNGTEST_PASSED,
	RNGTEST_FAILED, /* a block failed, or there was none */
	RNGTEST_USAGE = 10,
	RNGTEST_IO,
	RNGTEST_SYSTEM,
};

#define DISCARDED_BYTES 4 /* with --pipe, before the 4 that prime the continuous run test */

struct run {
	struct context *context;
	struct fips fips;
	uint64_t sent_bytes;
	uint64_t told_blocks; /* when the counts were told last */
	double told_s;
};

static bool is_pipe(const struct run *run)
{
	return arguments_have(&run->context->arguments, OPTION_PIPE);
}

static double now_s(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- telling ---- */

static double expected_failures(const struct fips *fips)
{
	return FIPS_IDEAL_FAILURES * (double)fips->blocks;
}

static void print_counts(const struct run *run, FILE *out)
{
	const struct fips *fips = &run->fips;

	fprintf(out, "%" PRIu64 " blocks of 20,000 bits passed, %" PRIu64 " failed",
		fips->blocks - fips->failed_blocks, fips->failed_blocks);
	fprintf(out, "; of an ideal source %.2g would\n ", expected_failures(fips));
	for (unsigned test = 0; test < FIPS_TESTS; test++)
		fprintf(out, " %s %" PRIu64, fips_name((enum fips_test)test), fips->failures[test]);
	fputc('\n', out);
	if (is_pipe(run))
		fprintf(out, "  %" PRIu64 " bytes were passed on\n", run->sent_bytes);
}

static void print_report(const struct run *run, FILE *out)
{
	const struct page *page =
		&(struct page){ out, run->context->page.has_colour && out == run->context->out };
	bool has_passed = run->fips.blocks && !run->fips.failed_blocks;

	page_line(page, "FIPS 140-2 (10 October 2001) on %s, as rngtest(1)",
		  run->context->input.name);
	print_counts(run, out);
	page_verdict(page, has_passed ? OUTCOME_PASS : OUTCOME_FAIL,
		     !run->fips.blocks ? "not one block of 2500 bytes came"
		     : has_passed      ? "no block failed"
				       : "compare the failures with what is expected");
	page_paragraph(page, 0,
		       "About 1 of 1240 ideal blocks fails, so that long streams never pass as a "
		       "whole; and "
		       "passing shows only that nothing is badly broken. Data from a cipher pass.");
}

static void put_report(const struct run *run)
{
	struct context *context = run->context;
	const struct fips *fips = &run->fips;
	json_t *failures = json_object();

	for (unsigned test = 0; test < FIPS_TESTS; test++)
		json_object_set_new(failures, fips_name((enum fips_test)test),
				    json_of_count(fips->failures[test]));
	command_put(context, "blocks", json_of_count(fips->blocks));
	command_put(context, "failed_blocks", json_of_count(fips->failed_blocks));
	command_put(context, "failures", failures);
	command_put(context, "expected_failed_blocks", json_of_real(expected_failures(fips)));
}

static void tell_in_between(struct run *run)
{
	const struct arguments *arguments = &run->context->arguments;
	uint64_t every = arguments->blockstats, seconds = arguments->timedstats_s;

	if (!(every && run->fips.blocks - run->told_blocks >= every) &&
	    !(seconds && now_s() - run->told_s > (double)seconds))
		return;
	command_progress_end(run->context);
	print_counts(run, run->context->err);
	run->told_blocks = run->fips.blocks;
	run->told_s = now_s();
}

static void take_tick(void *ctx, uint64_t read_bytes)
{
	struct context *context = ctx;
	uint64_t total = context->input.expected_bytes;

	if (context->arguments.blockcount)
		total = 4 + FIPS_BLOCK_BYTES * context->arguments.blockcount;
	command_progress(context, "bit", "testing", 8 * read_bytes, 8 * total);
}

/* ---- reading ---- */

/* Return: 1: @size_bytes are there; 0: the data end before; -errno. */
static int read_all(struct run *run, uint8_t *into, size_t size_bytes)
{
	struct context *context = run->context;
	ssize_t got = input_read(&context->input, into, size_bytes);

	if (got > 0)
		gallery_bytes(context->gallery, into, (size_t)got);
	return got < 0 ? (int)got : (size_t)got == size_bytes;
}

static bool pass_on(struct run *run, const uint8_t *block)
{
	if (fwrite(block, 1, FIPS_BLOCK_BYTES, run->context->out) != FIPS_BLOCK_BYTES ||
	    fflush(run->context->out) != 0)
		return false;
	run->sent_bytes += FIPS_BLOCK_BYTES;
	return true;
}

/* Return: as read_all(); -EPIPE: a block could not be passed on. */
static int test_block(struct run *run)
{
	uint8_t block[FIPS_BLOCK_BYTES];
	int ret = read_all(run, block, sizeof(block));

	if (ret <= 0)
		return ret;
	if (fips_block(&run->fips, block) == 0 && is_pipe(run) && !pass_on(run, block))
		return -EPIPE;
	tell_in_between(run);
	return 1;
}

static int test_all(struct run *run)
{
	uint64_t most = run->context->arguments.blockcount;
	uint8_t start[DISCARDED_BYTES];
	int ret = 1;

	if (is_pipe(run))
		ret = read_all(run, start, sizeof(start));
	if (ret > 0)
		ret = read_all(run, start, sizeof(start));
	if (ret <= 0)
		return ret;
	fips_prime(&run->fips, start);
	do
		ret = test_block(run);
	while (ret > 0 && (!most || run->fips.blocks < most));
	return ret;
}

static int explain(struct context *context, int error)
{
	char data[COMMAND_ERROR_BYTES];
	struct text why;

	if (error == -EPIPE) {
		const int wrote = errno;

		__fpurge(context->out); /* it is told once */
		clearerr(context->out);
		return command_complain(context, RNGTEST_IO, "cannot write to standard output: %s",
					strerror(wrote));
	}
	text_init(&why, data, sizeof(data));
	input_explain(&context->input, error, &why);
	return command_complain(context, RNGTEST_IO, "%s", data);
}

static int run_command(struct context *context)
{
	struct run run = { .context = context, .told_s = now_s() };
	FILE *out = is_pipe(&run) ? context->err : context->out;
	int ret;

	context->width = 1;
	context->input.tick = take_tick;
	context->input.ctx = context;
	if (command_gallery(context, 8) < 0)
		return command_complain(context, RNGTEST_SYSTEM, "no memory for the plots");
	fips_init(&run.fips);
	interrupt_await();
	ret = test_all(&run);
	interrupt_release();
	command_progress_end(context);
	if (context->input.is_stopped)
		command_remark(context, "stopped by a signal after %" PRIu64 " blocks",
			       run.fips.blocks);
	put_report(&run);
	if (command_is_text(context))
		print_report(&run, out);
	if (ret < 0)
		return explain(context, ret);
	if (!run.fips.blocks)
		return command_complain(
			context, RNGTEST_FAILED,
			"%s ended before the first block: 4 + 2500 bytes are needed",
			context->input.name);
	return run.fips.failed_blocks ? RNGTEST_FAILED : RNGTEST_PASSED;
}

static int check(struct context *context)
{
	const struct arguments *arguments = &context->arguments;

	if (!arguments_have(arguments, OPTION_PIPE) || !arguments_have(arguments, OPTION_JSON))
		return EXIT_PASSED;
	return command_complain(context, RNGTEST_USAGE,
				"--pipe and --json both want standard output; choose one");
}

const struct command fips_command = {
	.name = "fips",
	.operands = "[FILE]",
	.summary = "FIPS 140-2 on blocks of 20,000 bits, as rngtest(1)",
	.about = "Runs the tests of FIPS 140-2 (change notice 1) on blocks of 20,000 bits of FILE\n"
		 "or standard input, with the counts, options and exit statuses of rngtest(1).\n"
		 "The first 32 bits only prime the continuous run test; with --pipe 32 more are\n"
		 "left out before. Counts go to standard output, with --pipe to standard error.\n",
	.more = "Examples:\n"
		"  trng-evaluate fips bits.bin\n"
		"  trng-evaluate fips --blockcount 1000 </dev/random\n"
		"  cat bits.bin | trng-evaluate fips --pipe >good.bin\n"
		"\n"
		"Exit status: 0 no block failed; 1 one did, or there was none; 10 wrong command\n"
		"line; 11 input or output failed; 12 memory ran out.\n",
	.options = (COMMAND_REPORTS & ~OPTION_BIT(OPTION_VERSION)) |
		   OPTION_BIT(OPTION_ALWAYS_PACKED) | OPTION_BIT(OPTION_BLOCKCOUNT) |
		   OPTION_BIT(OPTION_BLOCKSTATS) | OPTION_BIT(OPTION_TIMEDSTATS) |
		   OPTION_BIT(OPTION_PIPE) | OPTION_BIT(OPTION_SKIP) |
		   OPTION_BIT(OPTION_BLOCK_VERSION),
	.most_operands = 1,
	.input = "-",
	.is_reading = true,
	.usage_status = RNGTEST_USAGE,
	.io_status = RNGTEST_IO,
	.check = check,
	.run = run_command,
};
