/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command - see command.h */
#include "evaluate/command.h"

#include <errno.h>
#include <stdarg.h>
#include <time.h>

#define SILENT_S 10 /* without a terminal */

static double now_s(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* What is not plain ASCII in foreign text becomes '?': a name cannot forge a line or move the
 * cursor, not by the control characters of 8 bits either. */
static void say(struct context *context, char *sentence)
{
	for (char *at = sentence; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	command_progress_end(context);
	fprintf(context->err, "trng-evaluate: %s\n", sentence);
	fflush(context->err);
}

int command_complain(struct context *context, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(context->error, sizeof(context->error), format, args);
	va_end(args);
	say(context, context->error);
	return status;
}

void command_remark(struct context *context, const char *format, ...)
{
	char sentence[COMMAND_ERROR_BYTES];
	va_list args;

	if (arguments_have(&context->arguments, OPTION_QUIET))
		return;
	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	say(context, sentence);
}

void command_put(struct context *context, const char *key, json_t *value)
{
	if (context->report)
		json_object_set_new(context->report, key, value);
	else
		json_decref(value);
}

bool command_is_text(const struct context *context)
{
	return !arguments_have(&context->arguments, OPTION_JSON);
}

void command_progress(struct context *context, const char *unit, const char *what, uint64_t done,
		      uint64_t total)
{
	struct progress *progress = &context->progress;

	if (!progress->out)
		return;
	if (context->begun_s <= 0)
		context->begun_s = now_s();
	if (!progress->is_terminal && now_s() - context->begun_s < SILENT_S)
		return;
	progress->unit = unit;
	progress_tell(progress, what, done, total);
}

void command_progress_end(struct context *context)
{
	progress_end(&context->progress);
}

int command_gallery(struct context *context, unsigned width)
{
	if (!arguments_have(&context->arguments, OPTION_HTML))
		return 0;
	context->gallery = gallery_open(width);
	return context->gallery ? 0 : -ENOMEM;
}

int command_status(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_FAIL:
		return EXIT_FAILED;
	case OUTCOME_SHORT:
		return EXIT_INCOMPLETE;
	case OUTCOME_NONE:
	case OUTCOME_PASS:
	default:
		return EXIT_PASSED;
	}
}
