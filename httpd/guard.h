/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guard - who a caller is, what he may do, and whether his browser was sent by a stranger's page.
 */
#ifndef TRNG_HTTPD_GUARD_H
#define TRNG_HTTPD_GUARD_H

#include "common/config.h"
#include "httpd/address.h"
#include "httpd/role.h"
#include "httpd/session.h"
#include "httpd/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUARD_MOST_HEADER_BYTES                                                                    \
	4096 /* a longer value of any header below is refused or ignored                           \
	      */

/* What a request says of itself; NULL: not said. Foreign text of any content. */
struct guard_headers {
	const char *host;
	const char *origin;
	const char *referer;
	const char *sec_fetch_site;
	const char *authorization;
	const char *cookie;
	const char *forwarded; /* RFC 7239 */
	const char *x_forwarded_for;
	const char *x_forwarded_proto;
	const char *x_real_ip;
};

struct caller {
	enum role role;
	struct address address; /* the client's; behind a trusted proxy the one that the proxy
				 * tells, none if that is none or its headers contradict */
	bool is_secure;         /* TLS, here or as a trusted proxy tells */
	bool is_known;          /* by token, session or certificate: the fields below are set */
	struct token token;     /* TOKEN_CERTIFICATE without budget for a client certificate */
	char session[SESSION_ID_BYTES]; /* of a session, else "" */
};

struct guard;

/**
 * guard_open - read the rules of @config (httpd section) and the tokens.
 *
 * Bad items of trusted_proxies, server_names and cors_origins are complained of, with their key, on
 * standard error. @tokens_path: NULL: none. Borrowed: @config. Return: 0; -EINVAL; -errno.
 */
int guard_open(struct guard **guard, const struct config_httpd *config, const char *tokens_path);
void guard_close(struct guard *guard);

/**
 * guard_host_is_ours - against DNS rebinding: Host, whatever its port, must be an IP address,
 * localhost or one of server_names (case and a dot at the end do not count). No Host (HTTP/1.0) is
 * fine: browsers send it.
 */
bool guard_host_is_ours(const struct guard *guard, const struct guard_headers *headers);

/**
 * guard_is_own_site - whether this request may change state: not sent by another site's page.
 *
 * The same host on any port, or an origin of cors_origins. Origin decides where it is given ("null"
 * is nobody's), else Sec-Fetch-Site ("same-origin", "none" are fine), else, or where that says
 * anything else, Referer. A program sends none of the three and is fine.
 */
bool guard_is_own_site(const struct guard *guard, const struct guard_headers *headers);

/** guard_allows_origin - whether the answer may be shown to the page of @headers->origin (CORS). */
bool guard_allows_origin(const struct guard *guard, const struct guard_headers *headers);

/**
 * guard_identify - who calls.
 *
 * Forwarding headers count if @peer is one of trusted_proxies (the last address in the chain that
 * is no trusted proxy is the client; those that are given must agree, since a proxy writes some and
 * hands the caller's own others on); from anybody else on loopback they make the caller remote
 * without changing his address. `Authorization: Bearer SECRET` outranks the cookie, which outranks
 * the certificate: that one names who is not named otherwise. A cookie that is no session (any
 * more) is no cookie. Who is known has his token's role, be it less than what anonymous has.
 * @peer: of the socket. @is_certified: a client certificate of our authority was shown: operator,
 * whatever the token says.
 * @caller: filled whatever is returned; ROLE_NONE on failure.
 * Return: 0; -EACCES: an Authorization header that is none of ours. Safe from any thread.
 */
int guard_identify(struct guard *guard, const struct guard_headers *headers,
		   const struct address *peer, bool is_tls, bool is_certified, uint64_t now_s,
		   struct caller *caller);

/** guard_is_proxy - whether @peer is one of trusted_proxies, which comes for many. */
bool guard_is_proxy(const struct guard *guard, const struct address *peer);

/**
 * guard_log_in - turn @secret into a session. @cookie_id gets the cookie's value.
 * Return: 0; -EACCES: nobody's secret; -EIO.
 */
int guard_log_in(struct guard *guard, const char *secret, uint64_t now_s, struct token *token,
		 char cookie_id[SESSION_ID_BYTES]);

/** guard_log_out - end the caller's session, if he has one. */
void guard_log_out(struct guard *guard, const struct caller *caller);

#endif
