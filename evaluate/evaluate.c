/* SPDX-License-Identifier: GPL-3.0-or-later */
/* evaluate - see evaluate.h */
#include "evaluate/evaluate.h"

#include "evaluate/basic/threads.h"
#include "evaluate/collect/collect.h"
#include "evaluate/command.h"
#include "evaluate/interrupt.h"
#include "evaluate/report/json.h"
#include "evaluate/report/output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#ifndef TRNG_VERSION
#define TRNG_VERSION "0.1"
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct command *const commands[] = {
	&ais31_command,        &non_iid_command, &iid_command,     &restart_command,
	&conditioning_command, &fips_command,    &summary_command,
};

/* ---- help ---- */

static const char exit_codes[] =
	"Exit status: 0 passed; 1 failed (also: constant data, a claim not met); 2 wrong\n"
	"command line, or symbols wider than --width; 3 not enough data, and nothing\n"
	"failed; 4 input or output failed, or memory ran out.\n";

static void print_help(FILE *out)
{
	fputs("Usage: trng-evaluate COMMAND [OPTION]... FILE\n"
	      "       trng-evaluate COMMAND --help\n"
	      "       trng-evaluate --help | --version\n"
	      "\n"
	      "What is a source of random numbers worth? Tests and estimators of AIS 20/31 and\n"
	      "NIST SP 800-90B, on a file, standard input (-), or straight from a device.\n"
	      "\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; i < COUNT(commands); i++)
		fprintf(out, "  %-23s %s\n", commands[i]->name, commands[i]->summary);
	fputs("  collect                 gathers days of data from a slow source, resumable\n"
	      "\n"
	      "First steps with a TRNG that fuse-trng has mounted (2-bit symbols, 60 bit/s):\n"
	      "  trng-evaluate collect --bits 2000000 --from /mnt/trng/raw -o DIR   # 9 hours\n"
	      "  trng-evaluate summary --packed --width 2 --symbols 100000 /mnt/trng/raw\n"
	      "  trng-evaluate sp800-90b --packed --width 2 /mnt/trng/raw\n"
	      "  trng-evaluate ais31 --width 2 --html report.html /mnt/trng/raw\n"
	      "Without --packed a file holds one symbol per byte, as NIST's tools want it;\n"
	      "ais31 and fips always take packed bits, the first in the highest bit.\n"
	      "\n",
	      out);
	fputs(exit_codes, out);
	fputs("fips has those of rngtest(1).\n"
	      "\n"
	      "No test proves randomness: all of these pass on data that a cipher made from\n"
	      "nothing. Test what the noise source gives, before any conditioning; see\n"
	      "docs/EVALUATION.md.\n",
	      out);
}

static void print_command_help(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: trng-evaluate %s [OPTION]... %s\n\n%s\nOptions:\n", command->name,
		command->operands, command->about);
	arguments_print(out, command->options);
	fprintf(out, "\n%s", command->more);
	if (command->io_status == EXIT_IO)
		fprintf(out, "\n%s", exit_codes);
}

static int end_output(FILE *out, FILE *err, int status)
{
	int ret = output_flush(out);

	if (ret == 0)
		return status;
	fprintf(err, "trng-evaluate: cannot write to standard output: %s\n", strerror(-ret));
	return EXIT_IO;
}

/* ---- one command ---- */

static const char *verdict_of(const struct context *context, int status)
{
	if (status == EXIT_FAILED || context->verdict == OUTCOME_FAIL)
		return "fail";
	return status == EXIT_PASSED ? "pass" : "incomplete";
}

static json_t *json_of_input(struct context *context)
{
	bool is_packed = arguments_have(&context->arguments, OPTION_PACKED) ||
			 !(context->command->options & OPTION_BIT(OPTION_PACKED));
	struct input *input = &context->input;
	json_t *object = json_object();
	char hash[INPUT_HASH_TEXT];

	json_object_set_new(object, "file", json_of_text(input->path));
	json_object_set_new(object, "bytes", json_of_count(input->read_bytes));
	json_object_set_new(object, "sha256", json_of_text(input_hash(input, hash)));
	json_object_set_new(object, "width",
			    context->width ? json_integer(context->width) : json_null());
	json_object_set_new(object, "packed", json_boolean(is_packed));
	json_object_set_new(object, "skipped_bytes", json_of_count(input->skipped_bytes));
	if (input->is_stopped) /* what was asked for is not what was judged */
		json_object_set_new(object, "stopped_by_signal", json_true());
	return object;
}

