/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads Host, Origin and Referer strictly: what no browser would write is nobody's. */
#include "httpd/guard_origin.h"

#include "common/config_source.h"
#include "common/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-_."
#define MOST_PORT       65535

/* ---- one host ---- */

static bool take_address(struct origin *origin)
{
	char text[ADDRESS_TEXT_BYTES];
	struct address address;

	if (address_parse(&address, origin->host))
		return false;
	strcpy(origin->host, address_format(&address, false, text));
	origin->is_address = true;
	return true;
}

/* Whether the host, in lower case, could be a DNS name; the dot that may end it is taken off. */
static bool take_name(struct origin *origin)
{
	size_t len = strlen(origin->host);

	if (len > 1 && origin->host[len - 1] == '.')
		origin->host[--len] = '\0';
	return len > 0 && origin->host[0] != '.' && origin->host[len - 1] != '.' &&
	       !strstr(origin->host, "..") && strspn(origin->host, NAME_CHARACTERS) == len;
}

static int parse_name(struct origin *origin, const char *text, size_t len)
{
	if (len == 0 || len >= sizeof(origin->host))
		return -EINVAL;
	for (size_t i = 0; i < len; i++)
		origin->host[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
	origin->host[len] = '\0';
	if (text[0] == '[')
		return take_address(origin) ? 0 : -EINVAL;
	if (!take_name(origin))
		return -EINVAL;
	take_address(origin); /* IPv4: the colons of IPv6 are in no name */
	return 0;
}

static int parse_port(struct origin *origin, const char *text, size_t len)
{
	char digits[6];
	uint64_t port;

	if (len == 0 || len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (parse_u64(digits, 1, MOST_PORT, &port))
		return -EINVAL;
	origin->port = (unsigned)port;
	return 0;
}

/* HOST[:PORT]; the port stays as it was where none is written. */
static int parse_authority(struct origin *origin, const char *text, size_t len)
{
	const char *bracket = memchr(text, ']', len);
	const char *from = bracket ? bracket : text;
	const char *colon = memchr(from, ':', len - (size_t)(from - text));
	size_t name_len = colon ? (size_t)(colon - text) : len;

	if (parse_name(origin, text, name_len))
		return -EINVAL;
	return colon ? parse_port(origin, colon + 1, len - name_len - 1) : 0;
}

static bool is_too_long(const char *text)
{
	return strnlen(text, GUARD_MOST_HEADER_BYTES + 1) > GUARD_MOST_HEADER_BYTES;
}

int origin_parse_host(struct origin *origin, const char *text)
{
	struct origin new = { 0 };

	if (is_too_long(text) || parse_authority(&new, text, strlen(text)))
		return -EINVAL;
	*origin = new;
	return 0;
}

/* SCHEME "://" AUTHORITY. Return: what follows, or NULL. */
static const char *parse_front(struct origin *origin, const char *text)
{
	static const struct {
		const char *prefix;
		struct origin empty;
	} schemes[] = {
		{ "http://", { .port = 80 } },
		{ "https://", { .port = 443, .is_https = true } },
	};

	if (is_too_long(text))
		return NULL;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		const char *at = text + strlen(schemes[i].prefix);
		struct origin new = schemes[i].empty;

		if (strncasecmp(text, schemes[i].prefix, strlen(schemes[i].prefix)))
			continue;
		if (parse_authority(&new, at, strcspn(at, "/?#")))
			return NULL;
		*origin = new;
		return at + strcspn(at, "/?#");
	}
	return NULL;
}

int origin_parse(struct origin *origin, const char *text)
{
	struct origin new;
	const char *rest = parse_front(&new, text);

	if (!rest || *rest)
		return -EINVAL;
	*origin = new;
	return 0;
}

int origin_parse_url(struct origin *origin, const char *url)
{
	return parse_front(origin, url) ? 0 : -EINVAL;
}

/* ---- the rules ---- */

static int read_name(struct origin *name, const char *item)
{
	if (!origin_parse_host(name, item) && name->port == 0)
		return 0;
	config_complain("httpd.server_names", 0,
			"\"%s\" is no host name (without scheme, port or *)", item);
	return -EINVAL;
}

static int read_listed(struct origin *listed, const char *item)
{
	if (!origin_parse(listed, item))
		return 0;
	if (!strcmp(item, "*"))
		config_complain("httpd.cors_origins", 0,
				"\"*\" would let any page on the web that a user has open read "
				"his numbers and command the device; list the origins that may");
	else
		config_complain("httpd.cors_origins", 0,
				"\"%s\" is no origin: https://name or https://name:port, with "
				"nothing after it",
				item);
	return -EINVAL;
}

/* Every item is read, so that one start tells of all that is wrong. */
static int read_list(const struct config_list *list, struct origin **origins, size_t *count,
		     int (*read_item)(struct origin *, const char *))
{
	int ret = 0;

	*origins = calloc(list->count + 1, sizeof(**origins));
	if (!*origins)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		if (read_item(&(*origins)[i], list->items[i]))
			ret = -EINVAL;
	*count = list->count;
	return ret;
}

int origin_rules_open(struct origin_rules *rules, const struct config_httpd *config)
{
	struct origin_rules new = { 0 };
	int names = read_list(&config->server_names, &new.names, &new.name_count, read_name);
	int listed = read_list(&config->cors_origins, &new.listed, &new.listed_count, read_listed);

	if (names || listed) {
		origin_rules_close(&new);
		return names ? names : listed;
	}
	*rules = new;
	return 0;
}

void origin_rules_close(struct origin_rules *rules)
{
	free(rules->names);
	free(rules->listed);
	*rules = (struct origin_rules){ 0 };
}

bool origin_host_is_ours(const struct origin_rules *rules, const struct guard_headers *headers)
{
	struct origin host;

	if (!headers->host)
		return true;
	if (origin_parse_host(&host, headers->host))
		return false;
	if (host.is_address || !strcmp(host.host, "localhost"))
		return true;
	for (size_t i = 0; i < rules->name_count; i++)
		if (!strcmp(host.host, rules->names[i].host))
			return true;
	return false;
}

static bool is_listed(const struct origin_rules *rules, const struct origin *origin)
{
	for (size_t i = 0; i < rules->listed_count; i++) {
		const struct origin *listed = &rules->listed[i];

		if (origin->is_https == listed->is_https && origin->port == listed->port &&
		    !strcmp(origin->host, listed->host))
			return true;
	}
	return false;
}

static bool is_own(const struct origin_rules *rules, const struct guard_headers *headers,
		   const struct origin *origin)
{
	struct origin host;

	if (is_listed(rules, origin))
		return true;
	return headers->host && !origin_parse_host(&host, headers->host) &&
	       !strcmp(origin->host, host.host);
}

bool origin_is_allowed(const struct origin_rules *rules, const struct guard_headers *headers)
{
	struct origin origin;

	return headers->origin && !origin_parse(&origin, headers->origin) &&
	       is_own(rules, headers, &origin);
}

bool origin_is_own_site(const struct origin_rules *rules, const struct guard_headers *headers)
{
	const char *site = headers->sec_fetch_site;
	struct origin origin;

	if (headers->origin)
		return origin_is_allowed(rules, headers);
	if (site && (!strcmp(site, "same-origin") || !strcmp(site, "none")))
		return true;
	if (!headers->referer)
		return !site;
	return !origin_parse_url(&origin, headers->referer) && is_own(rules, headers, &origin);
}
