/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes what strangers write: the headers that the guard reads, and the file of tokens.
 *
 * The first byte chooses: 't' a file of tokens follows; else who calls ('0' loopback, '1' a
 * stranger, '2' a proxy on loopback, '3' a proxy elsewhere; plus 4 for each value of `anonymous`),
 * and lines "Name: value" follow. Nobody knows a secret, so nobody may be more than anonymous is;
 * and no page of another host is of our site.
 */
#include "httpd/guard.h"
#include "httpd/token_file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define LISTED      "https://page.example"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

/* ---- headers ---- */

/* The field of header @name (@len bytes), or NULL. */
static const char **field(struct guard_headers *headers, const char *name, size_t len)
{
	const struct {
		const char *name, **value;
	} rows[] = {
		{ "Host", &headers->host },
		{ "Origin", &headers->origin },
		{ "Referer", &headers->referer },
		{ "Sec-Fetch-Site", &headers->sec_fetch_site },
		{ "Authorization", &headers->authorization },
		{ "Cookie", &headers->cookie },
		{ "Forwarded", &headers->forwarded },
		{ "X-Forwarded-For", &headers->x_forwarded_for },
		{ "X-Forwarded-Proto", &headers->x_forwarded_proto },
		{ "X-Real-IP", &headers->x_real_ip },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (strlen(rows[i].name) == len && !strncasecmp(rows[i].name, name, len))
			return rows[i].value;
	return NULL;
}

/* Cuts @text into headers that point into it. */
static struct guard_headers read_headers(char *text)
{
	struct guard_headers headers = { 0 };
	char *line, *colon;

	while ((line = strsep(&text, "\n")) != NULL) {
		const char **value;

		colon = strchr(line, ':');
		value = colon ? field(&headers, line, (size_t)(colon - line)) : NULL;
		if (value)
			*value = colon[1] == ' ' ? colon + 2 : colon + 1;
	}
	return headers;
}

/* The host of "host:port", written down by other means than the guard's: 0 if it has none. */
static int host_of(const char *text, size_t len, char host[300])
{
	struct in6_addr v6;

	if (len == 0 || len >= 300)
		return 0;
	memcpy(host, text, len);
	host[len] = '\0';
	if (host[0] == '[') {
		host[strcspn(host, "]")] = '\0';
		if (inet_pton(AF_INET6, host + 1, &v6) != 1)
			return 0;
		if (IN6_IS_ADDR_V4MAPPED(&v6))
			return inet_ntop(AF_INET, v6.s6_addr + 12, host, 300) != NULL;
		return inet_ntop(AF_INET6, &v6, host, 300) != NULL;
	}
	host[strcspn(host, ":")] = '\0';
	len = strlen(host);
	if (len > 0 && host[len - 1] == '.')
		host[len - 1] = '\0';
	return 1;
}

/* Whether @url is of the page that is listed or of the host that @headers name. */
static bool is_of_host(const struct guard_headers *headers, const char *url)
{
	const char *at = strstr(url, "://");
	char theirs[300], ours[300];

	if (!at)
		return false;
	at += 3;
	if (!host_of(at, strcspn(at, "/?#"), theirs))
		return false;
	if (!strcasecmp(theirs, "page.example"))
		return !strncasecmp(url, LISTED, strlen("https"));
	return headers->host && host_of(headers->host, strlen(headers->host), ours) &&
	       !strcasecmp(theirs, ours);
}

static void check_site(const struct guard *guard, const struct guard_headers *headers)
{
	const char *site = headers->sec_fetch_site;
	bool is_own = guard_is_own_site(guard, headers);

	expect(guard_allows_origin(guard, headers) == (headers->origin && is_own));
	if (!is_own)
		return;
	if (headers->origin)
		expect(is_of_host(headers, headers->origin));
	else if (site && strcmp(site, "same-origin") && strcmp(site, "none"))
		expect(headers->referer && is_of_host(headers, headers->referer));
	else if (!site && headers->referer)
		expect(is_of_host(headers, headers->referer));
}

/* Ours are addresses, localhost and trng.example: whatever else is written has other letters. */
static void check_host(const struct guard *guard, const struct guard_headers *headers)
{
	char host[300];
	struct in_addr v4;
	struct in6_addr v6;

	if (!headers->host || !guard_host_is_ours(guard, headers))
		return;
	expect(host_of(headers->host, strlen(headers->host), host));
	expect(!strcasecmp(host, "localhost") || !strcasecmp(host, "trng.example") ||
	       inet_pton(AF_INET, host, &v4) == 1 || inet_pton(AF_INET6, host, &v6) == 1);
}

static bool names_loopback(const char *text)
{
	return text && (strstr(text, "127.") || strchr(text, ':'));
}

/* The most that the rule for anonymous callers can give to such a caller. */
static enum role most_role(const struct guard_headers *headers, enum config_anonymous rule,
			   unsigned who)
{
	bool is_told = headers->forwarded || headers->x_forwarded_for || headers->x_real_ip ||
		       headers->x_forwarded_proto;

	if (rule == CONFIG_ANONYMOUS_NONE)
		return ROLE_NONE;
	if (rule != CONFIG_ANONYMOUS_AUTO)
		return rule == CONFIG_ANONYMOUS_READER ? ROLE_READER : ROLE_OPERATOR;
	if (!is_told)
		return who == 0 || who == 2 ? ROLE_OPERATOR : ROLE_NONE;
	if (who < 2)
		return ROLE_NONE;
	return names_loopback(headers->forwarded) || names_loopback(headers->x_forwarded_for) ||
			       names_loopback(headers->x_real_ip)
		       ? ROLE_OPERATOR
		       : ROLE_NONE;
}

static void check_caller(struct guard *guard, const struct guard_headers *headers,
			 enum config_anonymous rule, unsigned who)
{
	static const char *const peers[] = { "127.0.0.9", "203.0.113.1", "127.0.0.1", "10.0.0.1" };
	struct address peer;
	struct caller caller;
	int ret;

	expect(!address_parse(&peer, peers[who]));
	ret = guard_identify(guard, headers, &peer, false, false, 1000, &caller);
	expect(ret == (headers->authorization ? -EACCES : 0));
	expect(!caller.is_known && !caller.session[0]);
	expect(caller.role <= (ret ? ROLE_NONE : most_role(headers, rule, who)));
	if (who < 2)
		expect(address_is_host(&caller.address, &peer) && !caller.is_secure);
}

static void check_headers(char *text, uint8_t choice)
{
	static char name[] = "trng.example", origin[] = LISTED, proxy[] = "127.0.0.1",
		    network[] = "10.0.0.0/8";
	char *names[] = { name }, *origins[] = { origin }, *proxies[] = { proxy, network };
	struct config_httpd config = {
		.anonymous = (enum config_anonymous)(choice / 4 % 4),
		.server_names = { names, 1 },
		.cors_origins = { origins, 1 },
		.trusted_proxies = { proxies, 2 },
	};
	struct guard_headers headers = read_headers(text);
	struct guard *guard = NULL;

	expect(!guard_open(&guard, &config, NULL));
	check_host(guard, &headers);
	check_site(guard, &headers);
	check_caller(guard, &headers, config.anonymous, choice % 4);
	guard_close(guard);
}

/* ---- tokens ---- */

static int parse(struct token_list *list, const char *text, size_t len)
{
	char reason[200];
	struct text why;
	int line = 0;
	int ret;

	text_init(&why, reason, sizeof(reason));
	ret = token_list_parse(list, text, len, &line, &why);
	expect(ret == 0 || (ret == -EINVAL && line > 0 && why.len_bytes > 0 && !why.is_cut));
	return ret;
}

static size_t write_token(const struct token *token, char *line, size_t room)
{
	int len = snprintf(line, room, "%s %s %" PRIu64 " ", token->name, role_name(token->role),
			   token->bits_per_day);

	for (size_t i = 0; i < TOKEN_HASH_BYTES; i++)
		len += snprintf(line + len, room - (size_t)len, "%02x", token->hash[i]);
	return (size_t)len;
}

/* Whatever was understood means the same when it is written again by us. */
static void check_tokens(const char *text, size_t len)
{
	struct token_list list = { 0 }, again = { 0 };
	char line[256];

	if (parse(&list, text, len))
		return;
	for (size_t i = 0; i < list.count; i++) {
		const struct token *token = &list.items[i];

		expect(token_name_is_good(token->name) && token->role != ROLE_NONE);
		expect(token_list_find(&list, token->name) == token);
		expect(!parse(&again, line, write_token(token, line, sizeof(line))));
		expect(again.count == 1 && !strcmp(again.items[0].name, token->name) &&
		       again.items[0].role == token->role &&
		       again.items[0].bits_per_day == token->bits_per_day &&
		       !memcmp(again.items[0].hash, token->hash, TOKEN_HASH_BYTES));
		token_list_free(&again);
	}
	token_list_free(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size == 0)
		return 0;
	if (data[0] == 't') {
		check_tokens((const char *)data + 1, size - 1);
		return 0;
	}
	text = strndup((const char *)data + 1, size - 1);
	expect(text != NULL);
	check_headers(text, (uint8_t)(data[0] - '0'));
	free(text);
	return 0;
}
