/* SPDX-License-Identifier: GPL-3.0-or-later */
/* setup - from the configuration and the table of devices to the settings of every part. */
#include "fuse-trng/setup.h"

#include "common/log.h"
#include "common/state_dir.h"
#include "fuse-trng/device/lines.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOT_MOUNTPOINT "/mnt/trng"
#define CONTROL_GROUP   "trng"
#define PORT_AUTO       "auto"

static int make_profile(struct profile *profile, const struct config *config)
{
	const struct profile *row = profile_find(config->profile);

	if (!row)
		return config_refuse(config, "profile",
				     "no kind of device is called \"%s\"; --list-ports shows all",
				     config->profile);
	*profile = *row;
	if (config->baud_rate)
		profile->baud_rate = config->baud_rate;
	if (config->settle_ms >= 0)
		profile->settle_ms = (unsigned)config->settle_ms;
	if (config->word_gap_ms >= 0)
		profile->word_gap_ms = (unsigned)config->word_gap_ms;
	if (config->open_delay_ms >= 0)
		profile->open_delay_ms = (unsigned)config->open_delay_ms;
	if (config->silence_ms >= 0)
		profile->silence_ms = (unsigned)config->silence_ms;
	if (config->rate_bit_s > 0)
		profile->rate_bit_s = config->rate_bit_s;
	if (config->health_entropy > 0)
		profile->health_entropy = config->health_entropy;
	if (config->assessed_entropy > 0)
		profile->assessed_entropy = config->assessed_entropy;
	/* Who claims less than the row does not credit more than he claims. */
	else if (profile->assessed_entropy > profile->health_entropy)
		profile->assessed_entropy = profile->health_entropy;
	if (config->total_failure_limit)
		profile->total_failure_limit = config->total_failure_limit;
	return 0;
}

static int check_profile(const struct profile *profile, const struct config *config)
{
	if (profile->health_entropy > profile->symbol_bits)
		return config_refuse(config, "health_entropy", "a symbol of %s has %u bits only",
				     profile->name, profile->symbol_bits);
	if (config->assessed_entropy > profile->health_entropy)
		return config_refuse(config, "assessed_entropy",
				     "must not exceed the entropy that sets cutoffs, %g",
				     profile->health_entropy);
	if (config->causality_test_h && !lines_can_silence(profile))
		return config_refuse(config, "causality_test_h",
				     "nothing silences a device of the kind %s", profile->name);
	return 0;
}

static void make_machine(struct machine_settings *machine, const struct profile *profile,
			 const struct config *config)
{
	*machine = (struct machine_settings){
		.health = { .symbol_bits = profile->symbol_bits,
			    .health_entropy = profile->health_entropy,
			    .rate_symbol_s = profile->rate_bit_s / profile->symbol_bits,
			    .false_alarms_per_year = config->false_alarms_per_year,
			    .total_failure_limit = profile->total_failure_limit },
		.pool_capacity_bytes = config->pool_capacity_bytes,
		.autostart = config->autostart,
		.init_timeout_ms = config->init_timeout_s * 1000,
		.settle_ms = profile->settle_ms,
		.silence_ms = profile->silence_ms,
		.max_alarms = config->max_alarms,
		.alarm_window_chunks = config->alarm_window_chunks,
		.rate_bit_s = profile->rate_bit_s,
		.assessed_entropy = profile->assessed_entropy,
		.is_conditioned = config->conditioning == CONFIG_CONDITIONING_SHA256,
		.prove_every_ms = (uint64_t)config->causality_test_h * 60 * 60 * 1000,
	};
}

static int make_port(struct setup *setup, const struct config *config)
{
	if (strcmp(config->port, PORT_AUTO) != 0)
		return config_absolute(config, "port", config->port, setup->port);
	snprintf(setup->port, PATH_MAX, "%s", PORT_AUTO);
	return 0;
}

static int make_mountpoint(struct setup *setup, const struct config *config)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char own[PATH_MAX];

	if (config->mountpoint)
		return config_absolute(config, "mountpoint", config->mountpoint, setup->mountpoint);
	if (geteuid() == 0)
		return config_absolute(config, "mountpoint", ROOT_MOUNTPOINT, setup->mountpoint);
	if (!runtime || snprintf(own, PATH_MAX, "%s/trng", runtime) >= PATH_MAX)
		return config_refuse(config, "mountpoint",
				     "not set, and neither root nor $XDG_RUNTIME_DIR gives one");
	setup->is_own_mountpoint = true;
	return config_absolute(config, "mountpoint", own, setup->mountpoint);
}

static int make_state_dir(struct setup *setup, const struct config *config)
{
	if (config->state_dir)
		return config_absolute(config, "state_dir", config->state_dir, setup->state_dir);
	if (state_dir_default(geteuid() == 0, setup->state_dir) < 0)
		setup->state_dir[0] = '\0';
	return 0;
}

gid_t setup_control_gid(void)
{
	const struct group *group = getgrnam(CONTROL_GROUP);

	if (group)
		return group->gr_gid;
	log_warning("no group " CONTROL_GROUP ": `control` belongs to the daemon's own group");
	return getgid();
}

int setup_make_tests(struct setup *setup, const struct config *config)
{
	int ret;

	*setup = (struct setup){ 0 };
	ret = make_profile(&setup->profile, config);
	if (ret == 0)
		ret = check_profile(&setup->profile, config);
	if (ret == 0)
		make_machine(&setup->machine, &setup->profile, config);
	return ret;
}

int setup_make(struct setup *setup, const struct config *config)
{
	int ret;

	if (!config->port || !config->port[0])
		return config_refuse(config, "port", "not set; name the serial port, or \"auto\"");
	ret = setup_make_tests(setup, config);
	if (ret == 0)
		ret = make_port(setup, config);
	if (ret == 0)
		ret = make_mountpoint(setup, config);
	if (ret == 0)
		ret = make_state_dir(setup, config);
	return ret;
}
