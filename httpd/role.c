/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of the roles. */
#include "httpd/role.h"

#include <errno.h>
#include <string.h>

static const char *const names[ROLES] = {
	[ROLE_NONE] = "none",
	[ROLE_READER] = "reader",
	[ROLE_OPERATOR] = "operator",
};

const char *role_name(enum role role)
{
	return names[role];
}

int role_parse(enum role *role, const char *name)
{
	for (enum role each = ROLE_READER; each < ROLES; each++) {
		if (strcmp(name, names[each]))
			continue;
		*role = each;
		return 0;
	}
	return -EINVAL;
}
