/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main - init chain, loop, mirrored finish chain; the only file that joins device, source and fs.
 */
#include "common/background.h"
#include "common/config.h"
#include "common/log.h"
#include "fuse-trng/fs/session.h"
#include "fuse-trng/inspect.h"
#include "fuse-trng/kernel.h"
#include "fuse-trng/line.h"
#include "fuse-trng/loop.h"
#include "fuse-trng/options.h"
#include "fuse-trng/records.h"
#include "fuse-trng/selftest_command.h"
#include "fuse-trng/setup.h"
#include "fuse-trng/source/drbg.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct app {
	const struct config *config;
	const struct setup *setup;
	const struct options *options;
	struct background background;
	struct machine machine;
	struct session session;
	struct kernel kernel;
	struct line line;
	struct records records;
	int signal_fd;
	bool is_stopping;
};

/* ---- what the machine wants goes to the link, what it tells to the files ---- */

static void do_power(void *ctx, enum machine_power power, uint64_t now_ms)
{
	struct app *app = ctx;

	if (power == MACHINE_POWER_CYCLE)
		link_cycle(app->line.link, now_ms);
	else
		link_power(app->line.link, power == MACHINE_POWER_ON, now_ms);
}

static int do_prove(void *ctx, uint64_t now_ms, uint64_t *left_ms)
{
	return link_prove(((struct app *)ctx)->line.link, now_ms, left_ms);
}

static void on_changed(void *ctx, uint64_t now_ms)
{
	struct app *app = ctx;

	session_changed(&app->session, now_ms);
}

static void on_ready(void *ctx, uint64_t now_ms)
{
	struct app *app = ctx;

	session_ready(&app->session, now_ms);
}

static void on_done(void *ctx, uint64_t ticket, int result)
{
	struct app *app = ctx;

	session_done(&app->session, ticket, result);
}

static void on_event(void *ctx, const char *line)
{
	struct app *app = ctx;

	log_notice("%s", line);
	session_event(&app->session, line);
}

static void on_evidence(void *ctx, const struct blackbox *box, uint64_t now_ms)
{
	struct app *app = ctx;

	(void)now_ms;
	records_keep(&app->records, box);
}

static void on_raw(void *ctx, const uint8_t *bytes, size_t len_bytes, uint64_t now_ms)
{
	session_raw(&((struct app *)ctx)->session, bytes, len_bytes, now_ms);
}

static void on_raw_gap(void *ctx, uint64_t now_ms)
{
	session_raw_gap(&((struct app *)ctx)->session, now_ms);
}

static const struct machine_ops machine_ops = { .power = do_power,
						.changed = on_changed,
						.ready = on_ready,
						.done = on_done,
						.event = on_event,
						.raw = on_raw,
						.raw_gap = on_raw_gap,
						.evidence = on_evidence,
						.prove = do_prove };

static void describe(void *ctx, struct text *text)
{
	const struct app *app = ctx;
	const struct profile *profile = &app->setup->profile;
	const struct identity *identity = link_identity(app->line.link);

	text_add(text, "device=%s\nidentity=%s\nfirmware=%s\n", identity->line,
		 identity_state_name(identity->state), identity->firmware);
	text_add(text, "firmware_version=%s\nfirmware_build=%s\n", identity->version,
		 identity->build);
	text_add(text, "port=%s\n", link_port(app->line.link));
	text_add(text, "baud_rate=%u\nprofile=%s\n", profile->baud_rate, profile->name);
	text_add(text, "symbol_bits=%u\nhealth_entropy=%g\nassessed_entropy=%g\n",
		 profile->symbol_bits, profile->health_entropy, profile->assessed_entropy);
	text_add(text, "false_alarms_per_year=%g\n", app->config->false_alarms_per_year);
	kernel_describe(&app->kernel, text, loop_now_ms());
}

static const struct records_ops records_ops = { .describe = describe, .event = on_event };

/* ---- the loop's sources ---- */

static int signals_fd(void *ctx, short *events)
{
	const struct app *app = ctx;

	*events = POLLIN;
	return app->signal_fd;
}

