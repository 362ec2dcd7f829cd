/* SPDX-License-Identifier: GPL-3.0-or-later */
/* role - what a caller may do; each role may all that those before it may. */
#ifndef TRNG_HTTPD_ROLE_H
#define TRNG_HTTPD_ROLE_H

enum role {
	ROLE_NONE,     /* health, the page, documents */
	ROLE_READER,   /* numbers, status, events, metrics */
	ROLE_OPERATOR, /* init, shutdown, restart, test data */
	ROLES
};

/** role_name - "none", "reader", "operator". */
const char *role_name(enum role role);

/** role_parse - "reader" or "operator". Return: 0, or -EINVAL. */
int role_parse(enum role *role, const char *name);

#endif
