/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state_dir - where a daemon keeps what must outlive it. */
#ifndef TRNG_COMMON_STATE_DIR_H
#define TRNG_COMMON_STATE_DIR_H

#include <limits.h>
#include <stdbool.h>

/**
 * state_dir_default - $STATE_DIRECTORY (systemd; the first of them), else /var/lib/trng for root,
 * else $XDG_STATE_HOME/trng, else $HOME/.local/state/trng. Variables that hold no absolute path do
 * not count.
 *
 * Does not look at the disk. @path: filled with an absolute path.
 * Return: 0; -ENOENT: there is none; -ENAMETOOLONG.
 */
int state_dir_default(bool is_root, char path[PATH_MAX]);

/**
 * state_dir_make - make what is missing of @path, each part with mode 0700.
 * @path:  written to meanwhile, unchanged afterwards.
 * Return: 0; -errno of the last part.
 */
int state_dir_make(char path[PATH_MAX]);

/** state_dir_environment - the variable @name, NULL unless it holds an absolute path. */
const char *state_dir_environment(const char *name);

#endif
