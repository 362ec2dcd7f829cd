/* SPDX-License-Identifier: GPL-3.0-or-later */
/* state_dir - where a daemon keeps what must outlive it. */
#include "common/state_dir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ROOT_STATE_DIR "/var/lib/trng"

const char *state_dir_environment(const char *name)
{
	const char *value = getenv(name);

	/* The XDG base directory specification: what is not absolute does not count. */
	return value && value[0] == '/' ? value : NULL;
}

static int join(const char *directory, const char *name, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/%s", directory, name) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int state_dir_default(bool is_root, char path[PATH_MAX])
{
	const char *systemd = state_dir_environment("STATE_DIRECTORY");
	const char *state = state_dir_environment("XDG_STATE_HOME");
	const char *home = state_dir_environment("HOME");

	if (systemd && strcspn(systemd, ":") < PATH_MAX) {
		snprintf(path, PATH_MAX, "%.*s", (int)strcspn(systemd, ":"), systemd);
		return 0;
	}
	if (is_root) {
		snprintf(path, PATH_MAX, ROOT_STATE_DIR);
		return 0;
	}
	if (state)
		return join(state, "trng", path);
	return home ? join(home, ".local/state/trng", path) : -ENOENT;
}

int state_dir_make(char path[PATH_MAX])
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0700); /* what is wrong shows at the last part */
		*slash = '/';
	}
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}
