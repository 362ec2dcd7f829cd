/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trng-httpd - the documented REST API, and the web page, on the files of the mount. */
#include "common/background.h"
#include "common/log.h"
#include "common/parse.h"
#include "common/secret.h"
#include "httpd/exchange.h"
#include "httpd/options.h"
#include "httpd/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SAVE_EVERY_S      60   /* budgets are saved and old files deleted so often */
#define FAREWELL_MS       5000 /* given to answers that are on their way at the end */
#define FAREWELL_STEP_MS  20
#define SPARE_CONNECTIONS 64 /* libmicrohttpd stops accepting at its limit: ours comes first */
#define SPARE_FILES       32 /* what is open anyhow, jobs, `status` */
#define FILES_EACH        3  /* who waits for a file: socket, source, file */
#define IDLE_TIMEOUT_S    60 /* of a connection on which nothing moves while it is answered */

struct app {
	const struct options *options;
	struct server server;
	struct setup setup;
	struct background background;
};

/* ---- from signal to signal ---- */

static sigset_t signals_of_ours(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return set;
}

static void reload(struct server *server)
{
	log_notice("reloading");
	if (server->tls)
		tls_reload(server->tls);
	access_reopen(server->access);
}

static void clean_up(struct server *server, unsigned second)
{
	connections_sweep(&server->connections, server->config->header_timeout_s);
	if (second % SAVE_EVERY_S != 0)
		return;
	budgets_save(server->budgets);
	store_expire(server->store, (int64_t)time(NULL));
}

static void serve(struct server *server)
{
	const struct timespec second = { .tv_sec = 1 };
	const sigset_t signals = signals_of_ours();

	for (unsigned count = 1;; count++) {
		int signal = sigtimedwait(&signals, NULL, &second);

		if (signal == SIGINT || signal == SIGTERM)
			return;
		if (signal == SIGHUP)
			reload(server);
		clean_up(server, count);
	}
}

/* A daemon that is stopped or hangs keeps our thread, and who waits; neither can be freed. */
__attribute__((noreturn)) static void leave_at_once(struct server *server)
{
	log_warning("fuse-trng does not answer; ended without a word to those who wait");
	budgets_save(server->budgets);
	_exit(EXIT_SUCCESS);
}

/* Nobody new; 503 to all who wait; then what is on its way gets a little time. */
static void say_goodbye(struct server *server)
{
	const struct timespec step = { .tv_nsec = FAREWELL_STEP_MS * 1000000L };

	atomic_store(&server->is_stopping, true);
	listener_quiesce(server->listener);
	if (hub_stop(server->hub) < 0)
		leave_at_once(server);
	connections_sweep(&server->connections, 0);
	for (int left = FAREWELL_MS / FAREWELL_STEP_MS;
	     left > 0 && listener_connections(server->listener) > 0; left--) {
		nanosleep(&step, NULL);
		connections_sweep(&server->connections, 0);
	}
	listener_close(server->listener);
	hub_close(server->hub);
}

/* ---- opening everything, and closing it in reverse ---- */

static int open_guards(struct app *app)
{
	struct server *server = &app->server;
	const struct config_httpd *config = server->config;
	const struct config *whole = app->setup.config;
	const struct limits_settings limits = {
		.connections = config->max_connections_per_address,
		.requests_per_s = config->max_requests_per_s,
		.limits_loopback_connections =
			config_is_given(whole, "httpd.max_connections_per_address"),
		.limits_loopback_requests = config_is_given(whole, "httpd.max_requests_per_s"),
	};
	int ret = limits_open(&server->limits, &limits);

	if (ret == 0)
		ret = guard_open(&server->guard, config,
				 app->setup.tokens[0] ? app->setup.tokens : NULL);
	return ret;
}

static int open_state(struct app *app)
{
	struct server *server = &app->server;
	char path[PATH_MAX + 16];
	struct store_settings store = { .directory = path,
					.most_bytes = server->config->max_files_bytes,
					.most_age_s = server->config->max_file_age_s };
	int ret;

	snprintf(path, sizeof(path), "%s/budgets", app->setup.state_dir);
	ret = budgets_open(&server->budgets, path);
	if (ret < 0)
		return ret;
	snprintf(path, sizeof(path), "%s/files", app->setup.state_dir);
	ret = store_open(&server->store, &store);
	if (ret == 0)
		ret = metrics_open(&server->metrics);
	if (ret == 0)
		ret = access_open(&server->access, app->setup.access_log);
	return ret;
}

