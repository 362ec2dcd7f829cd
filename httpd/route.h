/* SPDX-License-Identifier: GPL-3.0-or-later */
/* route - THE table of what the server answers: method, path, role, handler. */
#ifndef TRNG_HTTPD_ROUTE_H
#define TRNG_HTTPD_ROUTE_H

#include "common/text.h"
#include "httpd/role.h"

#include <stdbool.h>
#include <stddef.h>

struct exchange;

struct route {
	const char *method;
	const char *path; /* NULL: everything that no other row has, as a file of the page */
	enum role role;   /* the least; ROLE_NONE: anybody */
	bool with_head;   /* HEAD is answered like GET, without the body */
	bool own_site;    /* not for callers that another site's page sent: it draws bits or changes
			     state */
	/* Answers, or suspends. Parameters are collected; who calls is known. */
	void (*handle)(struct exchange *exchange);
};

/** route_find - the row of @method and @path; NULL: *@is_known tells whether the path has other
 * methods. */
const struct route *route_find(const char *method, const char *path, bool *is_known);

/** route_allow - "GET, HEAD, OPTIONS" of @path. */
void route_allow(const char *path, struct text *text);

/** route_names - names for metrics, each path once, the last for what is no route. */
const char *const *route_names(unsigned *count);

/** route_number - the place of @route (NULL: none) in route_names(). */
unsigned route_number(const struct route *route);

#endif
