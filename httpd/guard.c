/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins what a caller shows (secret, cookie, certificate, where from) to what he may do. */
#include "httpd/guard.h"

#include "common/config_source.h"
#include "common/secret.h"
#include "httpd/guard_forwarded.h"
#include "httpd/guard_origin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"

struct guard {
	const struct config_httpd *config;
	struct origin_rules origins;
	struct networks proxies;
	struct tokens *tokens;
	struct sessions *sessions;
};

/* ---- opening ---- */

static int read_proxies(struct networks *proxies, const struct config_list *list)
{
	int ret = 0;

	proxies->items = calloc(list->count + 1, sizeof(*proxies->items));
	if (!proxies->items)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		if (!network_parse(&proxies->items[i], list->items[i]))
			continue;
		config_complain("httpd.trusted_proxies", 0,
				"\"%s\" is no address and no network like 10.0.0.0/8",
				list->items[i]);
		ret = -EINVAL;
	}
	proxies->count = list->count;
	return ret;
}

int guard_open(struct guard **guard, const struct config_httpd *config, const char *tokens_path)
{
	struct guard *new = calloc(1, sizeof(*new));
	int ret, origins;

	if (!new)
		return -ENOMEM;
	new->config = config;
	ret = read_proxies(&new->proxies, &config->trusted_proxies);
	origins = origin_rules_open(&new->origins, config);
	if (!ret)
		ret = origins;
	if (!ret)
		ret = tokens_open(&new->tokens, tokens_path);
	if (!ret)
		ret = sessions_open(&new->sessions);
	if (ret)
		guard_close(new);
	else
		*guard = new;
	return ret;
}

void guard_close(struct guard *guard)
{
	if (!guard)
		return;
	sessions_close(guard->sessions);
	tokens_close(guard->tokens);
	origin_rules_close(&guard->origins);
	free(guard->proxies.items);
	free(guard);
}

bool guard_is_proxy(const struct guard *guard, const struct address *peer)
{
	return networks_hold(&guard->proxies, peer);
}

/* ---- which site ---- */

bool guard_host_is_ours(const struct guard *guard, const struct guard_headers *headers)
{
	return origin_host_is_ours(&guard->origins, headers);
}

bool guard_is_own_site(const struct guard *guard, const struct guard_headers *headers)
{
	return origin_is_own_site(&guard->origins, headers);
}

bool guard_allows_origin(const struct guard *guard, const struct guard_headers *headers)
{
	return origin_is_allowed(&guard->origins, headers);
}

/* ---- who ---- */

static bool is_too_long(const char *text)
{
	return strnlen(text, GUARD_MOST_HEADER_BYTES + 1) > GUARD_MOST_HEADER_BYTES;
}

/* Where the caller is, into @caller. Return: whether he is on this machine himself. */
static bool locate(const struct guard *guard, const struct guard_headers *headers,
		   const struct address *peer, bool is_tls, struct caller *caller)
{
	struct forwarded told;

	caller->address = *peer;
	caller->is_secure = is_tls;
	if (!forwarded_is_there(headers))
		return address_is_loopback(peer);
	if (!networks_hold(&guard->proxies, peer))
		return false;
	forwarded_read(&told, headers, &guard->proxies);
	caller->address = told.client;
	if (told.tells_scheme)
		caller->is_secure = told.is_https;
	return address_is_loopback(&told.client);
}

static enum role anonymous_role(const struct guard *guard, bool is_local)
{
	switch (guard->config->anonymous) {
	case CONFIG_ANONYMOUS_AUTO:
		return is_local ? ROLE_OPERATOR : ROLE_NONE;
	case CONFIG_ANONYMOUS_READER:
		return ROLE_READER;
	case CONFIG_ANONYMOUS_OPERATOR:
		return ROLE_OPERATOR;
	case CONFIG_ANONYMOUS_NONE:
		break;
	}
	return ROLE_NONE;
}

