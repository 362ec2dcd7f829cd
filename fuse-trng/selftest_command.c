/* SPDX-License-Identifier: GPL-3.0-or-later */
/* selftest_command - fuse-trng --selftest: from the configuration to a report. */
#include "fuse-trng/selftest_command.h"

#include "common/config.h"
#include "common/log.h"
#include "fuse-trng/selftest/selftest.h"
#include "fuse-trng/setup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int run(const struct selftest_settings *settings)
{
	struct progress progress;
	struct selftest result;
	int ret;

	progress_init(&progress, stderr, "symbols");
	ret = selftest_run(settings, &progress, &result);
	if (ret < 0) {
		log_error("the self-test cannot start: %s", strerror(-ret));
		return EXIT_FAILURE;
	}
	selftest_report(stdout, settings, &result);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_error("the report could not be written");
		return EXIT_FAILURE;
	}
	return selftest_has_passed(settings, &result) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int selftest_command(const struct options *options)
{
	const char *path = options->config_path;
	struct config config = { 0 };
	struct setup setup;
	int status = OPTIONS_EXIT_USAGE;

	if (!options->has_config_path && access(path, F_OK) < 0)
		path = NULL;
	if (config_load(&config, path, options->overrides, options->override_count) < 0)
		return OPTIONS_EXIT_USAGE;
	if (setup_make_tests(&setup, &config) == 0) {
		const struct selftest_settings settings = { .profile = setup.profile.name,
							    .config = path,
							    .health = setup.machine.health,
							    .seed = options->seed,
							    .rounds = options->rounds };

		status = run(&settings);
	}
	config_free(&config);
	return status;
}