/* The head's keys come first, with what is known then. */
static void begin_report(struct context *context)
{
	if (command_is_text(context) && !arguments_have(&context->arguments, OPTION_HTML))
		return;
	context->report = json_object();
	command_put(context, "command", json_of_text(context->command->name));
	command_put(context, "version", json_of_text(TRNG_VERSION));
	if (context->command->is_reading)
		command_put(context, "input", json_null());
	command_put(context, "verdict", json_null());
	command_put(context, "exit_code", json_null());
}

static void complete_report(struct context *context, int status)
{
	if (context->error[0])
		command_put(context, "error", json_of_text(context->error));
	command_put(context, "verdict", json_of_text(verdict_of(context, status)));
	command_put(context, "exit_code", json_integer(status));
}

static int write_html(struct context *context, int html_fd, int status)
{
	struct exhibits exhibits;
	int ret;

	gallery_show(context->gallery, &exhibits);
	ret = output_html(html_fd, context->report, &exhibits);
	if (ret == 0)
		return status;
	return command_complain(context, context->command->io_status, "cannot write %s: %s",
				context->arguments.html, strerror(-ret));
}

static int write_report(struct context *context, int html_fd, int status)
{
	int ret = 0;

	if (context->report && context->command->is_reading)
		command_put(context, "input", json_of_input(context));
	complete_report(context, status);
	if (html_fd >= 0)
		status = write_html(context, html_fd, status);
	complete_report(context, status);
	if (!command_is_text(context))
		ret = output_json(context->out, context->report);
	if (ret == 0)
		ret = output_flush(context->out);
	if (ret == 0)
		return status;
	return command_complain(context, context->command->io_status,
				"cannot write to standard output: %s", strerror(-ret));
}

static int open_input(struct context *context)
{
	const struct arguments *arguments = &context->arguments;
	struct input *input = &context->input;
	char data[COMMAND_ERROR_BYTES];
	struct text why;

	text_init(&why, data, sizeof(data));
	if (input_open(input, arguments->operands ? arguments->operand[0] : context->command->input,
		       &why) < 0)
		return command_complain(context, context->command->io_status, "%s", data);
	return EXIT_PASSED;
}

static int open_html(struct context *context, int *html_fd)
{
	const char *path = context->arguments.html;

	*html_fd = path ? output_open(path, context->input.fd) : -1;
	if (!path || *html_fd >= 0)
		return EXIT_PASSED;
	if (*html_fd == -EEXIST)
		return command_complain(context, context->command->usage_status,
					"--html would overwrite %s, which is to be read", path);
	return command_complain(context, context->command->io_status, "cannot write %s: %s", path,
				strerror(-*html_fd));
}

/* With the input and the output open: from here on there is a report, whatever happens. */
static int run_open(struct context *context, int html_fd)
{
	int ret = 0, status;

	begin_report(context);
	if (context->arguments.skip_bytes) {
		interrupt_await();
		ret = input_skip(&context->input, context->arguments.skip_bytes);
		interrupt_release();
	}
	if (ret < 0) {
		char data[COMMAND_ERROR_BYTES];
		struct text why;

		text_init(&why, data, sizeof(data));
		input_explain(&context->input, ret, &why);
		status = command_complain(context, context->command->io_status, "%s", data);
	} else {
		status = context->command->run(context);
	}
	command_progress_end(context);
	status = write_report(context, html_fd, status);
	json_decref(context->report);
	gallery_close(context->gallery);
	return status;
}

static int run_parsed(struct context *context)
{
	const struct arguments *arguments = &context->arguments;
	int html_fd = -1, status = EXIT_PASSED;

	page_init(&context->page, context->out);
	progress_init(&context->progress,
		      arguments_have(arguments, OPTION_QUIET) ? NULL : context->err, "");
	threads_limit((unsigned)arguments->threads);
	if (context->command->is_reading)
		status = open_input(context);
	else
		context->input.fd = -1;
	if (status == EXIT_PASSED)
		status = open_html(context, &html_fd);
	if (status == EXIT_PASSED)
		status = run_open(context, html_fd);
	input_close(&context->input);
	return status;
}

