/* SPDX-License-Identifier: GPL-3.0-or-later */
/* load - see load.h */
#include "evaluate/load.h"

#include "evaluate/interrupt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void take_tick(void *ctx, uint64_t read_bytes)
{
	struct context *context = ctx;
	const struct arguments *arguments = &context->arguments;
	unsigned width = arguments_have(arguments, OPTION_PACKED) ? (unsigned)arguments->width : 8;
	uint64_t total = context->input.expected_bytes;

	if (arguments->symbols)
		total = (arguments->symbols * width + 7) / 8;
	command_progress(context, "symbols", "reading", read_bytes * 8 / width, total * 8 / width);
}

void load_begin(struct context *context, struct samples *samples)
{
	const struct arguments *arguments = &context->arguments;

	*samples =
		(struct samples){ .input = &context->input,
				  .width = (unsigned)arguments->width,
				  .is_packed = arguments_have(arguments, OPTION_PACKED),
				  .limit = arguments->symbols ? arguments->symbols : UINT64_MAX };
	context->input.tick = take_tick;
	context->input.ctx = context;
	context->width = samples->width;
	if (arguments->symbols || !context->input.is_endless)
		return;
	samples->limit = context->arguments.symbols = SAMPLES_DEFAULT;
	command_remark(context, "%s has no end: %d symbols are taken, or as many as --symbols says",
		       context->input.name, SAMPLES_DEFAULT);
}

int load_fail(struct context *context, const struct samples *samples, int error)
{
	char data[COMMAND_ERROR_BYTES];
	struct text why;

	text_init(&why, data, sizeof(data));
	samples_explain(samples, error, &why);
	return command_complain(context, error == -EDOM ? EXIT_USAGE : EXIT_IO, "%s", data);
}

/* A single symbol is not constant data: nothing can be said of it. */
static int judge_loaded(struct context *context, const struct samples *samples)
{
	command_progress_end(context);
	if (samples->count < 2)
		return command_complain(context, EXIT_INCOMPLETE,
					"%s holds %s symbol; 1,000,000 are asked for",
					context->input.name, samples->count ? "one" : "no");
	if (context->input.is_stopped)
		command_remark(context, "stopped by a signal: going on with %" PRIu64 " symbols",
			       samples->count);
	return EXIT_PASSED;
}

/* *@value is the caller's to free(), whatever is returned. */
static int load(struct context *context, uint64_t most, struct samples *samples, uint8_t **value)
{
	int ret;

	*value = NULL;
	load_begin(context, samples);
	if (samples->limit > most)
		samples->limit = context->arguments.symbols = most;
	interrupt_await();
	ret = samples_load(samples, value);
	interrupt_release();
	return ret < 0 ? load_fail(context, samples, ret) : judge_loaded(context, samples);
}

int load_and_assess(struct context *context, uint64_t most,
		    int (*assess)(struct context *context, const struct symbols *symbols))
{
	struct samples samples;
	uint8_t *value;
	int status = load(context, most, &samples, &value);

	if (status == EXIT_PASSED) {
		const struct symbols symbols = {
			.value = value,
			.count = samples.count,
			.width = samples.width ? samples.width : symbols_width(value, samples.count)
		};

		context->width = symbols.width;
		if (command_gallery(context, symbols.width) == 0)
			gallery_symbols(context->gallery, value, samples.count);
		status = assess(context, &symbols);
	}
	free(value);
	return status;
}

int load_assessed(struct context *context, const struct symbols *symbols, int error)
{
	switch (error) {
	case -EDOM:
		return command_complain(context, EXIT_FAILED,
					"%s: %" PRIu64 " symbols, and no value but %u: there is no "
					"entropy in that",
					context->input.name, symbols->count, symbols->value[0]);
	case -ENODATA:
		return command_complain(context, EXIT_INCOMPLETE, "%s holds no symbol",
					context->input.name);
	case -EFBIG:
		return command_complain(context, EXIT_USAGE,
					"%" PRIu64 " symbols are more than can be permuted; "
					"--symbols takes fewer",
					symbols->count);
	default:
		return command_complain(context, EXIT_IO,
					"no memory to assess %" PRIu64 " symbols of %u bits (%s); "
					"--symbols takes fewer",
					symbols->count, symbols->width, strerror(-error));
	}
}
