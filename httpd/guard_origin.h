/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard_origin - hosts and origins as browsers write them, and which of them are ours. */
#ifndef TRNG_HTTPD_GUARD_ORIGIN_H
#define TRNG_HTTPD_GUARD_ORIGIN_H

#include "httpd/guard.h"

#define ORIGIN_HOST_BYTES 254 /* a DNS name of 253 characters, or an address without brackets */

/* In the one spelling that each host has here: lower case, no dot at the end, shortest IPv6. */
struct origin {
	bool is_https; /* of an origin only, not of a Host */
	bool is_address;
	char host[ORIGIN_HOST_BYTES];
	unsigned port; /* 0: none is written and the scheme (of a Host: nothing) says none */
};

struct origin_rules {
	struct origin *names; /* of server_names: only the host counts */
	size_t name_count;
	struct origin *listed; /* of cors_origins */
	size_t listed_count;
};

/** origin_parse_host - a Host header: "name:8443", "[::1]", "127.0.0.1". Return: 0, -EINVAL. */
int origin_parse_host(struct origin *origin, const char *text);

/** origin_parse - "https://name[:port]" and nothing after it. Return: 0, -EINVAL. */
int origin_parse(struct origin *origin, const char *text);

/** origin_parse_url - the origin of a URL, as Referer has it. Return: 0, -EINVAL. */
int origin_parse_url(struct origin *origin, const char *url);

/**
 * origin_rules_open - read server_names and cors_origins; complains of each bad item.
 * Return: 0; -EINVAL; -ENOMEM. On failure there is nothing to close.
 */
int origin_rules_open(struct origin_rules *rules, const struct config_httpd *config);
void origin_rules_close(struct origin_rules *rules);

/** origin_host_is_ours, origin_is_own_site, origin_is_allowed - as those of guard.h. */
bool origin_host_is_ours(const struct origin_rules *rules, const struct guard_headers *headers);
bool origin_is_own_site(const struct origin_rules *rules, const struct guard_headers *headers);
bool origin_is_allowed(const struct origin_rules *rules, const struct guard_headers *headers);

#endif
