/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads forwarding headers from left to right, since quotes can be read no other way. */
#include "httpd/guard_forwarded.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define OWS         " \t"
#define VALUE_BYTES 80 /* an address in brackets with its port, amply */

struct hop {
	struct address address; /* no address: "unknown", "_hidden" or nonsense */
	bool tells_scheme;
	bool is_https;
};

struct chain {
	bool is_there;
	bool has_hop;
	bool is_of_proxies; /* so far */
	struct hop client;
};

bool networks_hold(const struct networks *networks, const struct address *address)
{
	for (size_t i = 0; i < networks->count; i++)
		if (network_holds(&networks->items[i], address))
			return true;
	return false;
}

static void add_hop(struct chain *chain, const struct hop *hop, const struct networks *proxies)
{
	bool is_proxy = networks_hold(proxies, &hop->address);

	if (!chain->has_hop || !is_proxy)
		chain->client = *hop;
	chain->is_of_proxies = is_proxy && (!chain->has_hop || chain->is_of_proxies);
	chain->has_hop = true;
}

/* "192.0.2.1", "192.0.2.1:80", "[::1]:80", "::1": an address, and whatever port. */
static struct address parse_node(const char *text, size_t len)
{
	struct address address = { 0 };
	char copy[VALUE_BYTES];
	char *colon;

	if (len >= sizeof(copy))
		return address;
	memcpy(copy, text, len);
	copy[len] = '\0';
	colon = strrchr(copy, ':');
	if (colon && ((copy[0] == '[' && colon[-1] == ']') || strchr(copy, ':') == colon))
		*colon = '\0';
	address_parse(&address, copy);
	return address;
}

static size_t trimmed_len(const char *text, size_t len)
{
	while (len > 0 && strchr(OWS, text[len - 1]))
		len--;
	return len;
}

/* Return: 0, or -EINVAL. */
static int read_list(struct chain *chain, const char *at, const struct networks *proxies)
{
	for (;;) {
		size_t len = strcspn(at, ",");
		size_t skip = strspn(at, OWS);
		struct hop hop = { 0 };

		if (skip < len)
			hop.address = parse_node(at + skip, trimmed_len(at + skip, len - skip));
		add_hop(chain, &hop, proxies);
		if (!at[len])
			return 0;
		at += len + 1;
	}
}

static int read_one(struct chain *chain, const char *at, const struct networks *proxies)
{
	return strchr(at, ',') ? -EINVAL : read_list(chain, at, proxies);
}

/* Append @byte; what does not fit makes the value one that nothing is compared with. */
static void put(char value[VALUE_BYTES], size_t *len, char byte)
{
	if (*len < VALUE_BYTES - 1)
		value[*len] = byte;
	*len += 1;
}

/* A token or a quoted string, *@at after it. Return: 0, or -EINVAL. */
static int read_value(const char **at, char value[VALUE_BYTES])
{
	bool is_quoted = **at == '"';
	size_t len = 0;

	for (*at += is_quoted; **at && !strchr(is_quoted ? "\"" : "\",; \t", **at); ++*at) {
		if (is_quoted && **at == '\\' && !*++*at)
			return -EINVAL;
		put(value, &len, **at);
	}
	if (is_quoted && *(*at)++ != '"')
		return -EINVAL;
	value[len < VALUE_BYTES ? len : 0] = '\0';
	return 0;
}

static void take_pair(struct hop *hop, const char *name, size_t name_len, const char *value)
{
	if (name_len == 3 && !strncasecmp(name, "for", 3)) {
		hop->address = parse_node(value, strlen(value));
	} else if (name_len == 5 && !strncasecmp(name, "proto", 5)) {
		hop->tells_scheme = true;
		hop->is_https = !strcasecmp(value, "https");
	}
}

/* NAME=VALUE[;NAME=VALUE]..., *@at at the comma or the end after it. Return: 0, or -EINVAL. */
static int read_element(const char **at, struct hop *hop)
{
	char value[VALUE_BYTES];
	const char *name;
	size_t name_len;

	for (;; ++*at) {
		name = *at + strspn(*at, OWS);
		name_len = strcspn(name, "=,;\" \t");
		*at = name + name_len;
		if (name_len > 0) {
			if (**at != '=')
				return -EINVAL;
			++*at;
			if (read_value(at, value))
				return -EINVAL;
			take_pair(hop, name, name_len, value);
		}
		*at += strspn(*at, OWS);
		if (**at != ';')
			return **at && **at != ',' ? -EINVAL : 0;
	}
}

static int read_forwarded(struct chain *chain, const char *at, const struct networks *proxies)
{
	for (;; at++) {
		struct hop hop = { 0 };

		if (read_element(&at, &hop))
			return -EINVAL;
		add_hop(chain, &hop, proxies);
		if (!*at)
			return 0;
	}
}

/* What cannot be read is a chain from a client that is not known. */
static struct chain read_chain(const char *text, const struct networks *proxies,
			       int (*read)(struct chain *, const char *, const struct networks *))
{
	struct chain chain = { 0 };

	if (!text)
		return chain;
	if (strnlen(text, GUARD_MOST_HEADER_BYTES + 1) > GUARD_MOST_HEADER_BYTES ||
	    read(&chain, text, proxies))
		chain = (struct chain){ 0 };
	chain.is_there = true;
	return chain;
}

static bool any_of_strangers(const struct chain *chains, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (chains[i].is_there && !chains[i].is_of_proxies)
			return true;
	return false;
}

static struct address agree(const struct chain *chains, size_t count)
{
	bool skips_proxies = any_of_strangers(chains, count);
	const struct chain *first = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!chains[i].is_there || (skips_proxies && chains[i].is_of_proxies))
			continue;
		if (!first)
			first = &chains[i];
		if (!address_is_host(&first->client.address, &chains[i].client.address))
			return (struct address){ 0 };
	}
	return first ? first->client.address : (struct address){ 0 };
}

static void tell_scheme(struct forwarded *told, bool is_https)
{
	told->is_https = is_https && (!told->tells_scheme || told->is_https);
	told->tells_scheme = true;
}

bool forwarded_is_there(const struct guard_headers *headers)
{
	return headers->forwarded || headers->x_forwarded_for || headers->x_forwarded_proto ||
	       headers->x_real_ip;
}

void forwarded_read(struct forwarded *told, const struct guard_headers *headers,
		    const struct networks *proxies)
{
	const struct chain chains[] = {
		read_chain(headers->forwarded, proxies, read_forwarded),
		read_chain(headers->x_forwarded_for, proxies, read_list),
		read_chain(headers->x_real_ip, proxies, read_one),
	};

	*told = (struct forwarded){ 0 };
	told->client = agree(chains, sizeof(chains) / sizeof(chains[0]));
	if (chains[0].client.tells_scheme)
		tell_scheme(told, chains[0].client.is_https);
	if (headers->x_forwarded_proto)
		tell_scheme(told, !strcasecmp(headers->x_forwarded_proto, "https"));
}