static int open_hub(struct app *app)
{
	const struct hub_settings settings = {
		.vfile = { .mountpoints = (const char(*)[PATH_MAX])app->setup.mountpoints,
			   .mountpoint_count = app->setup.mountpoint_count },
		.on_line = stream_tell_line,
		.on_second = stream_tell_second,
		.ctx = &app->server,
	};

	return hub_open(&app->server.hub, &settings);
}

static int open_listener(struct app *app)
{
	struct server *server = &app->server;
	const struct listener_settings settings = {
		.listen = app->setup.listen,
		.listen_count = app->setup.listen_count,
		.tls = server->tls,
		.most_connections = server->config->max_connections + SPARE_CONNECTIONS,
		.idle_timeout_s = IDLE_TIMEOUT_S,
		.accept = exchange_accept,
		.request_line = exchange_begin,
		.handle = exchange_handle,
		.completed = exchange_completed,
		.connection = exchange_notify,
		.cls = server,
	};

	return listener_open(&server->listener, &settings);
}

static int open_tls(struct app *app)
{
	const struct setup *setup = &app->setup;

	if (!setup->tls_certificate[0])
		return 0;
	return tls_open(&app->server.tls, setup->tls_certificate, setup->tls_key,
			setup->tls_client_ca);
}

static void close_all(struct server *server)
{
	desk_close(&server->desk);
	access_close(server->access);
	metrics_close(server->metrics);
	store_close(server->store);
	budgets_close(server->budgets);
	guard_close(server->guard);
	connections_finish(&server->connections);
	limits_close(server->limits);
	if (server->tls)
		tls_close(server->tls);
}

static void tell_addresses(const struct app *app)
{
	for (size_t i = 0; i < app->setup.listen_count; i++) {
		const struct setup_listen *listen = listener_address(app->server.listener, i);
		char text[ADDRESS_TEXT_BYTES];

		log_notice("listening on %s://%s", listen->is_tls ? "https" : "http",
			   address_format(&listen->address, true, text));
	}
}

static int open_all(struct app *app)
{
	struct server *server = &app->server;
	int ret = desk_open(&server->desk);

	if (ret == 0)
		ret = open_tls(app);
	if (ret == 0)
		ret = open_guards(app);
	connections_init(&server->connections, server->limits, server->guard);
	if (ret == 0)
		ret = open_state(app);
	if (ret == 0)
		ret = open_hub(app);
	if (ret < 0)
		return ret;
	ret = open_listener(app);
	if (ret == 0)
		return 0;
	hub_stop(server->hub);
	hub_close(server->hub);
	return ret;
}

static enum log_level log_level(const struct options *options)
{
	return options->is_verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_NOTICE;
}

static int run(struct app *app)
{
	const sigset_t signals = signals_of_ours();
	int ret;

	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is an error like any other */
	ret = open_all(app);
	if (ret == 0) {
		tell_addresses(app);
		background_ready(&app->background);
		/* From here on nobody watches standard error any more. */
		if (!app->options->is_foreground)
			log_to_syslog();
		serve(&app->server);
		say_goodbye(&app->server);
		log_notice("ended");
	}
	close_all(&app->server);
	return ret;
}

