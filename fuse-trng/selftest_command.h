/* SPDX-License-Identifier: GPL-3.0-or-later */
/* selftest_command - fuse-trng --selftest. */
#ifndef TRNG_FUSE_TRNG_SELFTEST_COMMAND_H
#define TRNG_FUSE_TRNG_SELFTEST_COMMAND_H

#include "fuse-trng/options.h"

/**
 * selftest_command - test the health tests as the configuration sets them, report on standard
 * output, progress on standard error.
 *
 * Looks at neither port nor mount point. Where no configuration is named and the default one is not
 * there, built-in values stand. Return: exit status: 0 passed, 1 failed, 2 wrong configuration.
 */
int selftest_command(const struct options *options);

#endif
