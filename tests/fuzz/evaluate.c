/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes trng-evaluate from its arguments and data to the report: the first line holds the words,
 * the rest is the data, which every operand that looks like a path stands for. Whatever both hold,
 * there is one of the documented statuses, and with --json one object that says the same.
 */
#include "evaluate/evaluate.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_WORDS 16

/* bzip2 10,000 times is too slow: of three symbols few permutations decide. */
#define MOST_BYTES     20000
#define MOST_BYTES_IID 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	char *argv[MOST_WORDS + 1];
	int argc;
	char path[40], report[40]; /* of the data, and of --html */
	bool is_json, is_slow;
};

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

static int make_file(char path[40], const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	expect(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, 40, "/proc/self/fd/%d", fd);
	return fd;
}

/* No other file is read or written; neither are many threads started, nor is anything collected. */
static char *tame(struct run *run, char *word)
{
	static char nothing[] = "--quiet";

	if (strcmp(run->argv[run->argc - 1], "--html") == 0)
		return run->report;
	if (strncmp(word, "--html=", 7) == 0 || strncmp(word, "--threads", 9) == 0 ||
	    strcmp(word, "collect") == 0)
		return nothing;
	if (strchr(word, '/') || strchr(word, '.') || strcmp(word, "-") == 0 ||
	    strcmp(word, "FILE") == 0)
		return run->path;
	return word;
}

static void take_words(struct run *run, char *line)
{
	static char program[] = "trng-evaluate";

	run->argv[run->argc++] = program;
	for (char *word; run->argc < MOST_WORDS && (word = strsep(&line, " "));) {
		run->argv[run->argc] = tame(run, word);
		run->argc++;
		run->is_json |= strcmp(word, "--json") == 0;
		run->is_slow |= strcmp(word, "iid") == 0;
	}
}

static void check_report(const char *text, int status)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	expect(json_is_object(json));
	expect(json_integer_value(json_object_get(json, "exit_code")) == status);
	expect(json_is_string(json_object_get(json, "verdict")));
	json_decref(json);
}

static void evaluate(struct run *run)
{
	char *out_text = NULL, *err_text = NULL;
	size_t out_size = 0, err_size = 0;
	FILE *out = open_memstream(&out_text, &out_size),
	     *err = open_memstream(&err_text, &err_size);
	int status;

	expect(out && err);
	status = evaluate_main(run->argc, run->argv, out, err);
	fclose(out);
	fclose(err);
	expect((status >= 0 && status <= 4) || (status >= 10 && status <= 12));
	expect((status != 2 && status != 4 && status != 10) || err_size > 0);
	if (run->is_json && out_text[0] == '{')
		check_report(out_text, status);
	free(out_text);
	free(err_text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
	size_t line = newline ? (size_t)(newline - data) : size,
	       rest = newline ? size - line - 1 : 0;
	struct run run = { 0 };
	int data_fd, report_fd;
	char *words;

	words = strndup((const char *)data, line);
	expect(words != NULL);
	report_fd = make_file(run.report, NULL, 0);
	take_words(&run, words);
	if (rest > (run.is_slow ? MOST_BYTES_IID : MOST_BYTES))
		rest = run.is_slow ? MOST_BYTES_IID : MOST_BYTES;
	data_fd = make_file(run.path, newline ? newline + 1 : data, rest);
	evaluate(&run);
	close(data_fd);
	close(report_fd);
	free(words);
	return 0;
}