static void signals_service(void *ctx, short revents, uint64_t now_ms)
{
	struct app *app = ctx;
	int number;

	(void)revents, (void)now_ms;
	while ((number = loop_signals_take(app->signal_fd)) > 0) {
		if (number == SIGHUP)
			continue; /* the configuration is read at start only */
		log_notice("ending on signal %s", sigabbrev_np(number));
		app->is_stopping = true;
	}
}

static int line_fd(void *ctx, short *events)
{
	return link_fd(((const struct app *)ctx)->line.link, events);
}

static uint64_t line_deadline_ms(void *ctx)
{
	return link_deadline_ms(((const struct app *)ctx)->line.link);
}

static void line_service(void *ctx, short revents, uint64_t now_ms)
{
	link_service(((struct app *)ctx)->line.link, revents, now_ms);
}

static uint64_t state_deadline_ms(void *ctx)
{
	return machine_deadline_ms(&((const struct app *)ctx)->machine);
}

static void state_service(void *ctx, short revents, uint64_t now_ms)
{
	(void)revents;
	machine_tick(&((struct app *)ctx)->machine, now_ms);
}

static int files_fd(void *ctx, short *events)
{
	return session_fd(&((const struct app *)ctx)->session, events);
}

static uint64_t files_deadline_ms(void *ctx)
{
	return session_deadline_ms(&((const struct app *)ctx)->session);
}

static void files_service(void *ctx, short revents, uint64_t now_ms)
{
	struct app *app = ctx;

	session_service(&app->session, revents, now_ms);
	if (!session_is_over(&app->session))
		return;
	log_notice("%s: unmounted from outside", app->setup->mountpoint);
	app->is_stopping = true;
}

static int records_source_fd(void *ctx, short *events)
{
	*events = POLLIN;
	return records_fd(&((const struct app *)ctx)->records);
}

static void records_source_service(void *ctx, short revents, uint64_t now_ms)
{
	(void)revents, (void)now_ms;
	records_service(&((struct app *)ctx)->records);
}

/* The line before the files: what a reader is told about the port is never older than the port. */
static int serve(struct app *app)
{
	const struct loop_source sources[] = {
		{ "signals", signals_fd, NULL, signals_service, app },
		{ "line", line_fd, line_deadline_ms, line_service, app },
		{ "state", NULL, state_deadline_ms, state_service, app },
		{ "records", records_source_fd, NULL, records_source_service, app },
		{ "files", files_fd, files_deadline_ms, files_service, app },
	};

	return loop_run(sources, sizeof(sources) / sizeof(sources[0]), &app->is_stopping);
}

/* ---- init chain ---- */

/* What a perfect source would cost under a limit that somebody set instead of the budget. */
static void log_limit_cost(const struct app *app)
{
	const struct health *health = app->machine.pipeline.health;
	double a_year = health_false_alarms_per_year(health, HEALTH_TOTAL_FAILURE);

	if (a_year > app->config->false_alarms_per_year)
		log_warning("total_failure_limit = %u: a perfect source at %g bit/s gives %.3g "
			    "false alarms a year; see docs/HEALTH.md",
			    app->setup->profile.total_failure_limit, app->setup->profile.rate_bit_s,
			    a_year);
}

/* Before anything else uses libcrypto, so that all its memory for keys is locked. */
static int try_generator(void)
{
	int ret = drbg_self_test();

	if (ret < 0)
		log_error("the self-test of the generator behind urandom failed: %s; libcrypto "
			  "gives wrong answers here, or there is no memory",
			  strerror(-ret));
	return ret;
}

static int open_machine(struct app *app)
{
	int ret =
		machine_open(&app->machine, &app->setup->machine, &machine_ops, app, loop_now_ms());

	if (ret < 0)
		log_error("the health tests cannot start: %s", strerror(-ret));
	else
		log_limit_cost(app);
	return ret;
}

