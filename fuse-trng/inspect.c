/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inspect - --check-config and --list-ports. */
#include "fuse-trng/inspect.h"

#include "common/log.h"
#include "fuse-trng/device/link.h"
#include "fuse-trng/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int inspect_config(const struct setup *setup)
{
	struct health *health;
	int ret = health_open(&health, &setup->machine.health);

	if (ret < 0) {
		log_error("the health tests cannot be set up: %s", strerror(-ret));
		return OPTIONS_EXIT_USAGE;
	}
	printf("configuration is good: profile %s, mount point %s\n", setup->profile.name,
	       setup->mountpoint);
	printf("%-15s %10s %12s %22s\n", "test", "fires at", "alpha", "false alarms a year");
	for (unsigned i = 0; i < HEALTH_TESTS; i++) {
		struct health_row row = health_row(health, (enum health_test)i);

		printf("%-15s %10.6g %12.3g %22.3g\n", row.name, row.cutoff, row.alpha,
		       health_false_alarms_per_year(health, (enum health_test)i));
	}
	health_close(health);
	return EXIT_SUCCESS;
}

int inspect_ports(void)
{
	const struct profile *profile;
	int count;

	puts("serial ports of this machine:");
	count = link_list_ports();
	if (count <= 0)
		puts("  none");
	puts("kinds of devices (profile = ...):");
	for (size_t i = 0; (profile = profile_at(i)); i++)
		printf("  %-10s %s\n", profile->name, profile->description);
	return count < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