/* Random bits stay out of core dumps; every waiting client takes two or three descriptors. */
static void set_limits(void)
{
	const struct rlimit no_core = { 0, 0 };
	struct rlimit files;

	setrlimit(RLIMIT_CORE, &no_core);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* Without a descriptor for `status` everybody who waits would be told that the daemon is gone. */
static unsigned most_connections(unsigned wanted)
{
	struct rlimit files;
	rlim_t most;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
		return wanted;
	most = files.rlim_cur > SPARE_FILES ? (files.rlim_cur - SPARE_FILES) / FILES_EACH : 1;
	if (most >= wanted)
		return wanted;
	log_warning("%llu descriptors are enough for %llu connections, not for %u "
		    "(httpd.max_connections)",
		    (unsigned long long)files.rlim_cur, (unsigned long long)most, wanted);
	return (unsigned)most;
}

static int start(struct app *app)
{
	int ret = 0;

	app->background.report_fd = -1;
	set_limits();
	app->server.most_connections = most_connections(app->server.config->max_connections);
	if (!app->options->is_foreground)
		ret = background_start(&app->background);
	if (ret < 0) {
		log_error("cannot go to the background: %s", strerror(-ret));
		return EXIT_FAILURE;
	}
	return run(app) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- what does not run the server ---- */

static int show_config(const struct setup *setup)
{
	printf("configuration is good: mount point %s, state in %s\n", setup->mountpoints[0],
	       setup->state_dir);
	for (size_t i = 0; i < setup->listen_count; i++) {
		char text[ADDRESS_TEXT_BYTES];

		printf("  %s://%s\n", setup->listen[i].is_tls ? "https" : "http",
		       address_format(&setup->listen[i].address, true, text));
	}
	return EXIT_SUCCESS;
}

static int add_token(const struct options *options, const struct setup *setup)
{
	const char *name = options->operands[0];
	char secret[TOKEN_SECRET_BYTES];
	uint64_t bits = 0;
	enum role role;
	int ret;

	if (role_parse(&role, options->operands[1]) < 0) {
		fprintf(stderr, "trng-httpd: the role is reader or operator, not \"%s\"\n",
			options->operands[1]);
		return OPTIONS_EXIT_USAGE;
	}
	if (options->operand_count > 2 &&
	    parse_u64(options->operands[2], 0, INT64_MAX, &bits) < 0) {
		fprintf(stderr, "trng-httpd: \"%s\" is no number of bits a day\n",
			options->operands[2]);
		return OPTIONS_EXIT_USAGE;
	}
	ret = token_new(setup->tokens, name, role, bits, secret);
	if (ret == -EEXIST)
		fprintf(stderr,
			"trng-httpd: %s has a token called \"%s\" already; remove its line first\n",
			setup->tokens, name);
	else if (ret < 0)
		fprintf(stderr, "trng-httpd: no token was made in %s: %s\n", setup->tokens,
			strerror(-ret));
	if (ret < 0)
		return EXIT_FAILURE;
	puts(secret);
	fprintf(stderr, "This is shown once. Only its hash is kept, in %s.\n", setup->tokens);
	secret_wipe(secret, sizeof(secret));
	return EXIT_SUCCESS;
}

static int run_configured(const struct options *options)
{
	static struct app app; /* too large for a small stack; zeroed */
	struct config config = { 0 };
	int status = OPTIONS_EXIT_USAGE;

	if (config_load(&config, options->config_path, options->overrides,
			options->override_count) < 0)
		return OPTIONS_EXIT_USAGE;
	if (setup_make(&app.setup, &config) == 0) {
		app.options = options;
		app.server.setup = &app.setup;
		app.server.config = &config.httpd;
		app.server.init_timeout_s = config.init_timeout_s;
		if (options->action == OPTIONS_CHECK_CONFIG)
			status = show_config(&app.setup);
		else if (options->action == OPTIONS_NEW_TOKEN)
			status = add_token(options, &app.setup);
		else
			status = start(&app);
	}
	config_free(&config);
	return status;
}

static int make_certificate(const struct options *options)
{
	int ret = tls_self_signed(options->operands[0], options->operands + 1,
				  options->operand_count - 1);

	return ret == 0 ? EXIT_SUCCESS : ret == -EINVAL ? OPTIONS_EXIT_USAGE : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct options options;

	if (background_open_standard_files() < 0)
		return EXIT_FAILURE;
	log_open("trng-httpd", false, LOG_LEVEL_NOTICE);
	if (options_parse(&options, argc, argv) < 0)
		return OPTIONS_EXIT_USAGE;
	log_open("trng-httpd", false, log_level(&options));
	switch (options.action) {
	case OPTIONS_HELP:
		options_print_help();
		return EXIT_SUCCESS;
	case OPTIONS_VERSION:
		options_print_version();
		return EXIT_SUCCESS;
	case OPTIONS_SELF_SIGNED:
		return make_certificate(&options);
	case OPTIONS_RUN:
	case OPTIONS_CHECK_CONFIG:
	case OPTIONS_NEW_TOKEN:
	default:
		return run_configured(&options);
	}
}