static int open_session(struct app *app)
{
	const struct setup *setup = app->setup;
	const struct session_settings settings = {
		.mountpoint = setup->mountpoint,
		.is_for_all = geteuid() == 0,
		.blocks_when_unavailable = app->config->unavailable == CONFIG_UNAVAILABLE_BLOCK,
		.control_gid = setup_control_gid(),
		.generator = { .reseed_ms = app->config->reseed_s * 1000ULL,
			       .grace_ms = app->config->drbg_grace_s * 1000ULL },
		.feed = { KERNEL_FEED_BITS, kernel_due_ms, kernel_credit, &app->kernel },
		.describe = describe,
		.ctx = app,
	};

	if (!settings.is_for_all)
		log_notice("%s: not root, so only this user can use the files", setup->mountpoint);
	if (setup->is_own_mountpoint && mkdir(setup->mountpoint, 0700) < 0 && errno != EEXIST)
		log_warning("%s: %s", setup->mountpoint, strerror(errno));
	return session_open(&app->session, &settings, &app->machine);
}

static int open_link(struct app *app)
{
	const struct link_settings settings = { .port = app->setup->port,
						.profile = app->setup->profile };
	int ret = line_open(&app->line, &settings, &app->machine);

	if (ret < 0)
		log_error("the line cannot be set up: %s", strerror(-ret));
	else if (app->config->autostart)
		link_power(app->line.link, true, loop_now_ms());
	return ret;
}

static enum log_level log_level(const struct options *options)
{
	return options->is_verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_NOTICE;
}

static int run(struct app *app)
{
	int ret = loop_signals_open(&app->signal_fd);

	if (ret < 0)
		return ret;
	ret = try_generator();
	if (ret == 0)
		ret = kernel_open(&app->kernel, KERNEL_DEVICE, app->config->kernel_feed_s,
				  loop_now_ms());
	if (ret == 0)
		ret = open_machine(app);
	if (ret < 0)
		goto close_signals;
	ret = open_link(app);
	if (ret < 0)
		goto close_machine;
	ret = open_session(app);
	if (ret < 0)
		goto close_link;
	records_open(&app->records, app->setup->state_dir, &records_ops, app);
	log_notice("%s: mounted", app->setup->mountpoint);
	background_ready(&app->background);
	/* From here on nobody watches standard error any more. */
	log_open("fuse-trng", !app->options->is_foreground, log_level(app->options));
	ret = serve(app);
	session_close(&app->session);
close_link:
	link_close(app->line.link, loop_now_ms());
close_machine:
	machine_close(&app->machine);
	records_close(&app->records);
close_signals:
	kernel_close(&app->kernel);
	close(app->signal_fd);
	return ret;
}

static int start(struct app *app)
{
	const struct rlimit no_core = { 0, 0 };
	int ret = 0;

	app->background.report_fd = -1;
	setrlimit(RLIMIT_CORE, &no_core);
	if (!app->options->is_foreground)
		ret = background_start(&app->background);
	if (ret < 0) {
		log_error("cannot go to the background: %s", strerror(-ret));
		return EXIT_FAILURE;
	}
	ret = run(app);
	return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run_configured(const struct options *options)
{
	static struct app app; /* too large for a small stack; zeroed */
	struct config config = { 0 };
	struct setup setup;
	int status = OPTIONS_EXIT_USAGE;

	if (config_load(&config, options->config_path, options->overrides,
			options->override_count) < 0)
		return OPTIONS_EXIT_USAGE;
	if (setup_make(&setup, &config) == 0) {
		app.config = &config;
		app.setup = &setup;
		app.options = options;
		if (options->action == OPTIONS_CHECK_CONFIG) {
			status = inspect_config(&setup);
		} else {
			log_open("fuse-trng", false, log_level(options));
			status = start(&app);
		}
	}
	config_free(&config);
	return status;
}

int main(int argc, char **argv)
{
	struct options options;

	if (background_open_standard_files() < 0)
		return EXIT_FAILURE;
	log_open("fuse-trng", false, LOG_LEVEL_NOTICE);
	if (options_parse(&options, argc, argv) < 0)
		return OPTIONS_EXIT_USAGE;
	switch (options.action) {
	case OPTIONS_HELP:
		options_print_help();
		return EXIT_SUCCESS;
	case OPTIONS_VERSION:
		options_print_version();
		return EXIT_SUCCESS;
	case OPTIONS_LIST_PORTS:
		return inspect_ports();
	case OPTIONS_SELFTEST:
		return selftest_command(&options);
	case OPTIONS_CHECK_CONFIG:
	case OPTIONS_RUN:
	default:
		return run_configured(&options);
	}
}
