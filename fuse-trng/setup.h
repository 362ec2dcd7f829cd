/* SPDX-License-Identifier: GPL-3.0-or-later */
/* setup - from the configuration and the table of devices to the settings of every part. */
#ifndef TRNG_FUSE_TRNG_SETUP_H
#define TRNG_FUSE_TRNG_SETUP_H

#include "common/config.h"
#include "fuse-trng/device/profile.h"
#include "fuse-trng/source/machine.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct setup {
	struct profile profile; /* the row, with the configuration's overrides */
	struct machine_settings machine;
	char port[PATH_MAX];       /* absolute, or "auto" */
	char mountpoint[PATH_MAX]; /* absolute */
	bool is_own_mountpoint;    /* the default of a user without root: may be created */
	char state_dir[PATH_MAX];  /* absolute; "": the user has none */
	gid_t control_gid;
};

/**
 * setup_make - combine @config with the profile's row and the user's rights; check what no single
 * key shows (health_entropy within the symbol's width, assessed within health).
 *
 * What is wrong is said on standard error.
 * Return: 0; -EINVAL.
 */
int setup_make(struct setup *setup, const struct config *config);

/**
 * setup_make_tests - the part of setup_make() that the health tests need: profile and machine.
 * Return: 0; -EINVAL.
 */
int setup_make_tests(struct setup *setup, const struct config *config);

/** setup_control_gid - group of `control`: trng, else one warning and the process's own. */
gid_t setup_control_gid(void);

#endif