static int refuse(struct context *context, const char *why)
{
	const char *name = context->command->name;

	return command_complain(context, context->command->usage_status,
				"%s: %s; see \"trng-evaluate %s --help\"", name, why, name);
}

static int run_command(const struct command *command, int argc, char **argv, FILE *out, FILE *err)
{
	struct context context = { .out = out, .err = err, .command = command };
	struct arguments *arguments = &context.arguments;
	int status;
	char data[COMMAND_ERROR_BYTES / 2];
	struct text why;

	text_init(&why, data, sizeof(data));
	if (arguments_parse(arguments, command->options, argc, argv, &why) < 0)
		return refuse(&context, data);
	if (arguments_have(arguments, OPTION_HELP)) {
		print_command_help(out, command);
		return end_output(out, err, EXIT_PASSED);
	}
	if (arguments_have(arguments, OPTION_VERSION) ||
	    arguments_have(arguments, OPTION_BLOCK_VERSION)) {
		fputs("trng-evaluate " TRNG_VERSION "\n", out);
		return end_output(out, err, EXIT_PASSED);
	}
	text_add(&why,
		 arguments->operands < command->least_operands ? "it wants %s"
							       : "it takes no more than %s",
		 command->operands);
	if (arguments->operands < command->least_operands ||
	    arguments->operands > command->most_operands)
		return refuse(&context, data);
	if (arguments_have(arguments, OPTION_PACKED) && !arguments->width)
		return refuse(&context, "--packed wants --width, as nothing in the data tells it");
	status = command->check ? command->check(&context) : EXIT_PASSED;
	return status == EXIT_PASSED ? run_parsed(&context) : status;
}

/* ---- which command ---- */

/*
 * The longest name that @argv begins with; "sp800-90b" alone is its first track.
 * @words: gets how many words that takes.
 */
static const struct command *find_command(int argc, char **argv, int *words)
{
	const struct command *found = NULL;

	for (size_t i = 0; i < COUNT(commands); i++) {
		const char *name = commands[i]->name;
		size_t len = strcspn(name, " ");
		bool is_track = name[len] && argc > 1 && strcmp(name + len + 1, argv[1]) == 0;

		if (strlen(argv[0]) != len || strncmp(argv[0], name, len) != 0)
			continue;
		if (!found || is_track) {
			found = commands[i];
			*words = is_track ? 2 : 1;
		}
	}
	return found;
}

static int refuse_command(const char *word, FILE *err)
{
	char data[200];
	struct text escaped;

	if (!*word) {
		fputs("trng-evaluate: which command? ais31, sp800-90b, fips, summary or collect: "
		      "see "
		      "\"trng-evaluate --help\"\n",
		      err);
		return EXIT_USAGE;
	}

	text_init(&escaped, data, sizeof(data));
	text_add_escaped(&escaped, word, strnlen(word, 40));
	fprintf(err,
		"trng-evaluate: there is no command \"%s\"; it is ais31, sp800-90b, fips, summary "
		"or "
		"collect: see \"trng-evaluate --help\"\n",
		data);
	return EXIT_USAGE;
}

int evaluate_main(int argc, char **argv, FILE *out, FILE *err)
{
	const char *word = argc > 1 ? argv[1] : "";
	const struct command *command;
	int words = 0;

	if (!strcmp(word, "help") && argc > 2 && !strcmp(argv[2], "collect")) {
		fputs(collect_usage, out);
		return end_output(out, err, EXIT_PASSED);
	}
	if (strcmp(word, "help") == 0 && argc > 2) {
		command = find_command(argc - 2, argv + 2, &words);
		if (!command)
			return refuse_command(argv[2], err);
		print_command_help(out, command);
		return end_output(out, err, EXIT_PASSED);
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
		print_help(out);
		return end_output(out, err, EXIT_PASSED);
	}
	if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
		fputs("trng-evaluate " TRNG_VERSION "\n", out);
		return end_output(out, err, EXIT_PASSED);
	}
	if (strcmp(word, "collect") == 0)
		return collect_main(argc - 1, argv + 1);
	command = argc > 1 ? find_command(argc - 1, argv + 1, &words) : NULL;
	if (!command)
		return refuse_command(word, err);
	return run_command(command, argc - 1 - words, argv + 1 + words, out, err);
}
