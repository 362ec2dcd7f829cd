/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard_forwarded - what a trusted proxy tells of its client. */
#ifndef TRNG_HTTPD_GUARD_FORWARDED_H
#define TRNG_HTTPD_GUARD_FORWARDED_H

#include "httpd/guard.h"

struct forwarded {
	struct address client; /* no address: not told, or told in contradictory ways */
	bool tells_scheme;
	bool is_https; /* all that tell say so */
};

struct networks {
	struct network *items;
	size_t count;
};

/** networks_hold - whether @address is in one of them. */
bool networks_hold(const struct networks *networks, const struct address *address);

/** forwarded_is_there - whether any forwarding header was sent, whatever it says. */
bool forwarded_is_there(const struct guard_headers *headers);

/**
 * forwarded_read - the client, for a request that came from one of @proxies.
 *
 * Standard: RFC 7239, section 4, for Forwarded; the X- headers have none: a list of addresses with
 * or without port, one address, "http" or "https".
 * Each chain names its client: the last address that is none of @proxies, or the first if all are.
 * A proxy writes some of the headers and hands on what the caller wrote into the others; which, we
 * cannot know. So all that are there must name the same client; a chain of nothing but proxies
 * says nothing against another one.
 */
void forwarded_read(struct forwarded *told, const struct guard_headers *headers,
		    const struct networks *proxies);

#endif