/* The secret of "Bearer SECRET", into @secret. Return: 0, or -EACCES. */
static int parse_bearer(const char *text, char secret[GUARD_MOST_HEADER_BYTES + 1])
{
	static const char scheme[] = "Bearer ";
	size_t len;

	if (is_too_long(text) || strncasecmp(text, scheme, sizeof(scheme) - 1))
		return -EACCES;
	text += sizeof(scheme) - 1;
	text += strspn(text, BLANKS);
	len = strcspn(text, BLANKS);
	if (len == 0 || text[len + strspn(text + len, BLANKS)])
		return -EACCES;
	memcpy(secret, text, len);
	secret[len] = '\0';
	return 0;
}

static int find_by_secret(struct guard *guard, const char *authorization, struct token *token)
{
	char secret[GUARD_MOST_HEADER_BYTES + 1];
	int ret = parse_bearer(authorization, secret);

	if (ret)
		return ret;
	ret = tokens_find(guard->tokens, secret, token) ? -EACCES : 0;
	secret_wipe(secret, strlen(secret));
	return ret;
}

/* Our cookie's value, into @id. Return: 0, or -ENOENT. */
static int parse_cookie(const char *text, char id[SESSION_ID_BYTES])
{
	static const char name[] = SESSION_COOKIE "=";

	if (is_too_long(text))
		return -ENOENT;
	for (;;) {
		text += strspn(text, BLANKS);
		if (!strncmp(text, name, sizeof(name) - 1))
			break;
		text += strcspn(text, ";");
		if (!*text++)
			return -ENOENT;
	}
	text += sizeof(name) - 1;
	if (strcspn(text, "; \t") != SESSION_ID_BYTES - 1)
		return -ENOENT;
	memcpy(id, text, SESSION_ID_BYTES - 1);
	id[SESSION_ID_BYTES - 1] = '\0';
	return 0;
}

static int find_by_cookie(struct guard *guard, const char *cookie, uint64_t now_s,
			  struct caller *caller)
{
	char id[SESSION_ID_BYTES];

	if (parse_cookie(cookie, id) ||
	    sessions_find(guard->sessions, guard->tokens, id, now_s, &caller->token))
		return -ENOENT;
	memcpy(caller->session, id, sizeof(id));
	return 0;
}

/* Who the caller says he is, into @caller->token. Return: 0; -ENOENT: nobody; -EACCES. */
static int recognize(struct guard *guard, const struct guard_headers *headers, bool is_certified,
		     uint64_t now_s, struct caller *caller)
{
	if (headers->authorization)
		return find_by_secret(guard, headers->authorization, &caller->token);
	if (headers->cookie && !find_by_cookie(guard, headers->cookie, now_s, caller))
		return 0;
	if (!is_certified)
		return -ENOENT;
	caller->token = (struct token){ .name = TOKEN_CERTIFICATE, .role = ROLE_OPERATOR };
	return 0;
}

int guard_identify(struct guard *guard, const struct guard_headers *headers,
		   const struct address *peer, bool is_tls, bool is_certified, uint64_t now_s,
		   struct caller *caller)
{
	bool is_local;
	int ret;

	*caller = (struct caller){ .role = ROLE_NONE };
	is_local = locate(guard, headers, peer, is_tls, caller);
	ret = recognize(guard, headers, is_certified, now_s, caller);
	if (ret == -EACCES)
		return ret;
	caller->is_known = !ret;
	if (ret)
		caller->role = anonymous_role(guard, is_local);
	else
		caller->role = is_certified ? ROLE_OPERATOR : caller->token.role;
	return 0;
}

int guard_log_in(struct guard *guard, const char *secret, uint64_t now_s, struct token *token,
		 char cookie_id[SESSION_ID_BYTES])
{
	struct token found;
	int ret;

	if (is_too_long(secret) || tokens_find(guard->tokens, secret, &found))
		return -EACCES;
	ret = sessions_add(guard->sessions, &found, now_s, cookie_id);
	if (!ret)
		*token = found;
	return ret;
}

void guard_log_out(struct guard *guard, const struct caller *caller)
{
	if (caller->session[0])
		sessions_remove(guard->sessions, caller->session);
}
